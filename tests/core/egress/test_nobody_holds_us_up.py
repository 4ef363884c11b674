"""Whoever answers slowly, endlessly or in nonsense is left in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence

import pytest

from crm.core import addresses
from crm.core.egress import Way
from tests.core.egress.asking import failure, must_not, sent
from tests.support.receiver import NAME, raw, receiver

LONG = 20.0
"""Seconds after which whoever holds us up gives up by itself: who waits for that was not left in time.

What is looked for is who was first, and not how many seconds went by: a busy machine takes more of them for all.
"""


class Holding:
    """Holds us up until we have gone, which it notes, or for very long."""

    def __init__(self) -> None:
        self.was_left = threading.Event()

    def dripping(self, connection: socket.socket, begin: bytes) -> None:
        ends = time.monotonic() + LONG
        try:
            connection.sendall(begin)
            while time.monotonic() < ends:
                connection.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            self.was_left.set()

    def silent(self, connection: socket.socket) -> None:
        connection.settimeout(LONG)
        try:
            connection.recv(1)
        except TimeoutError:
            return
        except OSError:
            pass
        self.was_left.set()

    def slow(self, _: str) -> Sequence[str]:
        """As a resolver, which does not see who has gone on without it."""
        self.was_left.wait(LONG)
        return []


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 Fine\r\nX: "])
def test_an_answer_that_drips_ends_in_time(begin: bytes) -> None:
    holding = Holding()
    with receiver(lambda connection: holding.dripping(connection, begin)) as here:
        assert failure(here.url, here.way(), seconds=0.4) == "time"
        assert holding.was_left.wait(LONG)


def test_whoever_says_nothing_is_left_in_time() -> None:
    holding = Holding()
    with receiver(holding.silent) as here:
        assert failure(here.url, here.way(), seconds=0.3) == "time"
        assert holding.was_left.wait(LONG)


def test_a_handshake_that_drips_ends_in_time() -> None:
    holding = Holding()
    with receiver(secure=False) as here:
        here.listens, here.answer = False, lambda connection: holding.dripping(connection, b"\x16\x03\x03\x40\x00")
        assert failure(f"https://{NAME}:{here.port}/", here.way(), seconds=0.3) == "time"
        assert holding.was_left.wait(LONG)


def test_a_resolver_that_keeps_us_waiting_is_left_in_time() -> None:
    holding, answered = Holding(), threading.Event()

    def slow(name: str) -> Sequence[str]:
        found = holding.slow(name)
        answered.set()
        return found

    assert failure("https://example.com/", Way(slow, addresses.is_public, must_not), seconds=0.2) == "time"
    assert not answered.is_set(), "it was waited for"
    holding.was_left.set()


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
