"""Something sent to the other side, and how it fails."""

from __future__ import annotations

from typing import NoReturn

import pytest

from crm.core import egress
from crm.core.egress import Unreachable, Way

ENOUGH = 30.0
"""Seconds that no answer takes, however busy the machine is."""


def sent(url: str, way: Way, *, seconds: float = ENOUGH) -> int:
    return egress.post(url, b'{"a":1}', {"Content-Type": "application/json"}, seconds=seconds, way=way)


def failure(url: str, way: Way, *, seconds: float = ENOUGH) -> str:
    with pytest.raises(Unreachable) as raised:
        sent(url, way, seconds=seconds)
    return raised.value.failure


def must_not(*_: object) -> NoReturn:
    raise AssertionError("nobody is to be asked")
