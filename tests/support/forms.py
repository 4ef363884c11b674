"""Uploads a file through a presigned form, as a page or the command line does."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BORDER = "a-border-that-no-file-holds"


def upload(url: str, fields: Mapping[str, str], body: bytes) -> int:
    """POST the form with the file as its last field; return the status."""
    parts = [
        f'--{_BORDER}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields
    ]
    head = f'--{_BORDER}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
    content = "".join([*parts, head]).encode() + body + f"\r\n--{_BORDER}--\r\n".encode()
    how = {"Content-Type": f"multipart/form-data; boundary={_BORDER}"}
    request = urllib.request.Request(url, content, how)  # noqa: S310 - tests speak to their own engine
    return status_of(request)


def status_of(asked: str | urllib.request.Request) -> int:
    """The status of the answer, refusals included."""
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 - tests speak to their own engine
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
