"""A shop whose webhook leads to a real receiver on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from crm.core import egress
from crm.core.config import settings
from handlers import webhooks
from tests.support.flow import all_keys, do_jobs, project, queue_event
from tests.support.receiver import NAME, Receiver, Request, receiver
from tests.support.world import Api, Context

ANY = {"if-match": "*"}


@dataclass
class Listening:
    """The staff API, and the receiver to which `url` leads."""

    api: Api
    here: Receiver

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.here.port}/in"

    def hook(self, *events: str, **more: Any) -> dict[str, Any]:
        """A webhook for these events, with its secret."""
        wanted = {"name": "Newsletter", "url": self.url, "events": list(events or ("customer.created",))}
        made = self.api.post("/webhooks", {**wanted, **more})
        assert made.status == 201, made
        return dict(made.body)

    def customer(self, **fields: Any) -> str:
        """A new customer's id."""
        made = self.api.post("/customers", {"name": "Sunita", **fields})
        assert made.status == 201, made
        return str(made.body["id"])

    def version(self, customer: str) -> int:
        """At which version a customer is."""
        return int(self.api.get(f"/customers/{customer}").body["version"])

    def settle(self) -> None:
        """Stream, jobs and deliveries, until nothing is due."""
        for _ in range(3):
            project(*all_keys())
            do_jobs()
            self.deliver()

    def deliver(self) -> None:
        """All messages of the queue, once."""
        sqs, url = boto3.client("sqs"), settings().webhooks_queue_url
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
            event = queue_event(json.loads(found[0]["Body"]))
            assert webhooks.handler(event, Context()) == {"batchItemFailures": []}

    @property
    def told(self) -> list[dict[str, Any]]:
        """What has arrived."""
        return [json.loads(one.body) for one in self.here.requests]

    @property
    def requests(self) -> list[Request]:
        return self.here.requests


@contextmanager
def listening(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """Events of this shop reach a receiver."""
    with receiver() as here:
        monkeypatch.setattr(egress, "OUT", here.way())
        yield Listening(api, here)
