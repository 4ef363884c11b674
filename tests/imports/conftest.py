"""The shop of the tests in which something goes wrong with an import."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crm.core import clock
from crm.imports import pieces, running
from tests.imports.lived import Passed, anna
from tests.imports.office import Office
from tests.support.memory import Memory
from tests.support.memory_world import in_memory, once
from tests.support.post import Post


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A shop that knows Anna, with pieces of two rows and one thread, so that each call has its number."""
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        monkeypatch.setattr(pieces, "ROWS", 2)
        monkeypatch.setattr(running, "THREADS", 1)
        Passed.by, real = timedelta(), datetime.now
        monkeypatch.setattr(clock, "now", lambda: real(UTC) + Passed.by)
        once(anna)
        yield Office()
