"""Whom a rule is meant for, and reads of many customers and messages at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from crm.core import items
from crm.core.errors import NotFound
from crm.criteria.rules import Criterion
from crm.criteria.standing import Moment
from crm.greetings.models import Greeting
from crm.mail.orders import Order
from crm.segments import asking
from crm.segments import service as segment_service

LARGEST_BATCH = 100
Found = TypeVar("Found")


@dataclass(frozen=True)
class Group:
    """The group of a rule as it stands: everybody (`criterion` None), or whom it fits now; nobody once deleted."""

    criterion: Criterion | None = None
    now: Moment | None = None
    deleted: bool = False

    @property
    def is_everybody(self) -> bool:
        return self.criterion is None and not self.deleted

    def includes(self, profile: Mapping[str, Any]) -> bool:
        """Whether a customer belongs to it, by the profile itself: exact at once, no view is asked."""
        if self.criterion is None or self.now is None:
            return not self.deleted
        return asking.includes(self.criterion, profile, at=self.now)


def group_of(rule: Greeting) -> Group:
    """The group that the rule greets, as its readers see it now."""
    if not rule.segment:
        return Group()
    try:
        segment = segment_service.get(segment_id=rule.segment)
    except NotFound:
        return Group(deleted=True)  # a group that was deleted has no members
    return Group(asking.criterion_of(segment), asking.moment())


def chunks(found: Iterable[Found], size: int = LARGEST_BATCH) -> Iterator[list[Found]]:
    """What is found, so many at a time."""
    rest = iter(found)
    while chunk := list(islice(rest, size)):
        yield chunk


def profiles(customer_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The profiles of customers by their ids, as they were up to a second ago; who is gone is left out."""
    found = items.many(((f"CUSTOMER#{one}", "PROFILE") for one in dict.fromkeys(customer_ids)), consistent=False)
    return {pk.removeprefix("CUSTOMER#"): profile for (pk, _), profile in found.items()}


def messages(orders: Iterable[Order]) -> dict[Order, dict[str, Any]]:
    """The `state` of the messages of orders, as they were up to a second ago: the mailer reads them again."""
    keys = {(order.pk, order.sk): order for order in orders}
    found = items.many(keys, consistent=False, only=("state",))
    return {keys[key]: message for key, message in found.items()}
