"""Reading and moving the host's clock over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.durations import NotADurationError, parse_duration
from infra.local.host_view import Clock, HostView
from infra.local.problems import Problem

DRAIN_SECONDS = 600.0
LAST_YEAR = 2200  # every schedule on the way is fired: farther is a slip of the keyboard

_moving = threading.Lock()


def reading(clock: Clock) -> dict[str, Any]:
    """`{"now": "…Z", "offset_seconds": …}`; the offset is how far the clock is ahead of the machine's."""
    now = clock.now()
    return {"now": instant(now), "offset_seconds": round((now - datetime.now(UTC)).total_seconds())}


def move(host: HostView, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Moves the clock by `{"advance": "PT24H"}` or to `{"now": "<RFC 3339>"}`; waits for the work it causes.

    With `"at_once": true` what was due on the way fires once, at the end. Answers `{"now", "fired", "idle": true}`.
    Raises Problem: 400 for no move forward, 504 if work remains.
    """
    when = {name: value for name, value in wish.items() if name != "at_once"}
    with _moving:
        move_to = host.clock.skip_to if wish.get("at_once") is True else host.clock.advance_to
        fired = move_to(_target(host.clock.now(), when))
    if not host.idle.wait(DRAIN_SECONDS):
        detail = f"The clock was moved and {fired} schedules fired, but work remains after {DRAIN_SECONDS:g} s."
        raise Problem(504, "Still busy", f"{detail} GET /_local/idle waits for it; the terminal shows it.")
    return {"now": instant(host.clock.now()), "fired": fired, "idle": True}


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _target(now: datetime, wish: Mapping[str, Any]) -> datetime:
    if set(wish) == {"advance"}:
        target = now + _duration(wish["advance"])
    elif set(wish) == {"now"}:
        target = _instant(wish["now"])
    else:
        detail = 'Send {"advance": "PT24H"} or {"now": "2027-02-28T09:00:00Z"}, one of them.'
        raise Problem(400, "What to do?", detail)
    if target < now:
        detail = f"The clock stands at {instant(now)} and goes forward only; `make reset` starts from today."
        raise Problem(400, "Backwards", detail)
    if target.year > LAST_YEAR:
        raise Problem(400, "Too far", f"The clock goes as far as the year {LAST_YEAR}.")
    return target


def _duration(text: Any) -> timedelta:
    try:
        return parse_duration(str(text))
    except NotADurationError as error:
        raise Problem(400, "Not a duration", str(error)) from error


def _instant(text: Any) -> datetime:
    try:
        target = datetime.fromisoformat(str(text))
    except ValueError as error:
        detail = f"{text!r} is no RFC 3339 time; write 2027-02-28T09:00:00Z."
        raise Problem(400, "Not a time", detail) from error
    if target.tzinfo is None:
        raise Problem(400, "No offset", f"{text!r} has no offset; write {text}Z or {text}+05:45.")
    return target
