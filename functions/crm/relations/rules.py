"""How customers can be related, what fits whom, and what a profile holds of it. Pure: the present day is passed in.

A relation stands with both of its customers, with each under the kind that it is seen as from there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, Literal, get_args

from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason

Kind = Literal[
    "household", "member_of", "member", "branch_of", "branch", "referred_by", "referred", "supplier", "partner"
]
Role = Literal["user", "payer", "decides"]
Said = Mapping[str, Any]
"""What is said of a relation: {roles, title, from, until, note}, without what is empty."""
Summary = Mapping[str, Any]
"""What a profile holds of its relations, see `with_one`."""
BUSINESS = "business"
"""Stands for the business itself where it is the other side."""
MOST_LEVELS = 10
MOST_ORGANISATIONS = 50
_TEXTS = ("title", "note")


@dataclass(frozen=True)
class Sides:
    """A kind of relation from one side: its name from the other one, and which kinds of customers both are.

    `upward`: of such a relation a customer has one at most, and it forms no circles. `takes`: what can be said of it.
    """

    mirror: Kind | None
    own: frozenset[str]
    other: frozenset[str]
    upward: bool = False
    takes: frozenset[str] = frozenset({"from", "until", "note"})


_PERSON, _ORGANISATION = frozenset({"person"}), frozenset({"organisation"})
_ANY = _PERSON | _ORGANISATION
_OF_MEMBERS = frozenset({"roles", "title", "from", "until", "note"})
_OF_REFERRALS = frozenset({"from", "note"})
KINDS: Mapping[str, Sides] = {
    "household": Sides("household", _PERSON, _PERSON),
    "member_of": Sides("member", _PERSON, _ORGANISATION, takes=_OF_MEMBERS),
    "member": Sides("member_of", _ORGANISATION, _PERSON, takes=_OF_MEMBERS),
    "branch_of": Sides("branch", _ORGANISATION, _ORGANISATION, upward=True),
    "branch": Sides("branch_of", _ORGANISATION, _ORGANISATION),
    "referred_by": Sides("referred", _ANY, _ANY, upward=True, takes=_OF_REFERRALS),
    "referred": Sides("referred_by", _ANY, _ANY, takes=_OF_REFERRALS),
    "supplier": Sides(None, _ORGANISATION, frozenset()),
    "partner": Sides(None, _ORGANISATION, frozenset()),
}
_A: Mapping[str, Reason] = {
    "person": Reason("a person"),
    "organisation": Reason("an organisation"),
}
ROLES: tuple[str, ...] = get_args(Role)


def require_said(kind: str, said: Said, *, today: date) -> None:
    """Check what is said of a relation; `today` is the latest calendar day anywhere on Earth. Raises InvalidFields."""
    wrong = [*_not_taken(kind, said), *_to_come(said, today)]
    if said.get("until", "~") < said.get("from", ""):
        before = Reason(
            "{until} lies before its beginning, {begun}; correct one", until=said["until"], begun=said["from"]
        )
        wrong.append(FieldError("/until", before))
    if wrong:
        raise InvalidFields.of(wrong)


def _not_taken(kind: str, said: Said) -> Iterator[FieldError]:
    takes = sorted(KINDS[kind].takes)
    for name in said:
        if name not in takes:
            why = Reason("a relation of kind {kind} has none; it takes {takes}", kind=kind, takes=", ".join(takes))
            yield FieldError(f"/{name}", why)


def _to_come(said: Said, today: date) -> Iterator[FieldError]:
    remedies = {
        "from": Reason("note it once it has begun"),
        "until": Reason("set a reminder, and note it on the day"),
    }
    for name, remedy in remedies.items():
        if said.get(name, "") > today.isoformat():
            yield FieldError(f"/{name}", Reason("{day} lies in the future; {remedy}", day=said[name], remedy=remedy))


def require_fit(kind: str, *, own: str, other: str | None) -> None:
    """Check that two kinds of customers can be related so. Raises InvalidFields."""
    sides, wrong = KINDS[kind], list[FieldError]()
    if own not in sides.own:
        why = Reason("this customer is {kind}: {fitting}", kind=_A[own], fitting=_fitting(own))
        wrong.append(FieldError("/kind", why))
    if other is not None and other not in sides.other:
        wanted = reduce(_or, sorted(_A[one] for one in sides.other))
        why = Reason(
            "is {other}, and {kind} wants {wanted} here; name another one", other=_A[other], kind=kind, wanted=wanted
        )
        wrong.append(FieldError("/customer", why))
    if wrong:
        raise InvalidFields.of(wrong)


def is_current(said: Said) -> bool:
    """Whether a relation has not ended. Its end lies never in the future, so no day changes the answer."""
    return "until" not in said


def with_one(summary: Summary | None, kind: str, other: str, said: Said) -> dict[str, Any]:
    """What a profile holds once a relation is added, seen from its own side.

    Relations upward as the id of the other; memberships by organisation with what is said of them, also those that
    ended; `business` lists what the customer is to the business; of all else how many are current.
    """
    kept = dict(summary or {})
    if kind == "member_of":
        kept[kind] = {**kept.get(kind, {}), other: {name: said[name] for name in said if name != "note"}}
    elif not is_current(said):
        return kept
    elif KINDS[kind].mirror is None:
        kept[BUSINESS] = sorted({*kept.get(BUSINESS, ()), kind})
    elif KINDS[kind].upward:
        kept[kind] = other
    else:
        kept[kind] = int(kept.get(kind, 0)) + 1
    return kept


def without_one(summary: Summary | None, kind: str, other: str, said: Said) -> dict[str, Any]:
    """What a profile holds once a relation is gone of which this was said."""
    kept = dict(summary or {})
    if kind == "member_of":
        kept[kind] = {one: told for one, told in kept.get(kind, {}).items() if one != other}
    elif not is_current(said):
        return kept
    elif KINDS[kind].mirror is None:
        kept[BUSINESS] = [one for one in kept.get(BUSINESS, ()) if one != kind]
    elif KINDS[kind].upward:
        kept = {name: value for name, value in kept.items() if (name, value) != (kind, other)}
    else:
        kept[kind] = max(0, int(kept.get(kind, 0)) - 1)
    return {name: value for name, value in kept.items() if value}


def summed(relations: Iterable[tuple[str, str, Said]]) -> dict[str, Any]:
    """What a profile holds of all relations of its customer: (kind, other, said) of each."""
    kept: dict[str, Any] = {}
    for kind, other, said in relations:
        kept = with_one(kept, kind, other, said)
    return kept


def united(one: Summary | None, other: Summary | None, *, of: frozenset[str]) -> dict[str, Any]:
    """About what one profile holds of the relations of two records that become one, until they are summed again.

    `of`: the ids of both, who are not related to each other any more. Of two relations upward stands that of `one`.
    """
    kept: dict[str, Any] = {}
    for held in (other or {}, one or {}):
        for name, value in held.items():
            if name in kept and isinstance(value, (int, Decimal)):
                kept[name] += value
            elif isinstance(value, Mapping):
                kept[name] = {**kept.get(name, {}), **value}
            elif isinstance(value, list):
                kept[name] = sorted({*kept.get(name, ()), *value})
            elif value not in of:
                kept[name] = value
    return kept


def united_said(one: Said, other: Said) -> dict[str, Any]:
    """What is said of a relation that two records both had: all roles, the earlier beginning, ended if both have."""
    said = {**other, **one}
    roles = {*one.get("roles", ()), *other.get("roles", ())}
    said |= {"roles": sorted(roles)} if roles else {}
    begins = [each["from"] for each in (one, other) if "from" in each]
    said |= {"from": min(begins)} if begins else {}
    if is_current(one) or is_current(other):
        said.pop("until", None)
    else:
        said["until"] = max(one["until"], other["until"])
    return said


def told(before: Said | None, after: Said | None) -> dict[str, Any]:
    """What the history says of a change: {from, to}, and which texts changed.

    Not the texts: they may be about the other customer, whose erasure does not reach this one's history.
    """
    ends = {
        end: {name: list(value) if name == "roles" else value for name, value in said.items() if name not in _TEXTS}
        for end, said in (("from", before), ("to", after))
        if said is not None
    }
    changed = [name for name in _TEXTS if (before or {}).get(name) != (after or {}).get(name)]
    return {**ends, **({"changed": changed} if changed else {})}


def _or(one: Reason, other: Reason) -> Reason:
    return Reason("{one} or {other}", one=one, other=other)


def _fitting(own: str) -> Reason:
    kinds = ", ".join(name for name, sides in KINDS.items() if own in sides.own)
    return Reason("of it there can be {kinds}", kinds=kinds)
