"""Who is due a greeting that no mail can carry stands on a call list, with what to say, until somebody has called."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core import table
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.suppressions import service as suppressions
from crm.views import service as views
from tests.support import faults, forgetting
from tests.support.post import event
from tests.support.shop import Shop, birthday_of
from tests.support.world import Answer, Api

TODAY = {"birthday": "--11-21", "owner": "sales"}
PHONE = "+9779841234567"


def unreachable(shop: Shop, customer_id: str = "sunita", **fields: Any) -> Order:
    """A customer whose birthday it is, and no mail reaches them; the list has been made."""
    shop.customer(customer_id, **{**TODAY, "email": None, "phone": PHONE, **fields})
    order = birthday_of(customer_id)
    shop.mailer(order.text())
    views.refresh(order.pk, order.sk)
    return order


def listed(api: Api, caller: str = "sales", **query: str) -> list[dict[str, Any]]:
    answer = api.get("/calls", query=query, caller=caller)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def post(api: Api, key: str, body: dict[str, Any] | None = None, caller: str = "sales") -> Answer:
    return api.post(f"/calls/{key}/done", body, caller=caller)


@pytest.fixture
def rule(shop: Shop) -> str:
    """Birthdays at nine."""
    return shop.greeting()


def test_who_has_no_address_is_on_the_owners_list_with_what_to_say(shop: Shop, api: Api, rule: str) -> None:
    order = unreachable(shop, language="ne")
    [line] = listed(api)
    assert (line["key"], line["customer_id"], line["name"], line["phone"]) == (order.key, "sunita", "Sunita Rai", PHONE)
    assert (line["reason_code"], line["date"], line["done"]) == ("no_address", "2026-11-21", None)
    assert "जन्मदिन" in line["say"]
    assert "Sunita Rai" in line["say"]
    assert "http" not in line["say"], "a link cannot be read out"


def test_whose_address_is_dead_is_on_the_list_as_well(shop: Shop, api: Api, rule: str) -> None:
    table.commit(lambda one: suppressions.stop(one, "sunita@example.org", kind="hard_bounce", reason="gone"))
    unreachable(shop, email="sunita@example.org")
    [line] = listed(api)
    assert line["reason_code"] == "suppressed"


def came_back(shop: Shop, kind: str = "Bounce", **detail: Any) -> Order:
    """A customer whose birthday mail SES took, and what SES says of it afterwards; the list has been made."""
    order = unreachable(shop, language="ne", email="sunita@example.org")
    reported(shop, order, kind, **detail)
    return order


def reported(shop: Shop, order: Order, kind: str = "Bounce", **detail: Any) -> None:
    assert shop.happen(event(order.key, kind, **detail)) == set()
    views.refresh(order.pk, order.sk)


def test_whose_greeting_came_back_for_good_is_on_the_list_of_the_day_on_which_we_learn_of_it(
    shop: Shop, api: Api, rule: str
) -> None:
    order = came_back(shop, "Delivery")
    shop.wait(hours=15)  # past midnight in Karachi
    reported(shop, order, bounceType="Permanent")
    [line] = listed(api)
    assert (line["key"], line["reason_code"], line["phone"]) == (order.key, "bounced", PHONE)
    assert line["date"] == "2026-11-22"
    assert "जन्मदिन" in line["say"]
    assert post(api, order.key).status == 200
    reported(shop, order, bounceType="Permanent")
    assert listed(api)[0]["done"]["by"] == "sales", "an event that comes twice brings no call back"


def test_what_comes_back_for_now_is_spoken_once_it_has_for_good(shop: Shop, api: Api, rule: str) -> None:
    order = came_back(shop, bounceType="Transient")
    assert listed(api) == []
    reported(shop, order, bounceType="Permanent", bounceSubType="OnAccountSuppressionList")
    assert [line["reason_code"] for line in listed(api)] == ["suppressed"]


def test_who_complained_is_not_called_even_where_the_mail_came_back_before(shop: Shop, api: Api, rule: str) -> None:
    order = came_back(shop, bounceType="Permanent")
    assert len(listed(api)) == 1
    reported(shop, order, "Complaint")
    assert listed(api) == []
    assert post(api, order.key).status == 404


@pytest.mark.parametrize("since", ["said no", "refused by link", "deleted", "merged"])
def test_nobody_calls_whoever_said_no_or_was_deleted_before_the_mail_came_back(
    shop: Shop, api: Api, rule: str, since: str
) -> None:
    order = came_back(shop, "Delivery")
    if since == "said no":
        api.patch("/customers/sunita", {"consent": {"greeting": False}}, headers={"if-match": "1"})
    elif since == "refused by link":
        seen = suppressions.read("sunita@example.org")
        answers = {"greeting": False}
        table.commit(lambda one: suppressions.answer(one, "sunita@example.org", answers=answers, seen=seen))
    elif since == "deleted":
        api.delete("/customers/sunita", headers={"if-match": "1"})
    else:
        key = {"pk": {"S": order.pk}, "sk": {"S": "PROFILE"}}
        table.client().update_item(
            TableName="crm",
            Key=key,
            UpdateExpression="SET merged_into = :other",
            ExpressionAttributeValues={":other": {"S": "other"}},
        )
    reported(shop, order, bounceType="Permanent")
    assert shop.message(order).state == "bounced"
    assert listed(api) == []
    assert shop.message(order).to_call is None


def test_a_reminder_that_came_back_is_no_greeting(shop: Shop, api: Api) -> None:
    shop.customer(owner="sales")
    order = shop.reminder()
    shop.mailer(order.text())
    reported(shop, order, bounceType="Permanent")
    assert (shop.message(order).state, listed(api)) == ("bounced", [])


@pytest.mark.parametrize("fields", [{"consent": {"greeting": False}}, {"email": "sunita@example.org"}])
def test_who_said_no_or_got_the_mail_is_left_alone(shop: Shop, api: Api, rule: str, fields: dict[str, Any]) -> None:
    unreachable(shop, **fields)
    assert listed(api) == []
    assert api.get("/views/parked").body["items"] == []


def test_a_reminder_that_cannot_be_sent_is_no_greeting(shop: Shop, api: Api) -> None:
    shop.customer(email=None, owner="sales")
    order = shop.reminder()
    shop.mailer(order.text())
    views.refresh(order.pk, order.sk)
    assert shop.message(order).state == "withheld"
    assert listed(api) == []


def test_the_own_list_holds_the_customers_without_owner_too_and_another_is_asked_for(
    shop: Shop, api: Api, rule: str
) -> None:
    unreachable(shop, "mine")
    unreachable(shop, "nobodys", owner=None)
    unreachable(shop, "others", owner="manager")
    assert [line["customer_id"] for line in listed(api)] == ["mine", "nobodys"]
    assert [line["customer_id"] for line in listed(api, owner="manager")] == ["others"]
    assert [line["customer_id"] for line in listed(api, owner="-")] == ["nobodys"]
    assert [line["customer_id"] for line in listed(api, caller="manager")] == ["others", "nobodys"]


def test_a_list_comes_in_pages_and_each_line_once(shop: Shop, api: Api, rule: str) -> None:
    for number in range(3):
        unreachable(shop, f"mine{number}")
        unreachable(shop, f"nobodys{number}", owner=None)
    for limit in range(1, 8):
        found, cursor = [], None
        while True:
            query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
            answer = api.get("/calls", query=query, caller="sales").body
            found += [line["customer_id"] for line in answer["items"]]
            if not (cursor := answer["next"]):
                break
        assert found == ["mine0", "mine1", "mine2", "nobodys0", "nobodys1", "nobodys2"], limit


def test_a_list_is_one_query_an_owner_whatever_else_there_is(shop: Shop, api: Api, rule: str) -> None:
    for number in range(4):
        unreachable(shop, f"mine{number}")
    unreachable(shop, "yesterday", birthday="--11-20")
    listed(api)
    with faults.recording() as calls:
        assert len(listed(api, owner="sales")) == 4
    assert sorted(calls) == ["BatchGetItem", "GetItem", "Query"] or sorted(calls) == ["BatchGetItem", "Query"]


def test_today_is_where_the_business_is_and_any_day_can_be_asked_for(shop: Shop, api: Api, rule: str) -> None:
    unreachable(shop)
    shop.wait(hours=24)
    assert listed(api) == []
    assert len(listed(api, date="2026-11-21")) == 1
    shop.at("2026-11-20T20:00Z")  # past midnight in Karachi
    assert len(listed(api)) == 1


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"date": "2026-02-30"}, "date"),
        ({"date": "--11-21"}, "date"),
        ({"owner": "Sales Team"}, "owner"),
        ({"cursor": "x"}, "cursor"),
        ({"day": "2026-11-21"}, "day"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, query: dict[str, str], pointer: str) -> None:
    answer = api.get("/calls", query=query)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_call_is_done_once_and_can_be_put_back(shop: Shop, api: Api, rule: str) -> None:
    key = unreachable(shop).key
    first = post(api, key)
    assert (first.status, first.body["done"]["by"]) == (200, "sales")
    shop.wait(minutes=1)
    assert post(api, key, {}, caller="manager").body["done"] == first.body["done"]
    assert listed(api)[0]["done"] == first.body["done"]
    for _ in range(2):
        assert api.delete(f"/calls/{key}/done").status == 204
    assert listed(api)[0]["done"] is None
    assert api.get("/customers/sunita/timeline").body["items"] == []


def test_a_summary_is_logged_on_the_timeline_once(shop: Shop, api: Api, rule: str) -> None:
    key = unreachable(shop).key
    for _ in range(2):
        assert post(api, key, {"summary": "Sang for her."}).status == 200
    [event] = api.get("/customers/sunita/timeline").body["items"]
    assert (event["kind"], event["details"]["summary"], event["recorded_by"]) == ("call", "Sang for her.", "sales")
    assert api.get("/customers/sunita").body["facts"]["interactions"] == 1


def test_the_line_shows_the_customer_as_they_are_now(shop: Shop, api: Api, rule: str) -> None:
    unreachable(shop)
    api.patch("/customers/sunita", {"phone": "+9779800000000"}, headers={"if-match": "1"})
    assert listed(api)[0]["phone"] == "+9779800000000"


def test_nothing_of_a_forgotten_customer_stays_on_a_list(shop: Shop, api: Api, rule: str) -> None:
    order = unreachable(shop)
    assert api.delete("/customers/sunita", headers={"if-match": "1"}).status == 204
    assert listed(api) == [], "at once"
    assert post(api, order.key).status == 404
    forgetting.empty("sunita")
    views.refresh(order.pk, order.sk)
    client = table.client()
    kept = str([client.scan(TableName=name)["Items"] for name in ("crm", "views")])
    assert "Sunita" not in kept
    assert PHONE not in kept
    assert "CALLS#" not in kept


@pytest.mark.parametrize(
    "key", ["x", "customer_sunita_birthdays_2026", "customer_sunita_birthdays_1999", "staff_a_b_once"]
)
def test_what_is_no_call_is_404(shop: Shop, api: Api, rule: str, key: str) -> None:
    shop.customer(**{**TODAY, "birthday": "--11-21"})
    shop.mailer(birthday_of("sunita").text())
    assert post(api, key).status == 404
    assert api.delete(f"/calls/{key}/done").status == 404
    assert Message.read(birthday_of("sunita")).to_call is None  # type: ignore[union-attr]


def test_whoever_says_it_again_after_a_fault_finds_it_done_and_logged_once(shop: Shop, api: Api, rule: str) -> None:
    for number, crash in enumerate(faults.crash_points()):
        key = unreachable(shop, f"sunita{number}").key
        with crash:
            post(api, key, {"summary": "Sang."})
        assert post(api, key, {"summary": "Sang."}).status == 200
        assert len(api.get(f"/customers/sunita{number}/timeline").body["items"]) == 1
        assert api.get(f"/customers/sunita{number}").body["facts"]["interactions"] == 1


def test_two_who_call_at_once_do_not_overwrite_each_other(shop: Shop, api: Api, rule: str) -> None:
    key = unreachable(shop).key
    with faults.interrupted(at=3, by=lambda: post(api, key, caller="manager")):
        assert post(api, key).status == 200
    assert listed(api)[0]["done"]["by"] == "manager"


def test_a_template_that_is_gone_keeps_nobody_from_calling(shop: Shop, api: Api) -> None:
    shop.greeting(template="vanished")
    unreachable(shop)
    assert listed(api)[0]["say"] is None
