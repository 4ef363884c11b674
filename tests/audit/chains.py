"""A small shop in which things are done, and the chain of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm.audit.told import is_record
from crm.core import table
from crm.core.config import settings
from handlers import auditor
from tests.support.flow import stream_event
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from crm.core.items import Key

ANY = {"if-match": "*"}
TWICE = {"allow_duplicate": "true"}
SUNITA = {"name": "Sunita Rai", "email": "sunita@example.com", "income_band": "high", "phone": "+9779841234567"}


def done() -> str:
    """A customer is registered, changed, buys; a group is made and changed. The customer's id."""
    api = Api()
    customer = str(made(api.post("/customers", SUNITA, query=TWICE))["id"])
    made(api.patch(f"/customers/{customer}", {"email": "rai@example.com"}, headers=ANY, query=TWICE))
    made(api.post(f"/customers/{customer}/purchases", {"amount": "12.50", "place": "Patan"}))
    group = made(api.post("/segments", {"name": "Patan", "rule": {"field": "language", "op": "eq", "value": "ne"}}))
    made(api.patch(f"/segments/{group['id']}", {"name": "Lalitpur"}, headers=ANY))
    return customer


def made(answer: Any) -> dict[str, Any]:
    """What a request has made. Raises AssertionError where it was refused."""
    assert answer.status < 300, answer.body
    return dict(answer.body)


def records() -> list[Key]:
    """The keys of all that carries who did it, in the order in which the table has them."""
    return [(item["pk"], item["sk"]) for item in stored() if is_record(item["sk"]) and "audit" in item]


def link(keys: list[Key] | None = None) -> Any:
    """Hand records to the auditor, as the stream does; what it answers."""
    return auditor.handler(stream_event(records() if keys is None else keys), Context())


def entries() -> list[dict[str, Any]]:
    """The chain's entries in order, each with what its text says under `says`."""
    found = [item for item in stored() if item["pk"].startswith("AUDIT#CHAIN#")]
    return [item | {"says": json.loads(item["text"])} for item in sorted(found, key=lambda one: str(one["sk"]))]


def stored() -> list[dict[str, Any]]:
    """All items of the truth."""
    found = table.client().scan(TableName=settings().crm_table, ConsistentRead=True)["Items"]
    return sorted((table.from_item(item) for item in found), key=lambda item: (item["pk"], item["sk"]))
