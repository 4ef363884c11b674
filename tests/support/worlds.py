"""Which imitation of AWS the tests run on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import in_process

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pytest

# The same tests hold on moto, an independent imitation of AWS: `WORLD=moto make test`, ten times as long.
WORLD = os.environ.get("WORLD", "memory")


def chosen(monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    """An empty shop in memory, which refuses what AWS would; on moto with WORLD=moto."""
    if WORLD == "moto":
        return in_process(monkeypatch)
    return in_memory(monkeypatch, memory=Memory(delays=True), post=Post(), checked=True)
