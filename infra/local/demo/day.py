"""What the demo staff find on their day: reminders that wait, and what the team is told."""

from dataclasses import dataclass
from datetime import date, timedelta

from infra.local.demo.client import Client


@dataclass(frozen=True)
class Task:
    """One reminder to a member: how many days from today, at which hour, about which customer (by number), and what."""

    staff: str
    days: int
    hour: str
    about: int | None
    subject: str
    message: str | None = None


TASKS: tuple[Task, ...] = (
    Task("owner", -1, "10:00", 5, "Offer him the winter prices", "He asked for them in the summer."),
    Task("owner", 0, "11:00", None, "Sign the lease"),
    Task("owner", 1, "09:30", 4, "Thank her for the referral"),
    Task("manager", -1, "10:00", 7, "להתקשר בקשר להזמנה", "המנורה הגיעה אתמול."),
    Task("manager", 0, "11:00", None, "לסדר את המשמרות לשבוע הבא"),
    Task("manager", 1, "09:30", 15, "לשלוח הצעת מחיר"),
    Task("sales", -1, "10:00", 1, "علی کو نئی قیمتیں بتائیں", "انہوں نے دو بار پوچھا ہے۔"),
    Task("sales", 0, "11:00", 0, "سارہ کو فون کریں", "نئی کیٹلاگ کے بارے میں بتائیں"),
    Task("sales", 1, "10:00", 6, "راحیل کا آرڈر تیار ہے"),
    Task("service", -1, "10:00", 8, "ग्रेसको चियादानी मर्मत भयो कि?", "उहाँ बिहीबार लिन आउनुहुन्छ।"),
    Task("service", 0, "11:00", None, "सामान जाँच्ने"),
    Task("service", 1, "09:30", 12, "हरिलाई समय दिने"),
    Task("marketing", -1, "10:00", 3, "আরিফকে ক্যাটালগ পাঠানো", "আগেরটি তিনি পাননি।"),
    Task("marketing", 0, "11:00", None, "ঈদের শুভেচ্ছার লেখা দেখা"),
    Task("marketing", 1, "09:30", 14, "সুমিকে জিজ্ঞেস করা, কেমন লাগল"),
)
SHIFT = {
    "title": "We open at ten on Friday",
    "text": "The new shelves come at nine. Whoever is in early may help to carry.",
}
CHECK = {
    "title": "Please look at tomorrow's greetings",
    "text": "Four customers have their day. Put right what is wrong in their records today.",
    "roles": ["manager"],
}
APPOINTMENT = {"to": "customer", "subject": "Your appointment", "message": "We expect you at three."}


def plan(client: Client, ids: list[str], *, today: date, timezone: str) -> None:
    """The reminders, on the business's clocks: one of yesterday, one of today, one of tomorrow for each member."""
    for number, one in enumerate(TASKS):
        told = {"to": "staff", "staff": one.staff, "subject": one.subject, "message": one.message}
        about = {} if one.about is None else {"customer_id": ids[one.about]}
        at = {"at": f"{today + timedelta(days=one.days)}T{one.hour}", "timezone": timezone}
        client.post("/reminders", {**told, **about, **at}, key=f"demo-task-{number}")
    for days in (-1, 1):
        at = {"at": f"{today + timedelta(days=days)}T10:00", "timezone": timezone}
        client.post("/reminders", {**APPOINTMENT, **at, "customer_id": ids[8]}, key=f"demo-appointment-{days}")


def announce(client: Client) -> None:
    """What the team has not read. Who puts something up has read it, so the manager is told by the owner."""
    client.post("/announcements", CHECK, key="demo-check")
    manager = client.signed_in_as("manager")
    manager.post("/announcements", SHIFT, key="demo-shift")
    manager.close()
