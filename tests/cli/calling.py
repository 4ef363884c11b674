"""The command `crm` as scripts and people call it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from infra.cli.__main__ import main
from infra.local.engine import free_port
from infra.local.host import ROOT
from tests.cli.terminal import Terminal
from tests.local.test_host_process import Process

Done = subprocess.CompletedProcess[str]


def crm(host: Process | None, *words: str | Path, **environment: str) -> Done:
    """The command where nobody can answer, its exit code and what it says.

    In this process: that it runs as one of its own show the tests at a terminal, and of the built wheel.
    """
    known = {"CRM_URL": f"http://127.0.0.1:{host.port if host else free_port()}", **environment}
    said, told = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, Path(os.devnull).open(encoding="utf-8") as nobody:
        patch.setattr(sys, "argv", ["crm", *map(str, words)])
        patch.setattr(sys, "stdin", nobody)
        patch.delenv("CRM_TOKEN", raising=False)
        for name, value in known.items():
            patch.setenv(name, value)
        patch.chdir(ROOT)
        with redirect_stdout(said), redirect_stderr(told):
            try:
                code = main()
            except SystemExit as end:
                code = int(end.code or 0)
    return Done(words, code, said.getvalue(), told.getvalue())


def write(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def find(host: Process, words: str) -> list[dict[str, str]]:
    """Whom a search finds, as soon as the lists have them."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        done = crm(host, "customers", "search", words, "--json")
        found: list[dict[str, str]] = json.loads(done.stdout)["items"] if done.returncode == 0 else []
        if found:
            return found
        time.sleep(0.3)
    return []


def at_terminal(host: Process, *words: str | Path) -> Terminal:
    known = {"CRM_URL": f"http://127.0.0.1:{host.port}", "PATH": "/usr/bin:/bin"}
    return Terminal([sys.executable, "-m", "infra.cli", *map(str, words)], cwd=ROOT, env=known)
