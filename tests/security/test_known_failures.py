"""Known failures of other CRMs and mail systems, by their numbers: none is possible here, and each check would find it.

docs/security.md lists them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docs.pages import ROOT
from tests.security import failures, furnished
from tests.security.failures.register import KNOWN, Known
from tests.security.furnished import World

PAGE = ROOT / "docs" / "security.md"
BY_NUMBER = [pytest.param(one, id=one.number) for one in KNOWN]


@pytest.fixture(scope="module")
def furnished_shop() -> Iterator[World]:
    with furnished.world(seed=2) as made:
        yield made


@pytest.fixture
def world(furnished_shop: World) -> World:
    furnished_shop.restored()
    return furnished_shop


@pytest.mark.parametrize("failure", BY_NUMBER)
def test_it_cannot_happen_here(world: World, failure: Known) -> None:
    failure.check(world)


@pytest.mark.parametrize("failure", BY_NUMBER)
def test_it_is_found_where_the_protection_is_gone(
    world: World, failure: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure.without(monkeypatch)
    with pytest.raises(AssertionError):
        failure.check(world)


def test_the_page_lists_exactly_the_failures_that_are_checked() -> None:
    assert len({one.number for one in KNOWN}) == len(KNOWN) >= 40
    assert all(any(one.check.__module__ == module.__name__ for one in KNOWN) for module in failures.MODULES)
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(("| CVE-", "| GHSA-"))]
    assert rows == [f"| {one.number} | {one.told} | {one.stands} |" for one in KNOWN]
