"""What a business has decided about its days, its manners and its mail. Pure: read by `service`, passed on to rules."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

LeapDay = Literal["02-28", "03-01"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
# What the deployment says unless the business decides; the first four only a new deployment changes.
DEPLOYED = frozenset({"name", "language", "timezone", "currency", "leap_day", "latest_hour"})

# So often it is asked what is due, at the full quarters of an hour: the schedules in template.yaml.
TICK = timedelta(minutes=15)


@dataclass(frozen=True)
class Place:
    """A place on earth, in degrees, north and east positive: its sun decides when a day ends."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Business:
    """The business as all rules see it. Hours are `HH:MM` of each recipient's own clock; weekdays 1 (Monday) to 7."""

    name: str
    language: str
    timezone: ZoneInfo
    version: int = 0
    leap_day: LeapDay = "02-28"
    earliest_hour: str = "07:00"
    latest_hour: str = "20:00"
    weekend: frozenset[int] = frozenset({6, 7})
    # `YYYY-MM-DD`, or `--MM-DD` for every year.
    holidays: frozenset[str] = frozenset()
    # Quiet from Friday's sunset until Saturday's nightfall.
    sabbath: bool = False
    place: Place | None = None
    # At most so many mails that nobody asked for (greetings, marketing) to one person in so many days.
    cap_mails: int = 3
    cap_days: int = 7
    sender_name: str | None = None
    reply_to: str | None = None
    logo_url: str | None = None
    postal_address: str | None = None
    # Stands before the subject of advertising where the law wants it.
    advertising_label: str | None = None

    @property
    def last_start(self) -> str:
        """The latest `HH:MM` from which on something can still go out before `latest_hour`."""
        hours, minutes = self.latest_hour.split(":")
        start = max(timedelta(hours=int(hours), minutes=int(minutes)) - TICK, timedelta())
        return f"{start // timedelta(hours=1):02}:{start // timedelta(minutes=1) % 60:02}"
