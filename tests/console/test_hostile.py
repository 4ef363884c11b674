"""Whatever stands in whatever field: on every page of the staff it is text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from jinja2 import Environment

from crm.console import rendering
from crm.core import files
from crm.core.lease import Lease
from infra.build import catalogues
from tests.console import pages
from tests.console.browser import BASE, Browser
from tests.security import fields, furnished
from tests.security.furnished import OWNER, World
from tests.security.test_hostile_outputs import Read, bare, read

_ENVIRONMENT = rendering.environment.__wrapped__
PLAIN, CANARY = "Plain Words", "<b x=\"'>&{{7*7}}"


@dataclass
class Seen:
    """What all pages hold together, and which show the text that was put into every field."""

    elements: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    showing: set[str] = field(default_factory=set)

    def add(self, address: str, page: Read, text: str) -> None:
        self.elements |= page.elements
        self.addresses |= page.addresses
        if bare(text) in bare(page.text):
            self.showing.add(address)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    catalogues.compile_into(catalogues.CONSOLE / "locales")
    with furnished.world(seed=5) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIC_URL", BASE)
        yield made


def filled(world: World, text: str) -> int:
    """Put a text into each field of each request that changes something; how many take it."""
    taken = 0
    for one in fields.fields(world.document):
        if one.place == "body" and not one.route.startswith(("GET ", "DELETE ")):
            sample = fields.sample(one.route, world).holding(one, text)
            answer = world.api.call(
                sample.method, sample.path, body=sample.body, query=sample.query, headers=sample.headers, **OWNER
            )
            taken += answer.status < 300
    world.cloud.settle()
    Lease.forget_all()
    return taken


def seen(world: World, text: str) -> Seen:
    """All pages of a shop that holds a text wherever one can stand, as its owner sees them."""
    world.restored()
    assert filled(world, text) > 60
    owner, found = Browser().signed_in("owner"), Seen()
    for route in pages.read():
        for address in pages.addresses(route, world.ids):
            page = owner.get(address)
            if page.status == 303:
                page = owner.get(page.location.removeprefix(BASE))
            assert page.status == 200, (address, page.status, page.body[:500])
            found.add(address, read(page.body), text)
    return found


def test_what_stands_in_a_field_is_text_on_every_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, told = seen(world, PLAIN), seen(world, CANARY)
    assert told.elements <= plain.elements
    assert plain.showing <= told.showing
    assert len(told.showing) > 2
    # Files go to the bucket and come from there.
    bucket = files.presigned_download("-", name="x").partition("-?")[0]
    assert all(one.startswith(("/console", "#", "tel:", "mailto:", "?", bucket)) for one in told.addresses)
    monkeypatch.setattr(rendering, "environment", trusting)
    assert not seen(world, CANARY).elements <= plain.elements


def trusting(code: str) -> Environment:
    """The templates as they would be if they took what they are told for HTML."""
    made: Environment = _ENVIRONMENT(code)
    made.autoescape = False
    return made
