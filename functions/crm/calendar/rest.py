"""Days on which a business does not write: its weekend and its holidays, and where greetings of such days go. Pure."""

from datetime import date, timedelta
from typing import Literal

from crm.business.rules import Business

Policy = Literal["keep", "before", "after"]
_STEP = {"before": timedelta(days=-1), "after": timedelta(days=1)}
# Longer than any run of holidays; whoever rests every day of the year keeps the day itself.
_FARTHEST = 31


def is_rest(day: date, *, business: Business) -> bool:
    """Whether the day is of the business's weekend or one of its holidays (`YYYY-MM-DD`, or `--MM-DD` every year)."""
    return (
        day.isoweekday() in business.weekend
        or day.isoformat() in business.holidays
        or f"--{day:%m-%d}" in business.holidays
    )


def planned(day: date, *, policy: Policy, business: Business) -> date:
    """The day on which a greeting of `day` goes out: the last working day before a day of rest, or the next after it.

    Where there is no working day within a month, the day itself.
    """
    if policy == "keep":
        return day
    found = day
    for _ in range(_FARTHEST + 1):
        if not is_rest(found, business=business):
            return found
        found += _STEP[policy]
    return day


def origins(day: date, *, policy: Policy, business: Business) -> list[date]:
    """The days, in order, whose greetings go out on `day`: what `planned` moves there. None on a day of rest."""
    if policy == "keep":
        return [day]
    near = (day + timedelta(days=away) for away in range(-_FARTHEST, _FARTHEST + 1))
    return [origin for origin in near if planned(origin, policy=policy, business=business) == day]
