"""When a member of staff gets all reminders of a day in one mail, and which reminders wait for it.

A digest is due from its hour on, as soon as something is due by the end of the day. Whatever it has not told when it is
over - it failed, or the reminder was made later - goes out alone, so nothing hangs on it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.core import clock, views
from crm.core.config import settings
from crm.mail import rules as mail_rules
from crm.mail.models import Message
from crm.mail.orders import DIGEST, Order, of_key
from crm.mail.recipients import Recipient
from crm.staff import service as staff_service
from crm.staff.models import DIGEST_AT
from crm.staff.models import partition as staff_partition


@dataclass(frozen=True)
class Schedule:
    """The digest of one member on one day of theirs."""

    staff_id: str
    at: str
    zone: ZoneInfo
    day: date

    @property
    def owner(self) -> str:
        """The member's partition."""
        return staff_partition(self.staff_id)

    @property
    def begins(self) -> datetime:
        """The instant from which on it is due."""
        return calendar_rules.instant_of(datetime.combine(self.day, time.fromisoformat(self.at)), self.zone)

    @property
    def until(self) -> str:
        """The instant at which the day ends, as due times are written."""
        return clock.instant(calendar_rules.instant_of(datetime.combine(self.day, time()) + timedelta(1), self.zone))

    @property
    def order(self) -> Order:
        """The order to send it."""
        return of_key(f"staff_{self.staff_id}_{DIGEST}_{self.day}")


def all_of_today(now: datetime) -> list[Schedule]:
    """Today's digests of all members who have them, each by their own day."""
    return [_schedule(one.staff_id, one.digest_at, one.timezone, now) for one in staff_service.digests()]


def of_member(member: Recipient, now: datetime) -> Schedule | None:
    """Today's digest of a member as they are now; None for one who gets single mails."""
    return day_of(member, now) if member.profile.get("reminders") == "digest" else None


def day_of(member: Recipient, now: datetime) -> Schedule:
    """The hour of today at which a member is told what they want to be told once a day."""
    return _schedule(member.id, member.profile.get("digest_at") or DIGEST_AT, member.timezone, now)


def orders(schedules: Iterable[Schedule], now: datetime) -> Iterator[Order]:
    """The digests that are due, of those who have something to be told.

    After midnight those of the day before once more: one that was held back until then ends with its reason.
    """
    for schedule in schedules:
        if now.astimezone(schedule.zone).hour == 0:
            yield replace(schedule, day=schedule.day - timedelta(1)).order
        if now >= schedule.begins and next(views.each(f"DUE#{schedule.owner}", until=schedule.until), None):
            yield schedule.order


def takes(member: Recipient, now: datetime) -> bool:
    """Whether a reminder that is due is left to the member's digest: it comes yet, or is on its way."""
    schedule = of_member(member, now)
    if schedule is None:
        return False
    message = Message.read(schedule.order) if now >= schedule.begins else None
    return message is None or message.state in mail_rules.OPEN or bool(mail_rules.retry_at(message, kind=DIGEST))


def _schedule(staff_id: str, at: str, timezone: str | None, now: datetime) -> Schedule:
    zone = calendar_rules.zone_of(timezone, business=settings().business_timezone)
    return Schedule(staff_id, at, zone, calendar_rules.local_date(now, zone))
