"""Which handler runs at the moment, read from the stack."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.template import ROOT

if TYPE_CHECKING:
    from types import FrameType


HANDLERS = str(ROOT / "functions" / "handlers")


def running_handler() -> str | None:
    """The name of its module; None: a test calls AWS by itself."""
    return _handler_on(sys._getframe()) or _handler_that_waits()


def _handler_that_waits() -> str | None:
    """In a thread of a pool, or one that is kept: the handler that has it work, and is in its own thread meanwhile.

    Threads that tests start are somebody else, with rights of their own.
    """
    if not threading.current_thread().name.startswith(("ThreadPoolExecutor", "beside")):
        return None
    return next(filter(None, map(_handler_on, sys._current_frames().values())), None)


# Every call of every test is looked at, some seventy frames deep: both walks are bare loops.
def _handler_on(frame: FrameType) -> str | None:
    found = frame.f_back
    while found:
        if handler := _HANDLER_IN[found.f_code.co_filename]:
            return handler
        found = found.f_back
    return None


def lies_under(frame: FrameType, file: str) -> bool:
    """Whether code of a file has called, through whatever, what runs in the frame."""
    found = frame.f_back
    while found:
        if found.f_code.co_filename == file:
            return True
        found = found.f_back
    return False


class _HandlerIn(dict[str, str | None]):
    """The handler that each file is, if it is one."""

    def __missing__(self, file: str) -> str | None:
        self[file] = Path(file).stem if file.startswith(HANDLERS) else None
        return self[file]


_HANDLER_IN = _HandlerIn()
