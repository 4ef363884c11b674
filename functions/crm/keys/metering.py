"""Counts each request of a machine, in the write that also says whether its key still holds.

The gateway remembers for a minute what its authorizer has said, so neither a revocation nor the rate could be kept
there. One write unit for a request; the first of a minute costs one more and a read, and so does each that is too many.
"""

from collections.abc import Mapping
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from crm.core import clock, ids
from crm.core.errors import NotSignedIn, StoreUnavailable, TooManyRequests
from crm.keys import rules
from crm.keys.models import KEYS, MachineKey

_TRIES = 5
_MINUTE = len("2026-11-22T09:00")


def count(event: Mapping[str, Any]) -> None:
    """Count a request that came with a key; others are not ours.

    Raises NotSignedIn: the key was revoked, has ended, or its secret was replaced; TooManyRequests.
    """
    told = ((event.get("requestContext") or {}).get("authorizer") or {}).get("lambda")
    if not told:
        return
    now = clock.now()
    stamp = clock.instant(now)
    key_id, rate, generation = (str(told.get(name) or "") for name in ("key", "rate", "generation"))
    if not (ids.is_one(key_id) and rate.isdigit() and generation.isdigit()):
        raise NotSignedIn
    key = _counted(key_id, int(rate), stamp[:_MINUTE])
    if key is None:
        raise TooManyRequests("the key has had its share of this minute", retry_after=60 - now.second)
    if not rules.holds(key, int(generation), now=stamp):
        raise NotSignedIn


def _counted(key_id: str, rate: int, minute: str) -> MachineKey | None:
    """The key with one request more; None: it has had all of this minute."""
    for _ in range(_TRIES):
        key = MachineKey(KEYS, key_id)
        if _updated(key, [MachineKey.used.add(1)], (MachineKey.minute == minute) & (MachineKey.used < rate)):
            return key
        present = MachineKey.read(key_id)
        if present is None:
            raise NotSignedIn
        # Where another environment's clock is ahead, its minute counts.
        minute = max(minute, present.minute or "")
        if present.minute == minute:
            if (present.used or 0) >= rate:
                return None
        elif _begun(present, minute):
            return present
    raise StoreUnavailable("the key is used by very many at once")


def _begun(key: MachineKey, minute: str) -> bool:
    before = key.minute
    is_still = MachineKey.minute == before if before else MachineKey.minute.does_not_exist()
    begin: list[Action] = [MachineKey.minute.set(minute), MachineKey.used.set(1)]
    return _updated(key, begin, is_still & MachineKey.pk.exists())


def _updated(key: MachineKey, actions: list[Action], condition: Condition) -> bool:
    try:
        key.update(actions, condition=condition)
    except UpdateError as refused:
        if refused.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True
