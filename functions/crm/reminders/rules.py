"""When a reminder is due and what its mail's fate means for it. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.core.errors import InvalidFields

# What the state of the mail makes of the reminder. A mail on its way leaves it as it is.
FATE = {
    "accepted": "sent",
    "delivered": "sent",
    "complained": "sent",
    "rejected": "failed",
    "bounced": "failed",
    "unknown": "in_doubt",
    "withheld": "withheld",
    "expired": "withheld",
}
OPEN = frozenset({"pending", "in_doubt"})


def due(at: str, zone: ZoneInfo, *, now: datetime) -> datetime:
    """The instant at which the clocks of `zone` show `at`. Raises InvalidFields when it is over."""
    moment = calendar_rules.instant_of(datetime.fromisoformat(at), zone)
    if moment <= now:
        shown = now.astimezone(zone)
        raise InvalidFields.one("/at", f"{at} is over in {zone.key}, where it is {shown:%Y-%m-%dT%H:%M} now")
    return moment
