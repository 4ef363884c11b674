"""Use cases of merges: look at one first, make it, see how far it is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from crm.core import clock, ids, table
from crm.core.errors import Conflict, KeyReused, NotFound, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Profile, followed, partition
from crm.merges import plans, raw, switching
from crm.merges.kinds import counted_as
from crm.merges.models import MERGE, Merge, MergePointer
from crm.merges.plans import Plan
from crm.merges.rules import Side

UNDO_FOR = timedelta(days=30)
_ROUTE = "POST /merges"
_TRIES = 8
_MOST_SHOWN = 50
_MOST_COUNTED = 300


@dataclass(frozen=True)
class Asked:
    """A merge as it was asked for: the record `old` into the record `into`, each at the version that was looked at."""

    into: str
    old: str
    into_version: int
    old_version: int
    choices: Mapping[str, Side]
    caller: str
    idempotency_key: str | None

    def request_hash(self) -> str:
        """What the same request has in common with its repetition."""
        return ids.request_hash([self.into, self.old, self.into_version, self.old_version, dict(self.choices)])


@dataclass(frozen=True)
class Belongings:
    """How many of each kind (`kinds.COUNTED`) there are of a customer; not `is_all`: at least so many."""

    kinds: Mapping[str, int]
    is_all: bool


def preview(*, into: str, old: str, choices: Mapping[str, Side]) -> Plan:
    """What merging would make, field by field; nothing is changed. Raises NotFound, Conflict, InvalidFields."""
    return plans.read(into=into, old=old, choices=choices)


def merge(asked: Asked) -> Merge:
    """Make one record of two: at once for every reader; what belongs to the other one is carried over from the stream.

    Raises NotFound, StaleVersion (somebody changed one since), Conflict, KeyReused, InvalidFields.
    """
    merge_id = ids.derived(caller=asked.caller, route=_ROUTE, idempotency_key=asked.idempotency_key)
    for _ in range(_TRIES):
        if asked.idempotency_key and (earlier := MergePointer.read(merge_id)):
            return _replayed(earlier, merge_id, asked)
        plan = plans.read(into=asked.into, old=asked.old, choices=asked.choices)
        _require_version("into", plan.into, asked.into_version)
        _require_version("from", plan.old, asked.old_version)
        until = clock.instant(clock.now() + UNDO_FOR)
        switch = switching.Switch(plan, merge_id, asked.caller, asked.request_hash(), clock.stamp(), until)
        try:
            table.commit(switch.write)
        except table.ConditionFailed:
            if MergePointer.read(merge_id):
                return get(merge_id=merge_id)
            continue
        return switch.merge
    raise StoreUnavailable("these customers are being changed by many at once")


def get(*, merge_id: str) -> Merge:
    """A merge as it is now, with whomever it stands. Raises NotFound, also where the customer was deleted since."""
    pointer = MergePointer.read(merge_id)
    found = followed(pointer.customer, lambda one: Merge.read(one, merge_id)) if pointer else None
    if found is None:
        raise NotFound(f"there is no merge {merge_id[:60]!a}")
    return found


def owner_of(merge_id: str) -> tuple[tuple[str | None]] | None:
    """Whose the record is that a merge made; None where there is no such merge."""
    pointer = MergePointer.read(merge_id)
    return customer_service.owner_of(pointer.customer) if pointer else None


def of_customer(customer_id: str) -> list[Merge]:
    """The merges that stand with a customer, the newest first; of more than fifty some."""
    found = Merge.query(partition(customer_id), Merge.sk.startswith(MERGE), limit=_MOST_SHOWN, consistent_read=True)
    return sorted(found, key=lambda one: one.at, reverse=True)


def belongings(customer_id: str) -> Belongings:
    """What there is of a customer that a merge would carry over, counted by kind."""
    found = list(islice(raw.items(partition(customer_id), limit=_MOST_COUNTED + 1), _MOST_COUNTED + 1))
    kinds = Counter(kind for item in found[:_MOST_COUNTED] if (kind := counted_as(item["sk"]["S"])))
    return Belongings(kinds, is_all=len(found) <= _MOST_COUNTED)


def _replayed(pointer: MergePointer, merge_id: str, asked: Asked) -> Merge:
    if pointer.request_hash != asked.request_hash():
        raise KeyReused("send another Idempotency-Key for another merge")
    try:
        return get(merge_id=merge_id)
    except NotFound:
        raise Conflict(Reason("it was merged, and deleted since")) from None


def _require_version(which: str, profile: Profile, expected: int) -> None:
    if profile.version != expected:
        now = int(profile.version)
        raise StaleVersion(f"/{which}_version: it is at version {now} now; look at the preview again and repeat")
