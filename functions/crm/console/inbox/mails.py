"""Mail that came in: what it says, and saying whose it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import find, people
from crm.console.routes import HOME
from crm.core import veil
from crm.core.actor import Actor
from crm.core.errors import Conflict, Duplicate, InvalidFields, InvalidRequest, NotFound
from crm.core.paging import PageRequest
from crm.customers import service as customer_service
from crm.inbox import service
from crm.inbox.models import Incoming
from crm.suppressions.forgotten import AddressForgotten

PLACE = f"{HOME}/inbox"
STATES = ("review", "assigned", "dismissed")
_ON_A_PAGE = 25
_LONGEST = 200
_LOGS = "activity.write"


def show(visit: Visit) -> Page:
    """Mail in one state, the latest first, as far as it is of customers within reach."""
    query, actor = visit.asked.query, visit.actor
    state = query.get("state") if query.get("state") in STATES else STATES[0]
    request = PageRequest(f"console inbox:{actor.scope}:{state}", _ON_A_PAGE, query.get("after") or None)
    found = service.page(request, state=str(state), within=actor.within("inbox.use"))
    values = {
        "mails": [_told(one, actor) for one in found.items],
        "next": found.next,
        "state": state,
        "states": STATES,
        "place": PLACE,
        "done": query.get("done"),
        "given_to": people.named([query["customer"][:60]], actor) if query.get("customer") else [],
    }
    return Page("inbox/list.html", values)


def one(visit: Visit) -> Page:
    """One mail with what can be done about it. Raises NotFound."""
    return _page(visit, service.get(mail_id=visit.asked.names["mail_id"]))


def act(visit: Visit) -> Page | SeeOther:
    """Say whose it is, make a customer of who wrote it, or put it aside. Raises NotFound, InvalidRequest."""
    item, action = service.get(mail_id=visit.asked.names["mail_id"]), visit.asked.form.get("action", "")
    try:
        if action == "assign":
            settled = _assign(visit, item)
        elif action == "register":
            settled = _register(visit, item)
        elif action == "dismiss":
            settled = _dismiss(visit, item)
        else:
            raise InvalidRequest("the form says nothing that can be done")
    except InvalidFields as refused:
        return forms.again(_page(visit, item), refused)
    except Duplicate as known:
        page = _page(visit, item)
        return replace(page, values={**page.values, "known": known.extensions["candidates"]}, status=409)
    except AddressForgotten:
        page = _page(visit, item)
        return replace(page, values={**page.values, "is_forgotten": True}, status=409)
    except Conflict:
        # Somebody was faster: what they said of it is shown, where there is no field any more for what was typed.
        page, name = one(visit), visit.asked.form.get("name", "").strip()
        typed = [name] if name and name != item.sender_name else []
        return replace(page, values={**page.values, "was_settled": True, "typed": typed}, status=409)
    to = f"&customer={settled.customer}" if settled.customer else ""
    return SeeOther(f"{PLACE}?done={action}{to}")


def attachment(visit: Visit) -> Page:
    """The way to a file that came with a mail; nothing opens it. Raises NotFound."""
    mail_id, number = visit.asked.names["mail_id"], visit.asked.names["number"]
    if not (number.isascii() and number.isdecimal() and len(number) < len("1000")):
        raise NotFound("there is no such file")
    url = service.attachment(mail_id=mail_id, number=int(number))
    return Page("download.html", {"url": url, "back": f"{PLACE}/{mail_id}"})


def _assign(visit: Visit, item: Incoming) -> Incoming:
    # Here, as reading needs no schemas.
    from crm.inbox import settling

    customer_id = visit.asked.form.get("customer", "")[:60]
    owners = customer_service.owner_of(customer_id) if customer_id else None
    if owners is None or not all(visit.actor.reaches(_LOGS, one) for one in owners[0]):
        raise NotFound("there is nothing of this id")
    return settling.assign(item, customer_id=customer_id, caller=visit.actor.who)


def _register(visit: Visit, item: Incoming) -> Incoming:
    from crm.customers import unseen
    from crm.inbox import settling
    from crm.inbox.schemas import NewLead

    lead = forms.checked(NewLead, forms.filled(visit.asked.form, ("name",)))
    return unseen.heeding(
        lambda allowed: settling.register(item, name=lead.name, caller=visit.actor.who, allow_duplicate=allowed),
        actor=visit.actor,
        allow_duplicate=False,
    )


def _dismiss(visit: Visit, item: Incoming) -> Incoming:
    from crm.inbox import settling

    return settling.dismiss(item, caller=visit.actor.who)


def _page(visit: Visit, item: Incoming) -> Page:
    actor, wanted = visit.actor, visit.asked.query.get("who", "")
    # Candidates have the address that the mail says it is from.
    hides = veil.is_hidden("/email", actor.hidden)
    candidates = [] if hides else [str(each["id"]) for each in item.candidates or ()]
    fitting = find.anybody(visit, wanted) if wanted and actor.may("customers.read") else None
    values: dict[str, Any] = {
        "mail": _told(item, actor),
        "place": PLACE,
        "has_sender": bool(item.sender),
        "candidates": people.named(candidates, actor),
        "customer": next(iter(people.named([item.customer], actor)), None) if item.customer else None,
        "may_assign": actor.may(_LOGS) and actor.may("customers.read"),
        "may_add": actor.may("customers.write"),
        "wanted_customer": wanted,
        "found": fitting.items if fitting else None,
        "has_more": fitting is not None and fitting.has_more,
        "name": _typed(visit).get("name", item.sender_name or "")[:_LONGEST],
        "known": (),
        "is_forgotten": False,
        "was_settled": False,
        "errors": {},
    }
    return Page("inbox/mail.html", values)


def _typed(visit: Visit) -> Mapping[str, str]:
    return visit.asked.form if visit.asked.method == "POST" else {}


def _told(item: Incoming, actor: Actor) -> Mapping[str, Any]:
    named = ("state", "sender_name", "subject", "text", "received_at", "unreadable", "settled_by")
    return {
        **{name: getattr(item, name) for name in named},
        "id": item.mail_id,
        "sender": None if veil.is_hidden("/email", actor.hidden) else item.sender,
        "is_from_sender": bool(item.is_from_sender),
        "attachments": [
            {"number": number, "name": file["name"], "type": file["type"], "kilobytes": -(-int(file["bytes"]) // 1000)}
            for number, file in enumerate(item.attachments or ())
        ],
    }
