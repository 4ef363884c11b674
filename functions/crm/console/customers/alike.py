"""Who may be the same as somebody who is being entered: by name, number or address."""

from collections.abc import Iterator, Mapping
from typing import Any

from crm.core import text
from crm.core.actor import Actor
from crm.core.errors import InvalidFields, StoreUnavailable
from crm.core.paging import PageRequest
from crm.core.veil import visible
from crm.customers import listing
from crm.customers.asking import Asked

_MOST = 5
_LONGEST = 254
_SHORTEST = {"name": 3, "phone": 7, "email": 6}


def to(actor: Actor, told: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Those within reach, {id, name, phone, email}: of the same name in any order and spelling, number or address.

    `told`: name, phone, email as somebody types them. While the lists are being built there is nobody.
    """
    found = {str(one["id"]): one for name, value in told.items() for one in _by(name, value.strip(), actor)}
    return [{"phone": None, "email": None, **visible(one, actor.hidden)} for one in list(found.values())[:_MOST]]


def _by(name: str, value: str, actor: Actor) -> Iterator[Mapping[str, Any]]:
    if len(value) < _SHORTEST[name]:
        return
    asked = Asked(search=value[:_LONGEST], within=actor.within("customers.read"), hidden=actor.hidden)
    try:
        items = listing.page(PageRequest(f"console alike:{actor.scope}:{value}", 2 * _MOST), asked).items
    except (InvalidFields, StoreUnavailable):
        return
    for one in items:
        # Whose number only holds these digits is somebody else.
        is_meant = one.get("match") != "part"
        if is_meant and (name != "name" or one.get("match") == "similar" or _words(str(one["name"])) == _words(value)):
            yield one


def _words(name: str) -> list[str]:
    return sorted(text.words(name))
