"""Whoever answers slowly, endlessly or in nonsense is left in time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence

import pytest

from crm.core import addresses
from crm.core.egress import Way
from tests.core.egress.asking import failure, must_not, sent
from tests.support.receiver import NAME, raw, receiver


def _dripping(begin: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 Fine\r\nX: "])
def test_an_answer_that_drips_ends_in_time(begin: bytes) -> None:
    with receiver(_dripping(begin)) as here:
        began = time.monotonic()
        assert failure(here.url, here.way(), seconds=0.4) == "time"
    assert time.monotonic() - began < 2


def test_whoever_says_nothing_is_left_in_time() -> None:
    with receiver(lambda _: time.sleep(0.5)) as here:
        assert failure(here.url, here.way(), seconds=0.3) == "time"


def test_a_handshake_that_drips_ends_in_time() -> None:
    with receiver(secure=False) as here:
        here.listens, here.answer = False, _dripping(b"\x16\x03\x03\x40\x00")
        assert failure(f"https://{NAME}:{here.port}/", here.way(), seconds=0.3) == "time"


def test_a_resolver_that_keeps_us_waiting_is_left_in_time() -> None:
    def slow(_: str) -> Sequence[str]:
        time.sleep(1)
        return []

    began = time.monotonic()
    assert failure("https://example.com/", Way(slow, addresses.is_public, must_not), seconds=0.2) == "time"
    assert time.monotonic() - began < 0.9


def test_of_a_huge_answer_nothing_is_read() -> None:
    told = 0

    def pouring(connection: socket.socket) -> None:
        nonlocal told
        connection.sendall(b"HTTP/1.1 200 Fine\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            told += connection.send(b"x" * 65536)

    with receiver(pouring) as here:
        assert sent(here.url, here.way()) == 200
    assert told < 20_000_000


@pytest.mark.parametrize(
    "text", [b"", b"\x00\xff" * 50, b"HTTP/1.1 hello\r\n\r\n", b"HTTP/1.1 200 Fine\r\n" + b"X: y\r\n" * 200]
)
def test_nonsense_is_no_answer(text: bytes) -> None:
    with receiver(raw(text)) as here:
        assert failure(here.url, here.way()) == "answer"


def test_endless_headers_are_no_answer() -> None:
    with receiver(raw(b"HTTP/1.1 200 Fine\r\nX: " + b"y" * 100_000)) as here:
        assert failure(here.url, here.way()) == "answer"
