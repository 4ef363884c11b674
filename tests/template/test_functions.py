"""Each handler file is a function of the template, with the settings it reads and a log that ends."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.template import ROOT, function_of, of_type

FUNCTIONS = of_type("AWS::Lambda::Function")
HANDLERS = sorted(path.stem for path in (ROOT / "functions" / "handlers").glob("*.py") if path.stem != "__init__")
OF_LAMBDA = {"AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_NAME"}
LOCAL_ONLY = {"AWS_ENDPOINT_URL", "CLOCK_FILE", "DELIVERS_TO_THIS_MACHINE"}


def test_each_handler_file_has_a_function_and_each_function_its_file() -> None:
    written = {f"handlers.{name}.handler": function_of(name) for name in [*HANDLERS]}
    assert {function["Handler"]: name for name, function in FUNCTIONS.items()} == written


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_on_arm_under_the_locked_python_and_logs_json(name: str) -> None:
    function = FUNCTIONS[name]
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert function["LoggingConfig"]["LogFormat"] == "JSON"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_the_code_logs_is_not_dropped_by_lambda(name: str) -> None:
    assert FUNCTIONS[name]["LoggingConfig"]["ApplicationLogLevel"] == settings(name)["LOG_LEVEL"]


def test_every_setting_that_the_code_reads_is_given() -> None:
    config = (ROOT / "functions" / "crm" / "core" / "config.py").read_text("utf-8")
    read = set(re.findall(r'(?:_required|_environment\.get)\("([A-Z_]+)"', config))
    given = {setting for name in FUNCTIONS for setting in settings(name)}
    assert read
    assert read - given - LOCAL_ONLY - OF_LAMBDA == set()


def test_nothing_is_deployed_that_only_a_laptop_may_do() -> None:
    assert not [name for name in FUNCTIONS if LOCAL_ONLY & set(settings(name))]


def test_zones_come_from_the_locked_data() -> None:
    assert {settings(name)["PYTHONTZPATH"] for name in FUNCTIONS} == {""}


def settings(name: str) -> dict[str, Any]:
    variables: dict[str, Any] = FUNCTIONS[name]["Environment"]["Variables"]
    return variables
