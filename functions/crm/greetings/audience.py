"""Whom a rule is meant for, and reads of many customers or messages at once."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from crm.core import table
from crm.core.config import settings
from crm.core.errors import NotFound, StoreUnavailable
from crm.core.projection import Key
from crm.greetings.models import Greeting
from crm.segments import service as segment_service
from crm.segments.models import from_text
from crm.segments.rules import matches

LARGEST_BATCH = 100
Found = TypeVar("Found")


@dataclass(frozen=True)
class Group:
    """The group of a rule as it stands: everybody (`rule` None), or whom its rule matches; nobody once deleted."""

    rule: Mapping[str, Any] | None
    deleted: bool = False

    @property
    def is_everybody(self) -> bool:
        return self.rule is None and not self.deleted

    def includes(self, profile: Mapping[str, Any]) -> bool:
        """Whether a customer belongs to it, by the profile itself: exact at once, no view is asked."""
        return not self.deleted and (self.rule is None or matches(self.rule, profile))


def group_of(rule: Greeting) -> Group:
    """The group that the rule greets, as its readers see it now."""
    if not rule.segment:
        return Group(None)
    try:
        segment = segment_service.get(segment_id=rule.segment)
    except NotFound:
        return Group(None, deleted=True)  # a group that was deleted has no members
    return Group(from_text(segment.live_rule or segment.rule))


def chunks(found: Iterable[Found], size: int = LARGEST_BATCH) -> Iterator[list[Found]]:
    """What is found, so many at a time."""
    rest = iter(found)
    while chunk := list(islice(rest, size)):
        yield chunk


def profiles(customer_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The profiles of customers (at most 100) by their ids; who is gone is left out."""
    found = items([(f"CUSTOMER#{customer_id}", "PROFILE") for customer_id in dict.fromkeys(customer_ids)])
    return {pk.removeprefix("CUSTOMER#"): profile for (pk, _), profile in found.items()}


def items(keys: list[Key]) -> dict[Key, dict[str, Any]]:
    """The items that there are under these keys (at most 100), as they were up to a second ago; what DynamoDB left
    over is asked again. Enough to decide whom to order: the mailer reads again, consistently.
    """
    if not keys:
        return {}
    name, found = settings().crm_table, {}
    asked: Any = {name: {"Keys": [table.to_item({"pk": pk, "sk": sk}) for pk, sk in keys]}}
    for pause in table.pauses():
        answer = table.client().batch_get_item(RequestItems=asked)
        for raw in answer["Responses"].get(name, []):
            item = table.from_item(raw)
            found[item["pk"], item["sk"]] = item
        asked = answer.get("UnprocessedKeys")
        if not asked:
            return found
        time.sleep(pause)
    raise StoreUnavailable("the store leaves keys unread")
