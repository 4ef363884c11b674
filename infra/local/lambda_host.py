"""Runs the functions as Lambda would: one process per concurrent call, kept warm, in a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local import names
from infra.local.sandbox import InvokeResult, Sandbox, SandboxGoneError, failure
from infra.local.stack import Function

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "functions" / "bin" / "python"
CODE = ROOT / "functions"
MOST_PROCESSES = 4
KEPT_WARM_SECONDS = 300.0
CODE_LOOKED_AT_SECONDS = 1.0


class UnknownFunctionError(Exception):
    """There is no function of this logical id in the template."""


class FunctionsMissingError(Exception):
    """The environment that functions run in has not been made."""


@dataclass
class Pool:
    """The processes of one function: idle ones, newest last, and places for those that may run at once."""

    function: Function
    places: threading.BoundedSemaphore
    idle: list[tuple[float, Sandbox]] = field(default_factory=list)


class LambdaHost:
    """Invokes functions by logical id. Safe to call from any thread.

    `environment` is added to every function's own variables; `log` gets each line a function prints, with its name.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        *,
        environment: Mapping[str, str],
        log: Callable[[str, str], None],
        python: Path = PYTHON,
        code: Path = CODE,
    ) -> None:
        if not python.exists():
            raise FunctionsMissingError(
                "the functions' environment is missing: run `python3 infra/local/environments.py functions`"
            )
        self._pools = {
            name: Pool(function, threading.BoundedSemaphore(MOST_PROCESSES)) for name, function in functions.items()
        }
        self._environment = dict(environment)
        self._log = log
        self._python = python
        self._code = code
        self._code_version = (0.0, 0.0)
        self._lock = threading.Lock()
        self._running = 0
        self._calls = 0
        self._stopped = threading.Event()
        # Linux ties a child's death signal to the thread that made it: this one lives as long as the host.
        self._spawner = ThreadPoolExecutor(1, "spawner")
        threading.Thread(target=self._reap, name="reaper", daemon=True).start()

    @property
    def activity(self) -> tuple[int, int]:
        """How many calls run now, and how many were ever begun: equal twice with none running means nothing ran."""
        with self._lock:
            return self._running, self._calls

    def invoke(self, logical_id: str, event: Mapping[str, Any] | bytes) -> InvokeResult:
        """Call a function and wait for its answer. Raises UnknownFunctionError."""
        pool = self._pools.get(logical_id)
        if pool is None:
            raise UnknownFunctionError(f"there is no function {logical_id}")
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        with self._lock:
            self._running += 1
            self._calls += 1
        try:
            with pool.places:
                return self._serve(pool, payload)
        finally:
            with self._lock:
                self._running -= 1

    def stop(self) -> None:
        """End all idle processes; those still running end with the host."""
        self._stopped.set()
        for pool in self._pools.values():
            with self._lock:
                idle, pool.idle = pool.idle, []
            for _, sandbox in idle:
                sandbox.kill()
        self._spawner.shutdown()

    def processes(self) -> dict[str, list[int]]:
        """Return the ids of the idle processes of each function."""
        with self._lock:
            return {name: [sandbox.process.pid for _, sandbox in pool.idle] for name, pool in self._pools.items()}

    def _serve(self, pool: Pool, payload: bytes) -> InvokeResult:
        version = self._version()
        for _ in range(MOST_PROCESSES + 1):
            sandbox = self._take(pool, version)
            try:
                result = sandbox.invoke(payload)
            except SandboxGoneError as gone:
                self._log(pool.function.logical_id, f"{gone}; another takes the call")
                sandbox.kill()
                continue
            if result.function_error and not sandbox.alive:
                # The runtime client prints all other failures itself.
                self._log(pool.function.logical_id, json.loads(result.payload).get("errorMessage", "ended"))
            self._give_back(pool, sandbox, version)
            return result
        return failure("Runtime.ExitError", "Error: Runtime exited with error: signal: killed")

    def _take(self, pool: Pool, version: float) -> Sandbox:
        while True:
            with self._lock:
                started, sandbox = pool.idle.pop() if pool.idle else (version, None)
            if sandbox is None:
                return self._begin(pool.function)
            if started == version:
                return sandbox
            sandbox.kill()

    def _give_back(self, pool: Pool, sandbox: Sandbox, version: float) -> None:
        sandbox.idle_since = time.monotonic()
        with self._lock:
            if sandbox.alive and not self._stopped.is_set():
                pool.idle.append((version, sandbox))
                return
        # Of a call that ended behind `stop`, which ends only what is idle.
        sandbox.kill()

    def _begin(self, function: Function) -> Sandbox:
        sandbox = Sandbox(
            function,
            python=self._python,
            code=self._code,
            environment=self._environment_of(function),
            parent=os.getpid(),
            spawn=self._spawn,
        )
        threading.Thread(target=self._pass_on, args=(function, sandbox.process), daemon=True).start()
        return sandbox

    def _spawn(self, command: list[str], **settings: Any) -> subprocess.Popen[bytes]:
        def begin() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, **settings)

        return self._spawner.submit(begin).result()

    def _environment_of(self, function: Function) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_REGION": names.REGION,
            "AWS_DEFAULT_REGION": names.REGION,
            **names.CREDENTIALS,
            # Otherwise the settings in the developer's home would leak in.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.logical_id,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": function.log_format,
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.logical_id}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "LAMBDA_TASK_ROOT": str(self._code),
            "_HANDLER": function.handler,
            **function.environment,
            **self._environment,
        }

    def _pass_on(self, function: Function, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                # The runtime client writes a traceback with carriage returns and hard spaces.
                for part in line.decode(errors="replace").replace("\xa0", " ").splitlines():
                    self._log(function.logical_id, part)

    def _version(self) -> float:
        looked_at, version = self._code_version
        if time.monotonic() - looked_at > CODE_LOOKED_AT_SECONDS:
            version = max((path.stat().st_mtime for path in self._code.rglob("*.py")), default=0.0)
            self._code_version = (time.monotonic(), version)
        return version

    def _reap(self) -> None:
        while not self._stopped.wait(KEPT_WARM_SECONDS / 10):
            oldest = time.monotonic() - KEPT_WARM_SECONDS
            for pool in self._pools.values():
                with self._lock:
                    stale = [sandbox for _, sandbox in pool.idle if sandbox.idle_since < oldest]
                    pool.idle = [entry for entry in pool.idle if entry[1] not in stale]
                for sandbox in stale:
                    sandbox.kill()
