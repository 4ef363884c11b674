"""All that is kept of one customer, for that customer: as a page to print, or by a link that is mailed to them."""

from dataclasses import replace
from typing import Any

from crm.console.asked import Framed, Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.core.errors import LimitReached
from crm.customers import service as customer_service
from crm.privacy import person, person_page, requests


def show(visit: Visit) -> Page:
    """Where it is opened, and sent from. Raises NotFound."""
    profile = customer_service.get(customer_id=visit.asked.names["customer_id"])
    values: dict[str, Any] = {
        "customer_id": profile.customer_id,
        "name": profile.name,
        "email": profile.email,
        "done": visit.asked.query.get("done"),
        "was_sent": False,
    }
    return Page("erasing/copy.html", values)


def send(visit: Visit) -> Page | SeeOther:
    """Have the link mailed, once a day. Raises NotFound."""
    page = show(visit)
    customer_id = str(page.values["customer_id"])
    if not page.values["email"]:
        return replace(page, status=409)
    try:
        requests.ask(customer_id=customer_id, what="data", caller=visit.actor.who)
    except LimitReached:
        return replace(page, values={**page.values, "was_sent": True}, status=409)
    return SeeOther(f"{HOME}/customers/{customer_id}/copy?done=asked")


def paper(visit: Visit) -> Framed:
    """The copy itself, in the customer's language. Raises NotFound."""
    known = customer_service.get(customer_id=visit.asked.names["customer_id"]).customer_id
    return Framed(person_page.page(person.collect(known)))
