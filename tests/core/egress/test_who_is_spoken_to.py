"""The one whose name was asked for is spoken to, by that name, and nobody else; a failure says why and no more."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from crm.core import egress
from crm.core.egress import Unreachable
from tests.core.egress.asking import failure, sent
from tests.support.receiver import NAME, raw, receiver


def test_the_other_side_hears_the_name_in_tls_and_in_http() -> None:
    with receiver() as here:
        assert sent(here.url, here.way()) == 204
    assert here.names == [NAME]
    [request] = here.requests
    assert request.line == "POST /in?key=1 HTTP/1.1"
    assert (request.headers["host"], request.body) == (f"{NAME}:{here.port}", b'{"a":1}')


def test_the_usual_port_is_not_named_in_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as here:
        connecting = socket.create_connection
        monkeypatch.setattr(
            socket, "create_connection", lambda _, timeout: connecting(("127.0.0.1", here.port), timeout)
        )
        assert sent("https://Hooks.Example.COM/", replace(here.way(), ports=frozenset({443}))) == 204
    assert here.requests[0].headers["host"] == NAME
    assert egress.target("https://Example.COM").authority == "example.com"
    assert egress.target("https://example.com:8443/x").authority == "example.com:8443"


def test_a_certificate_of_somebody_else_is_not_taken() -> None:
    with receiver(name="other.example.com") as here:
        assert failure(here.url, here.way()) == "certificate"
        assert failure(here.url, replace(here.way(), tls=egress.OUT.tls)) == "certificate"
    assert here.requests == []


def test_an_unknown_name_and_a_closed_port_are_told_apart() -> None:
    with receiver() as here:
        gone = here
    assert failure(gone.url, gone.way()) == "connection"
    assert failure(gone.url, replace(gone.way(), resolve=lambda _: [])) == "name"


def test_the_next_address_is_tried_where_the_first_takes_no_connection() -> None:
    with receiver() as here:
        way = replace(here.way("127.0.0.9", "127.0.0.1"), may_reach=lambda _: True)
        assert sent(here.url, way) == 204


def test_what_a_failure_says_does_not_show_the_answer() -> None:
    with receiver(raw(b"HTTP/1.1 secret\r\n\r\n")) as here, pytest.raises(Unreachable) as raised:
        sent(here.url, here.way())
    assert str(raised.value) == "answer"
