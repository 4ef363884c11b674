"""All that the page of one customer shows, in two round trips: what is asked for at once is not waited for in turn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from crm.changes import reading
from crm.changes.reading import Known
from crm.console import house, reads
from crm.console.asked import Asked
from crm.core import beside, built, table
from crm.core.errors import NotFound, ViewsBeingBuilt
from crm.customers.models import MERGED, PROFILE, Merged, Profile, partition
from crm.mail.models import PREFIX as MAIL
from crm.mail.models import Message
from crm.merges.models import MERGE, Before
from crm.relations.models import RELATION, Relation
from crm.relations.rules import BUSINESS
from crm.reminders import rules as reminder_rules
from crm.reminders.models import ABOUT, Reminder
from crm.reminders.models import PREFIX as REMINDER
from crm.timeline.models import EVENT, Event
from crm.views.state import from_raw, state_key

Item = Mapping[str, Any]
# Newest first in one Query: the profile, the mails, then what happened; a mailbox full of greetings hides no call.
_MOST = 30
# Whom a head office is related to may be hundreds; their own list goes on.
_MOST_RELATED = 20
_BESIDE = 200
# What stands for a reminder to somebody of the staff outlives it, and says nothing of whether that is still open.
_MOST_ABOUT = 1000
# What stands beside, as a rule; where it is more, it leaves no room in the one Query for what is newest.
_FEW_BESIDE = 20
_FAMILY = "segments"
_LISTED = "SEGMENT#"
_OF_PAGE = ("profile", "merged", "merge", "merge_before", "message", "event")
_OF_BESIDE = ("relation", "reminder")
_LAST_BESIDE = f"{REMINDER}~"
# How an item came to be, which no page of a customer tells: more than half of what happened, in bytes.
# Of a merge, and of the record that went as it was; not field by field why which value stands.
_OF_MERGE = ("into", "state", "at", "undo_until", "profile")
_UNTOLD = {"audit", "attempts", "claim_token", "decision", "history", "recorded_at", "request_hash", "ses_message_id"}


@dataclass(frozen=True)
class Record:
    """One customer. `events` and `mails` the newest first, `reminders` the next due first.

    `groups`: the epochs of the rules under which they are in a group; None while the views are being built.
    `relations`: each with the profile of the other side, None where that is the business itself; of more than twenty
    the first. `known`: whose word the fields are. `older`: where what happened before these events begins. `merges`:
    what was merged into them, each with the profile that it had, None where that is no longer kept.
    """

    customer_id: str
    profile: Item
    events: Sequence[Item]
    mails: Sequence[Item]
    reminders: Sequence[Item]
    groups: frozenset[int] | None
    relations: Sequence[tuple[Item, Item | None]]
    known: Known
    older: str | None
    merges: Sequence[tuple[Item, Item | None]]


class MovedAway(Exception):
    """The customer was merged into another, whose id this is."""

    def __init__(self, into: str) -> None:
        super().__init__(into)
        self.into = into


@dataclass(frozen=True)
class _First:
    """What the first round trip finds."""

    newest: Sequence[Item]
    beside: Sequence[Item]
    about: Sequence[Item]

    def of(self, sk: str) -> list[Item]:
        return [one for one in (*self.newest, *self.beside) if str(one["sk"]).startswith(sk)]


def owner_of(asked: Asked, customer_id: str) -> Iterable[tuple[str | None]] | None:
    """Whose a customer is, for the guard, out of what the page reads anyhow; None: there is nobody of this id."""
    found = _first(asked, customer_id).of(PROFILE)
    return ((found[0].get("owner"),),) if found else None


def read(asked: Asked, customer_id: str) -> Record:
    """The customer. Raises NotFound, MovedAway."""
    first = _first(asked, customer_id)
    profile = next(iter(first.of(PROFILE)), None)
    if profile is None:
        if moved := first.of(MERGED):
            raise MovedAway(str(moved[0]["into"]))
        raise NotFound("there is no such customer")
    events = first.of(EVENT) or reads.of_customer(customer_id, EVENT, limit=_MOST + 1, of=("event",))
    told, groups, known, others = _second(customer_id, first)
    open_ones = [one for one in (*first.of(REMINDER), *told) if _is_open(one)]
    mails = sorted(first.of(MAIL), key=lambda one: str(one["created_at"]), reverse=True)
    return Record(
        customer_id=customer_id,
        profile=profile,
        events=events[:_MOST],
        mails=mails[:_MOST],
        reminders=sorted(open_ones, key=lambda one: str(one["due_at"])),
        groups=groups,
        relations=others,
        known=known,
        older=str(events[_MOST - 1]["sk"]) if len(events) > _MOST else None,
        merges=_merges(first),
    )


def _first(asked: Asked, customer_id: str) -> _First:
    """The first round trip, once for a request."""
    place = f"record {customer_id}"
    if place not in asked.memo:
        (newest, others), about, *_ = beside.at_once(
            partial(_own, customer_id),
            partial(reads.of_customer, customer_id, ABOUT, limit=_MOST_ABOUT),
            *house.names_to_read(),
        )
        asked.memo[place] = _First(newest, others, about)
    found: _First = asked.memo[place]
    return found


def _own(customer_id: str) -> tuple[list[Item], list[Item]]:
    """The profile, mails and events; and relations and reminders to them.

    One Query finds all of it, unless so much stands beside, before the profile, that what is newest has no room.
    """
    both = (*_OF_PAGE, *_OF_BESIDE)
    only = _told()
    found = reads.of_customer(
        customer_id, EVENT, until=_LAST_BESIDE, limit=reads.MOST + _FEW_BESIDE, of=both, only=only
    )
    others = [one for one in found if one["entity"] in _OF_BESIDE]
    if len(others) <= _FEW_BESIDE:
        return [one for one in found if one["entity"] in _OF_PAGE], others
    others = reads.of_customer(customer_id, RELATION, until=_LAST_BESIDE, limit=_BESIDE, of=_OF_BESIDE, only=only)
    return reads.of_customer(customer_id, EVENT, until=PROFILE, of=_OF_PAGE, only=only), others


@lru_cache(maxsize=1)
def _told() -> tuple[str, ...]:
    """The attributes of all that the page reads in the customer's partition, but for what it never tells."""
    kinds = (Profile, Merged, Message, Event, Relation, Reminder)
    names = {one.attr_name for kind in kinds for one in kind.get_attributes().values()}
    return tuple(sorted((names - _UNTOLD - {"pk", "sk"}).union(_OF_MERGE)))


def _merges(first: _First) -> list[tuple[Item, Item | None]]:
    """They stand between the profile and the mails, so the first read comes by them anyhow."""
    found = {str(one["sk"]): one for one in first.of(MERGE)}
    return [(one, _before(found, one)) for one in found.values() if one["entity"] == "merge"]


def _before(found: Mapping[str, Item], merge: Item) -> Item | None:
    merge_id = str(merge["sk"]).removeprefix(MERGE)
    kept = found.get(Before.keyed(str(merge["into"]), merge_id, "old").sk)
    return kept["profile"] if kept else None


def _second(
    customer_id: str, first: _First
) -> tuple[list[Item], frozenset[int] | None, Known, list[tuple[Item, Item | None]]]:
    """Reminders to staff about them, which groups hold them, whose word it is, whom they are related to: at once."""
    related = sorted(first.of(RELATION), key=lambda one: str(one["sk"]))[:_MOST_RELATED]
    places = reading.keys(customer_id)
    others = list(dict.fromkeys(_profile_of(one) for one in related if not _is_of_business(one)))
    told = [_reminder_at(one) for one in first.about]
    wanted = [*places, *others, *told]
    # One batch for most of all customers.
    room = reads.MOST - 1
    rest = [partial(_of_truth, wanted[start : start + reads.MOST]) for start in range(room, len(wanted), reads.MOST)]
    (some, groups), *more = beside.at_once(partial(_with_groups, customer_id, wanted[:room]), *rest)
    found = {(one["pk"], one["sk"]): one for part in (some, *more) for one in map(table.from_item, part)}
    with_whom: list[tuple[Item, Item | None]] = [
        (one, None if _is_of_business(one) else found.get(_profile_of(one))) for one in related
    ]
    known = reading.known(found, places)
    return [found[place] for place in told if place in found], groups, known, with_whom


def _with_groups(
    customer_id: str, wanted: Sequence[tuple[str, str]]
) -> tuple[list[dict[str, Any]], frozenset[int] | None]:
    """Items of the truth, low-level, and which groups hold the customer; None while the views are being built."""
    state = state_key((partition(customer_id), PROFILE), _FAMILY)
    try:
        of_truth, of_views = built.while_whole(lambda _: reads.of_both(wanted, [state]))
    except ViewsBeingBuilt:
        return _of_truth(wanted), None
    listed = from_raw(next(iter(of_views), None)).listings
    return of_truth, frozenset(int(pk.split("#")[1]) for pk, _ in listed if _is_group(pk))


def _of_truth(wanted: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    return reads.of_both(wanted, [])[0]


def _reminder_at(about: Item) -> tuple[str, str]:
    reminder, staff = str(about["sk"]).split("#")[1:]
    return f"STAFF#{staff}", REMINDER + reminder


def other_of(relation: Item) -> str:
    """Whom a customer is related to by an item of theirs; BUSINESS where it is the business itself."""
    return str(relation["sk"]).split("#")[2]


def _is_of_business(relation: Item) -> bool:
    return other_of(relation) == BUSINESS


def _profile_of(relation: Item) -> tuple[str, str]:
    return partition(other_of(relation)), PROFILE


def _is_open(reminder: Item) -> bool:
    return reminder["state"] in reminder_rules.OPEN and not reminder.get("silent")


def _is_group(pk: str) -> bool:
    return pk.startswith(_LISTED)
