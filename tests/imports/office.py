"""Somebody at a desk who imports files: over the API, with the queue of files worked off behind it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.core import files, queue, signing
from crm.core import table as table_of
from crm.core.config import settings
from handlers import files as files_handler
from tests.support import flow
from tests.support.world import Answer, Api, Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_MESSAGES = 1000


@dataclass
class Office:
    """`api` for everything else."""

    api: Api = field(default_factory=Api)

    def upload(self, table: str | bytes, *, kind: str = "customers", **options: Any) -> str:
        """Begin an import, put its file where the form would, and say so; the id."""
        asked = {"kind": kind, "file_name": f"{kind}.csv", "options": options}
        made = self.api.post("/imports", asked)
        assert made.status == 201, made.body
        import_id = str(made.body["id"])
        files.put(made.body["upload"]["fields"]["key"], table.encode() if isinstance(table, str) else table)
        assert self.api.post(f"/imports/{import_id}/uploaded").status == 202
        return import_id

    def check(self, table: str | bytes, *, kind: str = "customers", **options: Any) -> str:
        """Import a file up to the end of its dry run."""
        import_id = self.upload(table, kind=kind, **options)
        self.work()
        shown = self.shown(import_id)
        assert shown["state"] == "checked", (shown["state"], shown["questions"], shown["failure"])
        return import_id

    def bring_in(self, table: str | bytes, *, kind: str = "customers", **options: Any) -> dict[str, Any]:
        """Import a file whole; the import as it is shown then."""
        return self.run(self.check(table, kind=kind, **options))

    def run(self, import_id: str) -> dict[str, Any]:
        """Write what was checked."""
        return self._then(import_id, "run")

    def undo(self, import_id: str) -> dict[str, Any]:
        """Take it back."""
        return self._then(import_id, "undo")

    def shown(self, import_id: str) -> dict[str, Any]:
        """The import as the API shows it."""
        answer = self.api.get(f"/imports/{import_id}")
        assert answer.status == 200, answer.body
        return dict(answer.body)

    def rows(self, import_id: str, outcome: str | None = None) -> list[dict[str, Any]]:
        """What all rows came to."""
        found, cursor = [], None
        while True:
            query = {
                "limit": "200",
                **({"outcome": outcome} if outcome else {}),
                **({"cursor": cursor} if cursor else {}),
            }
            page = self.api.get(f"/imports/{import_id}/rows", query=query).body
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    def customers(self, **query: str) -> list[dict[str, Any]]:
        """Profiles in the store, by name."""
        asked: Any = {"TableName": settings().crm_table}
        found = []
        for page in table_of.client().get_paginator("scan").paginate(**asked):
            found += [table_of.from_item(item) for item in page["Items"] if item["sk"]["S"] == "PROFILE"]
        return sorted(found, key=lambda profile: str(profile["name"]))

    def customer(self, name: str) -> dict[str, Any]:
        """The one customer of this name, over the API."""
        (found,) = [one for one in self.customers() if one["name"] == name]
        return dict(self.api.get(f"/customers/{found['pk'].partition('#')[2]}").body)

    @staticmethod
    def work() -> None:
        """Work off the queue of files, and what the stream puts there."""
        follow()
        for _ in range(_MOST_MESSAGES):
            if not step():
                return
        raise AssertionError("the work does not come to an end")

    def _then(self, import_id: str, verb: str) -> dict[str, Any]:
        answer = self.api.post(f"/imports/{import_id}/{verb}")
        assert answer.status == 202, answer.body
        self.work()
        return self.shown(import_id)


def follow() -> None:
    """Hand on what was asked of files, as the stream does; again it changes nothing."""
    for pk, kind in (("IMPORTS", "GOAHEAD#"), ("EXPORTS", "EXPORT#")):
        found = table_of.client().query(
            TableName=settings().crm_table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":kind": {"S": kind}},
        )
        assert flow.project(*[(pk, item["sk"]["S"]) for item in found["Items"]], change="INSERT") == []


def step() -> bool:
    """Take one message from the queue, and do it; false when there is none."""
    message = receive()
    if message is None:
        return False
    assert deliver(message) == {"batchItemFailures": []}
    return True


def receive() -> dict[str, Any] | None:
    """One message of the queue of files, which is then gone from it."""
    url = settings().files_queue_url
    found = queue.client().receive_message(QueueUrl=url).get("Messages", [])
    for message in found:
        queue.client().delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return dict(found[0]) if found else None


_NUMBERS = iter(range(1, 10**9))


def deliver(message: dict[str, Any]) -> Any:
    """Hand a message to the function, as its trigger does; the same message may be delivered again."""
    if "number" not in message:
        message["number"] = f"message-{next(_NUMBERS)}"
    # The function is another process than the API: it has to read the signing key by itself.
    signing.keys.cache_clear()
    record = {"messageId": message["number"], "body": message["Body"]}
    return files_handler.handler({"Records": [record]}, Context())


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A file of text."""
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def refused(answer: Answer) -> str:
    """Why a request was not taken."""
    return str(answer.body["detail"])
