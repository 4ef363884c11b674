"""Wires template.yaml on this machine: engine, functions, front door, pollers, schedules, mail."""

from __future__ import annotations

import fcntl
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from infra.local import dead_letters, front_door, issuer, names, resources, ses, stack, terminal, user_pool
from infra.local.bus import BusEndpoint
from infra.local.clock import Clock
from infra.local.delayed import DelayedMessages
from infra.local.engine import Engine, free_port
from infra.local.engine_client import QUEUES, EngineClient
from infra.local.idle import Idle
from infra.local.lambda_host import CODE, LambdaHost
from infra.local.listener import PortTakenError
from infra.local.queues import QueuePoller
from infra.local.scheduler import Scheduler
from infra.local.streams import StreamPoller
from infra.local.triggers import EventSource
from infra.local.watch import Watch

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
LAST_CALLS_SECONDS = 5.0


class AlreadyRunningError(Exception):
    """Another local host uses the same directory."""


class Host:
    """The whole of it. `start` brings everything up, `stop` saves and ends everything.

    For others: `stack`, `lambdas`, `clock` (`now`, `advance_to`), `idle` (`wait`), `engine_url`, `directory`, `port`,
    `ses_port`, `log(line)`. Raises TemplateError, and FunctionsMissingError, while it is made.
    """

    def __init__(
        self,
        *,
        directory: Path,
        port: int,
        parameters: Mapping[str, str],
        template: Path = TEMPLATE,
        code: Path = CODE,
        write: Callable[[str], None] = print,
    ) -> None:
        self.directory = directory
        self.port = port
        self.ses_port = free_port()
        self._bus_port = free_port()
        self._write = write
        self._engine = Engine(directory=directory, log=self.log)
        self.engine_url = self._engine.url
        self.stack = stack.load(template, endpoint=self.engine_url, parameters=parameters)
        self._client = EngineClient(self.engine_url)
        self._watch = Watch(self._client)
        self._movable = Clock(directory / "clock")
        self.lambdas = LambdaHost(
            self.stack.functions, environment=self._function_environment(), log=self._log_of, code=code
        )
        self._pollers: list[StreamPoller | QueuePoller] = []
        self.idle = Idle(self._watch, lambda: self.lambdas.activity, self._pollers)
        self._pollers += [self._poller(source) for source in self.stack.event_sources]
        self.clock = Scheduler(
            self.stack.schedules,
            self.stack.functions,
            clock=self._movable,
            lambdas=self.lambdas,
            idle=self.idle,
            messages=DelayedMessages(self._watch, self._client),
            dead_letter=self._dead_letter,
            log=self.log,
        )
        self._bus = BusEndpoint(port=self._bus_port, engine_url=self.engine_url, directory=directory, log=self.log)
        self._mail: Any = None
        self._front: Any = None

    @property
    def engine_pid(self) -> int:
        """Process id of the engine."""
        return self._engine.pid

    def start(self) -> None:
        """Bring everything up. Raises PortTakenError, AlreadyRunningError, EngineMissingError, EngineFailedError."""
        self._claim()
        _ask_for_port(self.port)
        self._engine.start()
        resources.create(self.stack, self.engine_url)
        # What a killed host had in hand would otherwise stay hidden for the visibility time-out.
        self._client.ask("/_engine/release")
        self._watch.start()
        self._mail, self._front = ses.serve(self), front_door.serve(self)
        for part in (self._mail, self._bus, self._front, *self._pollers, self.clock):
            part.start()

    def stop(self) -> None:
        """End everything; what was written is saved."""
        for part in (self.clock, self._front, *self._pollers):
            part.stop()
        limit = time.monotonic() + LAST_CALLS_SECONDS
        while self.lambdas.activity[0] and time.monotonic() < limit:
            time.sleep(0.05)
        for poller in self._pollers:
            poller.join(max(limit - time.monotonic(), 0))
        self.lambdas.stop()
        # Not before the functions: a mail refused half way would stay in doubt for good.
        self._mail.stop()
        self._bus.stop()
        self._watch.stop()
        self._engine.stop()
        self._client.close()
        self._lock.close()

    def redrive(self) -> dict[str, int]:
        """Put all dead letters back into their queues; return how many, by queue."""
        return dead_letters.redrive(self.stack.queues, self._client, self.engine_url)

    def log(self, line: str) -> None:
        """Print a line for the person at the terminal."""
        self._write(line)

    def _log_of(self, function: str, line: str) -> None:
        for part in terminal.readable(line).splitlines():
            self._write(f"{function}: {part}")

    def _claim(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = (self.directory / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(f"another local host runs on {self.directory}") from error

    def _function_environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.engine_url,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": f"http://127.0.0.1:{self.port}{user_pool.PLACE}",
            "AWS_ENDPOINT_URL_EVENTBRIDGE": f"http://127.0.0.1:{self._bus_port}",
            "AWS_ENDPOINT_URL_SESV2": f"http://127.0.0.1:{self.ses_port}",
            "CLOCK_FILE": str(self._movable.path.resolve()),
            # Who signs in here does so at this host, and not at the pool in the cloud that the template names.
            **({"STAFF_ISSUER": f"http://127.0.0.1:{self.port}{issuer.PLACE}"} if self.stack.sign_in else {}),
            "DELIVERS_TO_THIS_MACHINE": "yes",
        }

    def _poller(self, source: EventSource) -> StreamPoller | QueuePoller:
        shared: dict[str, Any] = {
            "engine_url": self.engine_url,
            "client": self._client,
            "lambdas": self.lambdas,
            "watch": self._watch,
            "hurried": lambda: self.idle.hurried,
            "log": self.log,
        }
        if source.kind == "dynamodb":
            return StreamPoller(source, directory=self.directory / "streams", **shared)
        visibility = float(self.stack.queues[source.source].get("VisibilityTimeout", 30))
        return QueuePoller(source, visibility_seconds=visibility, **shared)

    def _dead_letter(self, arn: str, record: dict[str, Any]) -> None:
        url = names.queue_url(self.engine_url, names.last_part(arn))
        self._client.call(QUEUES, "SendMessage", QueueUrl=url, MessageBody=json.dumps(record))


def _ask_for_port(port: int) -> None:
    # Before the engine starts, so that the answer comes at once.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTakenError(port) from error


class Printer:
    """Prints whole lines from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Print one line."""
        with self._lock:
            print(line, flush=True)
