"""Whatever address somebody types in, nothing of ours is reached by it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace

import pytest

from crm.core import addresses, config, egress
from crm.core.egress import NotAllowed, Way
from tests.core.egress.asking import failure, must_not, sent
from tests.support.receiver import NAME, receiver, status

INSIDE = [
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1111%eth0",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "localhost",
    "",
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "2606:4700::1111"]
ODD = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://1.1.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://localhost/",
    "https://example/",
    "https://example.com./",
    "https://example.com.:443/",
    "https://ex_ample.com/",
    "https://-example.com/",
    "https://user@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com:443@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com#@127.0.0.1/",
    "https://example.com?@127.0.0.1/",
    "https://example.com/#here",
    "https://example.com/a b",
    "https://example.com/\r\nHost: 127.0.0.1",
    "https://example.com\n.evil.example/",
    "https://example.com\t/",
    " https://example.com/",
    "https://example.com/\n",
    "https:///example.com/",
    "https:example.com/",
    "//example.com/",
    "http://example.com/",
    "HTTP://example.com/",
    "http://127.0.0.1:8000/",
    "http://127.0.0.1:8000@example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "ftp://example.com/",
    "https://example.com:22/",
    "https://example.com:80/",
    "https://example.com:9001/",
    "https://example.com:0/",
    "https://example.com:65979/",  # 443 to who cuts a number off at 16 bits
    "https://example.com:99999/",
    "https://example.com:/",
    "https://exämple.com/",
    "https://example.com/ü",
    "https://" + "a" * 64 + ".example.com/",
    "https://" + "a." * 130 + "com/",
    "https://example.com/" + "a" * 500,
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_public(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.parametrize("url", ODD)
def test_an_odd_address_is_refused_before_anybody_is_asked_where_it_leads(url: str) -> None:
    """CVE-2026-33534 and CVE-2026-69137: 127.0.0.1 has many spellings, and a parser may read another host than we."""
    with pytest.raises(NotAllowed):
        egress.post(url, b"", {}, seconds=1, way=Way(must_not, must_not, must_not))


@pytest.mark.parametrize("address", [one for one in INSIDE if one])
def test_a_name_that_leads_inside_is_not_connected_to(address: str) -> None:
    """CVE-2024-36414, CVE-2023-6388, CVE-2026-9557."""
    way = Way(lambda _: [address], addresses.is_public, must_not)
    assert failure("https://example.com/", way) == "address"


def test_one_address_inside_among_others_is_enough_to_keep_away() -> None:
    way = Way(lambda _: ["1.1.1.1", "127.0.0.1"], addresses.is_public, must_not)
    assert failure("https://example.com/", way) == "address"


def test_a_name_is_resolved_once_and_its_checked_address_connected_to() -> None:
    """A name that leads outside when it is looked at and inside when it is used (DNS rebinding) gains nothing."""
    asked: list[str] = []

    def flipping(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with receiver() as here:
        assert sent(here.url, replace(here.way(), resolve=flipping)) == 204
    assert asked == [NAME]
    assert here.connections == 1


def test_the_system_is_not_asked_for_the_name_again(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[object] = []
    asking = socket.getaddrinfo

    def watched(host: str, *rest: int, **named: int) -> object:
        hosts.append(host)
        return asking(host, *rest, **named)

    with receiver() as here:
        monkeypatch.setattr(socket, "getaddrinfo", watched)
        assert sent(here.url, here.way()) == 204
    assert hosts == ["127.0.0.1"]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_nobody_follows_it(code: int) -> None:
    with receiver(status(code, "Location: http://169.254.169.254/latest/meta-data/")) as here:
        assert sent(here.url, here.way()) == code
    assert here.connections == 1


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as here, receiver(secure=False) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sent(here.url, here.way()) == 204
    assert proxy.connections == 0


def test_only_the_setting_of_a_laptop_opens_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(secure=False) as here:
        with pytest.raises(NotAllowed):
            sent(here.url, here.way())
        monkeypatch.setenv("DELIVERS_TO_THIS_MACHINE", "yes")
        config.settings.cache_clear()
        assert egress.post(here.url, b"", {}, seconds=5) == 204
        for port in (0, 65_536, 99_999):
            with pytest.raises(NotAllowed, match="1 to 65535"):
                egress.target(f"http://127.0.0.1:{port}/")
        for odd in ("http://127.0.0.2:80/", "http://localhost:80/", "http://127.0.0.1:80@example.com/"):
            with pytest.raises(NotAllowed):
                egress.target(odd)
