"""One mail: what is known of it, why it went or did not, and what there is to do."""

from crm.console.asked import Page, Visit
from crm.console.customers import telling
from crm.core import table, veil
from crm.core.errors import NotFound
from crm.mail import reading


def show(visit: Visit) -> Page:
    """The page. Raises NotFound, also where the mail would tell of a day that is hidden."""
    message = reading.get(key=visit.asked.names["key"])
    stored = table.from_item(message.serialize())
    if not telling.sees_mail(stored, visit.actor):
        raise NotFound("there is nothing of this id")
    hides_why = veil.is_hidden("/consent", visit.actor.hidden)
    history = [] if hides_why else [{"state": one["state"], "at": one["at"]} for one in message.history]
    order = message.order
    is_to_customer = order.recipient == "customer"
    mail = telling.mail(stored, visit.actor)
    return Page(
        "customer/mail.html", {"mail": mail, "history": history, "customer_id": order.id if is_to_customer else None}
    )
