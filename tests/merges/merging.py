"""Two customers, what merges them and parts them, and what is compared afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from crm.merges import raw
from tests.support import flow
from tests.support.rows import all_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.world import Answer, Api

ANY = {"if-match": "*"}


def new(api: Api, name: str, **fields: Any) -> str:
    made = api.post("/customers", {"name": name, **fields})
    assert made.status == 201, made.body
    return str(made.body["id"])


def buy(api: Api, customer: str, amount: str, *, key: str | None = None, **fields: Any) -> Answer:
    body = {"amount": amount, "currency": "USD", "at": "2026-01-05T10:00:00Z", **fields}
    return api.post(f"/customers/{customer}/purchases", body, headers={"idempotency-key": key} if key else {})


def talk(api: Api, customer: str, **fields: Any) -> Answer:
    body = {"kind": "call", "summary": "hello", "at": "2026-01-06T10:00:00Z", **fields}
    return api.post(f"/customers/{customer}/interactions", body)


def request(api: Api, into: str, old: str, **choices: str) -> dict[str, Any]:
    versions = {name: api.get(f"/customers/{one}").body["version"] for name, one in (("into", into), ("from", old))}
    pairs = {"into": into, "from": old, "into_version": versions["into"], "from_version": versions["from"]}
    return {**pairs, "choices": {f"/{name}": side for name, side in choices.items()}}


def ask(api: Api, into: str, old: str, **choices: str) -> str:
    """The merge is asked for; nothing has been carried over."""
    made = api.post("/merges", request(api, into, old, **choices))
    assert made.status == 201, made.body
    return str(made.body["id"])


def carry(old: str) -> None:
    """The stream tells of the mark, and the job does all its pages."""
    assert flow.project((f"CUSTOMER#{old}", "MERGED")) == []
    flow.do_jobs()


def merge(api: Api, into: str, old: str, **choices: str) -> str:
    merge_id = ask(api, into, old, **choices)
    carry(old)
    assert api.get(f"/merges/{merge_id}").body["state"] == "done"
    return merge_id


def undo(api: Api, merge_id: str) -> dict[str, Any]:
    answer = api.post(f"/merges/{merge_id}/undo")
    assert answer.status == 200, answer.body
    carry(answer.body["from"])
    found: dict[str, Any] = api.get(f"/merges/{merge_id}").body
    assert found["state"] == "undone"
    return found


def shown(api: Api, customer: str) -> dict[str, Any]:
    """What there is to see of a customer, but for counters and times of changes."""
    found = api.get(f"/customers/{customer}").body
    return {name: value for name, value in found.items() if name not in ("version", "updated_at")}


def timeline(api: Api, customer: str) -> list[str]:
    entries = api.get(f"/customers/{customer}/timeline", query={"limit": "200"}).body["items"]
    return [entry["id"] for entry in entries]


def partition(customer: str) -> dict[str, dict[str, Any]]:
    """All items of a customer, by sort key."""
    return {item["sk"]["S"]: item for item in all_items() if item["pk"]["S"] == f"CUSTOMER#{customer}"}


@contextmanager
def before_the_move_of(kind: str, act: Callable[[], Any]) -> Iterator[None]:
    """Does something once, when all that decides about an item has been read and before anything is written."""
    met: list[str] = []
    real = raw.commit

    def commit(writes: Any) -> bool:
        wanted = list(writes)
        keys = [one["Key"]["sk"]["S"] for write in wanted for one in write.values() if "Key" in one]
        if not met and any(sk.startswith(kind) for sk in keys):
            met.extend(keys)
            act()
        return real(wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw, "commit", commit)
        yield
    assert met, f"no {kind} was moved"
