"""Two records become one: nothing of either is lost, and the old id answers with the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from crm.core import table
from crm.core.config import settings
from crm.suppressions import service as suppressions
from tests.merges import merging
from tests.merges.merging import ANY, ask, buy, carry, merge, new, shown, talk, timeline
from tests.support import flow

if TYPE_CHECKING:
    from tests.support.shop import Shop
    from tests.support.world import Api

SARA: dict[str, Any] = {
    "email": "sara@example.com",
    "birthday": "--03-05",
    "tags": ["vip"],
    "custom": {"size": "M", "shoe": "38"},
}
TWIN: dict[str, Any] = {
    "phone": "+923001234567",
    "email": "sara.k@example.com",
    "birthday": "1990-03-05",
    "tags": ["VIP", "till"],
}


def pair(api: Api, **twin: Any) -> tuple[str, str]:
    return new(api, "Sara Khan", **SARA), new(api, "Sara K.", **{**TWIN, **twin})


def why(answer: Any) -> dict[str, tuple[str, str]]:
    return {one["field"]: (one["wins"], one["why"]) for one in answer.body["fields"]}


def test_the_preview_says_of_each_field_what_stands_and_why(api: Api) -> None:
    into, old = pair(api, custom={"size": "L"})
    answer = api.post("/merges/preview", {"into": into, "from": old})
    assert (answer.status, answer.body["into"]["id"], answer.body["from"]["version"]) == (200, into, 1)
    assert why(answer) == {
        "/name": ("from", "newer_source"),
        "/email": ("from", "newer_source"),
        "/phone": ("from", "only_one"),
        "/birthday": ("from", "with_year"),
        "/custom/size": ("from", "newer_source"),
        "/custom/shoe": ("into", "only_one"),
        "/tags": ("both", "united"),
        "/other_addresses": ("both", "united"),
    }
    chosen = {"/name": "into", "/custom/size": "into"}
    answer = api.post("/merges/preview", {"into": into, "from": old, "choices": chosen})
    assert {field: why(answer)[field] for field in chosen} == dict.fromkeys(chosen, ("into", "chosen"))
    assert api.get(f"/customers/{old}").body["id"] == old


def test_a_value_that_was_said_later_stands(api: Api) -> None:
    into, old = pair(api)
    assert api.patch(f"/customers/{into}", {"name": "Sara Khan"}, headers=ANY).status == 200
    assert api.patch(f"/customers/{into}", {"email": "sara.new@example.com"}, headers=ANY).status == 200
    found = why(api.post("/merges/preview", {"into": into, "from": old}))
    assert (found["/email"], found["/name"]) == (("into", "newer_source"), ("from", "newer_source"))


def test_all_that_both_had_is_the_new_ones_and_the_old_id_leads_there(api: Api) -> None:
    into, old = pair(api)
    buy(api, into, "10.00")
    buy(api, old, "5.50", at="2025-01-05T10:00:00Z", lines=[{"product": "Tea", "quantity": 2, "amount": "5.50"}])
    buy(api, old, "7.00", currency="EUR")
    talk(api, old)
    before = timeline(api, into) + timeline(api, old)
    merge_id = merge(api, into, old, name="into")
    found = shown(api, old)
    assert (found["id"], found["name"], found["email"], found["phone"]) == (
        into, "Sara Khan", "sara.k@example.com", "+923001234567",
    )  # fmt: skip
    assert (found["birthday"], found["tags"]) == ("1990-03-05", ["vip", "till"])
    assert (found["other_addresses"], found["custom"]) == (["sara@example.com"], {"size": "M", "shoe": "38"})
    facts = found["facts"]
    assert (facts["spent"], facts["purchases"], facts["interactions"]) == ("15.50", 3, 1)
    assert (facts["other_currencies"], facts["first_purchase_at"][:4]) == ({"EUR": "7.00"}, "2025")
    assert facts["last_purchase_at"][:4] == "2026"
    assert sorted(timeline(api, into)) == sorted(timeline(api, old)) == sorted(before)
    assert set(merging.partition(old)) == {"MERGED"}
    assert "merging" not in merging.partition(into)["PROFILE"]
    assert api.get(f"/merges/{merge_id}").body["fields"]


def test_whoever_registers_one_of_their_addresses_is_told_of_the_new_one(api: Api) -> None:
    into, old = pair(api)
    merge(api, into, old)
    addresses = [{"email": "sara@example.com"}, {"email": "sara.k@example.com"}, {"phone": "+923001234567"}]
    for address in addresses:
        answer = api.post("/customers", {"name": "Sara", **address})
        assert (answer.status, [one["id"] for one in answer.body["candidates"]]) == (409, [into])
    assert api.delete(f"/customers/{into}", headers=ANY).status == 204
    assert api.post("/customers", {"name": "Sara", "email": "sara@example.com"}).status == 201


def test_the_strictest_consent_stands_also_of_what_was_refused_at_the_address(api: Api) -> None:
    into = new(api, "Sara", email="sara@example.com", consent={"greeting": True, "marketing": True, "service": True})
    old = new(api, "Sara K", email="s@example.com", consent={"greeting": False, "marketing": True})
    table.commit(
        lambda transaction: suppressions.answer(
            transaction, "s@example.com", answers={"marketing": False}, seen=suppressions.Suppressed()
        )
    )
    merge(api, into, old, email="into")
    consent = {"greeting": False, "marketing": False, "service": None}
    assert api.get(f"/customers/{into}").body["consent"] == consent


def test_items_of_kinds_that_nobody_knows_go_over_to_the_letter_and_both_are_kept_where_both_have_one(
    api: Api,
) -> None:
    into, old = pair(api)
    for customer, sk, word in ((old, "CARD#1", "a"), (old, "NEW", "theirs"), (into, "NEW", "mine")):
        item: dict[str, Any] = {"pk": {"S": f"CUSTOMER#{customer}"}, "sk": {"S": sk}, "entity": {"S": "new"}}
        item |= {"word": {"S": word}, "set": {"SS": ["b", "a"]}, "n": {"N": "1.50"}}
        boto3.client("dynamodb").put_item(TableName=settings().crm_table, Item=item)
    merge_id = merge(api, into, old)
    found = merging.partition(into)
    assert (found["CARD#1"]["word"], found["CARD#1"]["n"]) == ({"S": "a"}, {"N": "1.50"})
    assert (found["NEW"]["word"], found[f"MERGE#{merge_id}#KEPT#NEW"]["item"]["M"]["word"]) == (
        {"S": "mine"},
        {"S": "theirs"},
    )


def test_of_records_that_somebody_has_changed_since_the_preview_nothing_is_merged(api: Api) -> None:
    into, old = pair(api)
    asked = merging.request(api, into, old)
    assert api.patch(f"/customers/{old}", {"language": "ur"}, headers=ANY).status == 200
    answer = api.post("/merges", asked)
    assert (answer.status, "/from_version" in answer.body["detail"]) == (412, True)


def test_the_same_request_is_answered_again_and_another_under_its_key_refused(api: Api) -> None:
    into, old = pair(api)
    asked, key = merging.request(api, into, old), {"idempotency-key": "m1"}
    first, again = (api.post("/merges", asked, headers=key) for _ in range(2))
    assert (first.status, again.status, first.body) == (201, 201, again.body)
    assert api.post("/merges", {**asked, "choices": {"/name": "from"}}, headers=key).status == 409
    carry(old)
    assert api.post("/merges", asked, headers=key).body["state"] == "done"
    assert api.post("/merges", asked).body["detail"] == "these two are one record already"


def test_what_cannot_be_merged_is_refused_with_the_reason(api: Api) -> None:
    into, old = pair(api)
    shop = new(api, "Shop", kind="organisation")
    assert api.post("/merges/preview", {"into": into, "from": shop}).status == 422
    assert api.post("/merges/preview", {"into": into, "from": into}).status == 409
    assert api.post("/merges/preview", {"into": into, "from": "nobody"}).status == 404
    assert api.post("/merges/preview", {"into": into, "from": old, "choices": {"/tags": "from"}}).status == 422
    ask(api, into, old)
    third = new(api, "Third")
    answer = api.post("/merges/preview", {"into": into, "from": third})
    assert (answer.status, "under way" in answer.body["detail"]) == (409, True)
    assert api.get("/merges/nobody").status == 404


def test_merges_of_merges_lead_to_the_last(api: Api) -> None:
    first, second, third = (new(api, name) for name in ("A", "B", "C"))
    for number, customer in enumerate((first, second, third)):
        buy(api, customer, f"{number + 1}.00")
    merge_id = merge(api, second, first)
    merge(api, third, second)
    assert shown(api, first)["facts"]["spent"] == "6.00"
    assert len(timeline(api, first)) == 3
    assert api.get(f"/merges/{merge_id}").body["state"] == "done"
    assert "undo that merge first" in api.post(f"/merges/{merge_id}/undo").body["detail"]


def test_the_history_of_both_is_the_new_ones(api: Api) -> None:
    into, old = pair(api)
    api.patch(f"/customers/{old}", {"language": "ur"}, headers=ANY)
    merge(api, into, old, email="into")
    entries = api.get(f"/customers/{into}/history").body["items"]
    assert sorted(entry["way"] for entry in entries) == ["merge", "staff", "staff", "staff"]
    sources = {one["field"]: one for one in api.get(f"/customers/{into}/sources").body["fields"]}
    assert sources["/language"]["source"]["way"] == "staff"


def test_a_reminder_of_the_old_one_goes_to_the_new_one_and_one_about_them_names_the_new_one(
    api: Api, shop: Shop
) -> None:
    shop.member("manager", timezone="UTC")
    into, old = pair(api)
    common = {"at": "2026-12-01T10:00", "timezone": "UTC", "subject": "Visit", "customer_id": old}
    theirs, staffs = (api.post("/reminders", {"to": to, **common}).headers["location"] for to in ("customer", "staff"))
    merge(api, into, old, email="into")
    assert api.get(theirs).body["customer_id"] == api.get(staffs).body["customer_id"] == into
    shop.at("2026-12-01T10:00Z").tick()
    shop.deliver()
    assert sorted(mail.to for mail in shop.post.accepted) == ["manager@shop.example", "sara@example.com"]
    shop.tick()
    shop.deliver()
    assert len(shop.post.accepted) == 2


def test_totals_of_groups_are_the_same_but_for_one_member_less_and_as_before_when_it_is_undone(api: Api) -> None:
    body = {"name": "All", "rule": {"field": "facts.spent", "op": "ge", "value": "0"}}
    group = api.post("/segments", body).headers["location"]
    flow.settle()
    into, old = pair(api)
    for customer, amount in ((into, "10.00"), (old, "5.50"), (old, "4.50")):
        buy(api, customer, amount)
    talk(api, old)
    flow.settle()
    before = api.get(group).body["totals"]
    merge_id = merge(api, into, old)
    settled(old)
    after = api.get(group).body["totals"]
    same = ("spent", "purchases", "interactions")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert (before["members"], after["members"], str(after["spent"])) == (2, 1, "20.00")
    merging.undo(api, merge_id)
    settled(old)
    assert api.get(group).body["totals"] == before


def settled(old: str) -> None:
    flow.project((f"CUSTOMER#{old}", "PROFILE"), change="REMOVE")
    flow.settle()


def test_the_new_one_is_found_by_the_addresses_of_both(api: Api) -> None:
    into, old = pair(api)
    merge(api, into, old)
    settled(old)
    for typed in ("sara@example.com", "sara.k@example.com", "+923001234567", "0300 1234567"):
        found = api.get("/customers", query={"search": typed}).body["items"]
        assert [one["id"] for one in found] == [into], typed


def test_of_one_card_to_both_that_one_stands_of_which_the_person_knows_more(api: Api) -> None:
    into, old = pair(api)
    for customer, state in ((into, "due"), (old, "accepted")):
        item: dict[str, Any] = {"pk": {"S": f"CUSTOMER#{customer}"}, "sk": {"S": "MAIL#birthdays#2026"}}
        item |= {"entity": {"S": "message"}, "state": {"S": state}, "revision": {"N": "2"}}
        boto3.client("dynamodb").put_item(TableName=settings().crm_table, Item=item)
    merge_id = merge(api, into, old)
    assert merging.partition(into)["MAIL#birthdays#2026"]["state"] == {"S": "accepted"}
    merging.undo(api, merge_id)
    states = [merging.partition(one)["MAIL#birthdays#2026"]["state"]["S"] for one in (into, old)]
    assert states == ["due", "accepted"]
