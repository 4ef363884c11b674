"""Builds all views anew, from whatever ViewsTable holds, while readers are told to come again.

First the mark (crm.core.built) says that the views are not whole, in one transaction with a new number of sums in the
truth: what stands under older numbers is never read again, so a wrong sum needs no mending. Then every item of the
truth is projected, every entry of it written whether or not its state claims that it is there. Then all of ViewsTable
is gone through: items that are no longer in the truth are projected once more, entries that no state holds are taken
away, and states of items that cannot be projected are counted as they are. Last the mark says that the views are whole.

Nothing that is right is ever taken away, so projectors go on meanwhile, and nobody has to wait for them. Each part is
pieces of work that may be done twice (crm.fanout): whoever dies has its message again.
"""

from collections.abc import Iterable
from typing import Any

from crm.core import built, table
from crm.core.built import MARK, Mark
from crm.core.config import settings
from crm.core.projection import EDITION, EPOCH_KEY, FLOWS_BEGUN, Key
from crm.fanout import service as fanout
from crm.segments import filling
from crm.views import orphans, reading, recount, unreadable
from crm.views.registry import item_of, wordy
from crm.views.sweep import EVERYTHING, refresh_all

_UNTIL_UNREAD = 2 * int(built.BELIEVED_SECONDS)
"""Seconds after which no reader believes an older mark; by clocks of which his may run half as fast."""


def begin_rebuild(*, request: str) -> None:
    """Begin a rebuild, or join the one under way. A request that has been carried out does nothing again."""
    known = fanout.progress("rebuild")
    if known is not None and known.run.by == request and known.run.is_finished:
        return
    mark = built.read()
    build = mark.build if mark is not None and not mark.is_whole else _announced()
    stand = reading.truth(()).stand
    fanout.begin(
        REBUILD,
        rank=build,
        request=request,
        facts={"epoch": stand.epoch, "edition": EDITION},
        delay_seconds=_UNTIL_UNREAD,
    )


def keep_mark(*, request: str) -> None:
    """Mark views that grew with the truth as whole; begin a rebuild where they have lost their mark, with all else."""
    # In this order: both are written together, so what was begun before the mark was looked for has one or has lost it.
    begun = built.builds_begun()
    if built.read() is not None:
        return
    if begun:
        begin_rebuild(request=request)
        return
    reading.truth(())
    _write(Mark(1, 0, is_whole=True), condition="attribute_not_exists(build)")


def _announced() -> int:
    """Tell readers and projectors that a build begins; its number."""
    begun = built.builds_begun()
    numbers = reading.truth(()).stand.counts
    mark = Mark(begun + 1, numbers[-1] + 1, is_whole=False)
    condition = "build = :known" if begun else "attribute_not_exists(build)"
    _write(mark, condition=condition, known=begun)
    return mark.build


def _write(mark: Mark, *, condition: str, known: int = 0) -> None:
    """The mark, and in the truth that there is one; as a whole, unless another build was begun meanwhile."""
    values = {":build": mark.build, ":count": mark.count} | ({":known": known} if ":known" in condition else {})
    update = {
        "TableName": settings().crm_table,
        "Key": table.to_item({"pk": EPOCH_KEY[0], "sk": EPOCH_KEY[1]}),
        "UpdateExpression": "SET build = :build, #count = :count, recount = :count",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": table.to_item(values),
    }
    flows = {"TableName": settings().views_table, "Key": table.to_item({"pk": FLOWS_BEGUN[0], "sk": FLOWS_BEGUN[1]})}
    writes: list[Any] = [{"Update": update}, {"Put": _put(mark)}]
    writes += [] if mark.is_whole else [{"Delete": flows}]
    client = table.client()
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        if "ConditionalCheckFailed" not in {reason.get("Code") for reason in reasons}:
            raise
        # Another request was first, or this one in a try whose answer was lost; the mark says so from now on.


def _put(mark: Mark) -> dict[str, Any]:
    return {
        "TableName": settings().views_table,
        "Item": table.to_item({"pk": MARK[0], "sk": MARK[1], **vars(mark)}),
    }


def _items(page: fanout.Page) -> fanout.Tally:
    refresh_all(page.keys, anew=True)
    return {}


def _then_views(run: fanout.Run, _: fanout.Tally) -> None:
    fanout.begin(REBUILD_VIEWS, rank=run.rank, request=run.id, facts=run.facts)


def _views(page: fanout.Page) -> fanout.Tally:
    items = _items_of(page.keys)
    refresh_all(items)
    spoilt = recount.count(page.keys).unreadable
    unreadable.throw_away(spoilt)
    refresh_all(_items_of(spoilt), anew=True)
    orphans.remove(orphans.among(page.keys))
    recount.forget_sums(page.keys)
    return recount.tally(page.keys)


def _items_of(keys: Iterable[Key]) -> list[Key]:
    return list(dict.fromkeys(filter(None, map(item_of, keys))))


def _open(run: fanout.Run, _: fanout.Tally) -> None:
    """Let readers in. A build that another has taken over opens nothing."""
    mark = built.read()
    if mark is None or mark.build != run.rank:
        return
    client = table.client()
    # Of the version that began it: an older one was not yet told to say.
    edition = int(run.facts.get("edition", 0))
    try:
        client.put_item(
            **_put(Mark(mark.build, reading.truth(()).stand.counts[0], is_whole=True, edition=edition)),
            ConditionExpression="build = :build",
            ExpressionAttributeValues={":build": {"N": str(mark.build)}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return
    filling.make_live(swept_epoch=int(run.facts["epoch"]))


REBUILD = fanout.Job("rebuild", EVERYTHING, _items, _then_views)
REBUILD_VIEWS = fanout.Job("rebuild_views", fanout.Scan("views"), _views, _open, wordy)
