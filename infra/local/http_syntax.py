"""The syntax of HTTP/1.1 (RFC 9112): bytes to parts of a request, a response to bytes; strict where leniency hides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from infra.local.http_errors import BodyTooLargeError, MalformedError
from infra.local.http_message import Headers, Response

BODY_BYTES = 10 * 1024 * 1024  # API Gateway's limit

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(rb"[\x21-\x7e]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


def parse_head(head: bytes) -> tuple[str, str, str, Headers]:
    first, *lines = head.split(b"\r\n")
    parts = first.split(b" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or not _TARGET.fullmatch(parts[1]):
        raise MalformedError
    if parts[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise MalformedError
    return parts[0].decode(), parts[1].decode(), parts[2].decode(), tuple(map(_parse_header, lines))


def _parse_header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise MalformedError
    stripped = value.strip(b" \t")
    try:
        return name.decode().lower(), stripped.decode()
    except UnicodeDecodeError:
        return name.decode().lower(), stripped.decode("latin-1")


def split_target(target: str) -> tuple[str, str]:
    if target.startswith(("http://", "https://")):
        target = "/" + target.partition("://")[2].partition("/")[2]
    if not target.startswith("/"):
        raise MalformedError
    path, _, query = target.partition("#")[0].partition("?")
    return path, query


def content_length(text: str) -> int:
    sizes = {part.strip() for part in text.split(",")}  # a repeated header joined by commas; all must agree
    first = sizes.pop()
    if sizes or not re.fullmatch(r"[0-9]{1,18}", first):
        raise MalformedError
    size = int(first)
    if size > BODY_BYTES:
        raise BodyTooLargeError
    return size


def chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits):
        raise MalformedError
    return int(digits, 16)


def render(response: Response, *, head_only: bool, close: bool) -> bytes:
    bodiless = response.status in (204, 304)
    lines = [f"HTTP/1.1 {response.status} {_reason(response.status)}"]
    lines += _header_lines(response.headers)
    if not bodiless:
        lines.append(f"content-length: {len(response.body)}")
    lines.append(f"connection: {'close' if close else 'keep-alive'}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")
    return head if bodiless or head_only else head + response.body


def _header_lines(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
