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
    """Enter the demo staff, each with the role of their name, as the owner; safe to repeat.

    The store knows their roles then, and so protects the owner's record from whoever may less.
    """
    for staff_id, name, language in STAFF:
        told = {"name": name, "email": f"{staff_id}@shop.example.com", "language": language, "role": staff_id}
        client.post("/staff", {"id": staff_id, **told}, key=f"staff-{staff_id}")
