"""S3 in memory, beneath boto3: only what our code asks of its one bucket. See tests/support/memory.py."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class Bucket:
    """Objects by key; lists come in pages of `page`."""

    objects: dict[str, bytes] = field(default_factory=dict)
    put_at: dict[str, datetime] = field(default_factory=dict)
    page: int = 1000

    def answers(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """What S3 answers, by operation."""
        return {
            "DeleteObjects": self.delete,
            "GetObject": self.get,
            "HeadObject": self.head,
            "ListObjectsV2": self.list,
            "PutObject": self.put,
        }

    def put(self, p: dict[str, Any]) -> Any:
        if p.get("IfNoneMatch") and p["Key"] in self.objects:
            raise _error("PreconditionFailed", "PutObject")
        self.objects[p["Key"]] = p["Body"] if isinstance(p["Body"], bytes) else p["Body"].read()
        self.put_at[p["Key"]] = datetime.now(UTC)
        return {"ETag": _etag(self.objects[p["Key"]])}

    def get(self, p: dict[str, Any]) -> Any:
        whole = self._found(p, "GetObject")
        asked = _RANGE.fullmatch(p.get("Range", ""))
        part = whole[int(asked[1]) : int(asked[2]) + 1] if asked else whole
        return {"Body": io.BytesIO(part), "ContentLength": len(part), "ETag": _etag(whole)}

    def head(self, p: dict[str, Any]) -> Any:
        found = self._found(p, "HeadObject")
        return {"ContentLength": len(found), "ETag": _etag(found), "LastModified": self.put_at.get(p["Key"], _LONG_AGO)}

    def delete(self, p: dict[str, Any]) -> Any:
        for one in p["Delete"]["Objects"]:
            self.objects.pop(one["Key"], None)
        return {}

    def list(self, p: dict[str, Any]) -> Any:
        keys = sorted(key for key in self.objects if key.startswith(p.get("Prefix", "")))
        rest = [key for key in keys if key > p.get("ContinuationToken", "")]
        shown = [
            {"Key": key, "Size": len(body), "ETag": _etag(body), "LastModified": self.put_at.get(key, _LONG_AGO)}
            for key, body in ((key, self.objects[key]) for key in rest)
        ]
        more = {"NextContinuationToken": rest[self.page - 1]} if len(rest) > self.page else {}
        return {"Contents": shown[: self.page], "IsTruncated": bool(more), **more}

    def _found(self, p: dict[str, Any], operation: str) -> bytes:
        found = self.objects.get(p["Key"])
        if found is None:
            raise _error("NoSuchKey" if operation == "GetObject" else "404", operation)
        if p.get("IfMatch", _etag(found)).strip('"') != _etag(found).strip('"'):
            raise _error("PreconditionFailed", operation)
        return found


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
