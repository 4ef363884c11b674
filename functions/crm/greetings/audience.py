"""Which of the customers with an occasion are still to be greeted under a rule."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from crm.calendar.service import Entry
from crm.core import table
from crm.core.config import settings
from crm.core.errors import NotFound, StoreUnavailable
from crm.greetings.models import Greeting
from crm.mail import rules as mail_rules
from crm.mail.orders import Order
from crm.segments import service as segment_service
from crm.segments.models import from_text
from crm.segments.rules import matches

_LARGEST_BATCH = 100
Found = TypeVar("Found")


def still_to_greet(rule: Greeting, orders: Iterable[Order]) -> Iterator[Order]:
    """Those whose message has no outcome yet, and who belong to the rule's group if it has one."""
    for chunk in _chunks(orders):
        waiting = _open(chunk)
        belonging = _membership(rule, [order.id for order in waiting])
        yield from (order for order in waiting if order.id in belonging)


def members(rule: Greeting, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Those who belong to the rule's group if it has one."""
    for chunk in _chunks(entries):
        belonging = _membership(rule, [entry.customer_id for entry in chunk])
        yield from (entry for entry in chunk if entry.customer_id in belonging)


def _chunks(found: Iterable[Found]) -> Iterator[list[Found]]:
    rest = iter(found)
    while chunk := list(islice(rest, _LARGEST_BATCH)):
        yield chunk


def _open(orders: list[Order]) -> list[Order]:
    stored = _items([(order.pk, order.sk) for order in orders])
    ended = {key for key, message in stored.items() if message["state"] not in mail_rules.OPEN}
    return [order for order in orders if (order.pk, order.sk) not in ended]


def _membership(rule: Greeting, customer_ids: list[str]) -> set[str]:
    """Which of the customers the rule is meant for: without a group, all."""
    if not rule.segment or not customer_ids:
        return set(customer_ids)
    try:
        segment = segment_service.get(segment_id=rule.segment)
    except NotFound:
        return set()  # a group that was deleted has no members
    group = from_text(segment.live_rule or segment.rule)
    profiles = _items([(f"CUSTOMER#{customer_id}", "PROFILE") for customer_id in customer_ids])
    return {pk.removeprefix("CUSTOMER#") for (pk, _), profile in profiles.items() if matches(group, profile)}


def _items(keys: list[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The items that there are under these keys (at most 100), consistently; what DynamoDB left over is asked again."""
    name, found = settings().crm_table, {}
    asked: Any = {name: {"Keys": [table.to_item({"pk": pk, "sk": sk}) for pk, sk in keys], "ConsistentRead": True}}
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
