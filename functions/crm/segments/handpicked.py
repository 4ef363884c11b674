"""Groups whose members are picked by hand: who is in one stands on the profile itself, so all else comes by itself.

A group of this kind has a rule like every other ("whose `groups` hold this id"); lists, totals and erasure know no
difference. The profile belongs to the customers' slice, which asks this one for its lists; so it is written here by
its key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pynamodb.attributes import UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.core import clock, items, table
from crm.core.actor import Within
from crm.core.author import Author
from crm.core.errors import Conflict, NotFound, StoreUnavailable
from crm.core.reason import Reason
from crm.segments.models import MERGED, PROFILE, STATIC, Segment
from crm.segments.orders import customer_id

_groups = UnicodeSetAttribute(attr_name="groups")
_revision = table.WholeNumberAttribute(attr_name="revision")
_TRIES = 8
_LONGEST_CHAIN = 40
_AT_ONCE = 49
"""A transaction takes 100 items: a profile and its change each, and the group."""


class NotHandPicked(Conflict):
    slug = "not-hand-picked"
    title = Reason("This group keeps itself by its rule")


@dataclass(frozen=True)
class Picked:
    """What became of a request: how many changed, how many were as asked for already, and who is not there."""

    added: int
    removed: int
    unchanged: int
    unknown: tuple[str, ...]


def rule_of(segment_id: str) -> dict[str, Any]:
    """The rule by which a hand-picked group finds its members."""
    return {"field": "groups", "op": "contains", "value": segment_id}


def pick(
    segment: Segment, *, add: Sequence[str], remove: Sequence[str], author: Author, within: Within | None = None
) -> Picked:
    """Put customers into a group and take others out; again, it changes nothing. Customers not there are named.

    So are those who are not within reach of whoever asks. Who was merged into another record is meant by that one.

    Raises NotHandPicked, NotFound when the group is deleted meanwhile.
    """
    if segment.kind != STATIC:
        raise NotHandPicked(Reason("its members follow from its rule; change the rule, or the customers"))
    wanted = {**dict.fromkeys(add, True), **dict.fromkeys(remove, False)}
    left, unknown = dict(wanted), set[str]()
    changed = {True: 0, False: 0}
    for _ in range(_TRIES):
        found = _followed(left)
        if within is not None:
            found = {one: profile for one, profile in found.items() if within.holds(profile.get("owner"))}
        unknown |= left.keys() - found.keys()
        asked = {customer_id(profile): wanted[one] for one, profile in found.items()}
        moving = {
            customer_id(profile): profile
            for profile in found.values()
            if is_in(profile, segment) is not asked[customer_id(profile)]
        }
        for chunk in _chunks(moving):
            if _committed(segment, {one: moving[one] for one in chunk}, asked, author):
                for one in chunk:
                    changed[asked[one]] += 1
                    del moving[one]
        left = {one: wanted[one] for one, profile in found.items() if customer_id(profile) in moving}
        if not left:
            counted = changed[True] + changed[False] + len(unknown)
            return Picked(changed[True], changed[False], len(wanted) - counted, tuple(sorted(unknown)))
        _require(segment)
    raise StoreUnavailable("these customers are being changed by many at once")


def read(customer_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The profiles there are, by their ids."""
    found = items.many((f"CUSTOMER#{one}", PROFILE) for one in customer_ids)
    return {customer_id(profile): profile for profile in found.values()}


def _followed(customer_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The profile that each of these ids leads to, by that id: two may lead to the same after a merge."""
    found: dict[str, Mapping[str, Any]] = {}
    places = {one: one for one in customer_ids}
    for _ in range(_LONGEST_CHAIN):
        profiles = read({*places.values()})
        found |= {one: profiles[place] for one, place in places.items() if place in profiles}
        gone = {place for place in places.values() if place not in profiles}
        marks = items.many((f"CUSTOMER#{place}", MERGED) for place in gone)
        into = {customer_id(mark): str(mark["into"]) for mark in marks.values()}
        places = {one: into[place] for one, place in places.items() if place in into and place in gone}
        if not places:
            break
    return found


def is_in(profile: Mapping[str, Any], segment: Segment) -> bool:
    """Whether a customer has been picked for a group."""
    return segment.segment_id in profile.get("groups", ())


def move(
    transaction: TransactWrite, segment_id: str, profile: Mapping[str, Any], *, into: bool, author: Author
) -> None:
    """Put one customer's change into a transaction, on the condition that nothing has changed since it was read.

    It makes no new version, so that nobody who is editing the record is told to read it again.
    """
    ours = {segment_id}
    actions: list[Action] = [_groups.add(ours) if into else _groups.delete(ours), _revision.add(1)]
    unchanged: Condition = _revision == int(profile["revision"])
    transaction.update(table.CrmItem(profile["pk"], profile["sk"]), actions, condition=unchanged)
    change_service.note(
        transaction,
        customer_id=customer_id(profile),
        place=change_rules.place(int(profile["version"]), revision=int(profile["revision"]) + 1),
        changes={"/groups": {"added" if into else "removed": [segment_id]}},
        author=author,
        at=clock.stamp(),
    )


def _committed(
    segment: Segment, chunk: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, bool], author: Author
) -> bool:
    def write(transaction: TransactWrite) -> None:
        # Nobody may come in once the group is being emptied.
        transaction.condition_check(Segment, segment.pk, segment.sk, condition=Segment.pk.exists())
        for one, profile in chunk.items():
            move(transaction, segment.segment_id, profile, into=wanted[one], author=author)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True


def _require(segment: Segment) -> None:
    try:
        Segment.read(segment.segment_id)
    except Segment.DoesNotExist as gone:
        raise NotFound("the group was deleted meanwhile") from gone


def _chunks(customer_ids: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(list(customer_ids))
    while chunk := list(islice(rest, _AT_ONCE)):
        yield chunk
