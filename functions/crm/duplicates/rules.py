"""Who may be one person: by which keys two records meet, and what speaks for it and against. Pure.

Nobody is compared with everybody. Two records meet under a key that they share: phone, mailbox, folded name with day
and month of birth, a word of the name with the address; organisations under their folded name as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crm.core import text

Reason = Literal[
    "same_phone",
    "same_email",
    "same_name",
    "near_name",
    "same_birthday",
    "same_day_of_birth",
    "same_address",
    "other_name",
    "other_birthday",
]
WEIGHTS: Mapping[Reason, int] = {
    "same_phone": 50,
    "same_email": 60,
    "same_name": 30,
    "near_name": 20,
    "same_birthday": 30,
    "same_day_of_birth": 20,
    "same_address": 20,
    "other_name": -10,
    "other_birthday": -40,
}
"""Points of 100. A phone or mailbox that two share is enough to ask; families share them, so it is no proof."""
ENOUGH = 40
MOST_IN_BUCKET = 50
"""Whom more share than this (a market's address, a switchboard) says nothing about anybody: nobody is compared."""
_LONGEST = 80
_MOST_WORDS = 2
_NEAR = 85.0


@dataclass(frozen=True)
class Likeness:
    """How likely two are one, 0 to 100, and why."""

    score: int
    reasons: tuple[Reason, ...]


def keys(customer: Mapping[str, Any]) -> tuple[str, ...]:
    """The buckets in which a customer stands."""
    name, address = text.strict_key(customer["name"])[:_LONGEST], address_key(customer)
    found = [f"phone#{phone}" for phone in [customer.get("phone")] if phone]
    found += [f"mail#{mailbox(email)}" for email in [customer.get("email")] if email]
    if birthday := customer.get("birthday"):
        found.append(f"born#{birthday[-5:]}#{name}")
    if address:
        words = sorted(dict.fromkeys(text.words(customer["name"])), key=lambda word: (-len(word), word))[:_MOST_WORDS]
        found += [f"at#{address}#{word[:_LONGEST]}" for word in words]
    if customer.get("kind") == "organisation":
        found.append(f"name#{name}")
    return tuple(dict.fromkeys(found))


def warning_keys(customer: Mapping[str, Any]) -> tuple[str, ...]:
    """The two buckets that are looked into while somebody is being registered; contacts are asked apart from them."""
    found = keys(customer)
    at = [key for key in found if key.startswith("at#")]
    return (*(key for key in found if key.startswith(("born#", "name#"))), *at)[:2]


def address_key(customer: Mapping[str, Any]) -> str:
    """The words of an address in one order: whoever writes the town first has the same address."""
    return " ".join(sorted(text.words(customer.get("address") or "")))[:_LONGEST]


def mailbox(email: str) -> str:
    """The mailbox of an address: what stands behind a plus is the sender's own."""
    local, _, domain = text.strict_key(email).partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def likeness(one: Mapping[str, Any], other: Mapping[str, Any]) -> Likeness | None:
    """What speaks for two being one; None where it is not enough to ask."""
    if one.get("kind") != other.get("kind"):
        return None
    reasons = tuple(_reasons(one, other))
    score = max(0, min(100, sum(WEIGHTS[reason] for reason in reasons)))
    return Likeness(score, reasons) if score >= ENOUGH else None


def _reasons(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterable[Reason]:
    if one.get("phone") and one.get("phone") == other.get("phone"):
        yield "same_phone"
    if one.get("email") and other.get("email") and mailbox(one["email"]) == mailbox(other["email"]):
        yield "same_email"
    yield _of_names(one["name"], other["name"])
    yield from _of_birthdays(one.get("birthday"), other.get("birthday"))
    if address_key(one) and address_key(one) == address_key(other):
        yield "same_address"
    elif one.get("kind") == "organisation" and _of_names(one["name"], other["name"]) == "same_name":
        # Two branches of one name are worth a look, whatever their address.
        yield "near_name"


def _of_names(one: str, other: str) -> Reason:
    if text.strict_key(one) == text.strict_key(other):
        return "same_name"
    from rapidfuzz import fuzz  # noqa: PLC0415 - tenths of a second, and most customers meet nobody

    left, right = (" ".join(text.words(name)) for name in (one, other))
    return "near_name" if fuzz.token_sort_ratio(left, right) >= _NEAR else "other_name"


def _of_birthdays(one: str | None, other: str | None) -> Iterable[Reason]:
    if not one or not other:
        return
    if one[-5:] != other[-5:]:
        yield "other_birthday"
    elif one == other and not one.startswith("--"):
        yield "same_birthday"
    elif one.startswith("--") or other.startswith("--"):
        yield "same_day_of_birth"
    else:
        yield "other_birthday"
