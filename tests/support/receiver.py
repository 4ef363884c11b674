"""Somebody else's machine: a real server with a certificate, on this one, that answers as a test tells it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crm.core import clock
from crm.core.egress import Way

NAME = "hooks.example.com"
Answer = Callable[[socket.socket], None]
_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass
class Request:
    """What came: the first line, the headers by small name, and the body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answer` is what it does once a request was read, or at once where it does not listen.

    `names`: those that clients asked for in their hello.
    """

    port: int
    secure: bool
    answer: Answer
    requests: list[Request] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    listens: bool = True
    connections: int = 0

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}/in?key=1" if self.secure else f"http://127.0.0.1:{self.port}/in"

    def way(self, *resolved: str) -> Way:
        """The way here: the name leads to this machine, whose certificate counts, and to no other."""
        return Way(
            resolve=lambda _: list(resolved) or ["127.0.0.1"],
            may_reach=lambda address: address == "127.0.0.1",
            tls=trusting,
            ports=frozenset({self.port}),
        )


def status(code: int, *headers: str, body: str = "") -> Answer:
    """Answers with a status and a body."""
    lines = [f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}", *headers, "", body]
    return raw("\r\n".join(lines).encode())


def raw(text: bytes) -> Answer:
    """Answers with these very bytes."""
    return lambda connection: connection.sendall(text)


@contextmanager
def receiver(answer: Answer = status(204), *, secure: bool = True, name: str = NAME) -> Iterator[Receiver]:  # noqa: B008
    """A server that runs as long as the block, on a free port of 127.0.0.1."""
    listening = socket.create_server(("127.0.0.1", 0))
    found = Receiver(listening.getsockname()[1], secure, answer)
    context = _serving(name) if secure else None
    if context:
        context.sni_callback = lambda _, asked, __: found.names.append(asked)
    thread = threading.Thread(target=_serve, args=(listening, found, context), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        # Not close alone: a thread that waits in accept would go on waiting.
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)


def _serve(listening: socket.socket, found: Receiver, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        found.connections += 1
        plain.settimeout(30)
        with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) if context else plain as spoken:
            if found.listens:
                found.requests.append(_read(spoken))
            found.answer(spoken)


def _read(spoken: socket.socket) -> Request:
    with spoken.makefile("rb") as lines:
        first = lines.readline().decode().strip()
        headers: dict[str, str] = {}
        while line := lines.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Request(first, headers, lines.read(int(headers.get("content-length", 0))))


@cache
def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority for tests")])
    may = {"key_cert_sign": True, "crl_sign": True}
    usage = x509.KeyUsage(**{use: may.get(use, False) for use in _USES})
    about = [x509.BasicConstraints(ca=True, path_length=0), usage]
    made = _certificate(name, name, (key.public_key(), key.public_key()), about)
    return key, made.sign(key, hashes.SHA256())


def trusting() -> ssl.SSLContext:
    """Trusts the authority of the tests, and no other."""
    return ssl.create_default_context(cadata=_authority()[1].public_bytes(serialization.Encoding.PEM).decode())


@cache
def _serving(name: str) -> ssl.SSLContext:
    """A server's side, with a certificate for this name."""
    authority, issuer = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: Sequence[x509.ExtensionType] = [x509.SubjectAlternativeName([x509.DNSName(name)])]
    keys = key.public_key(), authority.public_key()
    made = _certificate(subject, issuer.subject, keys, names).sign(authority, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as place:
        path = Path(place) / "chain.pem"
        path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
    return context


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    keys: tuple[ec.EllipticCurvePublicKey, ec.EllipticCurvePublicKey],
    about: Sequence[x509.ExtensionType],
) -> x509.CertificateBuilder:
    """`keys`: its own, and that of who vouches for it."""
    now, (key, vouching) = clock.now(), keys
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
    whose = x509.AuthorityKeyIdentifier.from_issuer_public_key(vouching)
    for extension in (*about, x509.SubjectKeyIdentifier.from_public_key(key), whose):
        made = made.add_extension(extension, critical=isinstance(extension, (x509.BasicConstraints, x509.KeyUsage)))
    return made
