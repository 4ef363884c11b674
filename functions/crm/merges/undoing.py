"""Use case: two records that were merged are two again."""

from crm.core import clock, table
from crm.core.errors import Conflict, NotFound, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.merges import service
from crm.merges.models import Before, Merge
from crm.merges.parting import Parting

_TRIES = 8


def undo(*, merge_id: str, caller: str) -> Merge:
    """Undo a merge; again, it answers with the merge. What was carried over goes back from the stream.

    Raises NotFound, Conflict (too late, still under way, or something stands on it that is to be undone first).
    """
    for _ in range(_TRIES):
        merge = service.get(merge_id=merge_id)
        if merge.state in ("undoing", "undone"):
            return merge
        parting = _parting(merge, caller)
        try:
            table.commit(parting.write)
        except table.ConditionFailed:
            continue
        return service.get(merge_id=merge_id)
    raise StoreUnavailable("these customers are being changed by many at once")


def _parting(merge: Merge, caller: str) -> Parting:
    if merge.state == "moving":
        raise Conflict(Reason("it is still under way; try again in a minute"))
    if merge.customer_id != merge.into:
        raise Conflict(
            Reason(
                "{into} was merged into {customer_id} since; undo that merge first",
                into=merge.into,
                customer_id=merge.customer_id,
            )
        )
    if clock.stamp() > merge.undo_until:
        raise Conflict(Reason("it could be undone until {undo_until}", undo_until=merge.undo_until))
    try:
        now = Profile.read(merge.into)
    except Profile.DoesNotExist:
        raise NotFound("the customer was deleted; restore them first, POST /bin/{id}/restore") from None
    customer_service.require_whole(now)
    into, old, after = (Before.read(merge.into, merge.merge_id, which) for which in ("into", "old", "after"))
    if not (into and old and after):
        raise Conflict(Reason("what the records were is no longer kept"))
    return Parting(merge, now, into, old, after, caller, clock.stamp())
