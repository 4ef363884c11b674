"""What `sam build` made can be deployed, and is complete. Run by `make deploy-check`, after `make build`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.build import bytecode, layers
from infra.local.engine import Engine
from tests.support.template import ROOT, expanded, of_type

pytestmark = pytest.mark.deploy

BUILT = ROOT / ".aws-sam" / "build"
STACK = "crm-check"
REGION = "eu-west-1"
LIMIT_MB = 250
ROOM_LEFT_MB = 100
HANDLERS = sorted(path.stem for path in (ROOT / "functions" / "handlers").glob("[a-z]*.py"))
# Imports all handlers from the layers alone, and makes the clients whose descriptions were kept.
IMPORTS = """
import importlib, sys
handlers, services, *places = sys.argv[1:]
sys.path[:0] = places
for name in handlers.split(","):
    assert callable(importlib.import_module("handlers." + name).handler)
import boto3
for service in services.split(","):
    boto3.client(service, region_name="eu-west-1")
import email_validator, phonenumbers, tzdata, icu4py
assert phonenumbers.is_valid_number(phonenumbers.parse("+442079460958"))
from pydantic import BaseModel, EmailStr
class Person(BaseModel):
    email: EmailStr
Person(email="sara@shop.co.uk")
"""


def can_compile() -> bool:
    try:
        return bool(bytecode.runtime_python())
    except bytecode.NoRuntimePythonError:
        return False


with_bytecode = pytest.mark.skipif(not can_compile(), reason=f"no Python {bytecode.RUNTIME} here to compile with")


def of_engine(engine: Engine, service: Any) -> Any:
    session = boto3.Session("check", "check", region_name=REGION)
    return session.client(service, endpoint_url=engine.url)


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> Iterator[Engine]:
    """The engine, after `sam deploy` has put the stack into it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": engine.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "check",
        "AWS_SECRET_ACCESS_KEY": "check",
        "SAM_CLI_TELEMETRY": "0",
    }
    command = ["sam", "deploy", "--stack-name", STACK, "--no-confirm-changeset", "--no-progressbar"]
    done = subprocess.run(
        [*command, "--parameter-overrides", "ProtectTable=false"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    yield engine
    of_engine(engine, "cloudformation").delete_stack(StackName=STACK)


def test_the_stack_is_created_whole(deployed: Engine) -> None:
    formation = of_engine(deployed, "cloudformation")
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    made = {
        found["LogicalResourceId"]: found["ResourceStatus"]
        for page in pages
        for found in page["StackResourceSummaries"]
    }
    # SAM puts a hash of its content into the name of a layer.
    unnamed, unasked = "AWS::Lambda::LayerVersion", {"HasInbox"}
    resources = expanded().items()
    wanted = {name for name, found in resources if found["Type"] != unnamed and found.get("Condition") not in unasked}
    assert wanted - set(made) == set()
    assert set(made.values()) == {"CREATE_COMPLETE"}


def test_mail_can_be_sent_and_its_events_have_a_way_back(deployed: Engine) -> None:
    mail = of_engine(deployed, "sesv2")
    assert mail.list_email_identities()["EmailIdentities"]
    (configuration,) = mail.list_configuration_sets()["ConfigurationSets"]
    (way,) = mail.get_configuration_set_event_destinations(ConfigurationSetName=configuration)["EventDestinations"]
    assert set(way["MatchingEventTypes"]) == {"SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT"}


def test_every_alarm_is_there(deployed: Engine) -> None:
    watched = len(of_type("AWS::CloudFormation::Stack")["Alarms"]["Parameters"]) - 1
    assert len(of_engine(deployed, "cloudwatch").describe_alarms()["MetricAlarms"]) >= watched


@with_bytecode
@pytest.mark.parametrize("name", of_type("AWS::Lambda::Function"))
def test_a_function_ships_the_code_with_bytecode_and_nothing_else(name: str) -> None:
    shipped = {str(path.relative_to(BUILT / name)) for path in (BUILT / name).rglob("*") if path.is_file()}
    for path in (ROOT / "functions").rglob("*.py"):
        relative = path.relative_to(ROOT / "functions")
        compiled = relative.parent / "__pycache__" / f"{relative.stem}.cpython-313.pyc"
        assert {str(relative), str(compiled)} <= shipped
    assert not [path for path in shipped if path.endswith("Makefile") or path.startswith((".", "tests", "infra"))]


def test_the_layers_leave_room_under_the_limit() -> None:
    size = sum(path.stat().st_size for layer in ("LibraryLayer", "LanguageLayer") for path in files(BUILT / layer))
    assert 0 < size / 1e6 < LIMIT_MB - ROOM_LEFT_MB


@with_bytecode
def test_bytecode_is_trusted_without_a_look_at_the_source() -> None:
    compiled = [path.read_bytes()[4:8] for path in files(BUILT / "LibraryLayer") if path.suffix == ".pyc"]
    assert len(compiled) > 500
    assert set(compiled) == {b"\x01\0\0\0"}


def test_no_native_code_is_for_another_machine() -> None:
    machine = b"\xb7\0"  # AArch64 in the header of an ELF file
    native = [
        path for layer in ("LibraryLayer", "LanguageLayer") for path in files(BUILT / layer) if ".so" in path.name
    ]
    assert native
    assert [path.name for path in native if path.read_bytes()[18:20] != machine] == []


@pytest.mark.skipif(
    (platform.machine(), sys.version_info[:2]) != ("x86_64", (3, 13)), reason="built for a laptop with Python 3.13"
)
def test_handlers_load_from_the_trimmed_layers_alone(tmp_path: Path) -> None:
    places = [str(tmp_path / name) for name in ("library", "language")]
    for name, place in zip(("library", "language"), places, strict=True):
        layers.build(name, Path(place), "x86_64")
    alone = [sys.executable, "-I", "-S", "-c", IMPORTS, ",".join(HANDLERS), ",".join(sorted(layers.SERVICES))]
    done = subprocess.run(
        [*alone, str(ROOT / "functions"), *places], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
