"""Wrong variants of the algorithm, each of which somebody might take for right. The search must find every one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

from crm.fanout import models
from crm.fanout import service as fanout
from crm.segments import filling
from crm.views import difference, reading, refresh, service, state, sweep, transaction
from crm.views.state import NO_STATE

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
        known = fanout._piece(page)
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


FOUND_BY_SEARCH: tuple[Callable[[], Any], ...] = (
    no_second_look,
    no_condition,
    same_token_again,
    rules_of_yesterday,
    live_before_complete,
    live_after_the_first_piece,
    page_left_to_whoever_is_ahead,
    one_step_claims_all,
)
"""The others need a rarer meeting, which tests/views/test_sweep.py arranges."""
