"""Projects every item of the truth under new rules: a chain of messages, each with one page of keys to project.

There is one sweep at a time, with one progress item. A message projects its own keys, reads the keys of the next page,
moves the progress item on under the condition that it stands where the message left it, and sends the next message.
Messages come twice; of two that would move the same step on, one does, the other's chain ends. A worker that dies has
its message delivered again, and then projects **the same keys** again whatever has happened meanwhile: it may have
died between a write and the second look at the item (crm.views.refresh), and nobody else would look. So a page is a
list of keys and not a range, which might hold others by then. A sweep for a later epoch takes the place of the one
under way.

What is created or changed while the scan goes on has stream records of its own, and whoever projects those reads the
epoch consistently, so it makes no difference on which side of the scan they fall.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crm.core import ids, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.projection import SWEEP_PROGRESS, Key
from crm.segments import filling
from crm.views import reading
from crm.views.refresh import refresh_batch
from crm.views.registry import FILTER, FILTER_NAMES, FILTER_VALUES

_PAGE = 500


@dataclass(frozen=True)
class SweepPage:
    """The work of one message. `id` stays the same however often it comes; `after`: where the next page starts."""

    epoch: int
    id: str
    step: int
    keys: tuple[Key, ...]
    after: Key | None


@dataclass(frozen=True)
class Progress:
    """How far the sweep is: `done` items projected; `expected` as many as the last complete sweep found, 0: unknown.

    `step` is that of the page that may move it on, `by` the id of the message that moved it here.
    """

    epoch: int
    step: int
    by: str
    done: int = 0
    expected: int = 0
    state: str = "scanning"  # then "finished"


def begin_sweep(*, epoch: int, message_id: str) -> SweepPage | None:
    """The first page of a sweep at `epoch` or later; None when there is a sweep that covers it already."""
    for pause in table.pauses():
        known = progress_now()
        if known is not None and known.epoch >= epoch:
            return _scanned(known.epoch, known.step, None) if known.by == message_id else None
        now, step = max(epoch, reading.truth(()).stand.epoch), known.step + 1 if known else 1
        if _write(Progress(now, step, message_id, expected=_expected(known)), known):
            return _scanned(now, step, None)
        # Another message was first, perhaps with an earlier epoch, which does not do what is asked for here.
        time.sleep(pause)
    raise StoreUnavailable("the sweep under way moves too fast to be replaced")


def sweep_page(page: SweepPage) -> SweepPage | None:
    """Project a page; the next one, or None where there is none or another message goes on.

    After the last page new rules are shown to their readers. Raises the store's passing errors; call again then.
    """
    _refresh_all(page.keys)
    following = _scanned(page.epoch, page.step + 1, page.after) if page.after else None
    if not _is_moved_on(page):
        return None
    if following is None:
        filling.make_live(swept_epoch=page.epoch)
    return following


def progress_now() -> Progress | None:
    """How far the latest sweep is; None when there never was one."""
    item = reading.read(settings().views_table, [SWEEP_PROGRESS]).get(SWEEP_PROGRESS)
    if item is None:
        return None
    values = table.from_item(item)
    counts = {name: int(values[name]) for name in ("epoch", "step", "done", "expected")}
    return Progress(**counts, by=values["by"], state=values["state"])


def _expected(known: Progress | None) -> int:
    if known is None:
        return 0
    return known.done if known.state == "finished" else known.expected


def _scanned(epoch: int, step: int, after: Key | None) -> SweepPage:
    start: dict[str, Any] = {"ExclusiveStartKey": table.to_item({"pk": after[0], "sk": after[1]})} if after else {}
    answer = table.client().scan(
        TableName=settings().crm_table,
        FilterExpression=FILTER,
        ExpressionAttributeNames=FILTER_NAMES,
        ExpressionAttributeValues=FILTER_VALUES,
        ProjectionExpression="pk, sk",
        ConsistentRead=True,
        Limit=_PAGE,
        **start,
    )
    last = answer.get("LastEvaluatedKey")
    return SweepPage(epoch, ids.new(), step, tuple(map(_key, answer["Items"])), _key(last) if last else None)


def _key(item: Mapping[str, Any]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _refresh_all(keys: Iterable[Key]) -> None:
    failed = refresh_batch(keys)
    for pause in table.pauses():
        if not failed:
            return
        time.sleep(pause)
        failed = refresh_batch(failed)
    for error in failed.values():
        raise error


def _is_moved_on(page: SweepPage) -> bool:
    """Move the sweep on if it stands at this page; whether it was this message that moved it, now or before it died."""
    known = progress_now()
    if known is not None and (known.epoch, known.step) == (page.epoch, page.step):
        state = "scanning" if page.after else "finished"
        done = known.done + len(page.keys)
        _write(Progress(page.epoch, page.step + 1, page.id, done, known.expected, state), known)
        known = progress_now()
    return known is not None and (known.epoch, known.step, known.by) == (page.epoch, page.step + 1, page.id)


def _write(progress: Progress, before: Progress | None) -> bool:
    """Write where the sweep stands, unless somebody else has meanwhile.

    False may also mean that it was written: a write whose answer is lost is sent again beneath us, and meets itself.
    """
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    if before is not None:
        condition = {
            "ConditionExpression": "#step = :step",
            "ExpressionAttributeNames": {"#step": "step"},
            "ExpressionAttributeValues": {":step": {"N": str(before.step)}},
        }
    item = table.to_item({"pk": SWEEP_PROGRESS[0], "sk": SWEEP_PROGRESS[1], **asdict(progress)})
    client = table.client()
    try:
        client.put_item(TableName=settings().views_table, Item=item, **condition)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
