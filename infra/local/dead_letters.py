"""Moves dead letters back to the queue they came from, which the engine's SQS cannot do (`StartMessageMoveTask`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local import names
from infra.local.engine_client import QUEUES, EngineClient

MOST_MESSAGES = 10


def redrive(queues: Mapping[str, Mapping[str, Any]], client: EngineClient, engine_url: str) -> dict[str, int]:
    """Put all dead letters back; return how many went to each queue that has dead letters.

    `queues` are the template's. A letter is put back before it is removed, so a kill in between doubles it: consumers
    live with that. Raises EngineCallError, EngineAwayError.
    """
    moved = {}
    for queue, properties in queues.items():
        if policy := properties.get("RedrivePolicy"):
            letters = names.last_part(policy["deadLetterTargetArn"])
            urls = [names.queue_url(engine_url, name) for name in (letters, queue)]
            moved[queue] = _move(client, *urls)
    return moved


def _move(client: EngineClient, letters: str, queue: str) -> int:
    moved = 0
    while messages := _receive(client, letters):
        for message in messages:
            attributes = message.get("MessageAttributes", {})
            client.call(
                QUEUES, "SendMessage", QueueUrl=queue, MessageBody=message["Body"], MessageAttributes=attributes
            )
            client.call(QUEUES, "DeleteMessage", QueueUrl=letters, ReceiptHandle=message["ReceiptHandle"])
        moved += len(messages)
    return moved


def _receive(client: EngineClient, letters: str) -> list[dict[str, Any]]:
    answer = client.call(
        QUEUES,
        "ReceiveMessage",
        QueueUrl=letters,
        MaxNumberOfMessages=MOST_MESSAGES,
        MessageAttributeNames=["All"],
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages
