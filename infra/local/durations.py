"""ISO 8601 durations of fixed length, for moving the clock."""

from __future__ import annotations

import re
from datetime import timedelta

_FORM = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)


class NotADurationError(ValueError):
    """Not an ISO 8601 duration of weeks, days, hours, minutes and seconds."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not a duration; write PT15M, PT24H, P1D, P1W or P1DT2H "
            "(months and years have no fixed length: give days)."
        )


def parse_duration(text: str) -> timedelta:
    """`P1DT2H` → 26 hours. Raises NotADurationError."""
    found = _FORM.fullmatch(text)
    parts = {name: float(value) for name, value in found.groupdict().items() if value} if found else {}
    if not parts:
        raise NotADurationError(text)
    return timedelta(**parts)
