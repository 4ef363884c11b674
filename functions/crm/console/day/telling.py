"""What somebody sees of their day's customers: who waits, whom to call, whom they may lose."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crm.core import veil
from crm.core.actor import Actor

if TYPE_CHECKING:
    from crm.calls.reading import Line
    from crm.console.customers.record import Item
    from crm.console.day.slipping import Slipping
    from crm.console.day.today import Day

_BIRTHDAY, _CONSENT = "/birthday", "/consent"


def waiting(reminder: "Item", found: "Day") -> Mapping[str, Any]:
    """A reminder that waits for whom it goes to; of whom it is about the name alone, where they are within reach."""
    customer_id = reminder.get("customer_id")
    return {
        "id": str(reminder["sk"]).partition("#")[2],
        "at": reminder["at"],
        "subject": reminder["subject"],
        "message": reminder.get("message"),
        "customer_id": customer_id,
        "name": found.names.get(str(customer_id)),
        "is_in_doubt": reminder["state"] == "in_doubt",
    }


def slipping(one: "Slipping", actor: Actor) -> Mapping[str, Any]:
    """A customer whom one may be losing: {id, name, phone, group}."""
    seen = veil.visible(one.entry, actor.hidden)
    return {"id": one.entry["id"], "name": seen["name"], "phone": seen.get("phone"), "group": one.group}


def calls(lines: "Iterable[Line]", actor: Actor) -> list[Mapping[str, Any]]:
    """Whom to greet by voice, and why by voice."""
    if veil.is_hidden(_BIRTHDAY, actor.hidden):
        # Most are greeted on their birthday.
        return []
    return [_call(line, actor) for line in lines]


def _call(line: "Line", actor: Actor) -> Mapping[str, Any]:
    who, told = veil.visible(line.profile, actor.hidden), line.message["to_call"]
    return {
        "key": line.order.key,
        "customer_id": line.order.id,
        "name": who["name"],
        "phone": who.get("phone"),
        "code": None if veil.is_hidden(_CONSENT, actor.hidden) else line.message.get("reason_code"),
        "say": told.get("say"),
        "is_done": "done_at" in told,
    }
