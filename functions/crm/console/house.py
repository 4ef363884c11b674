"""What pages need of the business itself: where it is, its groups, greetings and fields; at most ten seconds old.

What members are called changes seldom and stands on most pages: it may be a minute old.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crm.business import service as business_service
from crm.business.rules import Business
from crm.core import clock
from crm.core.lease import Lease
from crm.demo.models import Demo
from crm.segments.models import Segment
from crm.staff import names as staff_names

if TYPE_CHECKING:
    from crm.greetings.models import Greeting
    from crm.own_fields.rules import Definition


def _greetings() -> "Sequence[Greeting]":
    # Here, as are the fields: most pages show neither, and what changes fields is large.
    from crm.greetings.models import Greeting

    return Greeting.read_active()


def _fields() -> "Sequence[Definition]":
    from crm.own_fields import service

    return service.definitions()


_BUSINESS = Lease(business_service.current)
_GROUPS = Lease(Segment.read_all)
_GREETINGS = Lease(_greetings)
_FIELDS = Lease(_fields)
_DEMO = Lease(Demo.read)
_STAFF = Lease(staff_names.by_id, seconds=60)


def business() -> Business:
    """What the business has decided."""
    return _BUSINESS.value()


def zone() -> ZoneInfo:
    """The clocks of the business."""
    return business().timezone


def today() -> date:
    """The day that it is where the business is."""
    return clock.now().astimezone(zone()).date()


def groups() -> Mapping[int, Segment]:
    """The groups by the epoch of the rule that their readers see."""
    return {one.live_epoch: one for one in _GROUPS.value() if one.live_epoch}


def greetings() -> "Sequence[Greeting]":
    """The rules that greet."""
    return _GREETINGS.value()


def shows_demo() -> bool:
    """Whether there are made-up customers."""
    return _DEMO.value() is not None


def knows_demo(demo: Demo | None) -> None:
    """This process has just put the demo shop in, or taken it out."""
    _DEMO.remember(demo)


def fields() -> "Sequence[Definition]":
    """The fields that the business has defined, in order."""
    return _FIELDS.value()


def naming() -> Callable[[str | None], str]:
    """Says what a member is called, and of who is none, such as a machine's key, the id.

    For one page, which names many: whether the names are still good is asked once, with the first.
    """
    names = cache(_STAFF.value)
    return lambda staff_id: names().get(staff_id or "") or staff_id or ""


def names_to_read() -> Sequence[Callable[[], Mapping[str, str]]]:
    """For a page that reads anyhow: the reading of the names, to be done beside, where there is any to do."""
    return [_STAFF.value] if _STAFF.is_to_be_read else []
