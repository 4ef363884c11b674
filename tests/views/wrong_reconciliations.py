"""Wrong variants of the reconciliation, each of which somebody might take for right. The tests must find every one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

from crm.views import comparing, orphans, reconcile, recount, second_look, second_number, sweep, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crm.core.projection import Key


def orphans_overlooked() -> Any:
    """Does not look for entries that no state holds."""
    return mock.patch.object(orphans, "among", return_value=[])


def orphans_left() -> Any:
    """Tells of entries that no state holds, and leaves them."""
    return mock.patch.object(orphans, "remove")


def entries_overlooked() -> Any:
    """Takes the word of a state for what stands beside it."""
    return mock.patch.object(comparing, "_suspect", return_value=[])


def changed_entries_overlooked() -> Any:
    """Looks whether an entry is there, and not at what it says."""
    return mock.patch.object(comparing, "_stands", lambda there, _: there is not None)


@contextmanager
def entries_not_written_anew() -> Iterator[None]:
    """Mends by the projector, which believes the state that the entry is there."""

    def mutated(keys: Iterable[Key], *, anew: bool = False) -> None:
        sweep.refresh_all(keys)

    with mock.patch.object(reconcile, "refresh_all", mutated), mock.patch.object(second_look, "refresh_all", mutated):
        yield


def sums_not_compared() -> Any:
    """Has the sums counted anew, and does not say that they were wrong."""
    return mock.patch.object(second_number, "differ", return_value=False)


def old_sums_read_on() -> Any:
    """Counts anew, and lets readers go on with the old sums."""
    return mock.patch.object(second_number, "take_over", return_value=True)


@contextmanager
def lost_sums_overlooked() -> Iterator[None]:
    """Compares those sums of which something is left."""
    count = recount.count

    def mutated(keys: Iterable[Key]) -> recount.Counted:
        return replace(count(keys), sums=frozenset())

    with mock.patch.object(recount, "count", mutated):
        yield


@contextmanager
def first_look_is_a_verdict() -> Iterator[None]:
    """Takes what still differs for drift, whether or not it has moved meanwhile."""
    difference = comparing._difference

    def mutated(*arguments: Any, **named: Any) -> comparing.Difference:
        return replace(difference(*arguments, **named), print="")

    with mock.patch.object(comparing, "_difference", mutated):
        yield


def spoilt_states_left() -> Any:
    """Tells of states that cannot be read, and leaves them."""
    return mock.patch.object(unreadable, "throw_away")


def drift_left() -> Any:
    """Says what has drifted, and mends nothing of it."""
    return mock.patch.object(second_look, "_mend")
