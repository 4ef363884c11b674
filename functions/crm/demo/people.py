"""Who is in the demo shop: made-up customers in five languages, with what they bought and what was said.

Their addresses are below `.example`, which nobody can have (RFC 2606), and their numbers are those that are kept for
stories (in Britain by Ofcom, in North America 555-01xx): whoever writes or rings reaches nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

DOMAIN = "demo-shop.example"
SOURCE = "demo"
UNTOLD = "it is of the demo shop, which mails nobody"
"""Why no mail tells a reminder to the staff."""


@dataclass(frozen=True)
class Person:
    """One customer. `birthday_in`: days from the first day of the demo, `age` then.

    `bought`: (days before, amount, product); `said`: (days before, kind, summary); `planned`: (days on, subject).
    """

    word: str
    name: str
    language: str
    timezone: str
    phone: str
    birthday_in: int
    age: int
    bought: tuple[tuple[int, str, str], ...] = ()
    said: tuple[tuple[int, str, str], ...] = ()
    planned: tuple[int, str] | None = None
    tags: tuple[str, ...] = ()

    def fields(self, *, first: date, mark: str) -> Mapping[str, Any]:
        """The fields of the record. `first`: the first day of the demo, `mark`: what makes its addresses its own."""
        kept = first + timedelta(days=self.birthday_in)
        # A year that leaps, so that every day is one of it.
        born = kept.replace(year=kept.year - kept.year % 4 - 4 * (self.age // 4))
        return {
            "kind": "person",
            "name": self.name,
            "email": f"{self.word}.{mark}@{DOMAIN}",
            "phone": self.phone,
            "birthday": born.isoformat(),
            "language": self.language,
            "timezone": self.timezone,
            "source": SOURCE,
            "tags": [SOURCE, *self.tags],
        }


# Of who bought, one comes later than usual (every twenty days, now fifty-five) and one has come seldom of late.
PEOPLE = (
    Person(
        "sara", "سارہ خان", "ur", "Asia/Karachi", "+12025550101", 1, 34,
        bought=((40, "35.50", "چائے کا سیٹ"), (400, "120.00", "قالین")),
        said=((3, "call", "نئی کیٹلاگ کے بارے میں پوچھا، عید سے پہلے آئیں گی"),),
        planned=(3, "آپ کا آرڈر تیار ہے"), tags=("vip",),
    ),
    Person(
        "ali", "علی حسن", "ur", "Asia/Karachi", "+12025550102", 12, 51,
        bought=((15, "64.00", "لیمپ"),), said=((1, "visit", "دکان پر آئے، لیمپ واپس نہیں کرنا"),),
    ),
    Person(
        "zainab", "زینب بی بی", "ur", "Asia/Karachi", "+12025550103", 200, 27,
        said=((9, "note", "صرف شام کو فون کریں"),),
    ),
    Person(
        "najma", "নাজমা রহমান", "bn", "Asia/Dhaka", "+12025550104", 2, 45,
        bought=((55, "18.75", "শাড়ি"), (75, "42.00", "কাঁথা"), (95, "9.90", "চুড়ি")),
        said=((55, "visit", "মেয়ের বিয়ের জন্য কেনাকাটা"),), tags=("vip",),
    ),
    Person(
        "arif", "আরিফ হোসেন", "bn", "Asia/Dhaka", "+12025550105", 30, 38,
        said=((20, "complaint", "ডেলিভারি দেরি হয়েছে"),),
    ),
    Person(
        "sunita", "सुनीता श्रेष्ठ", "ne", "Asia/Kathmandu", "+12025550106", 0, 29,
        bought=((5, "77.00", "पश्मिना"), (370, "55.00", "ढाका टोपी")),
        said=((2, "call", "दसैंअघि फेरि फोन गर्ने"),), planned=(5, "तपाईंको समय भोलि बिहान दस बजे"), tags=("vip",),
    ),
    Person(
        "prakash", "प्रकाश गुरुङ", "ne", "Asia/Kathmandu", "+12025550107", 75, 60,
        bought=((300, "12.00", "खुकुरी"),),
    ),
    Person(
        "rachel", "רחל מזרחי", "he", "Asia/Jerusalem", "+12025550108", 4, 41,
        bought=((25, "210.00", "מנורה"),), said=((4, "meeting", "ביקשה הצעת מחיר לשתי מנורות"),),
    ),
    Person(
        "yosef", "יוסף לוי", "he", "Asia/Jerusalem", "+12025550109", 150, 66,
        bought=((72, "31.00", "פמוט"), (165, "18.00", "נרות"), (260, "18.00", "נרות")),
        said=((60, "call", "יחזור אחרי החגים"),),
    ),
    Person(
        "grace", "Grace Hall", "en", "Europe/London", "+12025550110", 6, 33,
        bought=((2, "99.90", "Tea set"), (33, "15.00", "Tea, 500 g"), (365, "15.00", "Tea, 500 g")),
        said=((2, "visit", "Wants the blue one, too, when it is in"),), tags=("vip",),
    ),
    Person(
        "oscar", "Oscar Young", "en", "America/New_York", "+12025550111", 90, 48,
        bought=((500, "240.00", "Carpet"),),
    ),
    Person(
        "maya", "Maya O’Neill-Thapa", "en", "Asia/Kathmandu", "+12025550112", 21, 22,
        said=((11, "email", "Asked for the price list"),),
    ),
)  # fmt: skip
