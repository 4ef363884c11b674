"""What somebody new does first, by what their role may, and whether it is done: asked of the store, cheaply."""

from collections.abc import Callable
from dataclasses import dataclass

from crm.console import house
from crm.console.asked import Visit
from crm.console.routes import HOME
from crm.core.paging import PageRequest
from crm.customers import listing
from crm.customers.asking import Asked
from crm.demo.people import DOMAIN, PEOPLE, UNTOLD

COOKIE = "__Host-led"
"""That this browser is not to be led any more."""
SEEN = "__Host-seen"
"""That the mails to come were looked at from here."""
_IMPORTS = 50
_REMINDERS = 10


@dataclass(frozen=True)
class Step:
    """One thing to do. `name`: what the template calls it; `address`: where it is done, "" where no page does it."""

    name: str
    address: str
    is_done: bool


def steps(visit: Visit) -> list[Step]:
    """The steps of the reader's role, in order."""
    known: list[tuple[str, str, str, Callable[[Visit], bool]]] = [
        ("add", "customers.write", f"{HOME}/add", _has_own_customer),
        ("import", "imports.run", f"{HOME}/imports", _has_imported),
        ("remind", "reminders.use", f"{HOME}/find", _has_reminder),
        ("birthdays", "greetings.write", f"{HOME}/greetings", _greets_birthdays),
        ("tomorrow", "greetings.read", f"{HOME}/start?see=upcoming", _has_seen_mails),
    ]
    return [Step(name, address, done(visit)) for name, right, address, done in known if visit.actor.may(right)]


def has_no_customers() -> bool:
    """Whether there is nobody in any list."""
    return not listing.page(PageRequest("first steps", 1), Asked()).items


def _has_own_customer(visit: Visit) -> bool:
    actor = visit.actor
    asked = Asked(within=actor.within("customers.read"), hidden=actor.hidden)
    most = len(PEOPLE) + 1 if house.shows_demo() else 1
    found = listing.page(PageRequest(f"first steps:{actor.scope}", most), asked).items
    # By the address: lists hold no tags.
    return any(not str(one.get("email") or "").endswith(f"@{DOMAIN}") for one in found)


def _has_imported(_: Visit) -> bool:
    from crm.imports import service  # who may not import needs none of it

    return any(one.ran_at for one in service.page(PageRequest("first steps", _IMPORTS)).items)


def _has_reminder(visit: Visit) -> bool:
    from crm.reminders import service

    request = PageRequest(f"first steps:{visit.actor.scope}", _REMINDERS)
    found = service.page_of(f"STAFF#{visit.actor.who}", request, state=None).items
    # Those of the demo shop are nobody's doing.
    return any(one.reason != UNTOLD for one in found)


def _greets_birthdays(_: Visit) -> bool:
    return any(one.occasion == "birthday" for one in house.greetings())


def _has_seen_mails(visit: Visit) -> bool:
    return SEEN in visit.asked.cookies
