"""The size and the sums of a group, right at once, and how its members are spread."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import views
from crm.segments import bands
from crm.views import day as days
from tests.segments.groups import customer, forget, group, purchase
from tests.support import flow
from tests.support.world import Api

if TYPE_CHECKING:
    from crm.core.projection import Key
    from tests.support.shop import Shop

ENTERED: list[dict[str, Any]] = [
    {"name": "Asma", "language": "ur", "owner": "sales", "income_band": "High"},
    {"name": "Bina", "language": "bn", "owner": "sales", "income_band": "high "},
    {"name": "Chen", "income_band": "52,340"},
    {"name": "Dai", "language": "ne", "owner": "owner"},
]


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api()


def totals(api: Api, group_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/segments/{group_id}").body["totals"]
    return found


def test_a_group_says_what_its_members_spend_and_how_they_are_spread(api: Api) -> None:
    made = [customer(api, **fields) for fields in ENTERED]
    for customer_id, amount in zip(made, ("100", "0.01", "33.33"), strict=False):
        purchase(api, customer_id, amount)
    assert totals(api, group(api)) == {
        "members": 4,
        "spent": "133.34",
        "average_spent": "33.34",
        "purchases": 3,
        "interactions": 0,
        "by_language": {"bn": 1, "ne": 1, "und": 1, "ur": 1},
        "by_owner": {"-": 1, "owner": 1, "sales": 2},
        "by_age_band": {"unknown": 4},
        "by_income_band": {"10000-99999": 1, "high": 2, "unknown": 1},
    }


def test_every_change_of_a_member_moves_the_totals_with_it(api: Api) -> None:
    made = [customer(api, **fields) for fields in ENTERED]
    members = group(api)
    purchase(api, made[0], "50")
    changed = api.patch(f"/customers/{made[1]}", {"owner": "owner", "language": "ur"}, headers={"If-Match": "*"})
    assert changed.status == 200
    flow.settle()
    forget(api, made[3])
    found = totals(api, members)
    assert (found["members"], found["spent"], found["average_spent"]) == (3, "50.00", "16.67")
    assert found["by_owner"] == {"-": 1, "owner": 1, "sales": 1}
    assert found["by_language"] == {"und": 1, "ur": 2}


def test_an_empty_group_has_no_average(api: Api) -> None:
    found = totals(api, group(api))
    assert (found["members"], found["spent"], found["average_spent"], found["by_owner"]) == (0, "0.00", None, {})


def test_the_list_of_groups_has_the_totals_too(api: Api) -> None:
    customer(api, "Asma")
    members = group(api)
    (listed,) = api.get("/segments").body["items"]
    assert (listed["id"], listed["members"], listed["totals"]) == (members, 1, totals(api, members))


def test_a_purchase_writes_the_sums_and_not_the_spread(api: Api) -> None:
    made = customer(api, **ENTERED[0])
    members = group(api)
    before = spread()
    purchase(api, made, "50")
    flow.settle()
    assert spread() == before
    assert totals(api, members)["spent"] == "50.00"


def spread() -> dict[Key, dict[str, Any] | None]:
    return {key: views.item(key) for key in flow.view_keys() if key[1].startswith("by#")}


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        (None, "unknown"),
        ("  ", "unknown"),
        ("Middle", "middle"),
        ("عالی", "عالی"),
        ("52340", "10000-99999"),
        ("PKR 52,340.50", "10000-99999"),
        ("۵۲٬۳۴۰", "10000-99999"),
        ("52 340", "10000-99999"),
        ("100", "100"),
        ("10000-20000", "10000-20000"),
        ("x" * 60, "x" * 40),
        ("0000", "0000"),
    ],
)
def test_an_income_is_counted_in_a_band(written: str | None, counted: str) -> None:
    assert bands.of_income(written) == counted


BORN = {"birthday": "2001-03-10"}


@pytest.mark.parametrize(
    ("known", "on", "band", "older_on"),
    [
        (BORN, "2026-03-09", "18-24", "2026-03-10"),
        (BORN, "2026-03-10", "25-34", "2036-03-10"),
        ({"birthday": "2008-02-29"}, "2026-02-27", "0-17", "2026-02-28"),
        ({"birthday": "2008-02-29"}, "2026-02-28", "18-24", "2033-02-28"),
        ({"birthday": "1940-01-01"}, "2026-02-28", "75+", None),
        ({"birthday": "--03-10"}, "2026-02-28", "unknown", None),
        ({}, "2026-02-28", "unknown", None),
        ({"age_noted": {"years": 34, "noted_on": "2024-06-01"}}, "2025-05-31", "25-34", "2025-06-01"),
        ({"age_noted": {"years": 34, "noted_on": "2024-06-01"}}, "2025-06-01", "35-44", "2035-06-01"),
        ({**BORN, "age_noted": {"years": 70, "noted_on": "2024-06-01"}}, "2026-03-10", "25-34", "2036-03-10"),
        (BORN, "2000-01-01", "0-17", "2019-03-10"),
    ],
)
def test_an_age_is_counted_in_a_band_until_the_day_on_which_it_grows(
    known: dict[str, Any], on: str, band: str, older_on: str | None
) -> None:
    found = bands.of_age(known, day=date.fromisoformat(on), leap_day="02-28")
    assert found == (band, date.fromisoformat(older_on) if older_on else None)


def test_a_birthday_moves_a_member_to_the_next_band_and_wakes_the_customer_for_it(api: Api, shop: Shop) -> None:
    shop.at("2026-03-09T08:00:00Z")
    customer(api, "Asma", birthday="2001-03-10")
    members = group(api)
    assert totals(api, members)["by_age_band"] == {"18-24": 1}
    shop.at("2026-03-10T08:00:00Z")
    days.raise_to(date(2026, 3, 10))
    (woken,) = [key for key in flow.view_keys() if key[0].startswith("WAKING#")]
    assert woken[1].startswith("2026-03-10#")
    flow.settle()
    assert totals(api, members)["by_age_band"] == {"25-34": 1}
