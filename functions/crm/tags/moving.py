"""The work behind a change of a tag: over all customers who have it, in pieces; and the way back.

Which customers were changed says their history: each change of a record is `of` the change of the tag, with what was
added and removed. So nothing else is kept about them, and an erasure takes it along.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.changes.models import MERGED_FROM, Change
from crm.core import clock, items
from crm.core.author import Author
from crm.core.errors import InvalidFields, NotFound, StaleVersion, StoreUnavailable
from crm.core.projection import Key
from crm.customers import service as customer_service
from crm.customers import tags as customer_tags
from crm.customers.models import Profile
from crm.fanout import service as fanout
from crm.tags import rules, uses
from crm.tags.models import DONE, RUNNING, UNDER_WAY, UNDOING, UNDONE, TagChange
from crm.tags.rules import Renaming
from crm.tags.service import moved

JOB = "tags"
_BACK = "back"
_SIGN = "#"
_TRIES = 8
# A group that cannot be filled keeps nobody's tag for ever.
_LONGEST_WAIT = timedelta(minutes=30)


def begin() -> bool:
    """Begin all that was asked for; whether some of it has to wait for groups to be filled. Raises StoreUnavailable."""
    is_waiting = False
    for change in TagChange.read_all():
        if change.state not in UNDER_WAY:
            continue
        if _brought(change, "both") and not _is_late(change):
            is_waiting = True
        else:
            fanout.begin(_job(change, is_back=change.state == UNDOING), rank=1, request=change.change_id)
    return is_waiting


def job(name: str) -> fanout.Job:
    """The job that a message names: `tags#<change>`, or `tags#<change>#back`. Raises NotFound."""
    _, change_id, *back = name.split(_SIGN)
    change = TagChange.find(change_id)
    if change is None:
        raise NotFound("the change of this tag is not kept any more")
    return _job(change, is_back=bool(back))


def progress(change: TagChange) -> fanout.Progress | None:
    """How far the work is that is under way; None before it has begun."""
    return fanout.progress(_job(change, is_back=change.state == UNDOING).name)


def _job(change: TagChange, *, is_back: bool) -> fanout.Job:
    name = _SIGN.join((JOB, change.change_id, *([_BACK] if is_back else [])))
    source = _changed_by(change.change_id) if is_back else _having(change.key)
    return fanout.Job(name, source, partial(_work, change, is_back), partial(_end, change))


def _having(key: str) -> fanout.Scan:
    """The customers with a tag, from the truth: the list in the views may not have the last ones yet."""

    def fits(profile: Mapping[str, Any]) -> bool:
        return any(customer_tags.key(tag) == key for tag in profile["tags"])

    return fanout.Scan(
        "crm", "sk = :profile AND attribute_exists(tags)", {}, {":profile": {"S": "PROFILE"}}, ("tags",), fits
    )


def _changed_by(change_id: str) -> fanout.Scan:
    return fanout.Scan(
        "crm",
        "begins_with(sk, :change) AND #of = :of AND #way = :way",
        {"#of": "of", "#way": "way"},
        {":change": {"S": "CHANGE#"}, ":of": {"S": change_id}, ":way": {"S": "upkeep"}},
    )


def _work(change: TagChange, is_back: bool, page: fanout.Page) -> fanout.Tally:
    # A message that comes late, when the way back has been asked for, has nothing to do any more.
    if change.state != (UNDOING if is_back else RUNNING):
        return {}
    do = _return if is_back else _move
    return Counter(do(change, key) for key in page.keys)


def _move(change: TagChange, key: Key) -> str:
    author = Author(change.by, way="upkeep", of=change.change_id)
    for _ in range(_TRIES):
        profile = _profile(key)
        if profile is None:
            return "gone"
        had = list(profile.tags or ())
        if not any(customer_tags.key(tag) == change.key for tag in had):
            return "changed" if _made_last(change, profile) else "gone"
        tags = rules.retagged(had, key=change.key, name=change.name)
        if tags == had:
            return "changed" if _made_last(change, profile) else "unchanged"
        if told := _written(profile, tags, author):
            return told
    raise StoreUnavailable("this customer is being changed by many at once")


def _return(change: TagChange, key: Key) -> str:
    author = Author(change.undone_by or "", way="undo", of=change.change_id)
    found = items.one(*key)
    for _ in range(_TRIES):
        profile = _profile(key)
        if profile is None or found is None:
            return "gone"
        if MERGED_FROM in key[1]:
            return "kept"
        since = change_service.made_since(customer_id=profile.customer_id, version=change_rules.version_of(key[1]))
        later = _standing([one for one in since if "/tags" in one.changes], besides=change.change_id)
        if later:
            return "returned" if (later[0].way, later[0].of) == ("undo", change.change_id) else "kept"
        tags = rules.returned(profile.tags or (), found["changes"]["/tags"])
        if told := _written(profile, tags, author):
            return "returned" if told == "changed" else told
    raise StoreUnavailable("this customer is being changed by many at once")


def _standing(later: list[Change], *, besides: str) -> list[Change]:
    """Changes of tags without those that were taken back themselves: several are undone from the last one on."""
    made, undone = ({one.of for one in later if one.way == way} for way in ("upkeep", "undo"))
    return [one for one in later if one.of == besides or one.of not in made & undone]


def _profile(key: Key) -> Profile | None:
    try:
        return customer_service.get(customer_id=key[0].partition("#")[2])
    except NotFound:
        return None


def _written(profile: Profile, tags: list[str], author: Author) -> str | None:
    """What became of it; None: somebody else was first."""
    try:
        customer_service.change(
            customer_id=profile.customer_id,
            fields={"tags": tags or None},
            author=author,
            expected_version=int(profile.version),
        )
    except (StaleVersion, NotFound):
        return None
    except InvalidFields:
        return "refused"
    return "changed"


def _made_last(change: TagChange, profile: Profile) -> bool:
    """Whether the customer's last change is ours: the worker that made it died before it was counted."""
    last = change_service.one(customer_id=profile.customer_id, version=int(profile.version))
    return last is not None and last.of == change.change_id


def _brought(change: TagChange, to: uses.Stage) -> bool:
    if not change.uses or change.name is None:
        return False
    is_undone = change.state in {UNDOING, UNDONE}
    return uses.bring(change.uses, Renaming(change.tag, change.name), to=to, is_undone=is_undone)


def _is_late(change: TagChange) -> bool:
    asked = change.undone_at if change.state == UNDOING else change.at
    return clock.now() - datetime.fromisoformat(str(asked)) > _LONGEST_WAIT


def _end(change: TagChange, _: fanout.Run, tally: fanout.Tally) -> None:
    if change.state not in UNDER_WAY:
        return
    is_back = change.state == UNDOING
    _brought(change, "before" if is_back else "after")
    counts = {**(change.counts or {}), **{name: int(count) for name, count in tally.items()}}
    actions = [TagChange.state.set(UNDONE if is_back else DONE), TagChange.counts.set(counts)]
    # What its last customer got must not be later than what is said to be done.
    moved(change, *actions, *([] if is_back else [TagChange.done_at.set(clock.stamp())]))
