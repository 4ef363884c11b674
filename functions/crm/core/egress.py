"""The one way to an address that somebody has typed in: nothing else here connects to one.

The name is resolved once, every address that comes of it is looked at, and the connection goes to an address that was
looked at: a second answer of the resolver is never asked for. No redirect is followed, no proxy is asked, and of the
answer nothing is read but its status: whoever typed the address learns no more of what stands there.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPConnection, HTTPException
from threading import Thread, Timer
from typing import Literal

from crm.core import addresses
from crm.core.config import settings
from crm.core.reason import BadValue, Reason

Failure = Literal["name", "address", "connection", "certificate", "time", "answer"]
LONGEST_URL = 500
PORTS = frozenset({443, 8443})
_HTTPS = 443
_LAST_PORT = 65_535
# The name of a machine ends in letters, so no number is taken for one: 127.1, 0x7f.1 and 2130706433 are IPv4, too.
_URL = re.compile(
    r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*)?",
    re.IGNORECASE | re.ASCII,
)
_THIS_MACHINE = re.compile(r"http://(?P<host>127\.0\.0\.1):(?P<port>[0-9]{1,5})(?P<path>/[A-Za-z0-9._~/?=&-]*)?")
_LONGEST_NAME = 253


class NotAllowed(BadValue):
    """An address that nothing is sent to, whoever stands there; the text says what to type instead."""


class Unreachable(Exception):
    """No answer came; `failure` says at which step, and no more."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure: Failure = failure


@dataclass(frozen=True)
class Target:
    """Where a request goes, taken apart once: it is made of these parts, and nobody reads the address again."""

    host: str
    port: int
    path: str
    is_secure: bool = True

    @property
    def authority(self) -> str:
        """What the header Host says."""
        return self.host if self.is_secure and self.port == _HTTPS else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Way:
    """How to get out. Tests stand on another one, with a resolver, addresses and certificates of their own.

    `resolve`: the addresses of a name, as text; raises OSError. `may_reach`: whether one of them may be connected to.
    """

    resolve: Callable[[str], Sequence[str]]
    may_reach: Callable[[str], bool]
    tls: Callable[[], ssl.SSLContext]
    ports: frozenset[int] = PORTS


def _resolved(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(where[0]) for _, _, _, _, where in sorted(found, key=lambda one: one[0] != socket.AF_INET)]


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


OUT = Way(_resolved, addresses.is_public, _trusted)


def target(url: str, *, way: Way | None = None) -> Target:
    """The parts of an address. Raises NotAllowed.

    Only https, only names, only the ports of https; no user, no fragment. On a laptop, and only there, this very
    machine may be named, too.
    """
    if len(url) > LONGEST_URL:
        raise NotAllowed(Reason("at most {most} characters", most=LONGEST_URL))
    local = _THIS_MACHINE.fullmatch(url) if settings().delivers_to_this_machine else None
    found = local or _URL.fullmatch(url)
    if found is None or len(found["host"]) > _LONGEST_NAME:
        raise NotAllowed(Reason("write https://, the name of a machine (no numbers, no user) and a path in ASCII"))
    port = int(found["port"] or _HTTPS)
    ports = (way or OUT).ports
    if local and not 0 < port <= _LAST_PORT:
        raise NotAllowed(Reason("the port has to be one of 1 to {last}", last=_LAST_PORT))
    if not local and port not in ports:
        raise NotAllowed(Reason("the port has to be one of {ports}", ports=", ".join(map(str, sorted(ports)))))
    return Target(found["host"].lower(), port, found["path"] or "/", is_secure=local is None)


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, way: Way | None = None) -> int:
    """Send `body` and give the status of the answer. At most `seconds` go by, whatever the other side does.

    Raises NotAllowed, Unreachable.
    """
    way = way or OUT
    where, deadline = target(url, way=way), time.monotonic() + seconds
    connected = _connected(_addresses(where, way, seconds), where.port, deadline)
    with connected, _closed_at(deadline, connected):
        try:
            status = _answered(connected, where, body, headers, way)
        except ssl.SSLCertVerificationError as error:
            raise Unreachable("certificate") from error
        except (OSError, HTTPException) as error:
            raise Unreachable("time" if time.monotonic() >= deadline else "answer") from error
    if time.monotonic() >= deadline:
        # It was cut off, and what had come until then may look like an answer.
        raise Unreachable("time")
    return status


def _addresses(where: Target, way: Way, seconds: float) -> Sequence[str]:
    """The addresses of a name, all of them looked at: one that is not public is a name to keep away from."""
    if not where.is_secure:
        return [where.host]
    found = _in_time(lambda: way.resolve(where.host), seconds)
    if not found:
        raise Unreachable("name")
    if not all(map(way.may_reach, found)):
        raise Unreachable("address")
    return found


def _in_time(resolve: Callable[[], Sequence[str]], seconds: float) -> Sequence[str]:
    """What the resolver says. It cannot be interrupted, so whoever it keeps waiting goes on without it."""
    found: list[Sequence[str]] = []

    def ask() -> None:
        try:
            found.append(resolve())
        except (OSError, UnicodeError):
            found.append(())

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not found:
        raise Unreachable("time")
    return found[0]


def _connected(found: Sequence[str], port: int, deadline: float) -> socket.socket:
    """A connection to the first of these addresses that takes one."""
    for address in found:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unreachable("time")
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError:
            continue
    raise Unreachable("time" if time.monotonic() >= deadline else "connection")


@contextmanager
def _closed_at(deadline: float, connected: socket.socket) -> Iterator[None]:
    """Closes the connection when the time is over: a timeout of the socket begins anew with each byte.

    A second handle on it, since TLS takes the first one over.
    """
    handle = connected.dup()

    def close() -> None:
        try:
            handle.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was first

    timer = Timer(max(0.0, deadline - time.monotonic()), close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def _answered(connected: socket.socket, where: Target, body: bytes, headers: Mapping[str, str], way: Way) -> int:
    exchange = HTTPConnection(where.host, where.port)
    exchange.auto_open = 0  # else it would connect by itself, to wherever the name leads by then
    exchange.sock = way.tls().wrap_socket(connected, server_hostname=where.host) if where.is_secure else connected
    try:
        exchange.request("POST", where.path, body, {"Host": where.authority, **headers, "Connection": "close"})
        # Not its body: what is not read can neither be long nor be shown to anybody.
        with exchange.getresponse() as answer:
            return answer.status
    finally:
        exchange.close()
