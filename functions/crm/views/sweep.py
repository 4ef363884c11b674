"""Projects every item of the truth at an epoch of the rules or a later one, page by page, over any number of runs.

There is one sweep at a time, with one progress item. A page counts when the progress item is moved on under the
condition that nobody else has moved it: of two workers on the same page (messages come twice) one goes on, the other
stops; both did the same. A worker that dies leaves its message, which goes on from the last page that counted. A
sweep for a later epoch takes the place of the one under way.

What is created or changed while the scan goes on has stream records of its own, and whoever projects those reads the
epoch consistently, so it makes no difference on which side of the scan they fall.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crm.core import table, views
from crm.core.config import settings
from crm.core.projection import SWEEP_PROGRESS, Key
from crm.segments import service as segments
from crm.views import reading
from crm.views.refresh import refresh_batch
from crm.views.registry import FILTER, FILTER_VALUES

_PAGE = 500


class Overtaken(Exception):
    """Another worker has moved the sweep on; that one finishes it."""


@dataclass(frozen=True)
class Progress:
    """How far the sweep is: `done` items projected; `expected` as many as the last complete sweep found, 0: unknown."""

    epoch: int
    step: int
    done: int = 0
    expected: int = 0
    after: Mapping[str, Any] | None = None
    state: str = "scanning"  # then "finishing", then "finished"


def sweep(*, epoch: int, has_time: Callable[[], bool]) -> int | None:
    """Go on with the sweep at `epoch` or later. Gives the epoch with which to call again, or None when it is finished.

    Raises Overtaken, and the store's passing errors; both leave it in order.
    """
    progress = _begun(epoch)
    while progress.state == "scanning":
        if not has_time():
            return progress.epoch
        progress = _moved(progress, _page(progress))
    if progress.state == "finishing":
        segments.make_live(swept_epoch=progress.epoch)
        _empty_retired(progress.epoch)
        _moved(progress, replace(progress, state="finished"))
    return None


def progress_now() -> Progress | None:
    """How far the latest sweep is; None when there never was one."""
    item = reading.read(settings().views_table, [SWEEP_PROGRESS]).get(SWEEP_PROGRESS)
    if item is None:
        return None
    values = table.from_item(item)
    counts = {name: int(values[name]) for name in ("epoch", "step", "done", "expected")}
    return Progress(**counts, after=item["after"]["M"] if "after" in item else None, state=values["state"])


def _begun(epoch: int) -> Progress:
    """The sweep that covers this epoch: the one under way or finished, or a new one at the epoch of now."""
    known = progress_now()
    if known is not None and known.epoch >= epoch:
        return known
    now = max(epoch, reading.truth(()).epoch)
    if known is None:
        return _moved(None, Progress(now, step=1))
    expected = known.done if known.state == "finished" else known.expected
    return _moved(known, Progress(now, step=known.step + 1, expected=expected))


def _page(progress: Progress) -> Progress:
    start: dict[str, Any] = {"ExclusiveStartKey": progress.after} if progress.after else {}
    answer = table.client().scan(
        TableName=settings().crm_table,
        FilterExpression=FILTER,
        ExpressionAttributeValues=FILTER_VALUES,
        ProjectionExpression="pk, sk",
        ConsistentRead=True,
        Limit=_PAGE,
        **start,
    )
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]
    _refresh_all(keys)
    last = answer.get("LastEvaluatedKey")
    state = "scanning" if last else "finishing"
    return replace(progress, done=progress.done + len(keys), after=last, state=state)


def _refresh_all(keys: list[Key]) -> None:
    failed = refresh_batch(keys)
    for pause in table.pauses():
        if not failed:
            return
        time.sleep(pause)
        failed = refresh_batch(failed)
    for error in failed.values():
        raise error


def _moved(before: Progress | None, after: Progress) -> Progress:
    moved = replace(after, step=before.step + 1 if before else 1)
    values = {"epoch": moved.epoch, "step": moved.step, "done": moved.done, "expected": moved.expected}
    item = table.to_item({"pk": SWEEP_PROGRESS[0], "sk": SWEEP_PROGRESS[1], **values, "state": moved.state})
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    if before is not None:
        condition = {
            "ConditionExpression": "#step = :step",
            "ExpressionAttributeNames": {"#step": "step"},
            "ExpressionAttributeValues": {":step": {"N": str(before.step)}},
        }
    client = table.client()
    try:
        client.put_item(
            TableName=settings().views_table,
            Item=item | ({"after": {"M": dict(moved.after)}} if moved.after else {}),
            **condition,
        )
    except client.exceptions.ConditionalCheckFailedException as lost:
        raise Overtaken from lost
    return moved


def _empty_retired(epoch: int) -> None:
    """Drop the sums of rules that nobody sees: their entries are gone, since no item is projected under them."""
    for retired in segments.retired_until(epoch=epoch):
        segment_id, rule_epoch = retired.rule_key
        for shard in views.shards(segments.totals_key(segment_id, rule_epoch)):
            key = {"pk": shard["pk"], "sk": shard["sk"]}
            table.client().delete_item(TableName=settings().views_table, Key=key)
        segments.forget_retired(retired)
