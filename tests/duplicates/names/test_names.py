"""Labelled pairs of names in five scripts: which are one name, however they were typed, and which are two.

Each line of a file: same or different, both spellings (what cannot be seen as \\uXXXX), and what differs.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm.core import text

FILES = sorted(Path(__file__).parent.glob("*.tsv"))
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


def pairs(path: Path) -> list[tuple[str, str, str, str]]:
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [(label, _read(one), _read(other), why) for label, one, other, why in rows]


def _read(name: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)


def test_there_are_sixty_pairs_of_each_script_and_both_labels() -> None:
    assert [path.stem for path in FILES] == ["arabic", "bengali", "devanagari", "hebrew", "latin"]
    for path in FILES:
        labels = [label for label, *_ in pairs(path)]
        assert len(labels) == len(set(pairs(path))) >= 60, path.stem
        assert min(labels.count("same"), labels.count("different")) >= 20, path.stem


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_strict_key_is_right_about_every_pair(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = pairs(path)
    wrong = [
        (label, one, other, why)
        for label, one, other, why in found
        if (text.strict_key(one) == text.strict_key(other)) is not (label == "same")
    ]
    with capsys.disabled():
        print(f"\n{path.stem:<10} {len(found) - len(wrong)} of {len(found)} right", end="")  # noqa: T201
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_one_name_is_found_by_either_spelling(path: Path) -> None:
    same = [(one, other) for label, one, other, _ in pairs(path) if label == "same"]
    assert [(one, other) for one, other in same if text.loose_key(one) != text.loose_key(other)] == []
