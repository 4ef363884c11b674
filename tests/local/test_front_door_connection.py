"""Whatever a client sends, it gets an HTTP answer, and the next client is served."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import wire
from infra.local.front_door import FrontDoor
from infra.local.http_message import Response
from infra.local.listener import Listener, PortTakenError
from tests.local.door import Client, opened
from tests.local.stand_in import StandInHost, StandInResult, StandInRoute, StandInStack

STACK = StandInStack(routes=[StandInRoute(method="ANY", path="/x")])
GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, STACK)) as client:
        yield client
        assert not any("Traceback" in line for line in client.host.lines)


def post(framing: bytes, body: bytes) -> bytes:
    return b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n" + framing + b"\r\n\r\n" + body


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def test_a_connection_serves_many_requests(client: Client) -> None:
    assert [client.ask("GET", "/x").status for _ in range(3)] == [200, 200, 200]
    assert client.ask("GET", "/x").headers["connection"] == "keep-alive"


def test_pipelined_requests_are_answered_in_order(client: Client) -> None:
    assert statuses(client.raw(GET + b"GET /none HTTP/1.1\r\n\r\n" + GET)) == [200, 404, 200]


@pytest.mark.parametrize(
    "request_", [b"GET /x HTTP/1.0\r\n\r\n", b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"], ids=["1.0", "close"]
)
def test_a_client_that_wants_one_answer_gets_one(client: Client, request_: bytes) -> None:
    received = client.raw(request_ + GET)
    assert statuses(received) == [200]
    assert b"connection: close" in received


def test_a_chunked_body_is_put_together(client: Client) -> None:
    chunks = b"5;ext=1\r\nHello\r\n8\r\n, World!\r\n0\r\nTrailer: x\r\n\r\n"
    assert statuses(client.raw(post(b"Transfer-Encoding: chunked", chunks) + GET)) == [200, 200]
    assert client.host.lambdas.calls[0][1]["body"] == "Hello, World!"


def test_a_client_that_expects_100_continue_gets_it_before_it_sends(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as sock:
        sock.sendall(post(b"Expect: 100-continue\r\nContent-Length: 5", b""))
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"Hello")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert client.event["body"] == "Hello"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /x HTTP/2.0\r\n\r\n", 400),
        (b"GET x HTTP/1.1\r\n\r\n", 400),
        (b"GET /x y HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nA: \x00\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nA : 1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (post(b"Content-Length: -1", b""), 400),
        (post(b"Content-Length: five", b""), 400),
        (post(b"Content-Length: 1\r\nContent-Length: 2", b"ab"), 400),
        (post(b"Content-Length: 1\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"), 400),
        (post(b"Transfer-Encoding: chunked", b"zz\r\n"), 400),
        (post(b"Transfer-Encoding: chunked", b"2\r\nabXX0\r\n\r\n"), 400),
        (post(b"Transfer-Encoding: gzip", b""), 501),
        (post(b"Expect: magic\r\nContent-Length: 0", b""), 417),
        (post(b"Content-Length: 99999999999", b""), 413),
        (post(b"Transfer-Encoding: chunked", b"ffffffff\r\n"), 413),
        (b"GET /x HTTP/1.1\r\nA: " + b"a" * 11_000 + b"\r\n\r\n", 431),
        (b"GET /x HTTP/1.1\r\n" + b"A: a\r\n" * 50_000 + b"\r\n", 431),
        (b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n", 431),
    ],
)
def test_what_is_malformed_or_too_large_is_answered_and_not_passed_on(client: Client, sent: bytes, status: int) -> None:
    assert statuses(client.raw(sent)) == [status]
    assert client.host.lambdas.calls == []
    assert client.ask("GET", "/x").status == 200


def test_a_body_of_more_than_10_mb_is_413_while_it_is_still_being_sent(client: Client) -> None:
    too_large = b"x" * (10 * 1024 * 1024 + 1)
    answer = client.raw(post(f"Content-Length: {len(too_large)}".encode(), too_large))
    assert answer.endswith(b'{"message":"Request Entity Too Large"}')


def test_a_request_that_makes_an_event_of_more_than_6_mb_is_413(client: Client) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    assert client.ask("POST", "/x", b"\xff" * (5 * 1024 * 1024), headers).status == 413
    assert client.ask("POST", "/x", b"\xff" * (4 * 1024 * 1024), headers).status == 200


@pytest.mark.parametrize("half", [b"", b"GET /x", GET[:-2], post(b"Content-Length: 9", b"a")])
def test_a_client_that_leaves_half_way_troubles_nobody(client: Client, half: bytes) -> None:
    assert client.raw(half) == b""
    assert client.host.lambdas.calls == []
    assert client.ask("GET", "/x").status == 200


def test_a_client_that_leaves_before_the_answer_troubles_nobody(client: Client) -> None:
    gone, answered = threading.Event(), threading.Event()

    def slow(_event: Any) -> StandInResult:
        gone.wait(5)
        answered.set()
        return StandInResult(b'"' + b"x" * 1_000_000 + b'"')

    client.host.lambdas.function = slow
    with socket.create_connection(("127.0.0.1", client.port)) as sock:
        sock.sendall(GET)
        while not client.host.lambdas.calls:
            gone.wait(0.01)
    gone.set()
    assert answered.wait(5)
    client.host.lambdas.function = lambda _event: StandInResult(b"{}")
    assert client.ask("GET", "/x").status == 200


def test_a_client_that_drips_its_headers_is_408(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as sock:
        sock.sendall(b"GET /x HTTP/1.1\r\n")
        assert sock.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_many_clients_are_served_at_the_same_time(client: Client) -> None:
    together = threading.Barrier(20, timeout=5)

    def meet(_event: Any) -> StandInResult:
        together.wait()
        return StandInResult(b"{}")

    client.host.lambdas.function = meet
    seen: list[list[int]] = []
    threads = [threading.Thread(target=lambda: seen.append(statuses(client.raw(GET)))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [[200]] * 20


def test_a_fault_of_the_host_itself_is_a_500_and_is_logged(tmp_path: Path) -> None:
    def broken(_event: Any) -> StandInResult:
        raise LookupError("no such process")

    host = StandInHost(tmp_path, STACK)
    host.lambdas.function = broken
    with opened(host) as client:
        answer = client.ask("GET", "/x")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert any("no such process" in line for line in host.lines)


def test_a_port_in_use_is_said_clearly(client: Client, tmp_path: Path) -> None:
    second = FrontDoor(StandInHost(tmp_path, STACK, port=client.port))
    with pytest.raises(PortTakenError, match=f"Port {client.port} is in use"):
        second.start()
    second.stop()


def test_after_a_stop_the_port_is_free_and_connections_are_closed(tmp_path: Path) -> None:
    first = Listener(0, lambda _request: Response(200), lambda _line: None)
    first.start()
    with socket.create_connection(("127.0.0.1", first.port), timeout=5) as sock:
        sock.sendall(GET)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
        first.stop()
        assert sock.recv(1000) == b""
    again = Listener(first.port, lambda _request: Response(200), lambda _line: None)
    again.start()
    again.stop()
    first.stop()
