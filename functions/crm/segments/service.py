"""Use cases around segments. Every change of a rule raises the rules' epoch in the same transaction."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, views
from crm.core.errors import InvalidFields, KeyReused, LimitReached, NotFound, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.criteria import own
from crm.criteria.checking import problems, unseen
from crm.own_fields import service as own_field_service
from crm.segments import changing, dependents, handpicked, members, seeing, totals, writes
from crm.segments.links import Links
from crm.segments.models import BY_RULE, STATIC, Disbanding, Epoch, Segment, to_text
from crm.segments.orders import Sort

_ROUTE = "POST /segments"
_TRIES = 8
MOST_SEGMENTS = 200
"""Each costs every projection of a customer a look at its rule, and every process a place in its memory."""


def register(
    *, name: str, kind: str = BY_RULE, rule: Mapping[str, Any] | None, caller: str, idempotency_key: str | None
) -> Segment:
    """Store a new segment; the stream then has it filled. One picked by hand is there at once, with nobody in it.

    Raises InvalidFields, KeyReused, LimitReached.
    """
    _require_fitting(kind, rule)
    segment_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash([name, rule] if kind == BY_RULE else [name, kind])
    for _ in range(_TRIES):
        epoch = Epoch.read() + 1
        known = _found(segment_id)
        if known is not None:
            return _replayed(known, request_hash)
        segments = _require_room(segment_id)
        segment = _new(segment_id, epoch, name=name, kind=kind, rule=rule)
        if rule is not None:
            links = Links(segments, changed=segment_id, rule=rule)
            links.require_sound(rule, own=segment_id)
            segment.resolved = links.resolved(segment_id)
        segment.request_hash, segment.created_by = request_hash, caller
        if writes.committed_at(epoch, partial(_save_new, segment)):
            return segment
    raise StoreUnavailable("too many segments are being changed at once")


def provide(
    *, segment_id: str, name: str, rule: Mapping[str, Any], caller: str, beside: Callable[[TransactWrite], None]
) -> bool:
    """Make a group of the product's own under a fixed id; `beside` goes into the same transaction. One try.

    False when it is there, or somebody else was first at something: look again. Raises LimitReached.
    """
    epoch = Epoch.read() + 1
    if _found(segment_id):
        return False
    _require_room(segment_id)
    segment = _new(segment_id, epoch, name=name, kind=BY_RULE, rule=rule)
    segment.request_hash, segment.created_by = ids.request_hash([name, rule]), caller

    def save(transaction: TransactWrite) -> None:
        _save_new(segment, transaction)
        beside(transaction)

    return writes.committed_at(epoch, save)


def get(*, segment_id: str, hidden: Collection[str] = ()) -> Segment:
    """The segment. Raises NotFound, also for one whose rule asks for what is hidden from whoever asks."""
    found = _found(segment_id)
    if found is None or seeing.tells(found, hidden):
        raise NotFound(f"there is no segment {segment_id[:60]!a}")
    return found


def change(*, segment_id: str, fields: Mapping[str, Any], expected_version: int | None) -> Segment:
    """Give a segment another `name` or `rule`. Under another rule it is built anew; until then readers see the old.

    Raises NotFound, StaleVersion, InvalidFields.
    """
    if "rule" in fields:
        require_rule(fields["rule"])
    for _ in range(_TRIES):
        segment = _expected(segment_id, expected_version)
        if "rule" in fields and segment.kind == STATIC:
            raise InvalidFields.one("/rule", Reason("the members of this group are picked by hand; make another group"))
        rule = to_text(fields["rule"]) if "rule" in fields else segment.rule
        name = fields.get("name", segment.name)
        if (name, rule) == (segment.name, segment.rule):
            return segment
        if changing.changed(segment, name=name, rule=rule):
            return get(segment_id=segment_id)
    raise StoreUnavailable("this segment is being changed by many at once")


def remove(*, segment_id: str, expected_version: int | None) -> None:
    """Delete a segment; its part of the views is emptied afterwards, and its members are let go.

    Raises NotFound, StaleVersion, InUse.
    """
    for _ in range(_TRIES):
        epoch = Epoch.read() + 1
        segment = _expected(segment_id, expected_version)
        dependents.require_none(segment_id)
        if writes.committed_at(epoch, partial(_delete, segment)):
            return
    raise StoreUnavailable("this segment is being changed by many at once")


def listing_key(*, segment_id: str, sort: str = Sort.NAME, hidden: Collection[str] = ()) -> str:
    """The partition of the views that lists the members in an order, complete. Raises NotFound, NotBuiltYet."""
    return members.listing_key(get(segment_id=segment_id, hidden=hidden), Sort(sort))


def size(*, segment_id: str) -> int:
    """How many are in it now. Raises NotFound."""
    segment = get(segment_id=segment_id)
    return totals.shown(views.totals(totals.key(segment.live_epoch))).members if segment.live_epoch else 0


def require_rule(rule: Any, *, hidden: Collection[str] = ()) -> None:
    """Raises InvalidFields with the place of every mistake in a rule.

    Naming a field in `hidden` is one, and so is naming a group that tells of such a field.
    """
    found = problems(rule, own=own.kinds(own_field_service.definitions())) or tuple(unseen(rule, hidden=hidden))
    if not found and hidden:
        Links([one for one in Segment.read_all() if not seeing.tells(one, hidden)]).require_sound(rule, own=None)
    if found:
        raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in found[:5]), fields=found)


def _delete(segment: Segment, transaction: TransactWrite) -> None:
    transaction.delete(segment, condition=writes.unchanged(segment))
    if segment.kind == STATIC:
        transaction.save(Disbanding.keyed(segment.segment_id, requested_at=clock.stamp()))


def _found(segment_id: str) -> Segment | None:
    try:
        return Segment.read(segment_id)
    except Segment.DoesNotExist:
        return None


def _new(segment_id: str, epoch: int, *, name: str, kind: str, rule: Any) -> Segment:
    now = clock.stamp()
    text = to_text(rule if kind == BY_RULE else handpicked.rule_of(segment_id))
    # Nobody is in a group that somebody is about to pick, so there is nothing to fill.
    live = {} if kind == BY_RULE else {"live_rule": text, "live_version": 1, "live_epoch": epoch}
    stamps = {"version": 1, "created_at": now, "updated_at": now}
    return Segment.keyed(
        segment_id, name=name, kind=kind, rule=text, rule_version=1, rule_epoch=epoch, **stamps, **live
    )


def _save_new(segment: Segment, transaction: TransactWrite) -> None:
    transaction.save(segment, condition=Segment.pk.does_not_exist())
    gone = Disbanding.keyed(segment.segment_id)
    transaction.condition_check(Disbanding, gone.pk, gone.sk, condition=Disbanding.pk.does_not_exist())


def _require_room(segment_id: str) -> list[Segment]:
    """All segments there are; another fits."""
    if Disbanding.read(segment_id):
        raise KeyReused("its group was deleted and is being emptied; send another Idempotency-Key for a new one")
    # Groups are made one at a time, under the epoch's condition, so the count is exact.
    segments = Segment.read_all()
    if len(segments) >= MOST_SEGMENTS:
        raise LimitReached(
            Reason(
                "there are {most} groups, which is all there can be; delete one first",
                most=MOST_SEGMENTS,
            )
        )
    return segments


def _require_fitting(kind: str, rule: Any) -> None:
    if kind == BY_RULE:
        require_rule(rule)
    elif rule is not None:
        raise InvalidFields.one("/rule", Reason("a group is picked by hand or kept by a rule; leave the rule out"))


def _replayed(known: Segment, request_hash: str) -> Segment:
    if known.request_hash != request_hash:
        raise KeyReused("this Idempotency-Key made another segment")
    return known


def _expected(segment_id: str, expected_version: int | None) -> Segment:
    segment = get(segment_id=segment_id)
    if expected_version is not None and segment.version != expected_version:
        raise StaleVersion(f"the segment is at version {segment.version}, not {expected_version}; read it again")
    return segment
