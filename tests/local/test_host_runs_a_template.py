"""A small template runs whole: HTTP to table, stream, queue and schedule, with what goes wrong on the way."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local import names, resources
from infra.local.engine import free_port
from infra.local.host import Host
from infra.local.sandbox import InvokeResult

SHOP = Path(__file__).parent / "shop"


class Shop:
    """A running host of `shop/template.yaml`."""

    def __init__(self, directory: Path) -> None:
        self.lines: list[str] = []
        self.host = Host(
            directory=directory,
            port=free_port(),
            parameters={},
            template=SHOP / "template.yaml",
            code=SHOP,
            write=self.lines.append,
        )
        self.host.start()
        url = self.host.engine_url
        self.tables, self.queues, self.objects = (resources.client(name, url) for name in ("dynamodb", "sqs", "s3"))

    def post(self, note: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/notes", json.dumps({"note": note}), headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def local(self, method: str, page: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        try:
            connection.request(method, f"/_local/{page}")
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def seen(self) -> set[str]:
        pages = self.tables.get_paginator("scan").paginate(TableName="Seen")
        return {item["pk"]["S"] for page in pages for item in page["Items"]}

    def waiting(self, queue: str, *, hidden: bool = False) -> int:
        name = "ApproximateNumberOfMessages" + ("NotVisible" if hidden else "")
        url = names.queue_url(self.host.engine_url, queue)
        found = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(found["Attributes"][name])

    def given_up(self) -> list[dict[str, Any]]:
        bucket = self.host.stack.buckets[0]
        listed = self.objects.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [json.loads(self.objects.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()) for entry in listed]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    running = Shop(tmp_path_factory.mktemp("shop"))
    yield running
    running.host.stop()


def test_what_was_posted_is_worked_off_when_the_host_says_idle(shop: Shop) -> None:
    for number in range(25):
        name = f"idle-{number}"
        assert shop.post(name) == 201
        assert shop.host.idle.wait(60)
        assert name in shop.seen()


def test_a_poison_record_is_given_up_whole_into_the_bucket_and_the_others_are_worked_off(shop: Shop) -> None:
    before = len(shop.given_up())
    for note in ("p1", "p2", "poison", "p3"):
        shop.post(note)
    assert shop.host.idle.wait(60)
    assert {"p1", "p2", "p3"} <= shop.seen()
    assert len(shop.given_up()) == before + 1
    report = shop.given_up()[-1]
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert report["requestContext"]["approximateInvokeCount"] == 3
    (record,) = json.loads(report["payload"])["Records"]
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "poison"}}
    assert record["eventSourceARN"] == report["DDBStreamBatchInfo"]["streamArn"]


def test_work_goes_on_after_a_call_that_could_not_even_be_made(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke = shop.host.lambdas.invoke
    refused: set[str] = set()

    def once(function: str, event: Any) -> InvokeResult:
        if function in {"Reader", "Worker"} - refused:
            refused.add(function)
            raise OSError("no processes left")
        return invoke(function, event)

    monkeypatch.setattr(shop.host.lambdas, "invoke", once)
    shop.post("patient")
    assert shop.host.idle.wait(60)
    assert refused == {"Reader", "Worker"}
    assert "patient" in shop.seen()


def test_a_record_that_the_filter_leaves_out_is_never_seen_and_does_not_hold_up_idle(shop: Shop) -> None:
    shop.post("ignored")
    assert shop.host.idle.wait(60)
    assert "ignored" not in shop.seen()


def test_a_message_that_fails_is_hidden_for_its_visibility_timeout(shop: Shop) -> None:
    url = names.queue_url(shop.host.engine_url, "Work")
    shop.queues.send_message(QueueUrl=url, MessageBody="bad")
    limit = time.monotonic() + 30
    while not shop.waiting("Work", hidden=True) and time.monotonic() < limit:
        time.sleep(0.05)
    time.sleep(0.5)
    assert shop.waiting("Work", hidden=True) == 1
    assert shop.waiting("Work") == 0


def test_a_message_that_keeps_failing_ends_as_a_dead_letter_and_its_neighbours_are_done(shop: Shop) -> None:
    shop.host.idle.wait(60)
    before = shop.waiting("DeadLetters")
    url = names.queue_url(shop.host.engine_url, "Work")
    entries = [{"Id": name, "MessageBody": name} for name in ("q1", "bad", "q2")]
    shop.queues.send_message_batch(QueueUrl=url, Entries=entries)
    assert shop.host.idle.wait(60)
    assert {"q1", "q2"} <= shop.seen()
    assert shop.waiting("DeadLetters") == before + 1


def test_dead_letters_are_put_back_on_command(shop: Shop) -> None:
    letters = names.queue_url(shop.host.engine_url, "DeadLetters")
    shop.queues.purge_queue(QueueUrl=letters)
    for number in range(12):
        shop.queues.send_message(QueueUrl=letters, MessageBody=f"mended-{number}")
    assert shop.local("POST", "redrive") == {"Work": 12}
    assert shop.host.idle.wait(60)
    assert {f"mended-{number}" for number in range(12)} <= shop.seen()
    assert shop.waiting("DeadLetters") == shop.waiting("DeadLetters", hidden=True) == 0


def test_a_day_fires_96_quarter_hours_each_at_its_own_time(shop: Shop) -> None:
    now = shop.host.clock.now()
    assert shop.host.clock.advance_to(now + timedelta(days=1)) == 96
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    (note,) = [note for note in shop.seen() if note.startswith(f"{midnight:%Y-%m-%dT%H:%M:%SZ}")]
    assert 0 <= int(note.rpartition(" ")[2]) - midnight.timestamp() < 900
    assert shop.host.clock.now() - now - timedelta(days=1) < timedelta(minutes=5)


def test_the_clock_moves_although_clients_never_pause(shop: Shop) -> None:
    done = threading.Event()
    statuses: list[int] = []

    def post(client: int) -> None:
        while not done.is_set():
            statuses.append(shop.post(f"busy-{client}"))

    clients = [threading.Thread(target=post, args=(client,)) for client in range(8)]
    for client in clients:
        client.start()
    try:
        assert all(shop.host.idle.wait(60) for _ in range(4))
        assert shop.host.clock.advance_to(shop.host.clock.now() + timedelta(minutes=15)) == 1
        assert len(statuses) > 3
    finally:
        done.set()
        for client in clients:
            client.join()
    assert set(statuses) == {201}


def test_nobody_waits_for_a_message_that_is_to_come_later_and_it_comes_with_the_clock(shop: Shop) -> None:
    url = names.queue_url(shop.host.engine_url, "Work")
    begun, now = time.monotonic(), shop.host.clock.now()
    for minutes in (5, 15):
        shop.queues.send_message(QueueUrl=url, MessageBody=f"in {minutes}", DelaySeconds=60 * minutes)
    assert shop.host.idle.wait(60)
    shop.host.clock.advance_to(now + timedelta(minutes=4))
    assert not {"in 5", "in 15"} & shop.seen()
    os.kill(shop.host.engine_pid, signal.SIGKILL)
    shop.host.clock.advance_to(now + timedelta(minutes=6))
    assert {"in 5", "in 15"} & shop.seen() == {"in 5"}
    shop.host.clock.advance_to(now + timedelta(minutes=16))
    assert {"in 5", "in 15"} <= shop.seen()
    assert time.monotonic() - begun < 60


def test_a_message_that_was_delayed_for_long_comes_by_itself_when_its_time_is_there(shop: Shop) -> None:
    url, now = names.queue_url(shop.host.engine_url, "Work"), shop.host.clock.now()
    shop.queues.send_message(QueueUrl=url, MessageBody="by itself", DelaySeconds=61)
    shop.host.clock.advance_to(now + timedelta(seconds=60))
    assert "by itself" not in shop.seen()
    limit = time.monotonic() + 10
    while "by itself" not in shop.seen():
        assert time.monotonic() < limit
        time.sleep(0.1)


def test_moving_the_clock_to_the_past_does_nothing(shop: Shop) -> None:
    now = shop.host.clock.now()
    assert shop.host.clock.advance_to(now - timedelta(days=3)) == 0
    assert shop.host.clock.now() >= now


def test_work_goes_on_through_a_kill_of_the_engine(shop: Shop) -> None:
    for number in range(10):
        shop.post(f"before-{number}")
    os.kill(shop.host.engine_pid, signal.SIGKILL)
    limit = time.monotonic() + 30
    while shop.post("after") != 201:
        assert time.monotonic() < limit
        time.sleep(0.2)
    assert shop.host.idle.wait(60)
    assert {"after", *(f"before-{number}" for number in range(10))} <= shop.seen()


def test_work_goes_on_through_kills_of_functions(shop: Shop) -> None:
    for number in range(4):
        assert shop.post(f"kill-{number}") == 201
        for function in ("Reader", "Worker"):
            for process in shop.host.lambdas.processes()[function]:
                os.kill(process, signal.SIGKILL)
    assert shop.host.idle.wait(60)
    assert {f"kill-{number}" for number in range(4)} <= shop.seen()
