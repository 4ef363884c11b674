"""The command `crm`, against a running local CRM."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.local.host import ROOT
from tests.cli.calling import at_terminal, crm, find, read, write
from tests.local.test_host_process import Process

PEOPLE = [
    ("name", "email", "phone", "birthday"),
    ("Anna Khan", "anna@example.com", "+923001234567", "1990-05-17"),
    ("Bilal", "", "+923007654321", ""),
    ("Broken", "no address", "", ""),
]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("crm"))
    process.start()
    yield process
    process.end(signal.SIGTERM)


def test_a_file_is_checked_written_found_shown_and_exported(host: Process, tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", PEOPLE)
    checked = crm(host, "import", path)
    assert checked.returncode == 0, checked.stderr
    assert "nothing was written" in checked.stderr
    done = crm(host, "import", path, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert (counts["created"], counts["refused"]) == (2, 1)
    refused = read(tmp_path / "people.refused.csv")
    assert "Broken" in refused[1]
    [anna] = find(host, "anna kh")
    shown = crm(host, "customers", "show", anna["id"])
    assert (shown.returncode, "anna@example.com" in shown.stdout) == (0, True)
    assert json.loads(crm(host, "customers", "show", anna["id"], "--json").stdout)["birthday"] == "1990-05-17"
    assert find(host, "bilal")
    out = tmp_path / "out.csv"
    exported = crm(host, "export", "-o", out)
    assert (exported.returncode, "2 rows" in exported.stderr) == (0, True), exported.stderr
    header, *rows = read(out)
    assert [row[header.index("name")] for row in rows] == ["Anna Khan", "Bilal"]
    assert [row[header.index("phone")] for row in rows] == ["'+923001234567", "'+923007654321"]
    everything = crm(host, "export", "--everything", "-o", tmp_path / "all.jsonl", "--json")
    assert json.loads(everything.stdout)["state"] == "done", everything.stderr
    lines = (tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["kind"] for line in lines} >= {"customer", "change"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "all.jsonl",
        "out.csv",
        "people.csv",
        "people.refused.csv",
    ]


def test_questions_are_listed_where_nobody_can_answer_and_answered_by_options(host: Process, tmp_path: Path) -> None:
    rows = [("name", "birthday"), ("Chaya", "03/04/1990"), ("Dipa", "05/06/1991")]
    path = write(tmp_path / "dates.csv", rows)
    asked = crm(host, "import", path, "--yes")
    assert asked.returncode == 4
    [pointer] = [line.split("'")[1].removesuffix("=…") for line in asked.stderr.splitlines() if "--answer '" in line]
    done = crm(host, "import", path, "--yes", "--answer", f"{pointer}=dmy")
    assert done.returncode == 0, done.stderr
    [chaya] = find(host, "chaya")
    assert json.loads(crm(host, "customers", "show", chaya["id"], "--json").stdout)["birthday"] == "1990-04-03"


def test_the_first_owner_is_made_without_a_token_and_may_be_made_again(host: Process) -> None:
    for _ in range(2):
        done = crm(host, "owner", "nadia", "--email", "nadia@shop.example", "--json")
        assert (done.returncode, json.loads(done.stdout)["role"]) == (0, "owner"), done.stderr
    # As soon as the invitation has gone out, she is known at the local sign-in, and may do what owners may.
    limit = time.monotonic() + 20
    while crm(host, "customers", "search", "x", "--staff", "nadia").returncode and time.monotonic() < limit:
        time.sleep(0.3)
    url = f"http://127.0.0.1:{host.port}"
    token = urllib3.request("POST", f"{url}/_local/token", json={"staff": "nadia"}).json()["token"]
    till = {"name": "Till 2", "role": "till"}
    made = urllib3.request("POST", f"{url}/keys", json=till, headers={"authorization": f"Bearer {token}"}).json()
    # A script speaks by a key as it does by a token.
    done = crm(host, "customers", "search", "nobody", "--json", CRM_TOKEN=made["key"])
    assert (done.returncode, json.loads(done.stdout)["items"]) == (0, []), done.stderr


def test_the_audit_is_verified_to_a_head_that_the_next_run_is_held_against(host: Process) -> None:
    assert crm(host, "owner", "lila", "--email", "lila@shop.example").returncode == 0
    limit, found = time.monotonic() + 30, dict[str, Any](checked=0)
    while not found["checked"] and time.monotonic() < limit:
        done = crm(host, "audit", "verify", "--json", "--staff", "lila")
        found = json.loads(done.stdout) if done.returncode == 0 else found
    number, hash_ = found["head"].split(":")
    assert int(number) == found["checked"] > 0
    assert crm(host, "audit", "verify", "--head", found["head"], "--staff", "lila").returncode == 0
    done = crm(host, "audit", "verify", "--head", f"{number}:{hash_[::-1]}", "--staff", "lila")
    assert (done.returncode, f"forged at entry {number}" in done.stderr) == (1, True), done.stderr


def test_at_a_terminal_questions_are_asked_until_they_are_answered(host: Process, tmp_path: Path) -> None:
    rows = [("نام", "birthday", "xyzzy"), ("فاطمہ زہرا", "03/04/1990", "a"), ("דוד", "05/06/1991", "b")]
    with at_terminal(host, "import", write(tmp_path / "dates.csv", rows)) as screen:
        screen.reads("What the columns were taken for")
        screen.reads("1  dmy: day, month, year: 03/04/1990 is 1990-04-03")
        screen.reads("number or value")
        for nonsense in ("99", "-1", "tomorrow", "\u202edmy"):
            screen.types(nonsense)
            screen.reads("number or value")
        screen.types("۱")
        screen.reads("Dry run: nothing is written yet")
        screen.reads("Write these rows? [y/N]")
        screen.types("y")
        screen.reads("2 created")
        screen.reads("`crm import undo ")
        assert screen.ends() == 0
    [fatima] = find(host, "فاطمہ")
    assert fatima["name"] == "فاطمہ زہرا"
    assert json.loads(crm(host, "customers", "show", fatima["id"], "--json").stdout)["birthday"] == "1990-04-03"


def test_at_a_terminal_enter_takes_the_guess_and_nothing_is_written_without_a_yes(
    host: Process, tmp_path: Path
) -> None:
    rows = [("name", "birthday", "email"), ("Nobody Yet", "03/04/1990", ""), ("Nor Anybody", "05/06/1991", "")]
    with at_terminal(host, "import", write(tmp_path / "people.csv", rows)) as screen:
        screen.reads("number or value [dmy]:")
        screen.types("")
        screen.reads("Write these rows? [y/N]")
        screen.types("maybe")
        screen.reads("nothing was written")
        assert screen.ends() == 0


def test_an_import_is_taken_back(host: Process, tmp_path: Path) -> None:
    path = write(tmp_path / "wares.csv", [("name", "email"), ("Ware One", "one@ware.example"), ("Ware Two", "")])
    done = crm(host, "import", path, "--yes")
    found = re.search(r"`crm (import undo \w+)`", done.stderr)
    assert found, done.stderr
    undone = crm(host, *found[1].split())
    assert (undone.returncode, undone.stderr.strip()) == (0, "rows taken back: 2")
    again = crm(host, *found[1].split())
    assert (again.returncode, "undone" in again.stderr) == (1, True)


def test_options_say_how_rows_are_taken(host: Process, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [("customer email", "date", "amount"), ("who@example.com", "2026-01-05", "9.50")])
    options = ["--existing", "skip", "--empty-clears", "--share-addresses", "--no-create-customers"]
    done = crm(host, "import", path, "--kind", "purchases", *options, "--as-of", "2026-02-01", "--json")
    found = json.loads(done.stdout)
    assert found["options"] == {
        "existing": "skip",
        "empty_clears": True,
        "share_addresses": True,
        "create_customers": False,
        "as_of": "2026-02-01",
    }
    assert found["counts"]["refused"] == 1
    wrong = crm(host, "import", path, "--as-of", "yesterday")
    assert (wrong.returncode, "as_of" in wrong.stderr) == (1, True), wrong.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("owner", "nadia", "--email", "n@shop.example", "--url", "https://crm.example.com"), 1, "--stack"),
        (("owner", "No Name", "--email", "n@shop.example"), 1, "JobsFunction"),
        (("owner", "nadia"), 2, "--email"),
        (("customers", "show", "nobody"), 1, "nobody"),
        (("export", "--segment", "none", "-o", "x.csv"), 1, "none"),
        (("export", "--tag", "a", "--sort", "newest", "-o", "x.csv"), 1, "sort by"),
        (("export", "-o", "x.doc"), 1, "--format"),
        (("export", "--staff", "till", "-o", "x.csv"), 1, "Your role does not allow this"),
        (("export", "-o", "/no/such/place/x.csv"), 1, "cannot be written"),
        (("import", "no-such-file.csv"), 1, "there is no file"),
        (("import", "README.md", "--kind", "wares"), 1, "wares"),
        (("import", "undo"), 2, "id"),
        (("import", "undo", "../x"), 1, "is no id"),
        (("customers", "show", ".."), 1, "is no id"),
        (("import", "x.csv", "--existing", "burn"), 2, "skip"),
        (("import", "x.csv", "--answer", "nonsense"), 2, "POINTER=VALUE"),
        (("customers", "search", "x", "--url", "http://crm.example.com"), 1, "https"),
        (("customers", "search", "x", "--url", "https://crm.example.com"), 3, "CRM_TOKEN"),
    ],
)
def test_what_cannot_be_done_says_the_remedy(host: Process, words: tuple[str, ...], code: int, said: str) -> None:
    done = crm(host, *words)
    assert (done.returncode, said in done.stderr, done.stdout) == (code, True, ""), done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_token_and_nobody_at_home_have_a_code_of_their_own(host: Process) -> None:
    refused = crm(host, "customers", "search", "x", CRM_TOKEN="nonsense")
    assert (refused.returncode, "CRM_TOKEN" in refused.stderr) == (3, True)
    absent = crm(None, "customers", "search", "x")
    assert (absent.returncode, "make run" in absent.stderr) == (3, True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory into which the wheel is installed that the project builds."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    shutil.copy(ROOT / "pyproject.toml", source)
    shutil.copytree(ROOT / "infra", source / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    build = "import setuptools.build_meta as backend; print(backend.build_wheel('.'))"
    built = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=True)
    wheel = source / built.stdout.splitlines()[-1]
    uv = [str(ROOT / ".venv" / "uv" / "bin" / "uv"), "pip", "install", "-q", "--offline", "--no-deps"]
    subprocess.run(
        [*uv, "--python", sys.executable, "--target", str(target), str(wheel)], check=True, capture_output=True
    )
    return target


def test_the_built_wheel_installs_a_command_that_works_anywhere(installed: Path, host: Process, tmp_path: Path) -> None:
    known = {"CRM_URL": f"http://127.0.0.1:{host.port}", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(installed)}
    command = [str(installed / "bin" / "crm"), "customers", "search", "nobody at all"]
    done = subprocess.run(command, cwd=tmp_path, env=known, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "nobody fits these words")
    there = {path.relative_to(installed).as_posix() for path in (installed / "infra").rglob("*.py")}
    commanded = {path.relative_to(ROOT).as_posix() for path in (ROOT / "infra" / "cli").glob("*.py")}
    assert there == {"infra/__init__.py", *commanded}
