"""`python -m infra.local` as a process: clean stop, one-line errors, and a kill -9 that loses nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.engine import free_port
from infra.local.host import ROOT

START_SECONDS = 60


class Process:
    """A host of the product's own template in a directory, started anew as often as wanted."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.running: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.running = subprocess.Popen(self.command(), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        limit = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.running.poll() is None
            assert time.monotonic() < limit
            time.sleep(0.1)

    def command(self) -> list[str]:
        where = ["--port", str(self.port), "--directory", str(self.directory), "--no-seed"]
        return [sys.executable, "-m", "infra.local", *where]

    def answers(self) -> bool:
        try:
            return bool(self.token())
        except OSError:
            return False

    def token(self) -> str:
        body = json.dumps({"staff": "manager"}).encode()
        url = f"http://127.0.0.1:{self.port}/_local/token"
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=5) as answer:
            return str(json.load(answer)["token"])

    def clock(self, move: dict[str, str]) -> dict[str, object]:
        url = f"http://127.0.0.1:{self.port}/_local/clock"
        request = urllib.request.Request(url, json.dumps(move).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            moved: dict[str, object] = json.load(answer)
        return moved

    def end(self, number: signal.Signals) -> int:
        assert self.running
        self.running.send_signal(number)
        code = self.running.wait(30)
        assert self.running.stdout
        self.running.stdout.close()
        return code

    def left(self) -> list[str]:
        """Processes of this host that still run."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.directory).encode() in command:
                found.append(entry.name)
        return found


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    host = Process(tmp_path)
    yield host
    if host.running and host.running.poll() is None:
        host.end(signal.SIGKILL)


def test_a_stop_is_clean_and_a_kill_leaves_nothing_running_and_loses_nothing(process: Process) -> None:
    process.start()
    token = process.token()
    assert process.clock({"advance": "PT10M"})["idle"] is True
    process.end(signal.SIGKILL)
    limit = time.monotonic() + 10
    while process.left() and time.monotonic() < limit:
        time.sleep(0.1)
    assert process.left() == []
    process.start()
    assert len(process.token()) == len(token)
    assert float((process.directory / "clock").read_text()) >= 500
    assert process.end(signal.SIGINT) == 0
    assert process.left() == []


def test_a_port_in_use_is_one_line_that_names_it(process: Process) -> None:
    with socket.create_server(("127.0.0.1", process.port)):
        refused = subprocess.run(process.command(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert str(process.port) in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_second_host_on_the_same_data_is_refused_in_one_line(process: Process) -> None:
    process.start()
    first, process.port = process.port, free_port()
    refused = subprocess.run(process.command(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    process.port = first
    assert refused.returncode == 1
    assert refused.stderr.startswith("crm: another local host runs on")
    assert len(refused.stderr.splitlines()) == 1
    assert os.path.exists(f"/proc/{process.running.pid}") if process.running else False  # noqa: PTH110
    assert process.end(signal.SIGTERM) == 0


def test_an_unknown_parameter_is_one_line(process: Process) -> None:
    command = [*process.command(), "--parameter", "Colour=blue"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == ["crm: template.yaml has no parameter Colour"]
