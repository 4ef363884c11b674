"""What the terminal says while something goes on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from infra.cli.screen import Screen


def test_what_an_import_waits_for_is_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    waits = [None, "the last try failed", "the last try failed", None]
    progress = [{"percent": 1.0, "rows_done": 1, "waits_for": why} for why in waits]
    documents: list[dict[str, Any]] = [{"state": "running", "progress": one} for one in progress]
    shown = iter([*documents, {"state": "done", "progress": None}])
    assert Screen(is_json=True).watched(lambda: next(shown), until=("done",), what="writing")["state"] == "done"
    assert capsys.readouterr().err.count("it waits: the last try failed") == 1
