"""What goes with the command: its page, what it needs, and what it says by itself."""

from __future__ import annotations

import re
import sys
import tomllib
from argparse import Namespace

import pytest

from infra.cli import undoing
from infra.cli.__main__ import main
from infra.cli.screen import Document, Screen
from infra.cli.stops import StoppedError, UndecidedError, UnreachableError
from infra.local.host import ROOT
from tests.cli.calling import crm


@pytest.mark.parametrize("head", ["nonsense", "12", "12:ab", f"x:{'a' * 64}", f"1:{'A' * 64}"])
def test_what_is_no_head_is_told_what_one_looks_like(head: str) -> None:
    done = crm(None, "audit", "verify", "--head", head)
    assert done.returncode == 2
    assert "number of an entry, a colon and its hash of 64 characters" in done.stderr


def test_what_people_have_changed_since_is_told_when_the_rest_is_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    class Answering:
        """A CRM that takes an import back, all but three rows."""

        @staticmethod
        def post(path: str) -> Document:
            assert path == "/imports/an-id/undo"
            return {"id": "an-id", "state": "undoing"}

        @staticmethod
        def get(path: str, **query: str) -> Document:
            if path.endswith("/rows"):
                assert query["outcome"] == "kept"
                row = {"line": 7, "customer": "c7", "reason": "changed since by manager: name"}
                return {"items": [row], "next": "more"}
            return {"id": "an-id", "state": "undone", "undone": {"undone": 1200, "kept": 3}}

    undoing.undo(Answering(), Screen(is_json=False), Namespace(id="an-id"))  # type: ignore[arg-type]
    said = capsys.readouterr().err
    assert "rows taken back: 1,200; left as people have changed them since: 3" in said
    assert "Rows that stay, the first of them" in said
    assert "changed since by manager: name" in said


def test_what_the_command_needs_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = (ROOT / "requirements" / "tools.txt").read_text("utf-8")
    assert all(f"\n{name}==" in locked for name in project["project"]["dependencies"])


def test_the_page_about_the_command_names_every_option_and_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    for words in (
        ("import",),
        ("import", "undo"),
        ("export",),
        ("owner",),
        ("customers", "search"),
        ("customers", "show"),
        ("audit", "verify"),
    ):
        assert f"`crm {' '.join(words)} " in page
        monkeypatch.setattr(sys, "argv", ["crm", *words, "--help"])
        with pytest.raises(SystemExit):
            main()
    found = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", capsys.readouterr().out))
    assert {option for option in found - {"-h", "--help"} if option not in page} == set()
    codes = {StoppedError.code, UnreachableError.code, UndecidedError.code}
    assert codes <= {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", page)}
