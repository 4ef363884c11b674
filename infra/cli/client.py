"""HTTP to a CRM, local or deployed: problems become one line with their remedy."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

import urllib3

from infra.cli.stops import StoppedError, UnreachableError

LOCAL = "http://127.0.0.1:3000"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_BLOCK = 1 << 18
_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")
_RETRIES = urllib3.Retry(
    total=4, backoff_factor=0.4, status_forcelist=(429, 502, 503, 504), allowed_methods=("GET", "POST")
)
# The token is good, and the role behind it is not allowed to; a gateway's own 403 has no type.
_FORBIDDEN = "urn:crm:problem:forbidden"
Seen = Callable[[int], None]
"""Told of each block how many bytes went by."""


class Client:
    """Requests to one CRM as one member of staff. Its POSTs have keys: repeated, they do nothing twice."""

    def __init__(self, url: str, *, token: str | None, staff: str) -> None:
        parts = urlsplit(url)
        is_local = parts.hostname in _LOOPBACK
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise StoppedError(f"{url} is no address: give one such as https://crm.example.com")
        if parts.scheme == "http" and not is_local:
            raise StoppedError("the token would travel in the clear: give an address with https")
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=120))
        if token is None and not is_local:
            raise UnreachableError(
                "set CRM_TOKEN to an access token of your own, or a key; only a local CRM gives one itself"
            )
        self._token = token or self._local_token(staff)

    def get(self, path: str, **query: str | None) -> Any:
        """The document at a path. Raises StoppedError."""
        known = {name: value for name, value in query.items() if value is not None}
        return self._asked("GET", f"{path}?{urlencode(known)}" if known else path)

    def post(self, path: str, body: Any = None) -> Any:
        """Ask for something, once. Raises StoppedError."""
        return self._asked("POST", path, body, key=secrets.token_hex(16))

    def patch(self, path: str, body: Any) -> Any:
        """Change something. Raises StoppedError."""
        return self._asked("PATCH", path, body)

    def upload(self, form: Mapping[str, Any], file: BinaryIO, size: int, seen: Seen) -> None:
        """Send a file with a form of the bucket; holds a block of it at a time. Raises StoppedError."""
        border = secrets.token_hex(16)
        fields = "".join(
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form["fields"].items()
        )
        head = f'{fields}--{border}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'.encode()
        tail = f"\r\n--{border}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={border}",
            "Content-Length": str(len(head) + size + len(tail)),
        }
        answer = self._sent("POST", form["url"], body=_body(head, file, tail, seen), headers=headers, retries=False)
        if answer.status >= 300:
            raise StoppedError(f"the bucket did not take the file ({answer.status}): try again")

    def download(self, url: str, target: BinaryIO, seen: Seen) -> None:
        """Write what a link holds into a file, a block at a time. Raises StoppedError."""
        answer = self._sent("GET", url, preload_content=False)
        if answer.status >= 300:
            raise StoppedError(f"the link does not work any more ({answer.status}): ask for a new one")
        for block in answer.stream(_BLOCK):
            target.write(block)
            seen(len(block))
        answer.release_conn()

    def _local_token(self, staff: str) -> str:
        answer = self._sent("POST", f"{self._url}/_local/token", body=json.dumps({"staff": staff}))
        document = _document(answer)
        if answer.status >= 300 or not isinstance(document, Mapping):
            raise UnreachableError(_worded(answer.status, document))
        return str(document["token"])

    def _asked(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        # A machine's key opens the same routes, at another door.
        path = f"/machine{path}" if self._token.startswith("crm_") else path
        headers = {"Authorization": f"Bearer {self._token}", **({"Idempotency-Key": key} if key else {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        text = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        answer = self._sent(method, self._url + path, body=text, headers=headers)
        document = _document(answer)
        if isinstance(document, Mapping) and document.get("type") == _FORBIDDEN:
            raise StoppedError(f"{document.get('title')}: {document.get('detail')}")
        if answer.status in {401, 403}:
            raise UnreachableError(
                f"{self._url} does not take the token ({answer.status}): set CRM_TOKEN to a valid one"
            )
        if answer.status >= 300:
            raise StoppedError(_worded(answer.status, document))
        return document

    def _sent(self, method: str, url: str, **how: Any) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(method, url, **{"retries": _RETRIES, "redirect": False, **how})
        except urllib3.exceptions.HTTPError as error:
            where = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
            raise UnreachableError(
                f"nobody answers at {where}: start it with `make run`, or give --url or CRM_URL"
            ) from error


def id_of(text: str) -> str:
    """An id for a path. Raises StoppedError for what is none: a path of it would lead elsewhere."""
    if not _ID.fullmatch(text):
        raise StoppedError(f"{text!r} is no id: it has letters, digits, - and _ alone, as lists and imports show it")
    return text


def size_of(path: Path) -> int:
    """How large a file is. Raises StoppedError where there is none, or it is empty."""
    if not path.is_file():
        raise StoppedError(f"there is no file {path}")
    if not path.stat().st_size:
        raise StoppedError(f"{path} is empty")
    return path.stat().st_size


def _body(head: bytes, file: BinaryIO, tail: bytes, seen: Seen) -> Iterator[bytes]:
    yield head
    while block := file.read(_BLOCK):
        yield block
        seen(len(block))
    yield tail


def _document(answer: urllib3.BaseHTTPResponse) -> Any:
    try:
        return json.loads(answer.data) if answer.data else None
    except ValueError:
        return None


def _worded(status: int, problem: Any) -> str:
    if not isinstance(problem, Mapping):
        return f"it answered {status} and no more: is this the address of a CRM?"
    return str(problem.get("detail") or problem.get("title") or problem.get("message") or status)
