"""The demo staff: who can sign in on a laptop, and where their reminders go."""

from infra.local.demo.client import Client

STAFF = (
    ("owner", "Nadia Rahman", "en"),
    ("manager", "Avi Cohen", "he"),
    ("sales", "بلال احمد", "ur"),
    ("service", "हरि थापा", "ne"),
    ("marketing", "তানিয়া রহমান", "bn"),
    ("till", "Till", "en"),
)


def employ(client: Client) -> None:
    """Enter the demo staff; safe to repeat."""
    for staff_id, name, language in STAFF:
        person = {"id": staff_id, "name": name, "email": f"{staff_id}@shop.example.com", "language": language}
        client.post("/staff", person, key=f"staff-{staff_id}")
