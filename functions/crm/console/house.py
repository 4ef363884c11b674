"""What pages need of the business itself: where it is, and its groups; at most ten seconds old."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from crm.business import service as business_service
from crm.core.lease import Lease
from crm.segments.models import Segment

_BUSINESS = Lease(business_service.current)
_GROUPS = Lease(Segment.read_all)


def zone() -> ZoneInfo:
    """The clocks of the business."""
    return _BUSINESS.value().timezone


def groups() -> Mapping[int, Segment]:
    """The groups by the epoch of the rule that their readers see."""
    return {one.live_epoch: one for one in _GROUPS.value() if one.live_epoch}
