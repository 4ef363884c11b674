"""A terminal, a command at it, and somebody who reads and types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

_BLOCK = 65536


class Terminal:
    """`wide`: how many letters fit into a line."""

    def __init__(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], wide: int = 160) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, wide))
        self._process = subprocess.Popen(
            command, cwd=cwd, env={**env, "TERM": "dumb"}, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.seen, self._read = "", 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(30)
        os.close(self._ours)

    def reads(self, wanted: str, *, seconds: float = 60) -> None:
        """Wait until this stands there, behind what was read before."""
        limit = time.monotonic() + seconds
        while (at := self.seen.find(wanted, self._read)) < 0:
            assert time.monotonic() < limit, self.seen[-2000:]
            assert self._more(), self.seen[-2000:]
        self._read = at + len(wanted)

    def types(self, text: str) -> None:
        """A line, as the terminal sends it."""
        os.write(self._ours, f"{text}\n".encode())

    def ends(self) -> int:
        """The exit code, when all that is still said has been read."""
        while self._more():
            pass
        return self._process.wait(30)

    def _more(self) -> bool:
        """Read what there is, for a moment; False: the command has ended."""
        if not select.select([self._ours], [], [], 0.2)[0]:
            return True
        try:
            block = os.read(self._ours, _BLOCK)
        except OSError:
            # Linux says so where the other end is closed.
            return False
        self.seen += block.decode("utf-8", "replace")
        return bool(block)
