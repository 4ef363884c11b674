"""When nobody is to be disturbed: at night by their own clock, and on the sabbath where the business keeps it. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm.business.rules import Business
from crm.calendar import places, rules, sabbath

_ENDLESS = 16


def until(moment: datetime, *, zone: ZoneInfo, business: Business) -> datetime | None:
    """The instant (UTC) at which the quiet that `moment` falls into ends in `zone`; None while it is not quiet.

    A sabbath that ends at night goes over into it: what is given is the first moment that is neither.
    """
    end = None
    for _ in range(_ENDLESS):
        later = _night(end or moment, zone, business) or _sabbath(end or moment, zone, business)
        if later is None:
            return end
        end = later
    return end


def _night(moment: datetime, zone: ZoneInfo, business: Business) -> datetime | None:
    """The morning after the night that the moment is in. The latest hour itself is night, the earliest is not."""
    today = rules.local_date(moment, zone)
    morning = rules.instant_of(datetime.combine(today, rules.hour(business.earliest_hour)), zone)
    if moment < morning:
        return morning
    if moment < rules.instant_of(datetime.combine(today, rules.hour(business.latest_hour)), zone):
        return None
    tomorrow = today + timedelta(days=1)
    return rules.instant_of(datetime.combine(tomorrow, rules.hour(business.earliest_hour)), zone)


def _sabbath(moment: datetime, zone: ZoneInfo, business: Business) -> datetime | None:
    if not business.sabbath:
        return None
    found = sabbath.containing(moment, zone=zone, place=places.of(zone, business=business))
    return found[1] if found else None
