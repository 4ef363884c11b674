"""Holds all views against the truth, once a week and on request: says what had drifted, and mends it.

Three goes through everything, in pieces (crm.fanout). First every item is compared with its views: entries that do not
stand as their state says are drift at once; a state that is not what the projection says may have its record still on
the stream, and is only noted. Then, a quarter of an hour later, all of ViewsTable is gone through: states of items that
are gone are compared as well, entries that no state holds are drift, and all states are counted under a second number
of sums (crm.views.counting), which was put up before, longer ago than any process lives. Last, another quarter of an
hour later, what was noted is looked at again: what is still wrong although neither item nor state has moved is drift;
and both numbers of each sum are compared. Everything found is mended by the projector; sums by reading the new number.

Whatever is found is written down before it is mended (crm.views.findings), so it is reported once whoever dies. A
rebuild that begins meanwhile makes all this needless, and ends it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from crm.core import built, clock, ids, queue
from crm.core.config import settings
from crm.core.projection import FLOW, Key
from crm.core.views import plain
from crm.fanout import service as fanout
from crm.views import comparing, findings, orphans, reading, recount, report, second_number, unreadable
from crm.views.findings import Finding
from crm.views.rebuild import keep_mark
from crm.views.registry import families_of, item_of, wordy
from crm.views.second_look import look_again
from crm.views.sweep import EVERYTHING, refresh_all

_WAIT_SECONDS = 900
"""As long as SQS delays at most, and as Lambda lets a process live at most."""
_GIVEN_UP = timedelta(days=6)
_TOTALS = "totals"


def begin_reconcile(*, request: str) -> None:
    """Begin a reconciliation, or join the one under way. A request that has been carried out does nothing again."""
    keep_mark(request=request)
    mark = built.read()
    if mark is None or not mark.is_whole:
        return
    first = fanout.progress(RECONCILE.name)
    if first is None:
        _begin(mark.build, rank=1, request=request)
    elif first.run.by == request:
        if not first.run.is_finished:
            _begin(mark.build, rank=first.run.rank, request=request)
    elif not _is_under_way(first.run):
        _begin(mark.build, rank=first.run.rank + 1, request=request)


def _begin(build: int, *, rank: int, request: str) -> None:
    fanout.begin(RECONCILE, rank=rank, request=request, facts={"build": build, "findings": ids.new()})


def _is_under_way(first: fanout.Run) -> bool:
    """Whether all three goes of a run are not over yet; one of last week never will be."""
    last = fanout.progress(RECONCILE_AGAIN.name)
    is_over = last is not None and last.run.rank >= first.rank and last.run.is_finished
    mark = built.read()
    is_of_these_views = mark is not None and mark.build == first.facts["build"]
    is_young = clock.now() - datetime.fromisoformat(first.begun_at) < _GIVEN_UP
    return is_of_these_views and is_young and not is_over


def _is_needless(facts: fanout.Facts) -> bool:
    """Whether the views have been built anew since this began, or are being built."""
    mark = built.read()
    return mark is None or not mark.is_whole or mark.build != facts["build"]


def _items(page: fanout.Page) -> fanout.Tally:
    if _is_needless(page.facts):
        return {}
    _compare(page.keys, run=_run(page))
    looked: dict[str, int] = {}
    for _, sk in page.keys:
        for family in families_of(sk):
            looked[f"items:{family}"] = looked.get(f"items:{family}", 0) + 1
    return looked


def _then_views(run: fanout.Run, tally: fanout.Tally) -> None:
    if _is_needless(run.facts) or not second_number.put_up(build=int(run.facts["build"])):
        return
    # What would have been projected again by now, were the record of its mending not lost.
    queue.send(settings().jobs_queue_url, {"job": "retry_parked"})
    facts = {**run.facts, **{name: int(amount) for name, amount in tally.items()}}
    fanout.begin(RECONCILE_VIEWS, rank=run.rank, request=run.id, facts=facts, delay_seconds=_WAIT_SECONDS)


def _views(page: fanout.Page) -> fanout.Tally:
    if _is_needless(page.facts):
        return {}
    run = _run(page)
    _compare(_gone(page.keys), run=run)
    counted = recount.count(page.keys)
    _make_anew(counted.unreadable, run=run)
    lost = orphans.among(page.keys)
    findings.note(
        Finding(run, "orphan", *orphans.owner(orphan), entry=orphan.entry, verdict="drift") for orphan in lost
    )
    orphans.remove(lost)
    recount.forget_sums(page.keys)
    findings.note(Finding(run, "sum", sum_, _TOTALS) for sum_ in counted.sums | _sums(page.keys))
    return {}


def _then_again(run: fanout.Run, _: fanout.Tally) -> None:
    if not _is_needless(run.facts):
        fanout.begin(RECONCILE_AGAIN, rank=run.rank, request=run.id, facts=run.facts, delay_seconds=_WAIT_SECONDS)


def _again(page: fanout.Page) -> fanout.Tally:
    return {} if _is_needless(page.facts) else look_again(page.keys, run=_run(page))


def _end(run: fanout.Run, tally: fanout.Tally) -> None:
    """Read the sums that were counted anew from now on, and say what was found."""
    if second_number.take_over(build=int(run.facts["build"])):
        looked = {name: amount for name, amount in run.facts.items() if name.startswith("items:")}
        report.write({**tally, **looked})


def _compare(keys: Iterable[Key], *, run: str) -> None:
    """Note what differs, and mend entries that are wrong for sure."""
    found = comparing.compare(keys)
    findings.note(
        Finding(run, "item", one.key, one.family, print=one.print) for one in found.differences if not one.is_expected
    )
    findings.note(
        Finding(run, "entry", key, family, entry=entry, verdict="drift") for key, family, entry in found.entries
    )
    refresh_all((key for key, _, _ in found.entries), anew=True)
    # So that they are parked, if the record that would have done so was lost.
    refresh_all(found.parked)


def _make_anew(states: Iterable[Key], *, run: str) -> None:
    """States that cannot be read: told as items that have drifted, and made as if they never had been."""
    items = [(item, state[1]) for state in states if (item := item_of(state))]
    findings.note(Finding(run, "item", item, family, verdict="drift") for item, family in items)
    unreadable.throw_away(states)
    refresh_all((item for item, _ in items), anew=True)


def _gone(keys: Iterable[Key]) -> list[Key]:
    """The items that have states among these keys and are no longer in the truth."""
    items = list(dict.fromkeys(filter(None, map(item_of, keys))))
    there = reading.read(settings().crm_table, items)
    return [key for key in items if key not in there]


def _sums(keys: Iterable[Key]) -> set[Key]:
    found = {(pk, plain(sk.rpartition("#")[0])) for pk, sk in keys if pk.startswith("TOTAL#")}
    return {key for key in found if key[1] != FLOW}


def _run(page: fanout.Page) -> str:
    return str(page.facts["findings"])


RECONCILE = fanout.Job("reconcile", EVERYTHING, _items, _then_views)
RECONCILE_VIEWS = fanout.Job("reconcile_views", fanout.Scan("views"), _views, _then_again, wordy)
RECONCILE_AGAIN = fanout.Job(
    "reconcile_again", fanout.Partitions(tuple(map(findings.partition, range(findings.PARTS)))), _again, _end
)
