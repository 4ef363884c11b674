"""What the business has decided, over the defaults of its deployment."""

from dataclasses import replace
from typing import Any, cast

from crm.business.models import Customs
from crm.business.rules import Business, LeapDay, Place
from crm.core.config import settings

_KEYS = frozenset({"pk", "sk", "entity", "updated_at"})


def current() -> Business:
    """The business as it is now: one consistent read."""
    stored = Customs.read()
    return _decided(_deployed(), stored.attribute_values) if stored else _deployed()


def _deployed() -> Business:
    given = settings()
    return Business(
        name=given.business_name,
        language=given.business_language,
        timezone=given.business_timezone,
        leap_day=cast("LeapDay", given.leap_day),
        latest_hour=given.latest_hour,
    )


def _decided(business: Business, values: dict[str, Any]) -> Business:
    known = {name: value for name, value in values.items() if name not in _KEYS and value is not None}
    for name in ("weekend", "holidays"):
        if name in known:
            known[name] = frozenset(known[name])
    if "place" in known:
        known["place"] = Place(**{name: float(degrees) for name, degrees in known["place"].items()})
    known["version"] = int(known["version"])
    return replace(business, **known)
