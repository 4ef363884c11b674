"""Which items a deed is about, whose they are, and whose values are the business's own.

What nobody's deed is about: what follows from others that are written with them, or serves only the running.

Each stands here by its name and for a reason. Whatever does not stand here is recorded when somebody has it written.
"""

import re
from collections.abc import Mapping
from typing import Any

from crm.audit.deeds import CHANGED, INTERNAL, Deed
from crm.audit.models import CUSTOMER
from crm.core import ids

BY_PARTITION: Mapping[str, str] = {
    "ANSWERED": "how often a link was used",
    "ANNOUNCEMENT": "who has read an announcement: stands there with its time",
    "ANNOUNCEMENT_MAILS": "which announcements mail carries: follows from them",
    "ASSIGNED": "who is to be told whom they were given: follows from the owner",
    "AUDIT": "the audit itself",
    "CONTACT": "who has an address: follows from the profile",
    "DIGESTS": "to whom a digest goes: follows from the member",
    "DUPLICATES": "how far the search for duplicates is",
    "GREETING_DAYS": "how far a day's greetings are",
    "OUTBOX": "what others are told: follows from its cause, and who listens from the webhooks",
    "REFERENCE": "who has a number of another program: stands with the customer as well",
    "RELATION_RECEIPT": "receipt of a request",
    "SEEN": "rows of an import that were taken",
    "STAFF_DIRECTORY": "who works here: follows from the member",
    "STAFF_RECEIPT": "receipt of a request",
}
BY_NAME: Mapping[str, str] = {
    "ABOUT": "where reminders about a customer stand: follows from the reminder",
    "ALLOWANCE": "how many mails a customer had",
    "BOUGHT": "what was bought: follows from the purchases",
    "EDITION": "follows from the text or the fields of which it is one",
    "GOAHEAD": "that an import goes on: follows from the import",
    "EPOCH": "under which rules views are kept",
    "REFERENCE": "by which number another program knows them: follows from the import",
    "POINTER": "where something stands: follows from that",
    "RECEIPT": "receipt of a request",
    "SOURCES": "where values are from: stands in the changes, too",
    "TURN": "whose turn it is: follows from what was routed",
    "UPKEEP": "how far the upkeep is",
}


# A kind of item, a number, a time.
_PLAIN = re.compile(r"[A-Z_]{1,30}|[0-9T:.Z-]{1,30}")
# Of a customer by an attribute, though the item stands elsewhere.
_WHOSE = ("customer_id", "customer")
# What the business has decided and made. In all else that stands with no customer a person may be named nonetheless.
_OF_BUSINESS = frozenset(
    {
        "ACCESS",
        "BUSINESS",
        "FIELDS",
        "GREETINGS",
        "HANDOVERS",
        "KEYS",
        "QUESTIONNAIRES",
        "ROUTING",
        "SEGMENTS",
        "TAGS",
        "TEMPLATES",
        "WEBHOOK",
        "WEBHOOKS",
    }
)


def is_told(deed: Deed) -> bool:
    """Whether it is a deed at all: somebody has said, made or taken something."""
    pk, sk = (part.partition("#")[0] for part in deed.key)
    is_inner = deed.did == CHANGED and {name.split("/")[1] for name in deed.to} <= INTERNAL
    return not (pk in BY_PARTITION or sk in BY_NAME or is_inner)


def whose(deed: Deed, before: Mapping[str, Any]) -> str:
    """The id of the customer with whom a record of it has to stand, and go; "" where it is of no customer."""
    if deed.key[0].startswith(CUSTOMER):
        return deed.key[0].removeprefix(CUSTOMER)
    named = (before.get(name) or deed.to.get(f"/{name}") for name in _WHOSE)
    return next((one for one in named if isinstance(one, str)), "")


def shown(deed: Deed) -> tuple[str, str]:
    """Its key as it may stand for ever: of what is not the business's own, ids alone. A key may hold an address."""
    pk, sk = deed.key
    return (pk, sk) if may_be_kept(deed) else (plain(pk), plain(sk))


def plain(part: str) -> str:
    """A part of a key, or an id that somebody named, with ~ for each name that is no id: it may be a person's."""
    noun, *names = part.split("#")
    known = (
        name if noun in _OF_BUSINESS or noun == "STAFF" or ids.is_one(name) or _PLAIN.fullmatch(name) else "~"
        for name in names
    )
    return "#".join((noun if _PLAIN.fullmatch(noun) or ids.is_one(noun) else "~", *known))


def may_be_kept(deed: Deed) -> bool:
    """Whether the values of what is of no customer may stand in a record for ever: no person is in them."""
    pk, sk = (part.partition("#")[0] for part in deed.key)
    return pk in _OF_BUSINESS or sk == "MEMBER"
