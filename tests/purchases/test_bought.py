"""What a customer bought is gathered with every purchase, so that rules can ask for it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crm.criteria import bought
from crm.criteria.rules import compiled
from crm.purchases.baskets import LARGEST_BEFORE_BYTES, LARGEST_DAYS_BYTES, with_purchase
from crm.purchases.models import Bought
from tests.segments.test_segments import segment
from tests.support import flow, forgetting
from tests.support.rows import count
from tests.support.world import Api

TODAY = date(2026, 1, 20)
TEA = {"product": "Tea", "quantity": 2, "amount": "6.00"}


def purchase(amount: str, *lines: dict[str, Any], currency: str = "USD", at: str = "2026-01-05T10:00:00Z") -> Any:
    return {"amount": amount, "currency": currency, "at": at, "lines": list(lines)}


def amounts(count: int, quantity: int, total: int) -> bought.Amounts:
    return Decimal(count), Decimal(quantity), Decimal(total)


def test_a_group_can_ask_for_a_product_bought_of_late(api: Api) -> None:
    path = api.post("/customers", {"name": "Sara"}).headers["location"]
    now = {"amount": "6.00", "lines": [TEA]}
    assert api.post(f"{path}/purchases", now).status == 201
    api.post("/customers", {"name": "Bina"})
    rule = {"field": "purchases", "product": "TEA", "within": "P90D", "measure": "quantity", "op": "ge", "value": 4}
    made = segment(api, rule)
    flow.settle()
    assert api.get(f"/segments/{made['id']}").body["members"] == 0
    assert api.post(f"{path}/purchases", now).status == 201
    flow.project((f"CUSTOMER#{path.rpartition('/')[2]}", "PROFILE"))
    names = [one["name"] for one in api.get(f"/segments/{made['id']}/customers").body["items"]]
    assert names == ["Sara"]


def test_a_till_that_retries_is_counted_once(api: Api) -> None:
    path = api.post("/customers", {"name": "Sara"}).headers["location"]
    for _ in range(3):
        api.post(f"{path}/purchases", purchase("6.00", TEA), headers={"idempotency-key": "till-2-771"})
    item = Bought.read(path.rpartition("/")[2])
    assert item is not None
    assert bought.unpacked(item.kept).days[date(2026, 1, 5)]["tea"] == amounts(1, 2, 6)


def test_purchases_of_before_are_gathered_with_the_next(api: Api) -> None:
    path = api.post("/customers", {"name": "Sara"}).headers["location"]
    api.post(f"{path}/purchases", purchase("6.00", TEA))
    key = path.rpartition("/")[2]
    item = Bought.read(key)
    assert item is not None
    item.delete()
    api.post(f"{path}/purchases", purchase("6.00", TEA))
    item = Bought.read(key)
    assert item is not None
    assert bought.unpacked(item.kept).days[date(2026, 1, 5)]["tea"] == amounts(2, 4, 12)


def test_other_money_is_counted_and_not_summed() -> None:
    found = gathered([(TODAY, purchase("6.00", TEA, currency="PKR"))])
    assert found.days[TODAY] == {"": amounts(1, 2, 0), "tea": amounts(1, 2, 0)}


def gathered(purchases: list[tuple[date, Any]]) -> bought.Bought:
    found = bought.NOTHING
    for day, one in purchases:
        found = with_purchase(found, on=day, purchase=one, reporting_currency="USD", today=TODAY)
    return bought.unpacked(bought.packed(found))


lines = st.lists(
    st.builds(
        lambda product, quantity, amount: {"product": product, "quantity": str(quantity), "amount": str(amount)},
        st.sampled_from(["Tea", "tea ", "Rice", "ریس"]),
        st.integers(1, 9),
        st.integers(0, 50),
    ),
    max_size=3,
)
histories = st.lists(
    st.tuples(
        st.integers(0, 700).map(lambda ago: TODAY - timedelta(days=ago)),
        lines.map(lambda some: purchase(str(sum(int(one["amount"]) for one in some)), *some)),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(history=histories, days=st.none() | st.integers(1, bought.DAYS_KEPT), measure=st.sampled_from(bought.MEASURES))
def test_what_is_gathered_answers_as_all_purchases_would(history: Any, days: int | None, measure: Any) -> None:
    """Also when purchases are told in any order, long after they were made."""
    wanted = {"count": 0, "quantity": 0, "sum": 0}
    for day, one in history:
        tea = [line for line in one["lines"] if line["product"].strip().lower() == "tea"]
        if tea and (days is None or (TODAY - day).days < days):
            wanted["count"] += 1
            wanted["quantity"] += sum(int(line["quantity"]) for line in tea)
            wanted["sum"] += sum(int(line["amount"]) for line in tea)
    window = {"within": f"P{days}D"} if days else {}
    rule = {"field": "purchases", "product": "tea", "measure": measure, "op": "eq", "value": wanted[measure], **window}
    profile = {bought.ATTRIBUTE: {"kept": bought.packed(gathered(history))}}
    assert compiled(rule).answer(profile, day=TODAY).member


def test_who_buys_everything_every_day_takes_no_more_room() -> None:
    found = bought.NOTHING
    for ago in range(450, -1, -1):
        many = [{"product": f"product number {ago * 20 + n} पदार्थ", "quantity": "1", "amount": "1"} for n in range(20)]
        day = TODAY - timedelta(days=ago)
        found = with_purchase(found, on=day, purchase=purchase("20", *many), reporting_currency="USD", today=day)
    assert sum(amounts[0] for basket in (*found.days.values(), found.before) for amounts in [basket[""]]) == 451
    assert len(bought.packed(found)) < LARGEST_DAYS_BYTES + LARGEST_BEFORE_BYTES
    newest = max(found.days)
    assert len(found.days[newest]) == 21
    assert sum(1 for basket in found.days.values() for product in basket if product) < 1000


def test_what_was_bought_is_erased_with_the_customer(api: Api) -> None:
    path = api.post("/customers", {"name": "Sara"}).headers["location"]
    api.post(f"{path}/purchases", purchase("6.00", TEA))
    assert count("bought") == 1
    assert api.delete(path, headers={"If-Match": "1"}).status == 204
    forgetting.empty(path.rpartition("/")[2])
    assert count("bought") == 0
