"""The shop in memory, and somebody in front of the staff's pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm.access import roster
from crm.console import provider
from infra.build import catalogues
from tests.console.browser import BASE, Browser
from tests.support.world import Api
from tests.support.worlds import chosen

ISSUER = "https://sign-in.example"
MEMBERS = ("anil", "asma", "ida", "jan", "omar", "sales", "somebody_else")
"""Whose customers there are; the tests of the staff's pages enter others."""


@pytest.fixture(scope="module")
def shop() -> Iterator[None]:
    """One empty shop for the tests of a file, which share it and add their own customers."""
    catalogues.compile_into(catalogues.LOCALES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAFF_ISSUER", ISSUER)
        with chosen(patch):
            patch.setenv("PUBLIC_URL", BASE)
            provider._about.cache_clear()
            for member in MEMBERS:
                told = {"id": member, "name": member.title(), **({"role": "sales"} if member == "sales" else {})}
                assert Api().post("/staff", told, role="owner").status == 201
            yield


@pytest.fixture
def browser(shop: None) -> Browser:
    """Nobody is signed in yet."""
    return Browser()


@pytest.fixture
def boss(shop: None) -> Browser:
    """An owner is signed in."""
    return Browser().signed_in("boss", role="owner")


@pytest.fixture
def roles_seen_anew() -> None:
    """This process knows no roles yet: what others have made of them is looked at."""
    roster.forget()


@pytest.fixture
def manager(shop: None) -> Browser:
    """The manager is signed in."""
    return Browser().signed_in("manager")
