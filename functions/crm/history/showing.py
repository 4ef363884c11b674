"""Changes and sources as the API shows them."""

from collections.abc import Mapping
from typing import Any

from crm.changes import reading
from crm.changes import rules as change_rules
from crm.changes.models import CHANGE, MERGED_FROM, Change
from crm.changes.reading import Known
from crm.customers.models import Profile
from crm.history import filled, rules
from crm.history.filled import plain
from crm.history.schemas import HistoryEntry, OtherValue, Source, SourcedField, Sources

_SETS = ("added", "removed", "other", "refused")


def entry(change: Change) -> HistoryEntry:
    """One change."""
    place, *records = change.sk.removeprefix(CHANGE).split(MERGED_FROM)
    version, record = int(place.partition("#")[0]), records[0] if records else None
    stamps = {name: getattr(change, name) for name in ("at", "way", "who", "of", "by_rule", "said_at")}
    shown = {pointer: _shown(pointer, ends) for pointer, ends in change.changes.items()}
    return HistoryEntry.model_validate({**stamps, "version": version, "record": record, "changes": shown}, strict=False)


def sources(profile: Profile, known: Known) -> Sources:
    """All filled fields of a record with their sources, and what else was said of them."""
    fields = [
        SourcedField(
            field=pointer,
            value=value,
            source=_source(known.source(pointer)),
            conflicts=_others(pointer, profile, known),
        )
        for pointer, value in sorted(filled.fields(profile.attribute_values))
    ]
    return Sources(version=int(profile.version), fields=fields)


def _shown(pointer: str, ends: Mapping[str, Any]) -> dict[str, Any]:
    if pointer.startswith(rules.RELATIONS):
        return {name: plain(end) for name, end in ends.items()}
    told = {name: plain(ends[name]) for name in _SETS if name in ends}
    if told or pointer.removeprefix("/") in change_rules.SETS:
        return told
    return {"from": plain(ends.get("from")), "to": plain(ends.get("to"))}


def _source(said: Mapping[str, Any] | None) -> Source | None:
    return None if said is None else Source.model_validate(reading.marks(said))


def _others(pointer: str, profile: Profile, known: Known) -> list[OtherValue]:
    return [
        OtherValue.model_validate({**reading.marks(said), "index": index, "value": plain(said["value"])})
        for index, said in enumerate(known.against(pointer, open_ones=profile.conflicts))
    ]
