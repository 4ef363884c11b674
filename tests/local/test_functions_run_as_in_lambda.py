"""Functions run in real processes under the Runtime API; their failures become what Lambda makes of them."""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.lambda_host import FunctionsMissingError, LambdaHost, UnknownFunctionError
from infra.local.sandbox import InvokeResult, Sandbox
from infra.local.stack import Function

SHOP = Path(__file__).parent / "shop"
LINES: list[str] = []


def function(name: str, *, timeout: float = 3.0) -> Function:
    return Function(
        logical_id=name,
        handler=f"shop.{name}",
        runtime="python3.13",
        timeout=timeout,
        memory=256,
        environment={"TABLE": "Notes", "PYTHONTZPATH": ""},
        log_format="Text",
    )


NAMES = ("echo", "leave", "raise_", "answer_object", "answer_much", "missing")


@pytest.fixture(scope="module")
def lambdas() -> Iterator[LambdaHost]:
    functions = {name: function(name) for name in NAMES} | {"sleep": function("sleep", timeout=2)}
    host = LambdaHost(
        functions,
        environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        log=lambda name, line: LINES.append(f"{name}: {line}"),
        code=SHOP,
    )
    yield host
    host.stop()


def fields(result: InvokeResult) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(result.payload)
    return answer


def ended(process: int) -> bool:
    """Whether all threads of the process are over: its sockets are open until the last one is."""
    try:
        threads = [path.read_text("utf-8") for path in Path(f"/proc/{process}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return all(stat.rpartition(")")[2].split()[0] in "ZX" for stat in threads)


def printed(text: str) -> bool:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        if any(text in line for line in LINES):
            return True
        time.sleep(0.01)
    return False


def test_a_function_sees_its_event_its_limits_and_nothing_of_this_machine(
    lambdas: LambdaHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "x")
    monkeypatch.setenv("HOME", "/home/developer")
    answer = fields(lambdas.invoke("echo", {"note": "नमस्ते"}))
    environment = answer["environment"]
    assert answer["event"] == {"note": "नमस्ते"}
    assert 2000 < answer["milliseconds"] <= 3000
    assert environment["TABLE"] == "Notes"
    assert environment["PYTHONTZPATH"] == ""
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "echo"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    ours = {"TABLE", "PYTHONTZPATH", "PATH", "LANG", "LC_CTYPE", "TZ", "LAMBDA_TASK_ROOT", "_HANDLER"}
    assert {name for name in environment if not name.startswith(("AWS_", "_X_AMZN"))} <= ours


def test_an_idle_process_serves_the_next_call_and_parallel_calls_have_their_own(lambdas: LambdaHost) -> None:
    assert lambdas.invoke("echo", {}).function_error is None
    first, second = (fields(lambdas.invoke("echo", {}))["process"] for _ in range(2))
    assert first == second
    processes: list[int] = []
    threads = [
        threading.Thread(target=lambda: processes.append(json.loads(lambdas.invoke("sleep", {"seconds": 1}).payload)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(processes)) == 2


def test_a_process_that_ends_in_a_call_is_an_exit_error(lambdas: LambdaHost) -> None:
    result = lambdas.invoke("leave", {})
    assert result.function_error == "Unhandled"
    assert fields(result)["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in fields(result)["errorMessage"]


def test_a_process_killed_in_a_call_is_an_exit_error_and_the_next_call_is_served(lambdas: LambdaHost) -> None:
    process = json.loads(lambdas.invoke("sleep", {"seconds": 0}).payload)
    threading.Timer(0.4, os.kill, (process, signal.SIGKILL)).start()
    assert "signal: killed" in fields(lambdas.invoke("sleep", {"seconds": 1.5}))["errorMessage"]
    assert lambdas.invoke("sleep", {"seconds": 0}).function_error is None


def test_an_answer_counts_though_its_process_was_killed_right_behind_it(
    lambdas: LambdaHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Sandbox.invoke

    def answer_and_end(sandbox: Sandbox, event: bytes) -> InvokeResult:
        result = answer(sandbox, event)
        sandbox.kill()
        return result

    monkeypatch.setattr(Sandbox, "invoke", answer_and_end)
    result = lambdas.invoke("sleep", {"seconds": 0})
    assert result.function_error is None
    assert json.loads(result.payload) > 0


def test_a_process_killed_while_idle_costs_nobody_a_call(lambdas: LambdaHost) -> None:
    lambdas.invoke("echo", {})
    for process in lambdas.processes()["echo"]:
        os.kill(process, signal.SIGKILL)
        # The signal takes its time; a process that still lives takes the call and dies of it.
        while not ended(process):
            time.sleep(0.01)
    assert fields(lambdas.invoke("echo", {"note": 1}))["event"] == {"note": 1}


def test_a_function_that_takes_too_long_is_ended(lambdas: LambdaHost) -> None:
    began = time.monotonic()
    result = lambdas.invoke("sleep", {"seconds": 60})
    assert time.monotonic() - began < 30
    assert fields(result)["errorType"] == "Sandbox.Timedout"
    assert fields(result)["errorMessage"].endswith("Task timed out after 2.00 seconds")


def test_an_exception_comes_back_with_its_type_and_its_traceback_is_printed(lambdas: LambdaHost) -> None:
    result = lambdas.invoke("raise_", {})
    assert result.function_error == "Unhandled"
    assert fields(result)["errorType"] == "ValueError"
    assert fields(result)["errorMessage"] == "no such thing"
    assert printed("shop.py")


def test_an_answer_that_json_cannot_say_is_a_marshal_error(lambdas: LambdaHost) -> None:
    assert fields(lambdas.invoke("answer_object", {}))["errorType"] == "Runtime.MarshalError"


def test_an_answer_over_six_megabytes_is_refused(lambdas: LambdaHost) -> None:
    assert fields(lambdas.invoke("answer_much", {}))["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_handler_that_does_not_exist_is_told(lambdas: LambdaHost) -> None:
    assert fields(lambdas.invoke("missing", {}))["errorType"] == "Runtime.HandlerNotFound"


def test_an_unknown_function_is_named(lambdas: LambdaHost) -> None:
    with pytest.raises(UnknownFunctionError, match="Nobody"):
        lambdas.invoke("Nobody", {})


def test_changed_code_runs_in_the_next_call(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def echo(event, context): return 'old'")
    host = LambdaHost({"echo": function("echo")}, environment={}, log=lambda *_: None, code=tmp_path)
    try:
        assert host.invoke("echo", {}).payload == b'"old"'
        (tmp_path / "shop.py").write_text("def echo(event, context): return 'new!'")
        limit = time.monotonic() + 30
        while host.invoke("echo", {}).payload != b'"new!"' and time.monotonic() < limit:
            time.sleep(0.2)
        assert host.invoke("echo", {}).payload == b'"new!"'
    finally:
        host.stop()
        shutil.rmtree(tmp_path)


def test_a_missing_environment_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FunctionsMissingError, match=r"environments\.py functions"):
        LambdaHost({}, environment={}, log=lambda *_: None, python=tmp_path / "python")
