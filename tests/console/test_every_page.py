"""Of every page: whatever stands in whatever field is text there, and no link leads to where its reader may not go."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from jinja2 import Environment

from crm.access import rules
from crm.console import menu, rendering
from crm.console.menu import Entry
from crm.core.lease import Lease
from infra.build import catalogues
from tests.console import pages
from tests.console.browser import BASE, Browser, route_of
from tests.security import fields, furnished
from tests.security.fields import Field
from tests.security.furnished import OWNER, World
from tests.security.test_hostile_outputs import Read, bare, read

OURS = ("/console", "#", "tel:", "mailto:", "?", "https://crm-files.s3.")
OF_ONE_SHAPE = 2
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
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
    catalogues.compile_into(catalogues.LOCALES)
    with furnished.world(seed=5) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIC_URL", BASE)
        yield made


def filled(world: World, text: str, wanted: Iterable[Field]) -> list[Field]:
    """Put a text into each of the fields, of requests that change something; those that take it."""
    taken = [one for one in wanted if _takes(world, one, text)]
    world.cloud.settle()
    Lease.forget_all()
    return taken


def _takes(world: World, field: Field, text: str) -> bool:
    sample = fields.sample(field.route, world).holding(field, text)
    told: Any = {"body": sample.body, "query": sample.query, "headers": sample.headers}
    return world.api.call(sample.method, sample.path, **told, **OWNER).status < 300


def seen(world: World, text: str) -> Seen:
    """All pages, as the owner sees them."""
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
    every = [
        one
        for one in fields.fields(world.document)
        if one.place == "body" and not one.route.startswith(("GET ", "DELETE "))
    ]
    world.restored()
    taking = filled(world, PLAIN, every)
    assert len(taking) > 60
    plain = seen(world, PLAIN)
    world.restored()
    assert len(filled(world, CANARY, taking)) > len(taking) / 2
    told = seen(world, CANARY)
    assert told.elements <= plain.elements
    assert plain.showing <= told.showing
    assert len(told.showing) > 2
    assert [one for one in told.addresses if not one.startswith(OURS)] == []
    monkeypatch.setattr(rendering, "environment", trusting)
    assert not seen(world, CANARY).elements <= plain.elements


def test_an_address_of_a_later_part_that_there_is_not_leads_to_the_beginning_of_its_list(world: World) -> None:
    world.restored()
    owner, anew = Browser().signed_in("owner"), set[str]()
    for route in pages.read():
        for address in pages.addresses(route, world.ids):
            asked = f"{address}{'&' if '?' in address else '?'}after=none&before=none&cursor=none"
            found, there = owner.get(asked), owner.get(address)
            if found.status == there.status:
                assert found.location == there.location
                continue
            assert (found.status, found.location) == (303, address.replace("walk=begin&", "")), asked
            anew.add(route)
    assert len(anew) > 15, anew


@lru_cache(maxsize=1)
def trusting(code: str) -> Environment:
    """The templates as they would be if they took what they are told for HTML."""
    made: Environment = _ENVIRONMENT(code)
    made.autoescape = False
    return made


def dead_ends(role: str) -> dict[str, int]:
    """By their address the links that lead a role nowhere, from its day on through all pages that are led to."""
    reader, waiting, known = Browser().signed_in(f"m_{role}", role=role), ["/console"], {"/console"}
    dead: dict[str, int] = {}
    shapes: Counter[str] = Counter()
    while waiting:
        address = waiting.pop()
        if route_of(urlsplit(address).path) is None:
            dead[address] = 404
            continue
        page = reader.get(address)
        if page.status not in {200, 303}:
            dead[address] = page.status
        for link in sorted(linked(page.body, address) - known):
            known.add(link)
            waiting += [link] if shapes[shape_of(link)] < OF_ONE_SHAPE else []
            shapes[shape_of(link)] += 1
    assert len(known) > 1
    return dead


def shape_of(address: str) -> str:
    """What pages have in common that are of one kind and about different things."""
    parts = urlsplit(address)
    names = [one.partition("=")[0] for one in parts.query.split("&")]
    return f"{route_of(parts.path)} {sorted(names)}"


def linked(body: str, at: str) -> set[str]:
    """The addresses of pages of ours to which a page links; a file is none."""
    found = {urljoin(at, unescape(one)).partition("#")[0] for one in _LINK.findall(body)}
    return {one for one in found if one.startswith("/console") and not one.startswith(("/console/static", f"{at}?"))}


@pytest.mark.parametrize("role", rules.policy().roles)
def test_no_link_leads_to_what_its_reader_may_not_open(world: World, role: str) -> None:
    world.restored()
    assert dead_ends(role) == {}


def test_a_link_that_leads_nowhere_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.restored()
    monkeypatch.setattr(menu, "shown", lambda _: [(Entry("GET /console/audit", "Audit"), False)] * 2)
    monkeypatch.setattr(rendering, "environment", _ENVIRONMENT)
    assert dead_ends("till") == {"/console/audit": 403}
