"""`python -m infra.local` as a process: clean stop, one-line errors, and a kill -9 that loses nothing."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import infra.local.__main__ as command_line
from infra.local.engine import free_port
from infra.local.host import ROOT

ENOUGH = 180.0
"""Seconds in which every machine has started a host, or ended it, however busy it is."""


class Process:
    """A host of the product's own template in a directory, started anew as often as wanted."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.running: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.running = subprocess.Popen(self.command(), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        limit = time.monotonic() + ENOUGH
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
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=ENOUGH) as answer:
            return str(json.load(answer)["token"])

    def clock(self, move: dict[str, str]) -> dict[str, object]:
        url = f"http://127.0.0.1:{self.port}/_local/clock"
        request = urllib.request.Request(url, json.dumps(move).encode())
        with urllib.request.urlopen(request, timeout=ENOUGH) as answer:  # noqa: S310
            moved: dict[str, object] = json.load(answer)
        return moved

    def end(self, number: signal.Signals) -> int:
        assert self.running
        self.running.send_signal(number)
        code = self.running.wait(ENOUGH)
        assert self.running.stdout
        self.running.stdout.close()
        return code

    def ends_whole(self) -> bool:
        """Whether no process of this host stays: they go with it, each as soon as it has its turn."""
        limit = time.monotonic() + ENOUGH
        while self.left() and time.monotonic() < limit:
            time.sleep(0.1)
        return not self.left()

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


class Starting:
    """Starting a host that is refused, without a process of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def refused(self, directory: Path, *more: str, port: int | None = None) -> str:
        """The one line that says why."""
        arguments = ["--port", str(port or free_port()), "--directory", str(directory), "--no-seed", *more]
        self._monkeypatch.setattr(sys, "argv", ["crm", *arguments])
        self._monkeypatch.setattr(command_line, "_on_signal", lambda _: None)
        assert command_line.main() == 1
        (line,) = self._capsys.readouterr().err.splitlines()
        return line


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Starting:
    return Starting(monkeypatch, capsys)


def test_a_stop_is_clean_and_a_kill_leaves_nothing_running_and_loses_nothing(
    process: Process, starting: Starting
) -> None:
    process.start()
    token = process.token()
    assert process.clock({"advance": "PT10M"})["idle"] is True
    assert starting.refused(process.directory).startswith("crm: another local host runs on")
    process.end(signal.SIGKILL)
    assert process.ends_whole()
    process.start()
    assert len(process.token()) == len(token)
    assert float((process.directory / "clock").read_text()) >= 500
    assert process.end(signal.SIGINT) == 0
    assert process.ends_whole()


def test_a_port_in_use_is_named(starting: Starting, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in starting.refused(tmp_path, port=port)


def test_a_directory_that_cannot_hold_data_is_named(starting: Starting, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in starting.refused(tmp_path / "file")


def test_a_spoilt_clock_is_named(starting: Starting, tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("noon")
    assert starting.refused(tmp_path).startswith(f"crm: {tmp_path}/clock does not hold")


def test_an_unknown_parameter_is_named(starting: Starting, tmp_path: Path) -> None:
    told = starting.refused(tmp_path, "--parameter", "Colour=blue")
    assert told == "crm: template.yaml has no parameter Colour"


def test_a_port_that_is_none_is_named(starting: Starting, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        starting.refused(tmp_path, port=80_000)
