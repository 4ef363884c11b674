"""Takes a large CSV through the first jobs of an import: how long each takes, in how many messages, and in what memory.

    python -m tests.bench.gigabyte_import [megabytes] [pieces to check]     1000 and 40 unless told

The jobs are those of the product, message after message as the queue hands them out. The bucket is a folder and the
table is in memory, so it says what the jobs themselves need; the dry run notes what each row has in the table, which
would fill this process, so it is measured on the first pieces only.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from crm.imports import chain
from crm.imports.models import Import
from tests.bench.measure_imports import _most_memory
from tests.imports.office import Office, deliver, receive
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.objects import Bucket, _error
from tests.support.post import Post

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
_HEADER = "name,phone,email,birthday,address\n"


class Folder(Bucket):
    """A bucket whose objects are files; its ETags are not of contents, which would be read for each."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def path(self, key: str) -> Path:
        return self._folder / hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()

    def put(self, p: dict[str, Any]) -> Any:
        if p.get("IfNoneMatch") and self.path(p["Key"]).exists():
            raise _error("PreconditionFailed", "PutObject")
        self.path(p["Key"]).write_bytes(p["Body"])
        return {"ETag": '"e"'}

    def get(self, p: dict[str, Any]) -> Any:
        if not self.path(p["Key"]).exists():
            raise _error("NoSuchKey", "GetObject")
        with self.path(p["Key"]).open("rb") as file:
            asked = _RANGE.fullmatch(p.get("Range", ""))
            file.seek(int(asked[1]) if asked else 0)
            part = file.read(int(asked[2]) - int(asked[1]) + 1) if asked else file.read()
        return {"Body": io.BytesIO(part), "ContentLength": len(part), "ETag": '"e"'}

    def head(self, p: dict[str, Any]) -> Any:
        if not self.path(p["Key"]).exists():
            raise _error("404", "HeadObject")
        size = self.path(p["Key"]).stat().st_size
        return {"ContentLength": size, "ETag": '"e"', "LastModified": datetime.now(UTC)}


def write(path: Path, size: int) -> int:
    """A file of people of about so many bytes; how many."""
    number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        while file.tell() < size:
            file.write("".join(_person(number + more) for more in range(10_000)))
            number += 10_000
    return number


def _person(number: int) -> str:
    day = f"{1950 + number % 60}-{1 + number % 12:02}-{1 + number % 28:02}"
    return f"سنیتا {number},+92300{number:07},person{number}@shop.example,{day},House {number} Model Town Lahore\n"


def measure(megabytes: int, pieces: int) -> Iterator[dict[str, Any]]:
    """A figure for each job."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        bucket = Folder(Path(folder))
        with in_memory(patched, memory=Memory(bucket=bucket), post=Post()):
            office = Office()
            made = office.api.post("/imports", {"kind": "customers", "file_name": "large.csv"}).body
            rows = write(bucket.path(f"uploads/{made['id']}/file"), megabytes * 1_000_000)
            assert office.api.post(f"/imports/{made['id']}/uploaded").status == 202
            yield {"job": "write the file", "rows": rows, "megabytes": _most_memory()}
            for job in ("inspect", "split"):
                yield _figure(made["id"], job, rows)
            assert Import.read(made["id"]).rows == rows
            patched.setattr(chain, "WORK_SECONDS", 0)
            began, before = time.monotonic(), Import.read(made["id"]).next
            for _ in range(pieces):
                _step()
            checked = (Import.read(made["id"]).next - before) * 500
            yield {"job": "check", "rows": checked, "rows_a_second": round(checked / (time.monotonic() - began))}


def _figure(import_id: str, job: str, rows: int) -> dict[str, Any]:
    """Work off the messages of a job."""
    messages, longest, began = 0, 0.0, time.monotonic()
    while Import.read(import_id).stage == job:
        start = time.monotonic()
        _step()
        messages, longest = messages + 1, max(longest, time.monotonic() - start)
    seconds = time.monotonic() - began
    return {
        "job": job,
        "seconds": round(seconds, 1),
        "messages": messages,
        "longest_message_seconds": round(longest, 1),
        "rows_a_second": round(rows / seconds),
        "megabytes": round(_most_memory(), 1),
    }


def _step() -> None:
    message = receive()
    assert message
    assert deliver(message) == {"batchItemFailures": []}


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:]]
    for figure in measure(*(asked + [1000, 40][len(asked) :])):
        sys.stdout.write(json.dumps(figure) + "\n")
        sys.stdout.flush()
