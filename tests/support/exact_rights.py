"""A run of the whole suite fails where the template gives a right that no handler has used: it is one too many.

The other half, that no handler lacks a right, stands in `rights.py` and fails the very test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.rights import USED
from tests.support.template import listed, of_type, statements, target

WRITES_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
READS_A_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "s3:PutObject",
    "s3:ListBucket",
}
READS_A_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
# What narrows a run: less than the whole suite says nothing of a right that it has not seen.
NARROWING = {"keyword": "", "deselect": None, "ignore": None, "ignore_glob": None, "lf": False, "stepwise": False}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run of the whole suite that was green but for granted rights that nobody used, and names these."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput") or session.exitstatus != 0:
        return
    if not is_whole(session.config):
        return
    idle = sorted(granted() - used(reporter) - used_by_lambda())
    if idle:
        reporter.write_line("\nrights that no test has seen used: " + ", ".join(idle), red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def is_whole(config: pytest.Config) -> bool:
    """Whether a run is of all tests that run without being asked for."""
    asked = config.option
    is_narrowed = any(getattr(asked, name, none) != none for name, none in NARROWING.items())
    is_marked = asked.markexpr not in config.getini("addopts")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not is_narrowed and not is_marked


def granted() -> set[str]:
    """Every `<function> <action>` that the template allows."""
    return {
        f"{function} {action}"
        for function in of_type("AWS::Lambda::Function")
        for statement in statements(function)
        for action in listed(statement["Action"])
    }


def used(reporter: Any) -> set[str]:
    """What handlers have called in all tests, of all workers of the run."""
    reports = reporter.stats.get("", [])
    noted = (name for report in reports for name, _ in getattr(report, "user_properties", []))
    return {name.removeprefix(USED) for name in noted if name.startswith(USED)}


def used_by_lambda() -> set[str]:
    """What Lambda itself does in the name of a role: logs, triggers, and what failed for good."""
    return {f"{function} {action}" for function, action in _of_lambda()}


def _of_lambda() -> Iterator[tuple[str, str]]:
    for function in of_type("AWS::Lambda::Function"):
        yield from ((function, action) for action in WRITES_LOGS)
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        reads = READS_A_STREAM if "StartingPosition" in mapping else READS_A_QUEUE
        yield from ((target(mapping["FunctionName"]), action) for action in reads)
    for config in of_type("AWS::Lambda::EventInvokeConfig").values():
        yield target(config["FunctionName"]), "sqs:SendMessage"
