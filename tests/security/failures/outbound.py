"""Requests that somebody makes our servers send inside: by odd spellings, schemes, addresses and names."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Sequence
from typing import Any
from unittest import mock

from crm.core import addresses, egress
from crm.core.egress import NotAllowed, Unreachable, Way
from tests.security.failures.register import Without, known, put
from tests.security.furnished import OWNER, World

_LAX = put(egress, "_URL", re.compile(r"\w+://(?:[^/@]*@)?(?P<host>[^/:]+|\[[^]]*\])(?::(?P<port>\d+))?(?P<path>/.*)?"))
_ANYWHERE: Without = put(addresses, "is_public", lambda _: True)
PUBLIC = "8.8.8.8"


def refused_as_written(world: World, *urls: str) -> None:
    """No such address is asked, nor can a webhook have it."""
    for url in urls:
        answer = world.api.post("/webhooks", {"name": "Books", "url": url, "events": ["customer.created"]}, **OWNER)
        assert answer.status == 422, (url, answer)
        assert "/url" in [error["pointer"] for error in answer.body["errors"]], answer.body
        try:
            egress.target(url)
        except NotAllowed:
            continue
        raise AssertionError(f"{url} would be asked")


def connected_to(*answers: Sequence[str]) -> list[str]:
    """The addresses that a request to a name is connected to, where the resolver gives these answers in turn."""
    told, tried = iter(answers), []

    def connect(address: tuple[str, int], **_: Any) -> Any:
        tried.append(address[0])
        raise OSError("nothing is connected here")

    way = Way(lambda _: next(told, answers[-1]), addresses.is_public, ssl.create_default_context)
    with mock.patch.object(socket, "create_connection", connect), contextlib.suppress(Unreachable):
        egress.post("https://hooks.example.com/in", b"{}", {}, seconds=2, way=way)
    return tried


@known(
    "CVE-2026-33534",
    "EspoCRM's check of addresses did not know the odd spellings of IPv4",
    stands="only names of machines are taken, no numbers (`functions/crm/core/egress.py`, `_URL`)",
    without=_LAX,
)
def odd_spellings(world: World) -> None:
    hosts = ("127.1", "0x7f.1", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1.", "[::ffff:7f00:1]", "[::1]")
    refused_as_written(world, *(f"https://{host}/" for host in hosts), "https://①②⑦.⓪.⓪.①/", "https://0/")


@known(
    "CVE-2026-69137",
    "SuiteCRM asked addresses inside its network for whoever named them",
    stands="every address of a name has to be public (`functions/crm/core/addresses.py`)",
    without=_ANYWHERE,
)
def inside_the_network(_: World) -> None:
    for inside in ("10.0.0.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.0.0.1", "fd00:ec2::254", "fe80::1"):
        assert connected_to([inside]) == [], inside
        assert connected_to([PUBLIC, inside]) == [], inside
    assert connected_to([PUBLIC]) == [PUBLIC]


@known(
    "CVE-2024-36414",
    "SuiteCRM's connectors were led inside by addresses that wrap others",
    stands="what wraps an IPv4 address is refused whatever it wraps (`functions/crm/core/addresses.py`)",
    without=_ANYWHERE,
)
def wrapped_addresses(_: World) -> None:
    for wrapped in (
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1",
        "2001::1",
        "::7f00:1",
    ):
        assert connected_to([wrapped]) == [], wrapped


@known(
    "CVE-2023-6388",
    "SuiteCRM fetched any scheme, and with a user in the address",
    stands="https alone, no user, no fragment, the ports of https (`functions/crm/core/egress.py`, `target`)",
    without=_LAX,
)
def any_scheme(world: World) -> None:
    refused_as_written(
        world,
        "http://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/_x",
        "ftp://example.com/",
        "https://example.com@127.0.0.1/",
        "https://user:word@example.com/",
        "https://example.com:22/",
        "https://example.com:80/",
        "https://example.com/a\r\nHost: inside",
    )


def _asks_again(patch: Any) -> None:
    def looked_at(where: egress.Target, way: Way, _: float) -> Sequence[str]:
        if not all(map(way.may_reach, way.resolve(where.host))):
            raise Unreachable("address")
        return way.resolve(where.host)

    patch.setattr(egress, "_addresses", looked_at)


@known(
    "CVE-2026-9557",
    "Mautic looked a name up, and connected to what it was by then",
    stands="resolved once, connected to an address that was looked at (`functions/crm/core/egress.py`)",
    without=_asks_again,
)
def flipping_names(_: World) -> None:
    assert connected_to([PUBLIC], ["127.0.0.1"]) == [PUBLIC]
