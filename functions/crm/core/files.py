"""Objects in the one bucket of files: what is uploaded, worked on in pieces, and handed out again."""

import io
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from crm.core.config import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BLOCK_BYTES = 4 * 1024 * 1024
# Some readers of zipped files go to and fro between two places.
_BLOCKS_KEPT = 4
_PART_BYTES = 8_000_000
_BUFFER_BYTES = 256 * 1024
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_LARGEST_DELETE = 1000
# The second: another put of the same key is under way.
_MET = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})


class FileMissing(Exception):
    """There is no such object: never uploaded, or gone after its 30 days."""


class FileChanged(Exception):
    """Somebody put another object in its place while it was being read."""


@dataclass(frozen=True)
class Stored:
    """An object in the bucket; `etag` changes with its content, `put_at` is when it was put there."""

    key: str
    bytes: int
    etag: str
    put_at: datetime


@lru_cache(maxsize=1)
def client() -> "S3Client":
    """The S3 client of this process, made when first used."""
    # Virtual addressing: else links name the global endpoint, whose redirect to the region breaks their signature.
    how = Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        connect_timeout=2,
        read_timeout=60,
        retries={"total_max_attempts": 5, "mode": "standard"},
        max_pool_connections=20,
    )
    return boto3.client("s3", config=how)


def put(key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None:
    """Store an object; it replaces one of the same key. Raises botocore's errors."""
    client().put_object(Bucket=settings().files_bucket, Key=key, Body=body, ContentType=content_type)


def put_new(key: str, body: bytes) -> bool:
    """Store an object unless there is one of this key; whether it was stored. Raises botocore's errors."""
    try:
        client().put_object(Bucket=settings().files_bucket, Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in _MET:
            return False
        raise
    return True


def write(key: str, chunks: Iterable[bytes], *, content_type: str = "application/octet-stream") -> None:
    """Store an object from parts, holding 8 MB of it at a time. Raises botocore's errors."""
    writing = Writing(key, content_type=content_type)
    for chunk in chunks:
        writing.add(chunk)
    writing.end()


class Writing:
    """An object that is stored from parts, holding 8 MB of it at a time; it is there when it was ended.

    Raises botocore's errors.
    """

    def __init__(self, key: str, *, content_type: str) -> None:
        self._key, self._content_type = key, content_type
        self._held, self._parts = bytearray(), list[Any]()
        self._target: Any = {"Bucket": settings().files_bucket, "Key": key}

    def add(self, chunk: bytes) -> None:
        """What comes next."""
        self._held += chunk
        if len(self._held) >= _PART_BYTES:
            self._send()

    def end(self) -> None:
        """All of it has come."""
        if not self._parts:
            put(self._key, bytes(self._held), content_type=self._content_type)
            return
        if self._held:
            self._send()
        client().complete_multipart_upload(**self._target, MultipartUpload={"Parts": self._parts})

    def _send(self) -> None:
        if not self._parts:
            begun = client().create_multipart_upload(**self._target, ContentType=self._content_type)
            self._target["UploadId"] = begun["UploadId"]
        number = len(self._parts) + 1
        answer = client().upload_part(**self._target, PartNumber=number, Body=bytes(self._held))
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._held.clear()


def get(key: str) -> bytes:
    """A whole object. Raises FileMissing."""
    return _read(key)


def about(key: str) -> Stored:
    """Size and etag of an object. Raises FileMissing."""
    try:
        found = client().head_object(Bucket=settings().files_bucket, Key=key)
    except ClientError as error:
        raise _meant(error, key) from error
    return Stored(key, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"])


def stream(key: str, start: int = 0) -> BinaryIO:
    """An object to read and to seek in, from byte `start` on; holds a few blocks of 4 MiB, however large it is.

    Raises FileMissing, and FileChanged while it is read.
    """
    reader = io.BufferedReader(_Ranged(about(key)), _BUFFER_BYTES)
    reader.seek(start)
    return cast("BinaryIO", reader)


def listed(prefix: str) -> Iterator[Stored]:
    """The objects whose keys begin with `prefix`, in the order of their keys."""
    asked: dict[str, Any] = {"Bucket": settings().files_bucket, "Prefix": prefix}
    while True:
        page = client().list_objects_v2(**asked)
        for found in page.get("Contents", ()):
            yield Stored(found["Key"], found["Size"], found["ETag"].strip('"'), found["LastModified"])
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def delete(key: str) -> None:
    """Delete one object; one that is not there is no error. Raises botocore's errors."""
    client().delete_objects(Bucket=settings().files_bucket, Delete={"Objects": [{"Key": key}], "Quiet": True})


def delete_prefix(prefix: str) -> int:
    """Delete all objects whose keys begin with `prefix`; return how many."""
    keys = [found.key for found in listed(prefix)]
    for start in range(0, len(keys), _LARGEST_DELETE):
        chunk = [{"Key": key} for key in keys[start : start + _LARGEST_DELETE]]
        client().delete_objects(Bucket=settings().files_bucket, Delete={"Objects": chunk, "Quiet": True})  # type: ignore[typeddict-item]
    return len(keys)


def _read(key: str, **how: Any) -> bytes:
    try:
        return client().get_object(Bucket=settings().files_bucket, Key=key, **how)["Body"].read()
    except ClientError as error:
        raise _meant(error, key) from error


def _meant(error: ClientError, key: str) -> Exception:
    code = error.response["Error"]["Code"]
    if code in {"412", "PreconditionFailed"}:
        return FileChanged(key)
    return FileMissing(key) if code in _ABSENT else error


class _Ranged(io.RawIOBase):
    """An object read block by block: a broken connection costs one block, and memory does not grow with the object."""

    def __init__(self, stored: Stored) -> None:
        super().__init__()
        self._stored = stored
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stored.bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._stored.bytes:
            return 0
        number, inside = divmod(self._at, _BLOCK_BYTES)
        part = self._block(number)[inside : inside + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            first = number * _BLOCK_BYTES
            last = min(first + _BLOCK_BYTES, self._stored.bytes) - 1
            self._blocks[number] = _read(self._stored.key, Range=f"bytes={first}-{last}", IfMatch=self._stored.etag)
            if len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return self._blocks[number]
