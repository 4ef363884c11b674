"""What the documents tell people to type exists."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import PAGES, README, ROOT, make_targets, table
from tests.support.template import of_type

EVERYTHING = "\n".join(PAGES)
PATHS = sorted(set(re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:md|yaml|toml))`", EVERYTHING)))
MADE_LATER = (".venv/", ".local/", ".aws-sam/")
SCOPE = "crm/staff"


def test_every_command_is_explained_and_every_explained_command_exists() -> None:
    explained = {row[0].removeprefix("make ") for row in table(README, "Commands")}
    assert explained == make_targets() - {"help"}


def test_no_page_speaks_of_a_command_that_does_not_exist() -> None:
    assert set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", EVERYTHING, re.MULTILINE)) <= make_targets()


def test_the_first_lines_are_the_two_commands() -> None:
    assert re.findall(r"(?m)^ {4}make (\w+)", README)[:2] == ["run", "test"]


@pytest.mark.parametrize("path", [path for path in PATHS if path != SCOPE and not path.startswith((*MADE_LATER, "/"))])
def test_a_named_place_exists(path: str) -> None:
    assert list(ROOT.glob(path.strip("/"))), path


def test_a_named_route_exists() -> None:
    routes = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["paths"]
    named = re.findall(r"(GET|POST|PATCH|DELETE) (/[\w/{}+.-]*)", EVERYTHING)
    assert named
    assert [f"{method} {path}" for method, path in named if method.lower() not in routes.get(path, {})] == []


def test_a_named_parameter_or_resource_exists() -> None:
    template = "".join((ROOT / path).read_text("utf-8") for path in ("template.yaml", "infra/alarms.yaml"))
    for name in re.findall(r"`((?:[A-Z][a-z]+){2,})`", EVERYTHING):
        assert re.search(rf"\b{name}\b", template), name


def test_every_event_payload_that_is_named_exists() -> None:
    named = re.findall(r"-e (events/[\w./]+)", EVERYTHING)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
