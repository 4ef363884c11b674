"""Recording purchases over HTTP: totals are of real money."""

from typing import Any

import pytest

from tests.support.rows import all_items, count
from tests.support.world import Api

PURCHASE = {"amount": "29.33", "currency": "USD", "at": "2026-01-05T10:00:00Z"}


def customer(api: Api) -> str:
    return api.post("/customers", {"name": "Sara"}).headers["location"]


def test_a_purchase_is_on_record_and_in_the_facts(api: Api) -> None:
    path = customer(api)
    lines = [{"product": "Kettle", "quantity": 1, "amount": "30.00"}, {"product": "Voucher", "amount": "-0.67"}]
    body = {**PURCHASE, "payment_method": "card", "purpose": "gift", "place": "till 2", "lines": lines}
    recorded = api.post(f"{path}/purchases", body)
    assert recorded.status == 201, recorded.body
    assert recorded.body["amount"] == "29.33"
    assert recorded.body["lines"][1] == {"product": "Voucher", "quantity": "1", "amount": "-0.67"}
    assert api.get(f"{path}/purchases").body["items"] == [recorded.body]
    facts = api.get(path).body["facts"]
    assert (facts["spent"], facts["purchases"]) == ("29.33", 1)
    assert facts["first_purchase_at"] == facts["last_purchase_at"] == "2026-01-05T10:00:00.000000Z"


def test_money_adds_up_exactly(api: Api) -> None:
    path = customer(api)
    for amount in ("0.10", "0.20", "999999999999999.99"):
        assert api.post(f"{path}/purchases", {**PURCHASE, "amount": amount}).status == 201
    assert api.get(path).body["facts"]["spent"] == "1000000000000000.29"


def test_other_currencies_are_kept_and_never_added(api: Api) -> None:
    path = customer(api)
    for amount, currency in (("10", "USD"), ("1000", "PKR"), ("500.50", "PKR")):
        api.post(f"{path}/purchases", {**PURCHASE, "amount": amount, "currency": currency})
    facts = api.get(path).body["facts"]
    assert (facts["spent"], facts["purchases"]) == ("10.00", 3)
    assert facts["other_currencies"] == {"PKR": "1500.50"}


def test_a_till_that_retries_books_once(api: Api) -> None:
    path = customer(api)
    for _ in range(3):
        assert api.post(f"{path}/purchases", PURCHASE, headers={"idempotency-key": "till-2-771"}).status == 201
    assert count("event") == 1
    assert api.get(path).body["facts"]["spent"] == "29.33"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": 29.33}, "/amount"),
        ({"amount": "NaN"}, "/amount"),
        ({"amount": "1e5"}, "/amount"),
        ({"amount": "٢٩"}, "/amount"),
        ({"amount": "-1"}, "/amount"),
        ({"amount": "9" * 16}, "/amount"),
        ({"amount": 29}, "/amount"),
        ({"currency": "usd"}, "/currency"),
        ({"currency": "QQQ"}, "/currency"),
        ({"lines": [{"product": "A", "amount": "1"}]}, "/amount"),
        ({"lines": [{"product": "A", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"product": ""}]}, "/lines/0/product"),
    ],
)
def test_a_wrong_purchase_is_refused_whole(api: Api, change: dict[str, Any], pointer: str) -> None:
    path = customer(api)
    before = all_items()
    refused = api.post(f"{path}/purchases", {**PURCHASE, **change})
    assert refused.status == 422
    assert pointer in [error["pointer"] for error in refused.body["errors"]]
    assert all_items() == before


def test_the_timeline_shows_purchases_and_contacts_together_newest_first(api: Api) -> None:
    path = customer(api)
    api.post(f"{path}/purchases", PURCHASE)
    api.post(f"{path}/interactions", {"kind": "call", "summary": "thanks", "at": "2026-01-06T10:00:00Z"})
    entries = api.get(f"{path}/timeline").body["items"]
    assert [entry["kind"] for entry in entries] == ["call", "purchase"]
    assert entries[1]["details"]["amount"] == "29.33"
