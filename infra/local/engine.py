"""The local engine (DynamoDB, SQS, S3, SES, SSM): a process on 127.0.0.1, restarted when it dies."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local import names

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "engine" / "bin" / "python"
START_LIMIT_SECONDS = 120.0
RESTART_PAUSE_SECONDS = 1.0


class EngineMissingError(Exception):
    """The environment of the engine has not been made."""


class EngineFailedError(Exception):
    """The engine's process ended while starting, or did not answer in time."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Engine:
    """One engine process; its whole state is saved aside every `save_after` writes. `url` stays over restarts."""

    def __init__(
        self, *, directory: Path, port: int | None = None, log: Callable[[str], None] = print, save_after: int = 50_000
    ) -> None:
        self.directory = directory
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._save_after = save_after
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._answered = False
        self._ended = False

    @property
    def pid(self) -> int:
        """Process id of the engine that runs now. Raises EngineFailedError when none was started."""
        if self._process is None:
            raise EngineFailedError("the engine was not started")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers; from then on it is restarted when it dies.

        Raises EngineMissingError, EngineFailedError.
        """
        if not PYTHON.exists():
            raise EngineMissingError(
                "the engine's environment is missing: run `python3 infra/local/environments.py engine`"
            )
        self.directory.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._keep_running, name="engine", daemon=True).start()
        self._await_answer()

    def stop(self) -> None:
        """Ask it to save and end; returns when it has."""
        self._stopping.set()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def answers(self) -> bool:
        """Whether the process that runs now has read its journal and takes requests."""
        try:
            with urllib.request.urlopen(f"{self.url}/_engine/pending", timeout=5) as answer:  # noqa: S310
                return "writes" in json.load(answer)
        except (urllib.error.URLError, OSError):
            return False

    def _spawn(self) -> None:
        log = (self.directory / "engine.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "infra.local.engine_server", *self._arguments()],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def _arguments(self) -> list[str]:
        state = str(self.directory / "engine")
        numbers = {"--port": self.port, "--parent": os.getpid(), "--save-after": self._save_after}
        return ["--state", state, *(text for name, number in numbers.items() for text in (name, str(number)))]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "LOG_LEVEL": "WARNING",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_REGION": names.REGION,
            # A presigned link is checked, against the one key pair that the engine is told.
            **names.CREDENTIALS,
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.directory / "objects"),
            "DOCKER_HOST": "unix:///nonexistent",
            "TMPDIR": str(self.directory),
        }

    def _await_answer(self) -> None:
        limit = time.monotonic() + START_LIMIT_SECONDS
        while not self.answers():
            if self._ended or time.monotonic() > limit:
                raise EngineFailedError(f"the engine did not start: {self._last_words()}")
            time.sleep(0.02)
        self._answered = True

    def _last_words(self) -> str:
        log = self.directory / "engine.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return lines[-1] if lines else f"see {log}"

    def _keep_running(self) -> None:
        # One thread for the life of the engine: Linux ties a child's death signal to the thread that made it.
        while not self._stopping.is_set():
            began = time.monotonic()
            self._spawn()
            if self._process and self._process.wait() and not self._answered:
                self._ended = True
                return
            if not self._stopping.is_set():
                last_words = f" ({self._last_words()})" if (self._process and self._process.returncode > 0) else ""
                self._log(f"engine: its process ended{last_words}; starting it again from its journal")
                self._stopping.wait(0 if time.monotonic() - began > RESTART_PAUSE_SECONDS else RESTART_PAUSE_SECONDS)
