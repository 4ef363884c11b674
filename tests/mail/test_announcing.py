"""`message.withheld` reaches the event bus for every message that a customer does not get, and names nobody."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import clock, table
from crm.core.config import settings
from crm.mail.models import NOTICE
from tests.docs.pages import ROOT
from tests.support import faults, forgetting
from tests.support.bus import Bus, event_bus
from tests.support.shop import Shop, birthday_of
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.mail.orders import Order


@pytest.fixture
def bus() -> Iterator[Bus]:
    """An empty event bus."""
    with event_bus() as taken:
        yield taken


def withheld(shop: Shop, customer_id: str = "sunita", **fields: Any) -> Order:
    """A birthday greeting that cannot be sent; the stream has not told anybody yet."""
    shop.customer(customer_id, birthday="--11-21", **{"email": None, **fields})
    order = birthday_of(customer_id)
    shop.mailer(order.text())
    return order


def stream(*, change: str = "INSERT") -> None:
    """The stream brings the records of all notices that stand."""
    from handlers import projector  # noqa: PLC0415 - after the settings are in place

    keys = [table.to_item({"pk": item["pk"], "sk": item["sk"]}) for item in notices()]
    records = [
        {"eventName": change, "dynamodb": {"SequenceNumber": str(number), "Keys": key}}
        for number, key in enumerate(keys)
    ]
    assert projector.handler({"Records": records}, Context()) == {"batchItemFailures": []}


def items(*kinds: str) -> list[dict[str, Any]]:
    """The items whose sort key begins like this."""
    found = [table.from_item(item) for item in table.client().scan(TableName=settings().crm_table)["Items"]]
    return [item for item in found if item["sk"].startswith(kinds)]


def notices() -> list[dict[str, Any]]:
    return items(NOTICE)


def work() -> set[str]:
    """The jobs function takes what is queued; the names of the jobs that failed."""
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    sqs, url, failed = boto3.client("sqs"), settings().jobs_queue_url, set()
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            record = {"messageId": message["MessageId"], "body": message["Body"]}
            if jobs.handler({"Records": [record]}, Context())["batchItemFailures"]:
                failed.add(json.loads(message["Body"])["job"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return failed


def test_the_event_names_the_message_and_the_reason_and_nobody(shop: Shop, bus: Bus) -> None:
    shop.greeting()
    order = withheld(shop, phone="+9779841234567")
    stream()
    assert work() == set()
    [event] = bus.events
    assert (event["Source"], event["DetailType"], clock.instant(event["Time"])) == (
        "crm",
        "message.withheld",
        clock.stamp(),
    )
    detail = json.loads(event["Detail"])
    assert detail == {
        "key": order.key,
        "customer_id": "sunita",
        "kind": "greeting",
        "rule": "birthdays",
        "occurrence": "2026",
        "occasion": detail["occasion"],
        "purpose": "greeting",
        "reason_code": "no_address",
    }
    assert "Rai" not in event["Detail"]
    assert "977" not in event["Detail"]
    assert notices() == []


def test_the_document_shows_the_event_as_it_is(shop: Shop, bus: Bus) -> None:
    shop.greeting()
    withheld(shop)
    stream()
    work()
    _, block = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "events.md").read_text("utf-8"), re.DOTALL)
    shown = json.loads(block)
    assert (shown["source"], shown["detail-type"]) == (bus.events[0]["Source"], bus.events[0]["DetailType"])
    assert set(shown["detail"]) == set(json.loads(bus.events[0]["Detail"]))


def test_every_reason_for_silence_is_told(shop: Shop, bus: Bus, api: Api) -> None:
    shop.greeting()
    withheld(shop, email="sunita@example.org", consent={"greeting": False})
    stream()
    work()
    assert [json.loads(event["Detail"])["reason_code"] for event in bus.events] == ["no_consent"]


def test_a_mail_that_goes_out_and_mail_to_staff_announce_nothing(shop: Shop, bus: Bus) -> None:
    shop.greeting()
    withheld(shop, email="sunita@example.org")
    shop.member(email=None)
    to_staff = shop.reminder("STAFF#sales")
    shop.mailer(to_staff.text())
    assert shop.message(to_staff).state == "withheld"
    assert notices() == []


def test_the_stream_record_of_the_end_queues_nothing(shop: Shop, bus: Bus) -> None:
    shop.greeting()
    withheld(shop)
    stream(change="REMOVE")
    work()
    assert bus.events == []


def test_a_message_that_comes_again_is_announced_once_more_at_most(shop: Shop, bus: Bus) -> None:
    shop.greeting()
    withheld(shop)
    for _ in range(3):
        stream()
    work()
    assert len(bus.events) == 1


@pytest.mark.parametrize("refusal", ["ThrottlingException", "InternalFailure"])
def test_a_bus_that_refuses_is_asked_again(shop: Shop, bus: Bus, refusal: str) -> None:
    shop.greeting()
    withheld(shop)
    stream()
    bus.refuses = refusal
    # Put off for half a minute, as a new message of the queue.
    assert work() == set()
    assert (bus.events, len(notices())) == ([], 1)
    bus.refuses = None
    stream()
    work()
    assert len(bus.events) == 1


def test_an_erasure_in_between_ends_it(shop: Shop, bus: Bus, api: Api) -> None:
    shop.greeting()
    withheld(shop)
    stream()
    assert api.delete("/customers/sunita", headers={"if-match": "1"}).status == 204
    forgetting.empty("sunita")
    assert work() == set()
    assert bus.events == []
    assert [item["pk"] for item in items("") if item["pk"].startswith("CUSTOMER#")] == []


def test_whatever_dies_in_between_the_event_arrives(shop: Shop, bus: Bus) -> None:
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    shop.greeting()
    for number, crash in enumerate(faults.crash_points()):
        order = withheld(shop, f"sunita{number}")
        body = json.dumps({"job": "announce", "pk": order.pk, "sk": f"{NOTICE}birthdays#2026"})
        with crash:
            jobs.handler({"Records": [{"messageId": "m", "body": body}]}, Context())
        jobs.handler({"Records": [{"messageId": "m", "body": body}]}, Context())
        told = [event for event in bus.events if f"sunita{number}_" in event["Detail"]]
        assert len(told) in {1, 2}
        assert notices() == []


def test_a_greeting_and_its_notice_are_one_write(shop: Shop, bus: Bus) -> None:
    shop.greeting()
    with faults.refusing("TransactWriteItems", error=faults.down("TransactWriteItems")):
        withheld(shop)
    assert items("MAIL#", NOTICE) == []
    shop.mailer(birthday_of("sunita").text())
    assert sorted(item["sk"] for item in items("MAIL#", NOTICE)) == [
        "MAIL#birthdays#2026",
        "WITHHELD#birthdays#2026",
    ]
