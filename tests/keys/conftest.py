"""The shop of the tests of keys."""

from __future__ import annotations

import pytest

from crm.core import clock
from tests.keys.desk import Shop
from tests.support.world import Api


@pytest.fixture
def shop(api: Api, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(api)
    monkeypatch.setattr(clock, "now", lambda: shop.now)
    return shop
