"""The API as people and as machines call it, with keys that are made, rotated and sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crm.keys import rules
from crm.keys.models import MachineKey
from handlers import api as api_handler
from handlers import key_authorizer
from tests.support.world import Answer, Api, Context, http_event

NEW = {"name": "Till 2", "role": "till", "rate": 5, "valid_days": 30}
NOW = datetime(2026, 11, 22, 9, 0, 40, tzinfo=UTC)
OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}


@dataclass
class Shop:
    """The API as people and as machines call it, at a time that stands still."""

    api: Api
    now: datetime = NOW

    def make(self, key: str = "k", **changes: Any) -> Answer:
        return self.api.post("/keys", NEW | changes, headers={"idempotency-key": key}, **OWNER)

    def made(self, **changes: Any) -> tuple[str, str]:
        """The id of a new key and what the machine sends."""
        answer = self.make(**changes)
        assert answer.status == 201, answer.body
        return answer.body["id"], answer.body["key"]

    def rotate(self, key_id: str, key: str = "r", **rotation: Any) -> Answer:
        return self.api.post(f"/keys/{key_id}/rotate", rotation, headers={"idempotency-key": key}, **OWNER)

    def let_in(self, sent: str) -> dict[str, Any] | None:
        """What the authorizer says of a machine; None: nothing good."""
        event = {"version": "2.0", "type": "REQUEST", "identitySource": [sent], "headers": {"authorization": sent}}
        answer = key_authorizer.handler(event, Context())
        assert set(answer) == ({"isAuthorized", "context"} if answer["isAuthorized"] else {"isAuthorized"})
        found: dict[str, Any] | None = answer.get("context")
        return found

    def machine(self, context: Any, method: str = "GET", path: str = "/business", **request: Any) -> Answer:
        """A request that the gateway has let in with what the authorizer has said, some time ago or now."""
        event = http_event(method, f"/machine{path}", caller=None, **request)
        event["requestContext"]["authorizer"] = {"lambda": context}
        answer = api_handler.handler(event, Context())
        headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        return Answer(answer["statusCode"], headers, json.loads(answer["body"] or "null"))

    def ask(self, sent: str, **request: Any) -> Answer:
        context = self.let_in(sent)
        assert context is not None
        return self.machine(context, **request)


def stored(key_id: str) -> MachineKey:
    found = MachineKey.read(key_id)
    assert found is not None
    return found


WRONG: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "a token": lambda _: "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",
    "another secret": lambda sent: sent[:-1] + ("A" if sent[-1] != "A" else "B"),
    "half a secret": lambda sent: sent[:-5],
    "no secret": lambda sent: sent.rpartition("_")[0] + "_",
    "another key": lambda sent: f"crm_{'a' * 26}_{sent[31:]}",
    "another item of the table": lambda sent: f"crm_../{'a' * 23}_{sent[31:]}",
    "a hash": lambda sent: sent[:31] + rules.hashed(sent[31:]),
    "not ASCII": lambda sent: sent + "é",
    "very long": lambda sent: sent + "x" * 10_000,
}
