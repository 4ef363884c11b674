"""The customers of the demo shop: who they are, what they bought, what was said, whose day it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

FAR = "Pacific/Auckland"
"""Where a day begins so early that its greetings have gone out by the time that most businesses' own day begins."""
_OLDEST = 1960


@dataclass(frozen=True)
class Person:
    """One customer. `birthday_in`: days from the shop's first day, `bought`: days before it, the first purchase first.

    `has_mail`: who has no address is greeted by voice.
    """

    name: str
    language: str
    timezone: str
    birthday_in: int
    bought: tuple[int, ...] = ()
    phone: str | None = None
    owner: str | None = None
    has_mail: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)

    def fields(self, number: int, *, day: date) -> dict[str, Any]:
        """What is entered of the so-manieth customer; `day`: the shop's first."""
        # A leap year, so that a birthday on 29 February is one.
        birthday = (day + timedelta(days=self.birthday_in)).replace(year=_OLDEST + 4 * (number % 10))
        told = {"phone": self.phone, "owner": self.owner}
        told |= {"email": f"customer{number}@customers.example.com"} if self.has_mail else {}
        given = {name: value for name, value in told.items() if value is not None}
        who = {"name": self.name, "language": self.language, "timezone": self.timezone, "source": "demo"}
        return {**who, **given, "birthday": birthday.isoformat(), **self.more}


_VIP, _NO = {"tags": ["vip"]}, {"consent": {"greeting": False}}
# Some are late after coming every twenty days, one slips away. Who is of the fifth that stayed away longest has gone;
# with each day that passes the next in line goes, too: somebody who bought once.
PEOPLE: tuple[Person, ...] = (
    Person("سارہ خان", "ur", "Asia/Karachi", 1, (112, 92, 72, 52), "+923001234501", "sales"),
    Person("علی حسن", "ur", "Asia/Karachi", 1, (21,), owner="sales", more=_VIP),
    Person("নাজমা রহমান", "bn", "Asia/Dhaka", 2, (115, 95, 75, 55), "+8801712345602"),
    Person("আরিফ হোসেন", "bn", "Asia/Dhaka", 2, (450, 400), owner="marketing"),
    Person("सुनीता श्रेष्ठ", "ne", "Asia/Kathmandu", 3, (118, 98, 78, 58), "+9779841234501", "owner", more=_VIP),
    Person("प्रकाश गुरुङ", "ne", "Asia/Kathmandu", 3, (90,)),
    Person("רחל מזרחי", "he", "Asia/Jerusalem", 4, (370, 340), "+972501234501", "sales"),
    Person("יוסף לוי", "he", "Asia/Jerusalem", 4, (420, 370, 330), "+972501234502", more=_NO),
    Person("Grace Hall", "en", "Europe/London", 5, (16, 6), "+447700900501", "service"),
    Person(
        "Oscar Young",
        "en",
        "America/New_York",
        5,
        (260, 165, 72),
        "+12125550101",
        more={"consent": {"marketing": True}},
    ),
    Person("Tui Walker", "en", FAR, 0, (44, 3), "+6421234501"),
    Person("عائشہ قریشی", "ur", FAR, 0, (9,), "+6421234502", has_mail=False),
    Person("हरि गुरुङ", "ne", FAR, 0, phone="+6421234503", owner="service", has_mail=False),
    Person("Noa Levi", "he", FAR, 0, (60, 50, 40, 25), "+6421234504", "manager", has_mail=False),
    Person("সুমি দাস", "bn", "Asia/Dhaka", 9, (125, 105, 85, 65), "+8801712345603", "marketing"),
    Person("דוד כהן", "he", "Asia/Jerusalem", 12, (130, 108, 86, 64), "+972501234503", "manager"),
)
