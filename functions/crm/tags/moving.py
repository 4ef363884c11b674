"""The work behind a change of a tag: over all customers who have it; and the way back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.changes.models import Change
from crm.core import clock
from crm.customers import tags as customer_tags
from crm.customers.models import Profile
from crm.fanout import service as fanout
from crm.rounds.giving import Give, Told, made_last
from crm.rounds.models import UNDER_WAY, UNDOING, UNDONE
from crm.rounds.moving import Rounds
from crm.tags import rules, uses
from crm.tags.models import TagChange
from crm.tags.rules import Renaming

# A group that cannot be filled keeps nobody's tag for ever.
_LONGEST_WAIT = timedelta(minutes=30)


class TagChanges(Rounds[TagChange]):
    """A tag gets another name, joins another, or goes."""

    job = "tags"
    field = "tags"
    way = "upkeep"

    def find(self, round_id: str) -> TagChange | None:
        return TagChange.find(round_id)

    def source(self, kept: TagChange) -> fanout.Scan:
        def fits(profile: Mapping[str, Any]) -> bool:
            return any(customer_tags.key(tag) == kept.key for tag in profile["tags"])

        profiles = "sk = :profile AND attribute_exists(tags)"
        return fanout.Scan("crm", profiles, {}, {":profile": {"S": "PROFILE"}}, ("tags",), fits)

    def step(self, kept: TagChange, profile: Profile) -> Give | Told:
        had = list(profile.tags or ())
        if not any(customer_tags.key(tag) == kept.key for tag in had):
            return ("changed",) if made_last(kept, profile) else ("gone",)
        tags = rules.retagged(had, key=kept.key, name=kept.name)
        if tags == had:
            return ("changed",) if made_last(kept, profile) else ("unchanged",)
        return Give(tags or None, ("changed",))

    def before(self, kept: TagChange, profile: Profile, change: Mapping[str, Any]) -> list[str] | None:  # noqa: ARG002
        return rules.returned(profile.tags or (), change) or None

    def standing(self, later: list[Change], kept: TagChange) -> list[Change]:
        # Without those that were taken back themselves: several are undone from the last one on.
        made, undone = ({one.of for one in later if one.way == way} for way in ("upkeep", "undo"))
        return [one for one in later if one.of == kept.change_id or one.of not in made & undone]

    def ending(self, kept: TagChange, *, is_back: bool) -> None:
        _brought(kept, "before" if is_back else "after")


TAG_CHANGES = TagChanges()


def begin() -> bool:
    """Begin all that was asked for; whether some of it has to wait for groups to be filled. Raises StoreUnavailable."""
    is_waiting = False
    for change in TagChange.read_all():
        if change.state not in UNDER_WAY:
            continue
        if _brought(change, "both") and not _is_late(change):
            is_waiting = True
        else:
            TAG_CHANGES.begin(change)
    return is_waiting


def _brought(change: TagChange, to: uses.Stage) -> bool:
    if not change.uses or change.name is None:
        return False
    is_undone = change.state in {UNDOING, UNDONE}
    return uses.bring(change.uses, Renaming(change.tag, change.name), to=to, is_undone=is_undone)


def _is_late(change: TagChange) -> bool:
    asked = change.undone_at if change.state == UNDOING else change.at
    return clock.now() - datetime.fromisoformat(str(asked)) > _LONGEST_WAIT
