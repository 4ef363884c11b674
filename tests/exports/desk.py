"""Somebody who exports: over the API, with the queue of files worked off behind it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.core import files
from tests.imports.office import Office
from tests.support import flow
from tests.support.world import Answer, Api

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Desk:
    """`api` for everything else."""

    api: Api = field(default_factory=Api)

    def register(self, **fields: Any) -> str:
        """A customer, in all lists; the id."""
        made = self.api.post("/customers", fields)
        assert made.status == 201, made.body
        return str(made.body["id"])

    @staticmethod
    def project() -> None:
        """Bring the lists up to date."""
        flow.project(*flow.all_keys())

    def ask(self, **asked: Any) -> Answer:
        """Ask for an export."""
        return self.api.post("/exports", asked)

    def export(self, **asked: Any) -> dict[str, Any]:
        """An export to its end, as it is shown then."""
        answer = self.ask(**asked)
        assert answer.status == 202, answer.body
        Office.work()
        return self.shown(str(answer.body["id"]))

    def shown(self, export_id: str) -> dict[str, Any]:
        """An export as the API shows it."""
        return dict(self.api.get(f"/exports/{export_id}").body)


def content(shown: Mapping[str, Any]) -> bytes:
    """The file of an export."""
    assert shown["state"] == "done", shown
    return files.get(f"exports/{shown['id']}/file.{shown['format']}")


def table(shown: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of a CSV file, raw."""
    return list(csv.DictReader(io.StringIO(content(shown).decode("utf-8-sig"), newline="")))


def lines(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a file of JSON Lines."""
    return [json.loads(line) for line in content(shown).decode().splitlines()]
