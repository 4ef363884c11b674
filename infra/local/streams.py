"""Reads a table's stream into a function with Lambda's semantics, where the engine's own mapping would not.

What is done is written to a file after each batch, so a restart goes on there; a place that the engine no longer
knows means from the oldest record on (delivery is at least once).
"""

from __future__ import annotations

import json
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local import names, stream_batch
from infra.local.engine_client import QUEUES, STREAMS, TABLES, EngineAwayError, EngineCallError, EngineClient
from infra.local.event_pattern import passes
from infra.local.lambda_host import LambdaHost
from infra.local.resources import client as resource_client
from infra.local.stream_batch import Record
from infra.local.triggers import EventSource
from infra.local.watch import Pending, Watch

LONGEST_PAUSE_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.1
LOOK_AGAIN_SECONDS = 20.0


class StreamPoller:
    """Serves one event source mapping of a table, one batch at a time. `hurried` tells when nobody wants to wait
    for a batch to fill."""

    def __init__(
        self,
        source: EventSource,
        *,
        engine_url: str,
        client: EngineClient,
        lambdas: LambdaHost,
        watch: Watch,
        directory: Path,
        hurried: Callable[[], bool],
        log: Callable[[str], None],
    ) -> None:
        self.source = source
        self._engine_url = engine_url
        self._client = client
        self._lambdas = lambdas
        self._watch = watch
        self._hurried = hurried
        self._log = log
        self._policy = stream_batch.Policy.of(source.properties)
        self._filters = source.properties.get("FilterCriteria", {}).get("Filters", [])
        self._size = int(source.properties.get("BatchSize", 100))
        self._window = float(source.properties.get("MaximumBatchingWindowInSeconds", 0))
        self._checkpoint = directory / f"{source.logical_id}.json"
        self._done: str | None = self._read_checkpoint()
        self._arn = ""
        self._shard = ""
        self._iterator: str | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=source.logical_id, daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the batch that is being called, or at once while it waits."""
        self._stopped.set()
        self._watch.wake()

    def join(self, timeout_seconds: float) -> None:
        """Wait until it has stopped."""
        self._thread.join(timeout_seconds)

    def drained(self, pending: Pending) -> bool:
        """Tell whether every record up to the stream's end was taken."""
        end = pending.streams.get(self.source.source)
        return end is None or end == self._done

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._step()
            except (EngineAwayError, EngineCallError) as error:
                self._log(f"{self.source.logical_id}: {error}")
                self._iterator = None
                self._stopped.wait(1)
            except Exception:  # noqa: BLE001  a poller that ends leaves its source unread until the next start
                self._log(f"{self.source.logical_id} failed in the local host:\n{traceback.format_exc()}")
                self._iterator = None
                self._stopped.wait(1)

    def _step(self) -> None:
        known = self._watch.latest
        records, last = self._collect()
        if records and not self._process(records):
            return
        if last:
            self._write_checkpoint(last)
        elif not self._stopped.is_set():
            self._watch.wait(known, LOOK_AGAIN_SECONDS)

    def _collect(self) -> tuple[list[Record], str | None]:
        """Return the records for the next call and the last sequence number read, filtered ones included."""
        wanted: list[Record] = []
        last = None
        close = 0.0
        while len(wanted) < self._size and not self._stopped.is_set():
            known = self._watch.latest
            page = self._page(self._size - len(wanted))
            if page and not last:
                close = time.monotonic() + self._window
            last = stream_batch.sequence(page[-1]) if page else last
            wanted += [record for record in page if passes(self._filters, record)]
            if last is None or (not page and (not wanted or self._hurried() or time.monotonic() >= close)):
                break
            if not page:
                self._watch.wait(known, min(0.05, self._window))
        return wanted, last

    def _page(self, limit: int) -> list[Record]:
        iterator = self._iterator or self._open()
        answer = self._client.call(STREAMS, "GetRecords", ShardIterator=iterator, Limit=limit)
        self._iterator = answer.get("NextShardIterator")
        return [{**record, "eventSourceARN": self._arn} for record in answer["Records"]]

    def _open(self) -> str:
        table = self._client.call(TABLES, "DescribeTable", TableName=self.source.source)["Table"]
        self._arn = table["LatestStreamArn"]
        stream = self._client.call(STREAMS, "DescribeStream", StreamArn=self._arn)["StreamDescription"]
        self._shard = stream["Shards"][0]["ShardId"]
        if self._done:
            try:
                return self._iterator_at("AFTER_SEQUENCE_NUMBER", SequenceNumber=self._done)
            except EngineCallError as error:
                self._log(f"{self.source.logical_id}: {error}; reading the stream from its oldest record")
        elif self.source.properties.get("StartingPosition") == "LATEST":
            return self._iterator_at("LATEST")
        return self._iterator_at("TRIM_HORIZON")

    def _iterator_at(self, kind: str, **where: str) -> str:
        asked = {"StreamArn": self._arn, "ShardId": self._shard, "ShardIteratorType": kind, **where}
        return str(self._client.call(STREAMS, "GetShardIterator", **asked)["ShardIterator"])

    def _process(self, records: Sequence[Record]) -> bool:
        return stream_batch.run(
            records,
            self._policy,
            call=lambda batch: self._lambdas.invoke(self.source.function, {"Records": list(batch)}),
            discard=self._discard,
            pause=self._pause,
            now=time.time,
        )

    def _pause(self, calls: int) -> bool:
        return not self._stopped.wait(min(FIRST_PAUSE_SECONDS * 2 ** (calls - 1), LONGEST_PAUSE_SECONDS))

    def _discard(self, given_up: stream_batch.Discarded) -> None:
        destination = self.source.properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        count = len(given_up.batch.records)
        self._log(f"{self.source.logical_id}: {count} records given up ({given_up.condition})")
        if destination is None:
            return
        function_arn = names.ARNS["AWS::Lambda::Function"].format(self.source.function)
        report = stream_batch.on_failure_record(
            given_up, function_arn=function_arn, stream_arn=self._arn, shard=self._shard
        )
        if ":sqs:" in destination:
            url = names.queue_url(self._engine_url, names.last_part(destination))
            self._client.call(QUEUES, "SendMessage", QueueUrl=url, MessageBody=json.dumps(report))
        else:
            self._keep_whole(names.last_part(destination), report, given_up.batch.records)

    def _keep_whole(self, bucket: str, report: dict[str, Any], records: Sequence[Record]) -> None:
        at = datetime.now(UTC)
        key = f"aws/lambda/{self.source.logical_id}/{self._shard}/{at:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        body = json.dumps({**report, "payload": json.dumps({"Records": list(records)})})
        resource_client("s3", self._engine_url).put_object(Bucket=bucket, Key=key, Body=body.encode())

    def _read_checkpoint(self) -> str | None:
        if not self._checkpoint.exists():
            return None
        try:
            return str(json.loads(self._checkpoint.read_text())["done"])
        except (ValueError, KeyError, TypeError):
            # No place that the engine knows, so everything is read once more: that is harmless, a gap is not.
            return "spoilt"

    def _write_checkpoint(self, done: str) -> None:
        self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
        new = self._checkpoint.with_suffix(".new")
        new.write_text(json.dumps({"done": done}))
        new.replace(self._checkpoint)
        self._done = done
