"""The awkward files through the whole import, over HTTP: what is expected is what people see, and what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crm.core import clock, config
from crm.customers.schemas import NewCustomer
from crm.imports import kinds
from tests.customers.files.report import TODAY, content
from tests.imports.office import Office
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post

HERE = Path(__file__).parent
NAMES = sorted(path.name.removesuffix(".expected.json") for path in HERE.glob("*.expected.json"))
Document = dict[str, Any]
BY_THE_STORE = {
    ("money_as_it_is_written", 4): "returns are not purchases",
    ("money_as_it_is_written", 5): "returns are not purchases",
    ("sheet_of_everything", 6): "its phone number is known as that of Ali",
}
"""Rows that can be read, and that the store does not take."""


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The shop and the day that the reports are of."""
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        monkeypatch.setattr(clock, "now", lambda: datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC))
        speak(monkeypatch, "ur", "Asia/Karachi")
        yield Office()


def speak(monkeypatch: pytest.MonkeyPatch, language: str, timezone: str) -> None:
    monkeypatch.setenv("BUSINESS_LANGUAGE", language)
    monkeypatch.setenv("BUSINESS_TIMEZONE", timezone)
    config.settings.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_an_import_comes_to_what_is_expected(name: str, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = json.loads((HERE / f"{name}.expected.json").read_text("utf-8"))
    asked, report = expected["asked"], expected["report"]
    if "business" in asked:
        speak(monkeypatch, asked["business"]["language"], asked["business"]["timezone"])
    shown = looked_at(office, name, asked, report.get("asked", {}))
    assert found(shown) == wanted(report)
    assert [one["pointer"] for one in shown["questions"]] == report.get("still_asked", [])
    if "refused" in report:
        failure = shown["failure"]
        assert [f"{failure['code']}: {failure['reason']}; {failure['remedy']}"] == report["refused"][:1]
    elif "still_asked" in report:
        assert shown["state"] == "needs_mapping"
    else:
        written(office, shown["id"], name, asked["kind"], report["rows"])


def looked_at(office: Office, name: str, asked: Document, questions: Document) -> Document:
    """The import when the file was looked at, and what is known of it was answered."""
    import_id = office.upload(content(name), kind=asked["kind"])
    office.work()
    shown = office.shown(import_id)
    assert {one["pointer"]: one["guess"] for one in shown["questions"]} == questions
    if "decided" in asked:
        answer = office.api.patch(f"/imports/{import_id}/mapping", {"answers": asked["decided"]})
        assert answer.status == 202, answer.body
        office.work()
        shown = office.shown(import_id)
    return shown


def found(shown: Document) -> Document:
    """What the API shows of the file, as a report has it."""
    columns = [
        [one["header"][:40], *([guess["value"], guess["certainty"]] for guess in guesses(one))]
        for one in shown["columns"][:20]
    ]
    told = {name: [shown[name]["value"], shown[name]["certainty"]] for name in ("encoding", "delimiter") if shown[name]}
    return {"format": shown["format"], **told, "columns": columns, "notes": shown["notes"]}


def guesses(column: Document) -> list[Document]:
    return [column[name] for name in ("field", "dates", "numbers") if column[name]]


def wanted(report: Document) -> Document:
    guessed = {name: value for name, value in report.get("guessed", {}).items() if name != "header_line"}
    return {"format": None, "columns": [], **guessed, "notes": report.get("notes", [])}


def written(office: Office, import_id: str, name: str, kind: str, rows: list[Document]) -> None:
    """Each row is refused for what was expected, or is stored as it was expected."""
    done = office.run(import_id)
    assert done["state"] == "done", done["failure"]
    came = {row["line"]: row for row in office.rows(import_id)}
    assert list(came) == [row["line"] for row in rows]
    for row in rows:
        outcome, unlike = came[row["line"]], BY_THE_STORE.get((name, row["line"]))
        if "refused" in row or unlike:
            assert outcome["outcome"] == "refused", outcome
            assert [why for why in reasons(row, unlike) if why not in outcome["reason"]] == []
        else:
            assert outcome["outcome"] == "created", outcome
            assert stored(office, kind, outcome["customer"]) == meant(kind, row["values"]), outcome["line"]


def reasons(row: Document, unlike: str | None) -> list[str]:
    """Why a row is refused, without the column before it and the remedy behind it."""
    return [unlike] if unlike else [why.partition(": ")[2].partition("; ")[0] for why in row["refused"]]


def meant(kind: str, values: Document) -> Document:
    """The values as the schema of their kind understands them."""
    known = kinds.named(kind)
    assert known
    said = known.schema.model_validate(values).model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if "age_noted" in said:
        said["age_noted"] = {"years": said["age_noted"], "noted_on": TODAY.isoformat()}
    if kind == "customers":
        return {"kind": "person", **said}
    at = clock.instant(datetime.fromisoformat(said["at"]) if "at" in said else clock.now())
    return {**({"lines": [], "currency": "USD"} if kind == "purchases" else {}), **said, "at": at}


def stored(office: Office, kind: str, customer_id: str) -> Document:
    """The customer, or the one event of theirs, with what was said and nothing else."""
    if kind == "customers":
        shown = office.api.get(f"/customers/{customer_id}").body
        consent = {purpose: is_given for purpose, is_given in shown["consent"].items() if is_given is not None}
        fields = {name: shown[name] for name in NewCustomer.model_fields} | {"consent": consent}
        return {name: value for name, value in fields.items() if value}
    (event,) = office.api.get(f"/customers/{customer_id}/timeline").body["items"]
    return {"at": event["at"], **({"kind": event["kind"]} if kind == "interactions" else {}), **event["details"]}
