"""Awkward files, most of them modelled on complaints about other programs, each with the report that is expected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.customers.files.make import CASES
from tests.customers.files.report import asked_of, content, report

HERE = Path(__file__).parent
NAMES = sorted(path.name.removesuffix(".expected.json") for path in HERE.glob("*.expected.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_to_what_is_expected(name: str) -> None:
    expected = json.loads((HERE / f"{name}.expected.json").read_text("utf-8"))
    came = json.loads(json.dumps(report(expected["asked"], content(name))))
    assert came == expected["report"]


def test_the_files_are_those_that_the_generator_writes() -> None:
    assert sorted(case.name for case in CASES) == NAMES
    assert len(NAMES) >= 40
    for case in CASES:
        expected = json.loads((HERE / f"{case.name}.expected.json").read_text("utf-8"))
        assert expected["asked"] == json.loads(json.dumps(asked_of(case)))
        if isinstance(case.content, str):
            assert content(case.name) == case.content.encode(case.encoding)
