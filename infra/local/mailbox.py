"""The mails that were sent, in a journal that outlives every process: one JSON object a line."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

JOURNAL = "mail.jsonl"

# Scripts written from right to left, by primary language subtag (CLDR's characterOrder).
_RIGHT_TO_LEFT = frozenset(["ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"])


@dataclass(frozen=True)
class Mail:
    """One accepted mail: `key` is its message tag, `sent_at` RFC 3339 by the host's clock, `language` its
    Content-Language or None, `customer_id` None unless the key is `customer_<id>_…`."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    language: str | None
    customer_id: str | None
    sent_at: str

    @property
    def direction(self) -> str:
        """`rtl` or `ltr` by language, `auto` (the browser looks at the text) where no language is known."""
        if not self.language:
            return "auto"
        return "rtl" if self.language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def customer_of(key: str) -> str | None:
    """The customer id in a message key, or None when the message went to somebody else."""
    kind, _, rest = key.partition("_")
    return rest.partition("_")[0] or None if kind == "customer" else None


class MailboxClosedError(Exception):
    """The host is stopping; the mail was not put into the mailbox."""


class MailWriter:
    """Appends to the journal; one process writes, many may read."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = os.open(directory / JOURNAL, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        _drop_torn_line(self._file)

    def append(self, mail: Mail) -> None:
        """Puts a mail at the end; it then survives the death of any process, not the loss of power.

        Raises MailboxClosedError.
        """
        line = (json.dumps(asdict(mail)) + "\n").encode()
        with self._lock:
            if self._file < 0:
                raise MailboxClosedError
            while line:
                line = line[os.write(self._file, line) :]

    def close(self) -> None:
        """Closes the file; the system gives its number to the next file, so a late `append` must not use it."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1


class Mailbox:
    """Reads the journal, each time only what has been added since."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / JOURNAL
        self._lock = threading.Lock()
        self._read_bytes = 0
        self._mails: list[Mail] = []

    def mails(self) -> list[Mail]:
        """All mails, oldest first; a mail keeps its place. An unfinished last line is not there yet."""
        with self._lock:
            self._read_on()
            return list(self._mails)

    def _read_on(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                added = file.read()
        except FileNotFoundError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        self._mails.extend(mail for line in whole.splitlines() if (mail := _parse(line)) is not None)
        self._read_bytes += len(whole)


def _parse(line: bytes) -> Mail | None:
    try:
        content: dict[str, Any] = json.loads(line)
        return Mail(**content)
    except (ValueError, TypeError):
        return None  # a line of another version or damaged on disk must not hide the other mails


def _drop_torn_line(file: int) -> None:
    """Cuts what a killed process left after the last whole line, so that the next mail starts a line."""
    size = os.fstat(file).st_size
    end = size
    while end > 0:
        start = max(0, end - 65536)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
