"""Why a command stops before its end; each has its exit code, and its text says the remedy."""

from __future__ import annotations


class StoppedError(Exception):
    """The CRM refused what was asked, or could not do it."""

    code = 1


class UnreachableError(StoppedError):
    """Nobody answers at the address, or it does not know who asks."""

    code = 3


class UndecidedError(StoppedError):
    """Somebody has to answer questions first."""

    code = 4
