"""At the end of a run of the whole suite it is said which rights no handler has used: each is one too many.

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
ENOUGH = 5000


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Names the granted rights that nobody used in a run of the whole suite that is green."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput") or session.exitstatus != 0:
        return
    if len(reporter.stats.get("passed", [])) < ENOUGH:
        return
    idle = sorted(granted() - used(reporter) - used_by_lambda())
    if idle:
        reporter.write_line("\nrights that no test has seen used: " + ", ".join(idle), red=True)


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
