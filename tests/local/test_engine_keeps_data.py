"""What the engine has answered is there after a kill -9, after a stop, and after both."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import journal, resources
from infra.local.engine import Engine, EngineFailedError

WRITE = journal.Write(at=1.5, method="POST", path="/", query="", headers=[["host", "x"]], body=b"a\nb", drawn=["1"])
KEYS = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
}


ENOUGH = 120.0
"""Seconds in which every machine has started an engine."""


class World:
    """An engine with one table, one queue and one bucket, and a picture of all that is in them."""

    def __init__(self, directory: Path, *, save_after: int = 50_000) -> None:
        self.log: list[str] = []
        self.engine = Engine(directory=directory, log=self.log.append, save_after=save_after)
        self.engine.start()
        self.tables, self.streams, self.queues, self.objects = (
            resources.client(service, self.engine.url) for service in ("dynamodb", "dynamodbstreams", "sqs", "s3")
        )

    def fill(self) -> None:
        resources.create_table(self.tables, "Notes", KEYS)
        self.queue = self.queues.create_queue(QueueName="Work")["QueueUrl"]
        self.objects.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.objects.put_object(Bucket="kept", Key="a", Body=b"\x00\xff")
        for number in range(30):
            self.put(number)
            self.queues.send_message(QueueUrl=self.queue, MessageBody=str(number))
        # In hand for longer than any machine takes for these tests.
        asked: Any = {"QueueUrl": self.queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 43_200}
        received = self.queues.receive_message(**asked)["Messages"]
        self.receipts = [message["ReceiptHandle"] for message in received]
        self.queues.delete_message(QueueUrl=self.queue, ReceiptHandle=self.receipts[0])
        update = {":n": {"N": "1"}}
        for _ in range(3):
            self.tables.update_item(
                TableName="Notes",
                Key={"pk": {"S": "1"}},
                UpdateExpression="ADD seen :n",
                ExpressionAttributeValues=update,
            )

    def put(self, number: int) -> None:
        self.tables.put_item(TableName="Notes", Item={"pk": {"S": str(number)}})

    def picture(self) -> dict[str, Any]:
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        items = self.tables.scan(TableName="Notes")["Items"]
        return {
            "items": sorted(items, key=lambda item: str(item["pk"]["S"])),
            "stream": self.records(),
            "queue": self.queues.get_queue_attributes(QueueUrl=self.queue, AttributeNames=counts)["Attributes"],
            "object": self.objects.get_object(Bucket="kept", Key="a")["Body"].read(),
        }

    def records(self) -> list[tuple[str, str]]:
        arn = self.tables.describe_table(TableName="Notes")["Table"]["LatestStreamArn"]
        shard = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        start = self.streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        found = self.streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
        return [(record["eventID"], record["dynamodb"]["SequenceNumber"]) for record in found]

    def kill(self) -> None:
        before = self.engine.pid
        os.kill(before, signal.SIGKILL)
        limit = time.monotonic() + ENOUGH
        while self.engine.pid == before or not self.engine.answers():
            assert time.monotonic() < limit
            time.sleep(0.01)

    def restart(self) -> None:
        self.engine.stop()
        self.engine = Engine(directory=self.engine.directory, port=self.engine.port, log=self.log.append)
        self.engine.start()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    built = World(tmp_path_factory.mktemp("world"))
    built.fill()
    yield built
    built.engine.stop()


def test_a_killed_engine_comes_back_with_all_it_had_answered(world: World) -> None:
    before = world.picture()
    assert len(before["stream"]) >= 33
    world.kill()
    assert world.picture() == before
    assert any("ended" in line for line in world.log)


def test_receipts_of_messages_in_hand_stay_valid_through_a_kill(world: World) -> None:
    world.kill()
    for receipt in world.receipts[1:]:
        world.queues.delete_message(QueueUrl=world.queue, ReceiptHandle=receipt)
    assert world.picture()["queue"]["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_clean_stop_keeps_the_streams_too_and_a_kill_after_it_loses_nothing(world: World) -> None:
    before = world.picture()
    world.restart()
    assert world.picture() == before
    world.put(100)
    after = world.picture()
    assert len(after["stream"]) == len(before["stream"]) + 1
    world.kill()
    assert world.picture() == after


def test_saving_aside_while_calls_go_on_loses_nothing_whenever_the_kill_comes(tmp_path: Path) -> None:
    world = World(tmp_path, save_after=10)
    world.fill()
    try:
        for round_ in range(3):
            for number in range(3 + round_):
                world.put(1000 * round_ + number)
            before = world.picture()
            world.kill()
            assert world.picture() == before
        assert int((tmp_path / "engine" / "CURRENT").read_text()) >= 1
    finally:
        world.engine.stop()


def test_a_journal_torn_by_a_kill_is_cut_at_the_last_whole_record(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = WRITE.encode()
    for torn in range(len(whole)):
        path.write_bytes(whole + whole + whole[:torn])
        assert list(journal.read(path)) == [WRITE, WRITE]
        assert path.stat().st_size == 2 * len(whole)


def test_a_spoilt_record_is_not_cut_unasked_nor_what_stands_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = WRITE.encode()
    spoilt = whole[:-1] + b"X"
    for content in (whole + spoilt + whole, whole + spoilt, whole + b"rubbish that is no frame"):
        path.write_bytes(content)
        with pytest.raises(journal.JournalDamagedError, match=f"at byte {len(whole)}"):
            list(journal.read(path))
        assert path.read_bytes() == content


def test_zeros_at_the_end_of_a_journal_are_cut_as_a_torn_record_is(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(WRITE.encode() + bytes(8))
    assert list(journal.read(path)) == [WRITE]


@pytest.mark.parametrize("spoilt", ["*.journal", "*/dynamodb.json"])
def test_a_spoilt_state_stops_the_start_in_one_line_and_stays_as_it_is(
    world: World, tmp_path: Path, spoilt: str
) -> None:
    """What could not be read must not be saved away as nothing."""
    if not (world.engine.directory / "engine" / "CURRENT").exists():
        world.restart()
    world.put(200)
    world.put(201)
    state = tmp_path / "engine"
    shutil.copytree(world.engine.directory / "engine", state)
    path = max(state.glob(spoilt))
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF
    path.write_bytes(content)
    files = {file: file.read_bytes() for file in state.rglob("*") if file.is_file()}
    with pytest.raises(EngineFailedError, match=f"did not start: {path} .*make reset"):
        Engine(directory=tmp_path, log=world.log.append).start()
    assert {file: file.read_bytes() for file in state.rglob("*") if file.is_file()} == files
