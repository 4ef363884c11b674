"""Reads a queue into a function with Lambda's semantics; what fails becomes visible again and ends as a dead letter."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from infra.local import batch_report, names
from infra.local.engine_client import QUEUES, EngineAwayError, EngineCallError, EngineClient
from infra.local.event_pattern import passes
from infra.local.lambda_host import MOST_PROCESSES, LambdaHost
from infra.local.triggers import EventSource
from infra.local.watch import Pending, Watch

MOST_MESSAGES = 10
LOOK_AGAIN_SECONDS = 1.0
Message = Mapping[str, Any]


class QueuePoller:
    """Serves one event source mapping of a queue with a few threads (`ScalingConfig.MaximumConcurrency`).

    While `hurried` says that somebody waits for the end of all work, failed messages are visible again at once
    instead of after the queue's visibility time-out.
    """

    def __init__(
        self,
        source: EventSource,
        *,
        engine_url: str,
        client: EngineClient,
        visibility_seconds: float,
        lambdas: LambdaHost,
        watch: Watch,
        hurried: Callable[[], bool],
        log: Callable[[str], None],
    ) -> None:
        self.source = source
        self._client = client
        self._url = names.queue_url(engine_url, source.source)
        self._arn = names.ARNS["AWS::SQS::Queue"].format(source.source)
        self._lambdas = lambdas
        self._watch = watch
        self._hurried = hurried
        self._log = log
        self._visibility = visibility_seconds
        self._size = int(source.properties.get("BatchSize", 10))
        self._window = float(source.properties.get("MaximumBatchingWindowInSeconds", 0))
        self._filters = source.properties.get("FilterCriteria", {}).get("Filters", [])
        self._reports = "ReportBatchItemFailures" in source.properties.get("FunctionResponseTypes", ())
        self._lock = threading.Lock()
        self._in_hand = 0
        self._failed: dict[str, float] = {}
        self._stopped = threading.Event()
        concurrency = int(source.properties.get("ScalingConfig", {}).get("MaximumConcurrency", MOST_PROCESSES))
        self._threads = [
            threading.Thread(target=self._run, name=f"{source.logical_id}-{number}", daemon=True)
            for number in range(min(concurrency, MOST_PROCESSES))
        ]

    def start(self) -> None:
        """Begin to receive."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the batches that are being called."""
        self._stopped.set()
        self._watch.wake()

    def join(self, timeout_seconds: float) -> None:
        """Wait until it has stopped."""
        for thread in self._threads:
            thread.join(timeout_seconds)

    def drained(self, pending: Pending) -> bool:
        """Tell whether the queue holds nothing, neither waiting nor in flight nor due within the minute."""
        return not pending.queues.get(self.source.source)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._step()
            except (EngineAwayError, EngineCallError) as error:
                self._log(f"{self.source.logical_id}: {error}")
                self._stopped.wait(1)
            except Exception:  # noqa: BLE001  a poller that ends leaves its source unread until the next start
                self._log(f"{self.source.logical_id} failed in the local host:\n{traceback.format_exc()}")
                self._stopped.wait(1)

    def _step(self) -> None:
        known = self._watch.latest
        if self._hurried():
            self._release_failed()
        messages = self._collect() if self._worth_asking(known) else []
        if not messages:
            self._watch.wait(known, LOOK_AGAIN_SECONDS)
            return
        try:
            self._process(messages)
        except Exception:
            self._keep_failed(messages)
            raise
        finally:
            with self._lock:
                self._in_hand -= len(messages)

    def _worth_asking(self, pending: Pending) -> bool:
        now = time.monotonic()
        with self._lock:
            self._failed = {receipt: until for receipt, until in self._failed.items() if until > now}
            return pending.queues.get(self.source.source, 0) > self._in_hand + len(self._failed)

    def _collect(self) -> list[Message]:
        close = time.monotonic() + self._window
        messages: list[Message] = []
        while len(messages) < self._size and not self._stopped.is_set():
            received = self._receive(min(MOST_MESSAGES, self._size - len(messages)))
            messages += received
            if not messages or (not received and (self._hurried() or time.monotonic() >= close)):
                break
            if not self._window and len(received) < MOST_MESSAGES:
                break
            if not received:
                self._stopped.wait(0.05)
        return messages

    def _receive(self, most: int) -> list[Message]:
        answer = self._client.call(
            QUEUES,
            "ReceiveMessage",
            QueueUrl=self._url,
            MaxNumberOfMessages=most,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Message] = answer.get("Messages", [])
        with self._lock:
            self._in_hand += len(messages)
        return messages

    def _process(self, messages: list[Message]) -> None:
        records = [_record(message, self._arn) for message in messages]
        wanted = [record for record in records if passes(self._filters, _filtered_form(record))]
        failures: set[str] = set()
        if wanted:
            result = self._lambdas.invoke(self.source.function, {"Records": wanted})
            names_ = [record["messageId"] for record in wanted]
            failures = batch_report.failed(result, names_, reports=self._reports)
        self._delete([message for message in messages if message["MessageId"] not in failures])
        self._keep_failed([message for message in messages if message["MessageId"] in failures])

    def _delete(self, messages: list[Message]) -> None:
        for start in range(0, len(messages), MOST_MESSAGES):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + MOST_MESSAGES])
            ]
            self._client.call(QUEUES, "DeleteMessageBatch", QueueUrl=self._url, Entries=entries)

    def _keep_failed(self, messages: list[Message]) -> None:
        until = time.monotonic() + self._visibility
        with self._lock:
            self._failed |= {message["ReceiptHandle"]: until for message in messages}
        if messages:
            self._log(f"{self.source.logical_id}: {len(messages)} messages failed and stay in {self.source.source}")

    def _release_failed(self) -> None:
        with self._lock:
            failed, self._failed = self._failed, {}
        for receipt in failed:
            # One that is gone meanwhile must not keep the others hidden.
            with contextlib.suppress(EngineCallError):
                self._client.call(
                    QUEUES, "ChangeMessageVisibility", QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=0
                )


def _record(message: Message, arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {key[0].lower() + key[1:]: value for key, value in attribute.items()}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": names.REGION,
    }


def _filtered_form(record: dict[str, Any]) -> dict[str, Any]:
    """Filters look into a body that is JSON."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except ValueError:
        return record
