"""Customers by their ids, as a page names them."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.core import items
from crm.core.actor import Actor
from crm.core.veil import visible
from crm.customers.models import PROFILE, partition

_SHOWN = ("name", "phone", "email")
_LISTED = ("phone", "owner", "created_at", "next_reminder_at")
_FIGURES = ("spent", "last_contact_at")


def named(customer_ids: Iterable[str], actor: Actor) -> list[Mapping[str, Any]]:
    """Those within reach who are there under these very ids, in their order: {id, name, phone, email}. One read."""
    ids = list(dict.fromkeys(customer_ids))
    keys = [(partition(one), PROFILE) for one in ids]
    found = items.many(keys, only=(*_SHOWN, "owner")) if keys else {}
    profiles = {pk.partition("#")[2]: profile for (pk, _), profile in found.items()}
    within = actor.within("customers.read")
    return [
        {**dict.fromkeys(_SHOWN), **visible(_plain(profiles[one]), actor.hidden), "id": one}
        for one in ids
        if one in profiles and (within is None or within.holds(profiles[one].get("owner")))
    ]


def with_figures(entries: Iterable[Mapping[str, Any]], actor: Actor) -> list[Mapping[str, Any]]:
    """Entries of a list of customers with what has come of each so far: spent, last_contact_at. One read."""
    found = list(entries)
    keys = [(partition(str(one["id"])), PROFILE) for one in found]
    profiles = items.many(keys, only=("facts",), consistent=False) if keys else {}
    figures = {key: profile.get("facts") or {} for key, profile in profiles.items()}
    return [
        {
            **dict.fromkeys((*_LISTED, *_FIGURES)),
            **visible(one, actor.hidden),
            "spent": figures.get(key, {}).get("spent") or 0,
            "last_contact_at": figures.get(key, {}).get("last_contact_at"),
        }
        for key, one in zip(keys, found, strict=True)
    ]


def _plain(profile: Mapping[str, Any]) -> dict[str, Any]:
    return {name: profile.get(name) for name in _SHOWN}
