"""The register of known failures of others, each with its check, and how the protection is taken away to prove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.security.furnished import World

Check = Callable[[World], None]
Without = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Known:
    """`number`: as it was published. `told`: what happened there. `stands`: what stands against it here.

    `check` raises AssertionError where it could happen here; `without` takes the protection away, or plants the fault.
    """

    number: str
    told: str
    stands: str
    check: Check
    without: Without


KNOWN: list[Known] = []


def known(number: str, told: str, *, stands: str, without: Without) -> Callable[[Check], Check]:
    """Enter the check below it."""

    def enter(check: Check) -> Check:
        KNOWN.append(Known(number, told, stands, check, without))
        return check

    return enter


def put(target: Any, name: str, instead: Any) -> Without:
    """Something else in a place of the product."""
    return lambda patch: patch.setattr(target, name, instead)


def all_of(*without: Without) -> Without:
    """Several at once."""

    def take(patch: pytest.MonkeyPatch) -> None:
        for one in without:
            one(patch)

    return take
