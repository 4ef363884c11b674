"""The secret link to a member's calendar: whoever has it reads the subjects and times of their due reminders.

The token is a random id, signed; it says nothing about anybody. A new link ends the old one.
"""

import hashlib
from dataclasses import dataclass
from itertools import islice

from crm.core import items, signing, views
from crm.core.config import settings
from crm.reminders import calendars
from crm.staff import service as staff_service
from crm.staff.models import LINK, MEMBER, CalendarLink
from crm.staff.models import partition as staff_partition

_PURPOSE = "calendar"
_SUFFIX = ".ics"
# What a calendar program still reads at once; the next due come first.
_MOST = 1000


@dataclass(frozen=True)
class Feed:
    """A calendar and the tag that changes with it."""

    text: str
    tag: str


def make_link(*, staff_id: str, caller: str, idempotency_key: str | None) -> str:
    """Make a new link to a member's calendar; its path. Raises NotFound, KeyReused, StaleVersion."""
    link_id = staff_service.link_calendar(staff_id=staff_id, caller=caller, idempotency_key=idempotency_key)
    return f"/calendar/{signing.sign(_PURPOSE, link_id.encode())}{_SUFFIX}"


def read(file: str) -> Feed | None:
    """The calendar behind `<token>.ics`; None where the link is none, or is none any more."""
    try:
        link_id = signing.verify(_PURPOSE, file.removesuffix(_SUFFIX)).decode()
    except (signing.BadToken, UnicodeDecodeError):
        return None
    link = items.one(CalendarLink.keyed(link_id).pk, LINK)
    owner = staff_partition(str(link["staff_id"])) if link else None
    member = items.one(owner, MEMBER) if owner else None
    if member is None or member.get("calendar") != link_id:
        return None
    # Of the view alone: this function reads no reminder and no customer.
    entries = islice(views.each(f"DUE#{owner}"), _MOST)
    made = calendars.feed(entries, name=settings().business_name, business_zone=settings().business_timezone)
    return Feed(made.decode(), f'"{hashlib.sha256(made).hexdigest()[:32]}"')
