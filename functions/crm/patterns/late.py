"""Who is late by their own measure: "usually every 20 days, now 45". The members of the group `late`, with numbers.

The group keeps itself current: being late begins on a day that is known beforehand, and nobody is looked at before.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from crm.core import items, views
from crm.core.actor import Within
from crm.core.errors import NotFound
from crm.core.paging import PageRequest, filled
from crm.criteria import courses
from crm.criteria.standing import Moment
from crm.patterns import schemas
from crm.patterns.named import LATE
from crm.segments import asking
from crm.segments import service as segments

_SHOWN = ("name", "email", "phone", "language", "owner")


def page(request: PageRequest, *, within: Within | None = None) -> schemas.LateList:
    """Some of the late, of whom are within reach, those who spent most first: one Query, one read of their profiles.

    Raises NotFound where the group is not there, NotBuiltYet.
    """
    try:
        key = segments.listing_key(segment_id=LATE, sort="money")
    except NotFound as missing:
        raise NotFound(
            f"there is no group {LATE!r}: it is made with the first cut points, and after a deletion by "
            "POST /patterns/groups"
        ) from missing
    ask = partial(_late, key, asking.moment(), within)
    late, place = filled(ask, after=request.after, limit=request.limit, sees_all=within is None)
    return schemas.LateList(items=late, next=request.cursor_at(place))


def _late(
    key: str, moment: Moment, within: Within | None, after: str | None, most: int
) -> tuple[list[tuple[str, schemas.LateCustomer]], str | None]:
    found, place = views.query(key, after=after, limit=most, downwards=True)
    profiles = items.many((f"CUSTOMER#{entry['id']}", "PROFILE") for entry in found)
    each = [(str(entry["sk"]), profiles.get((f"CUSTOMER#{entry['id']}", "PROFILE"))) for entry in found]
    there = [(sk, one) for sk, one in each if one and (within is None or within.holds(one.get("owner")))]
    # Who was deleted or has bought since is on the list for some seconds more, without numbers to show.
    return [(sk, customer) for sk, profile in there if (customer := shown(profile, moment))], place


def shown(profile: Mapping[str, Any], moment: Moment) -> schemas.LateCustomer | None:
    """A customer with the numbers that rules compute; None where there is no usual gap."""
    gap, course = courses.usual_gap(profile, moment.zone), courses.lateness(profile, moment)
    if gap is None or course is None:
        return None
    facts = profile["facts"]
    return schemas.LateCustomer(
        id=profile["pk"].removeprefix("CUSTOMER#"),
        **{name: profile[name] for name in _SHOWN if profile.get(name) is not None},
        usual_gap_days=_rounded(gap, 1),
        days_since_last_purchase=course.step,
        lateness=_rounded(course.value(course.step), 2),
        last_purchase_at=facts["last_purchase_at"],
        purchases=int(facts["purchases"]),
        spent=facts["spent"],
    )


def _rounded(value: Decimal, places: int) -> float:
    return float(round(value, places))
