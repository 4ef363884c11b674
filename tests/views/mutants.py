"""Wrong variants of the algorithm, each of which somebody might take for right. The search must find every one."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

from crm.core import table, views
from crm.core.projection import FLOW
from crm.fanout import models, runs
from crm.fanout import service as fanout
from crm.segments import filling, links
from crm.views import difference, reading, refresh, service, state, sweep, transaction, wake, waking
from crm.views.state import NO_STATE, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crm.core.projection import Key, Rules


@contextmanager
def no_second_look() -> Iterator[None]:
    """Takes what it has written for right."""
    with mock.patch.object(refresh, "_changed", return_value={}):
        yield


@contextmanager
def second_look_at_the_item_only() -> Iterator[None]:
    """Does not notice that the rules have changed meanwhile."""
    changed = refresh._changed

    def mutated(keys: Any, seen: reading.Truth, rules: Rules) -> dict[Key, Exception]:
        now = reading.truth(()).stand
        return changed(keys, seen, replace(rules, epoch=now.epoch, day=now.day))

    with mock.patch.object(refresh, "_changed", mutated):
        yield


@contextmanager
def no_condition() -> Iterator[None]:
    """Writes the state whoever has written it since."""
    state_write = transaction._state_write

    def mutated(name: str, step: Any) -> dict[str, Any]:
        found = state_write(name, step)
        for write in found.values():
            for part in ("ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"):
                write.pop(part, None)
        return found

    with mock.patch.object(transaction, "_state_write", mutated):
        yield


@contextmanager
def same_token_again() -> Iterator[None]:
    """Derives the token from the content instead of drawing it: A → B → A looks like nothing."""
    to_values = state.to_values

    def mutated(applied: state.State) -> dict[str, Any]:
        return to_values(applied) | {"token": str(sorted(applied.listings.items()))}

    with mock.patch.object(transaction, "to_values", mutated), no_second_look():
        yield


@contextmanager
def rules_of_yesterday() -> Iterator[None]:
    """A warm process keeps the rules it has once loaded."""
    rules_at = reading.rules_at

    def mutated(stand: reading.Stand) -> Rules:
        return reading._Known.rules or rules_at(stand)

    with mock.patch.object(reading, "rules_at", mutated):
        yield


@contextmanager
def live_before_complete() -> Iterator[None]:
    """Shows a group's readers the new rule when its filling starts."""
    begin = service.begin_sweep

    def mutated(*, epoch: int, message_id: str) -> None:
        begin(epoch=epoch, message_id=message_id)
        filling.make_live(swept_epoch=epoch)

    with mock.patch.object(service, "begin_sweep", mutated):
        yield


@contextmanager
def live_after_the_first_piece() -> Iterator[None]:
    """Shows a group's readers the new rule when one of the pieces of its filling is finished."""
    with mock.patch.object(fanout, "_are_finished", return_value=True):
        yield


@contextmanager
def page_counted_whatever_failed() -> Iterator[None]:
    """Goes on with the sweep although some of a page could not be projected."""
    with mock.patch.object(sweep, "refresh_all", refresh.refresh_batch):
        yield


@contextmanager
def page_left_to_whoever_is_ahead() -> Iterator[None]:
    """A page that comes again is not projected again when the sweep has gone on without it."""
    go_on = fanout.go_on

    def mutated(job: fanout.Job, message: dict[str, Any]) -> None:
        page = models.from_message(message)
        known = runs.piece(page)
        if known is not None and (known.run, known.step) == (page.run, page.step):
            go_on(job, message)

    with mock.patch.object(fanout, "go_on", mutated):
        yield


@contextmanager
def one_step_claims_all() -> Iterator[None]:
    """A cut difference whose first state already says that everything is applied."""
    steps = difference.steps

    def mutated(*arguments: Any, **named: Any) -> list[Any]:
        found = steps(*arguments, **named)
        last = found[-1].after if found else NO_STATE
        return [replace(step, before=found[0].before if n == 0 else last, after=last) for n, step in enumerate(found)]

    with mock.patch.object(refresh, "steps", mutated):
        yield


@contextmanager
def plain_addition() -> Iterator[None]:
    """Adds what an item says to the sums each time it is projected, as if it had never said anything before."""
    sums = difference._sums

    def mutated(applied: state.State, wanted: Any) -> Any:
        has_changed = applied.totals and wanted and applied.totals != wanted
        return sums(replace(applied, totals={}) if has_changed else applied, wanted)

    with mock.patch.object(difference, "_sums", mutated):
        yield


@contextmanager
def item_read_before_its_state() -> Iterator[None]:
    """Looks at the item first, and at what has been applied later."""
    round_, look = refresh._round, reading.look
    early = threading.local()

    def mutated(keys: list[Key], *, alone: set[Key], anew: bool) -> dict[Key, Exception]:
        early.seen = look(keys, partial(refresh.companions, keys))
        return round_(keys, alone=alone, anew=anew)

    def seen_before(*_: Any) -> Any:
        return early.seen

    with mock.patch.object(refresh, "_round", mutated), mock.patch.object(reading, "look", seen_before):
        yield


@contextmanager
def counted_token() -> Iterator[None]:
    """Counts the writes of a state instead of drawing a token: a state made anew begins where another did."""
    step = difference._step

    def mutated(*arguments: Any) -> difference.Step:
        made = step(*arguments)
        if made.after.token is None:
            return made
        count = int(made.before.token or 0) + 1
        return replace(made, after=replace(made.after, token=str(count)))

    with mock.patch.object(difference, "_step", mutated):
        yield


@contextmanager
def second_look_without_the_day() -> Iterator[None]:
    """Does not notice that another day has begun meanwhile."""
    is_of = reading.Stand.is_of

    def mutated(self: reading.Stand, rules: Rules) -> bool:
        return is_of(replace(self, day=rules.day), rules)

    with mock.patch.object(reading.Stand, "is_of", mutated):
        yield


@contextmanager
def day_of_yesterday() -> Iterator[None]:
    """A warm process goes on with the day that it has once read, also when it looks again."""
    rules_at, days = reading.rules_at, threading.local()

    def mutated(stand: reading.Stand) -> Rules:
        if not hasattr(days, "first"):
            days.first = stand.day
        return rules_at(replace(stand, day=days.first))

    with mock.patch.object(reading, "rules_at", mutated), second_look_without_the_day():
        yield


@contextmanager
def entry_gone_before_its_item_is_woken() -> Iterator[None]:
    """Takes the entries of the day off the calendar, and only then projects their items."""
    refresh_batch = refresh.refresh_batch

    def mutated(keys: Any) -> dict[Key, Exception]:
        wanted = list(keys)
        client = table.client()
        for part in range(waking.PARTS):
            entries, _ = views.query(waking.partition(part), after=None, limit=100)
            for entry in entries:
                if (source_of(entry["of"])[0]) in wanted:
                    client.delete_item(TableName="views", Key=table.to_item({"pk": entry["pk"], "sk": entry["sk"]}))
        return refresh_batch(wanted)

    with mock.patch.object(wake, "refresh_batch", mutated):
        yield


@contextmanager
def nobody_is_woken_again() -> Iterator[None]:
    """Reads the first page of a day's entries and forgets the rest."""
    do = wake.do

    def mutated(pieces: Any) -> Iterator[Any]:
        for _ in do(pieces):
            continue
        return iter(())

    with mock.patch.object(wake, "do", mutated):
        yield


@contextmanager
def old_entries_stay() -> Iterator[None]:
    """Puts an entry under its new key and leaves the old one where it is."""
    step = difference._step

    def mutated(*arguments: Any) -> difference.Step:
        return replace(step(*arguments), deletes=())

    with mock.patch.object(difference, "_step", mutated):
        yield


def _apart(is_apart: Callable[[str], bool]) -> Any:
    """Sums that are added by calls of their own behind the transaction."""
    commit = transaction.commit

    def mutated(pack: Any) -> list[Any]:
        apart = [(key, amounts) for step in pack for key, amounts in step.amounts.items() if is_apart(key[1])]
        kept = [
            replace(step, amounts={key: amounts for key, amounts in step.amounts.items() if not is_apart(key[1])})
            for step in pack
        ]
        moved = commit(kept)
        late = {(step.key, step.family) for step in moved}
        if late:
            return [step for step in pack if (step.key, step.family) in late]
        for key, amounts in apart:
            write = transaction._addition("views", key, amounts)["Update"]
            table.client().update_item(**write)
        return []

    return mock.patch.object(transaction, "commit", mutated)


def flows_counted_outside() -> Any:
    """Counts who joins and leaves behind the transaction that lets them."""
    return _apart(lambda name: name == FLOW)


def sums_added_outside() -> Any:
    """Adds to the sums behind the transaction that writes the state."""
    return _apart(lambda name: name != FLOW)


@contextmanager
def references_as_they_were() -> Iterator[None]:
    """A group goes on with the old rule of a group that it names."""
    with mock.patch.object(links.Links, "dependents", return_value=[]):
        yield


@contextmanager
def deletions_overlooked() -> Iterator[None]:
    """Has nothing to do for an item that is not there any more."""
    steps = refresh._steps

    def mutated(key: Key, views: Any, items: Any, rules: Rules, **named: Any) -> list[Any]:
        return steps(key, views, items, rules, **named) if key in items else []

    with mock.patch.object(refresh, "_steps", mutated):
        yield


FOUND_SOON: tuple[Callable[[], Any], ...] = (
    no_second_look,
    second_look_without_the_day,
    no_condition,
    same_token_again,
    counted_token,
    item_read_before_its_state,
    rules_of_yesterday,
    day_of_yesterday,
    live_before_complete,
    live_after_the_first_piece,
    page_left_to_whoever_is_ahead,
    one_step_claims_all,
    plain_addition,
    old_entries_stay,
    flows_counted_outside,
    sums_added_outside,
    deletions_overlooked,
)
FOUND_RARELY: tuple[Callable[[], Any], ...] = (
    entry_gone_before_its_item_is_woken,
    nobody_is_woken_again,
    references_as_they_were,
)
"""Each needs a rarer meeting. A second look at the item only, rarer still, is caught by tests/views/test_sweep.py."""
