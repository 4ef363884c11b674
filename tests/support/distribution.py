"""Which tests of a parallel run go to the same process: those of a file that shares a set-up among them.

Everything else is spread test by test. xdist's own marks for this (`xdist_group`) do nothing with pytest 9.2: they were
appended to the tests' ids, which can no longer be changed (pytest-dev/pytest-xdist#1386); each shared set-up was made
in each process. Of the pieces those with most tests come first, so that none is left over at the end.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support.template import ROOT

if TYPE_CHECKING:
    from xdist.remote import Producer

_SHARED = '@pytest.fixture(scope="module")'


class ByShared(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Files with a fixture for the module, their own or of their folder, are one piece; tests of others one each."""

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)


def piece_of(nodeid: str) -> str:
    """The piece of work that a test belongs to: its file, or itself."""
    file = nodeid.partition("::")[0]
    return file if _is_shared(file) else nodeid


@lru_cache(maxsize=1024)
def _is_shared(file: str) -> bool:
    path = ROOT / file
    return any(_SHARED in one.read_text("utf-8") for one in (path, path.with_name("conftest.py")) if one.exists())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Any:
    """With --dist loadgroup."""
    return ByShared(config, log) if config.getvalue("dist") == "loadgroup" else None
