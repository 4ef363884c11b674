"""No test of this folder is on a laptop, where this very machine may be reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm.core import config


@pytest.fixture(autouse=True)
def _no_settings_of_a_laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("DELIVERS_TO_THIS_MACHINE", raising=False)
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()
