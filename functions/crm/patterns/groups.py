"""Makes the named groups: by itself once each, when the first cut points are there, and again only when asked."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from pynamodb.transactions import TransactWrite

from crm.business import service as business
from crm.core import table
from crm.core.errors import Conflict, LimitReached, NotFound, StaleVersion, StoreUnavailable
from crm.core.log import logger
from crm.patterns.models import GroupMade
from crm.patterns.named import NAMED, Named
from crm.segments import service as segments
from crm.segments.models import Segment

MAKER = "patterns"
_TRIES = 8
_Mark = Callable[[TransactWrite], None]


def make_first() -> None:
    """Make those that were never made; a deleted one stays deleted. Where there is no room, at a later time."""
    for group in NAMED:
        try:
            _make(group, caller=MAKER, mark=partial(_mark_first, group), is_done=partial(_was_made, group))
        except LimitReached:
            logger().warning("no room for a named group", extra={"group": group.id})
            return


def make_missing(*, caller: str) -> list[str]:
    """Make those that are not there; their ids. Raises LimitReached."""
    return [
        group.id
        for group in NAMED
        if _make(group, caller=caller, mark=partial(_mark, group), is_done=partial(_is_there, group))
    ]


def take_back() -> None:
    """Delete those that stand as they were made, and that nothing depends on; what is deleted may be made anew."""
    there = {one.segment_id: one for one in Segment.read_all()}
    for group in NAMED:
        made = there.get(group.id)
        if made is not None and made.version == 1:
            # Somebody changes it meanwhile, or greets by it: it stays.
            with suppress(Conflict, NotFound, StaleVersion):
                segments.remove(segment_id=group.id, expected_version=1)
                table.commit(partial(_unmark, group))


def _make(group: Named, *, caller: str, mark: _Mark, is_done: Callable[[], bool]) -> bool:
    name = group.name(business.current().language)
    for _ in range(_TRIES):
        if is_done():
            return False
        if segments.provide(segment_id=group.id, name=name, rule=group.rule, caller=caller, beside=mark):
            return True
    raise StoreUnavailable("the rules change faster than groups can be made")


def _was_made(group: Named) -> bool:
    return group.id in GroupMade.read_all()


def _is_there(group: Named) -> bool:
    return any(segment.segment_id == group.id for segment in Segment.read_all())


def _mark_first(group: Named, transaction: TransactWrite) -> None:
    transaction.save(GroupMade.keyed(group.id), condition=GroupMade.pk.does_not_exist())


def _unmark(group: Named, transaction: TransactWrite) -> None:
    transaction.delete(GroupMade.keyed(group.id))


def _mark(group: Named, transaction: TransactWrite) -> None:
    transaction.save(GroupMade.keyed(group.id))
