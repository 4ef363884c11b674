"""Brings the views in line with items of the truth. The only code that changes a view.

For each item: read its states, then the item with the rules' epoch and day, all consistently and in this order; write
the difference on the condition that the states are the ones read; look at the item, the epoch and the day again, and
start over if they have changed. Less drifts, as tests/views/mutants.py shows. Without the second look, for instance:
A → B → A under two projectors. One reads A's state and item B, and pauses; the other finds state and item A equal and
has nothing to write; the first writes B, and nobody looks again. And with the item read before the state, an older
item is written over the state of a newer one, for readers to see, until the second look.

Where nothing is written there is nothing to look at again: whoever changes the item later has a record of its own.
Whoever dies in between must be called again **for the same items**: the stream does that, and so does every job.
A day or an epoch that is lower never overwrites a higher one: both only rise, and are read after the state, so that
whoever finds a state reads them at least as high as whoever wrote it.
"""

import itertools
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from crm.core import table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.projection import Key, Projected, Rules
from crm.views import counting, parking, reading, telling, transaction, waking
from crm.views.difference import Step, steps
from crm.views.parking import ProjectionFailed
from crm.views.reading import Raw
from crm.views.registry import COMPANIONS, companions_of, families_of
from crm.views.state import from_raw, is_sealed, state_key

_BATCH = 100
_ABSENT = Projected()


class Unsettled(StoreUnavailable):
    """The item changes faster than it can be projected; it passes."""


def refresh(pk: str, sk: str) -> None:
    """Bring the views in line with one item. Raises the store's passing errors."""
    for error in refresh_batch([(pk, sk)]).values():
        raise error


def refresh_batch(keys: Iterable[Key], *, anew: bool = False) -> dict[Key, Exception]:
    """Bring the views in line with many items, each once; those that could not be, with the passing error.

    An item that cannot be projected is parked and counts as done. `anew`: every entry is written, also where the state
    says that it stands there. Raises what does not pass.
    """
    wanted = [key for key in dict.fromkeys(keys) if families_of(key[1])]
    failed: dict[Key, Exception] = {}
    for start in range(0, len(wanted), _BATCH):
        failed |= _settle(wanted[start : start + _BATCH], anew=anew)
    return failed


def _settle(keys: list[Key], *, anew: bool) -> dict[Key, Exception]:
    open_: dict[Key, Exception] = dict.fromkeys(keys, Unsettled("not settled"))
    for turn, pause in enumerate(itertools.chain(table.pauses(), table.pauses())):
        if turn:
            time.sleep(pause)
        alone = {key for key, error in open_.items() if isinstance(error, ClientError)}
        open_ = _turn(list(open_), alone=alone, anew=anew)
        if not open_:
            break
    return open_


def _turn(keys: list[Key], *, alone: set[Key], anew: bool) -> dict[Key, Exception]:
    """One round for these keys; the keys that need another, with why."""
    try:
        return _round(keys, alone=alone, anew=anew)
    except table.STORE_ERRORS as error:
        if not table.is_passing(error):
            raise
        return dict.fromkeys(keys, error)


def _round(keys: list[Key], *, alone: set[Key], anew: bool) -> dict[Key, Exception]:
    views = reading.read(settings().views_table, places(keys))
    marks = parking.marks(keys)
    seen, rules = reading.look(keys, partial(companions, keys))
    planned, poisoned = _plan(keys, views, seen, rules, anew=anew)
    planned = telling.with_events(planned, rules)
    failed = _committed(planned, poisoned, alone=alone)
    for key, failure in poisoned.items():
        parking.park(key, failure)
    written = {step.key for step in planned} | poisoned.keys()
    failed |= _changed(written - failed.keys(), seen, rules)
    for key in keys:
        # Last: whoever dies before must find the mark again to know that there is something left to do.
        if key in marks and key not in failed and key not in poisoned:
            parking.unpark(key, marks[key])
    return failed


def _plan(
    keys: list[Key], views: Mapping[Key, Raw], seen: reading.Truth, rules: Rules, *, anew: bool
) -> tuple[list[Step], dict[Key, ProjectionFailed]]:
    planned: list[Step] = []
    poisoned: dict[Key, ProjectionFailed] = {}
    for key in keys:
        try:
            planned += _steps(key, views, seen.items, rules, sums_apart=len(keys) > 1, anew=anew)
        except ProjectionFailed as failure:
            poisoned[key] = failure
    # Side by side, so that the first steps of all items share transactions, and then their second.
    return sorted(planned, key=lambda step: step.number), poisoned


def places(keys: list[Key]) -> list[Key]:
    """Where the states of items stand."""
    return [state_key(key, family) for key in keys for family in families_of(key[1])]


def companions(keys: Iterable[Key], needed: Iterable[str]) -> list[Key]:
    """Where the companions stand of those items that have any."""
    return [(key[0], sk) for key in keys for sk in companions_of(key[1], needed)] if needed else []


def _steps(
    key: Key, views: Mapping[Key, Raw], items: Mapping[Key, Raw], rules: Rules, *, sums_apart: bool, anew: bool
) -> list[Step]:
    """What is to be written for an item, all families. Raises ProjectionFailed."""
    found: list[Step] = []
    item = table.from_item(items[key]) if key in items else None
    for family in families_of(key[1]):
        try:
            wanted = counting.under(projected(key, family, item, items, rules), rules.counts)
            stored = views.get(state_key(key, family))
            if not anew and is_sealed(stored, wanted):
                continue
            state = counting.kept(from_raw(stored), rules.counts)
            if anew:
                state = replace(state, listings=dict.fromkeys(state.listings, ""))
            found += steps(key, family, state=state, wanted=wanted, epoch=rules.epoch, sums_apart=sums_apart)
        except ProjectionFailed:
            raise
        except Exception as error:
            raise ProjectionFailed(family) from error
    return found


def projected(
    key: Key, family: str, item: Mapping[str, Any] | None, items: Mapping[Key, Raw], rules: Rules
) -> Projected:
    """What the views should hold because of an item (None: it is gone), for one family. Raises ProjectionFailed."""
    try:
        found = _ABSENT
        if item is not None:
            found = families_of(key[1])[family]({**item, **_beside(key, family, items, rules)}, rules)
        return waking.with_entry(found, key=key, family=family, day=rules.day)
    except Exception as error:
        raise ProjectionFailed(family) from error


def _beside(key: Key, family: str, items: Mapping[Key, Raw], rules: Rules) -> dict[str, Any]:
    """The companions of an item for one family, by the names under which its projection looks for them."""
    wanted = [sk for sk in COMPANIONS.get(family, ()) if sk in rules.companions and (key[0], sk) in items]
    return {sk.lower(): table.from_item(items[key[0], sk]) for sk in wanted}


def _committed(planned: list[Step], poisoned: dict[Key, ProjectionFailed], *, alone: set[Key]) -> dict[Key, Exception]:
    """Write what is planned; the keys of what was not written, with why. What the store refuses joins the poisoned."""
    failed: dict[Key, Exception] = {}
    for pack in transaction.packs(planned, alone=alone):
        try:
            moved = transaction.commit(pack)
            failed |= {step.key: transaction.Moved("another projector was first") for step in moved}
        except (transaction.Moved, transaction.Uncertain) as error:
            failed |= {step.key: error for step in pack}
        except ClientError as error:
            if table.is_passing(error) or (len(pack) > 1 and _is_refusal(error)):
                failed |= {step.key: error for step in pack}
            elif _is_refusal(error):
                poisoned[pack[0].key] = ProjectionFailed(pack[0].family, cause=error)
            else:
                raise
    return failed


def _is_refusal(error: ClientError) -> bool:
    """Whether the store will never take this write; in a shared transaction somebody else's part may be why."""
    return error.response["Error"]["Code"] in {"ValidationException", "TransactionCanceledException"}


def _changed(keys: set[Key], seen: reading.Truth, rules: Rules) -> dict[Key, Exception]:
    """Which of these items, or of their companions, are no longer as they were seen."""
    if not keys:
        return {}
    beside = {key: companions([key], rules.companions) for key in keys}
    now = reading.truth(itertools.chain(keys, *beside.values()))
    same = now.stand.is_of(rules)
    moved = Unsettled("changed meanwhile")
    return {
        key: moved
        for key, others in beside.items()
        if not same or any(now.items.get(one) != seen.items.get(one) for one in (key, *others))
    }
