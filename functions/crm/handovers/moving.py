"""The work behind a handover: over all customers of somebody, or of nobody, in pieces; and the way back.

Which customers were given away says their history: each change of an owner is `of` the handover. So nothing else is
kept about them, and an erasure takes it along. Of a team each customer's id draws one, the same in a trial and for
real, and however often a piece is done.
"""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from crm.access import roster
from crm.access.models import Roster
from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.changes.models import MERGED_FROM
from crm.core import clock, items
from crm.core.author import Author
from crm.core.errors import InvalidFields, NotFound, StaleVersion, StoreUnavailable
from crm.core.projection import Key
from crm.customers import changing
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.fanout import service as fanout
from crm.handovers.models import DONE, RUNNING, UNDER_WAY, UNDOING, UNDONE, Handover
from crm.handovers.service import moved
from crm.routing import rules as routing_rules
from crm.routing import service as routing_service

JOB = "handover"
TO = "to "
"""Stands before the name of who was given somebody, in what the work counts."""
_BACK = "back"
_SIGN = "#"
_TRIES = 8


def begin(*, handover_id: str) -> None:
    """Begin what was asked for; again it changes nothing. Raises StoreUnavailable."""
    handover = Handover.find(handover_id)
    if handover and handover.state in UNDER_WAY:
        fanout.begin(_job(handover, is_back=handover.state == UNDOING), rank=1, request=handover_id)


def job(name: str) -> fanout.Job:
    """The job that a message names: `handover#<id>`, or `handover#<id>#back`. Raises NotFound."""
    _, handover_id, *back = name.split(_SIGN)
    handover = Handover.find(handover_id)
    if handover is None:
        raise NotFound("this handover is not kept any more")
    return _job(handover, is_back=bool(back))


def progress(handover: Handover) -> fanout.Progress | None:
    """How far the work is that is under way; None before it has begun."""
    return fanout.progress(_job(handover, is_back=handover.state == UNDOING).name)


def _job(handover: Handover, *, is_back: bool) -> fanout.Job:
    name = _SIGN.join((JOB, handover.handover_id, *([_BACK] if is_back else [])))
    source = _given_by(handover.handover_id) if is_back else _owned_by(handover.giver)
    return fanout.Job(name, source, partial(_work, handover, is_back), partial(_end, handover))


def _owned_by(giver: str | None) -> fanout.Scan:
    """The customers of somebody, from the truth: the list in the views may not have the last ones yet."""
    if giver is None:
        return fanout.Scan("crm", "sk = :profile AND attribute_not_exists(#owner)", _OWNER, _PROFILE)
    return fanout.Scan("crm", "sk = :profile AND #owner = :owner", _OWNER, {**_PROFILE, ":owner": {"S": giver}})


def _given_by(handover_id: str) -> fanout.Scan:
    return fanout.Scan(
        "crm",
        "begins_with(sk, :change) AND #of = :of AND #way = :way",
        {"#of": "of", "#way": "way"},
        {":change": {"S": "CHANGE#"}, ":of": {"S": handover_id}, ":way": {"S": "routing"}},
    )


_OWNER = {"#owner": "owner"}
_PROFILE: Mapping[str, Any] = {":profile": {"S": "PROFILE"}}


def _work(handover: Handover, is_back: bool, page: fanout.Page) -> fanout.Tally:
    # A message that comes late, when the way back has been asked for, has nothing to do any more.
    if handover.state != (UNDOING if is_back else RUNNING):
        return {}
    # Whoever asks looks at teams that were made a second ago, which this process may not know yet.
    roster.remember(Roster.read())
    do = _return if is_back else _give
    return Counter(told for key in page.keys for told in do(handover, key))


def _give(handover: Handover, key: Key) -> tuple[str, ...]:
    author = Author(handover.by, way="routing", of=handover.handover_id)
    for _ in range(_TRIES):
        profile = _profile(key)
        if profile is None:
            return ("gone",)
        if profile.owner != handover.giver:
            # Given by us, and the worker that did it died before it was counted; else by others meanwhile.
            return ("given", TO + str(profile.owner)) if _made_last(handover, profile) else ("gone",)
        owner = _chosen(handover, profile)
        if owner is None:
            return ("left",)
        if handover.trial:
            return ("given", TO + owner)
        if told := _written(profile, owner, author):
            return (told, TO + owner) if told == "given" else (told,)
    raise StoreUnavailable("this customer is being changed by many at once")


def _chosen(handover: Handover, profile: Profile) -> str | None:
    plain, customer_id = changing.fields_of(profile), profile.customer_id
    if handover.target is None:
        choice = routing_service.choose(plain, customer_id=customer_id, in_turn=False, without=handover.giver)
        return choice.owner if choice else None
    today, members = routing_service.moment().day, routing_service.members(without=handover.giver)
    there = routing_rules.candidates("", handover.target, members, today=today)
    return routing_rules.by_lot(there.names, customer_id=customer_id) if there else None


def _return(handover: Handover, key: Key) -> tuple[str, ...]:
    author = Author(handover.undone_by or "", way="undo", of=handover.handover_id)
    found = items.one(*key)
    for _ in range(_TRIES):
        profile = _profile(key)
        if profile is None or found is None:
            return ("gone",)
        if MERGED_FROM in key[1]:
            return ("kept",)
        since = change_service.made_since(customer_id=profile.customer_id, version=change_rules.version_of(key[1]))
        later = [one for one in since if "/owner" in one.changes]
        if later:
            is_ours = (later[0].way, later[0].of) == ("undo", handover.handover_id)
            return ("returned",) if is_ours else ("kept",)
        if told := _written(profile, handover.giver, author):
            return ("returned",) if told == "given" else (told,)
    raise StoreUnavailable("this customer is being changed by many at once")


def _profile(key: Key) -> Profile | None:
    try:
        return customer_service.get(customer_id=key[0].partition("#")[2])
    except NotFound:
        return None


def _written(profile: Profile, owner: str | None, author: Author) -> str | None:
    """What became of it; None: somebody else was first."""
    try:
        customer_service.change(
            customer_id=profile.customer_id,
            fields={"owner": owner},
            author=author,
            expected_version=int(profile.version),
        )
    except (StaleVersion, NotFound):
        return None
    except InvalidFields:
        return "refused"
    return "given"


def _made_last(handover: Handover, profile: Profile) -> bool:
    last = change_service.one(customer_id=profile.customer_id, version=int(profile.version))
    return last is not None and last.of == handover.handover_id


def _end(handover: Handover, _: fanout.Run, tally: fanout.Tally) -> None:
    if handover.state not in UNDER_WAY:
        return
    is_back = handover.state == UNDOING
    counts = {**(handover.counts or {}), **{name: int(count) for name, count in tally.items()}}
    done = [] if is_back else [Handover.done_at.set(clock.stamp())]
    moved(handover, Handover.state.set(UNDONE if is_back else DONE), Handover.counts.set(counts), *done)
