"""The layers hold what is locked and used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.build import layers
from tests.support.template import ROOT

LOCKED = layers.LOCKED.read_text("utf-8")


def test_the_two_layers_hold_every_requirement_once() -> None:
    library, language = (list(layers.requirements(LOCKED, name)) for name in ("library", "language"))
    assert [entry.split("==")[0] for entry in language] == ["icu4py"]
    assert sorted(library + language) == sorted(re.split(r"(?m)^(?=[A-Za-z0-9])", LOCKED)[1:])


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.stem)
def test_a_lock_file_has_hashes_and_names_no_index(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("==") <= text.count("--hash=sha256:")
    assert not re.search(r"--(extra-)?index-url|--find-links|https?://", text)


def test_the_services_of_every_client_are_kept() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "functions").rglob("*.py"))
    made = set(re.findall(r'(?:boto3|session)\.client\(\s*"([a-z0-9-]+)"', code))
    assert made - layers.SERVICES == set()
