"""docs/privacy.md says of every kind of item how it goes, as the models and the keys have it."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.docs.pages import ROOT, table

ITEMS = {row[0]: row for row in table((ROOT / "docs" / "access-patterns.md").read_text("utf-8"), "CrmTable, the truth")}
KEPT = {row[0]: row for row in table((ROOT / "docs" / "privacy.md").read_text("utf-8"), "What is kept how long")}
WITH_A_CUSTOMER = {"with the customer", "bin", "job", "TTL"}
WAYS = WITH_A_CUSTOMER | {"stays", "staff", "business", "system"}


def test_every_kind_of_item_is_on_the_page_and_none_that_is_not() -> None:
    assert list(KEPT) == list(ITEMS)


@pytest.mark.parametrize("item", KEPT)
def test_how_it_goes_is_what_its_model_and_its_key_say(item: str) -> None:
    module, _, name = item.partition(":")
    _, how, long, why = KEPT[item]
    has_end = hasattr(getattr(import_module(module), name), "expires_at")
    assert how in WAYS
    assert (how == "TTL") == has_end
    assert long
    assert why
    if ITEMS[item][1].startswith("CUSTOMER#"):
        assert how in WITH_A_CUSTOMER
    if how in {"stays", "business", "system"}:
        assert "CUSTOMER#" not in ITEMS[item][1]
