"""Use cases around segments. Every change of a rule raises the rules' epoch in the same transaction."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, ids
from crm.core.errors import InvalidFields, KeyReused, NotFound, StaleVersion, StoreUnavailable
from crm.criteria.checking import problems
from crm.criteria.rules import matches
from crm.segments import members, writes
from crm.segments.models import Epoch, Segment, from_text, to_text

_ROUTE = "POST /segments"
_TRIES = 8


def register(*, name: str, rule: Mapping[str, Any], caller: str, idempotency_key: str | None) -> Segment:
    """Store a new segment; the stream then has it filled. Raises InvalidFields, KeyReused."""
    _require_rule(rule)
    segment_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash([name, rule])
    for _ in range(_TRIES):
        known = _found(segment_id)
        if known is not None:
            return _replayed(known, request_hash)
        now, epoch = clock.stamp(), Epoch.read() + 1
        segment = Segment.keyed(
            segment_id,
            version=1,
            name=name,
            rule=to_text(rule),
            rule_version=1,
            rule_epoch=epoch,
            request_hash=request_hash,
            created_at=now,
            created_by=caller,
            updated_at=now,
        )
        if writes.committed_at(epoch, partial(_save_new, segment)):
            return segment
    raise StoreUnavailable("too many segments are being changed at once")


def get(*, segment_id: str) -> Segment:
    """The segment. Raises NotFound."""
    found = _found(segment_id)
    if found is None:
        raise NotFound(f"there is no segment {segment_id[:60]!a}")
    return found


def change(*, segment_id: str, fields: Mapping[str, Any], expected_version: int | None) -> Segment:
    """Give a segment another `name` or `rule`. Under another rule it is built anew; until then readers see the old.

    Raises NotFound, StaleVersion, InvalidFields.
    """
    if "rule" in fields:
        _require_rule(fields["rule"])
    for _ in range(_TRIES):
        segment = _expected(segment_id, expected_version)
        rule = to_text(fields["rule"]) if "rule" in fields else segment.rule
        name = fields.get("name", segment.name)
        if (name, rule) == (segment.name, segment.rule):
            return segment
        if _changed(segment, name=name, rule=rule):
            return get(segment_id=segment_id)
    raise StoreUnavailable("this segment is being changed by many at once")


def remove(*, segment_id: str, expected_version: int | None) -> None:
    """Delete a segment; its part of the views is emptied afterwards. Raises NotFound, StaleVersion."""
    for _ in range(_TRIES):
        segment = _expected(segment_id, expected_version)
        if writes.committed_at(Epoch.read() + 1, partial(_delete, segment)):
            return
    raise StoreUnavailable("this segment is being changed by many at once")


def includes(*, segment_id: str, profile: Mapping[str, Any]) -> bool:
    """Whether a customer belongs to the segment as its readers see it, computed from the profile itself.

    Needs no view, so it is exact at once. Raises NotFound.
    """
    segment = get(segment_id=segment_id)
    return matches(from_text(segment.live_rule or segment.rule), profile)


def listing_key(*, segment_id: str) -> str:
    """The partition of the views that lists the members by name, complete. Raises NotFound, NotBuiltYet."""
    return members.listing_key(get(segment_id=segment_id))


def _changed(segment: Segment, *, name: str, rule: str) -> bool:
    actions: list[Action] = [
        Segment.name.set(name),
        Segment.version.set(segment.version + 1),
        Segment.updated_at.set(clock.stamp()),
    ]
    if rule == segment.rule:
        return writes.committed(partial(writes.update, segment, actions))
    epoch = Epoch.read() + 1
    actions += [
        Segment.rule.set(rule),
        Segment.rule_version.set(segment.rule_version + 1),
        Segment.rule_epoch.set(epoch),
    ]
    return writes.committed_at(epoch, partial(writes.update, segment, actions))


def _delete(segment: Segment, transaction: TransactWrite) -> None:
    transaction.delete(segment, condition=writes.unchanged(segment))


def _found(segment_id: str) -> Segment | None:
    try:
        return Segment.read(segment_id)
    except Segment.DoesNotExist:
        return None


def _save_new(segment: Segment, transaction: TransactWrite) -> None:
    transaction.save(segment, condition=Segment.pk.does_not_exist())


def _replayed(known: Segment, request_hash: str) -> Segment:
    if known.request_hash != request_hash:
        raise KeyReused("this Idempotency-Key made another segment")
    return known


def _expected(segment_id: str, expected_version: int | None) -> Segment:
    segment = get(segment_id=segment_id)
    if expected_version is not None and segment.version != expected_version:
        raise StaleVersion(f"the segment is at version {segment.version}, not {expected_version}; read it again")
    return segment


def _require_rule(rule: Any) -> None:
    found = problems(rule)
    if found:
        raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in found[:5]), fields=found)
