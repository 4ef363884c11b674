"""What staff are promised about segments, at the HTTP edge."""

from typing import Any

from crm.core import views
from tests.support import flow
from tests.support.world import Api

SPENDERS = {"field": "facts.spent", "op": "ge", "value": "100.00"}
URDU = {"field": "language", "op": "eq", "value": "ur"}


def customer(api: Api, name: str, *, spent: str | None = None, **fields: Any) -> str:
    made = api.post("/customers", {"name": name, **fields})
    assert made.status == 201, made.body
    customer_id: str = made.body["id"]
    if spent:
        bought = {"at": "2026-01-05T10:00:00Z", "amount": spent, "currency": "USD", "payment_method": "cash"}
        assert api.post(f"/customers/{customer_id}/purchases", bought).status == 201
    return customer_id


def segment(api: Api, rule: Any, *, name: str = "Group", **request: Any) -> Any:
    made = api.post("/segments", {"name": name, "rule": rule}, **request)
    assert made.status == 201, made.body
    return made.body


def test_a_segment_is_filled_from_the_customers_there_are(api: Api) -> None:
    for name, spent, language in (("Asma", "250.50", "ur"), ("Bina", "100", "bn"), ("Chen", "99.99", None)):
        customer(api, name, spent=spent, **({"language": language} if language else {}))
    made = segment(api, SPENDERS)
    assert (made["state"], made["members"], made["totals"]) == ("building", None, None)
    flow.settle()
    ready = api.get(f"/segments/{made['id']}").body
    assert ready["state"] == "ready"
    assert ready["members"] == 2
    assert ready["totals"] == {
        "members": 2,
        "spent": "350.50",
        "average_spent": "175.25",
        "purchases": 2,
        "interactions": 0,
        "by_language": {"bn": 1, "ur": 1},
        "by_owner": {"-": 2},
        "by_age_band": {"unknown": 2},
        "by_income_band": {"unknown": 2},
    }


def test_nobody_reads_a_segment_half_filled(api: Api) -> None:
    customer(api, "Asma", spent="250")
    made = segment(api, SPENDERS)
    early = api.get(f"/segments/{made['id']}/customers")
    assert early.status == 503
    assert early.headers["retry-after"]
    flow.settle()
    members = api.get(f"/segments/{made['id']}/customers").body["items"]
    assert [(member["name"], member["spent"], member["purchases"]) for member in members] == [("Asma", "250.00", 1)]


def test_under_a_new_rule_the_old_members_are_shown_until_the_new_are_complete(api: Api) -> None:
    customer(api, "Asma", spent="250", language="ur")
    customer(api, "Bina", spent="50", language="ur")
    made = segment(api, SPENDERS)
    flow.settle()
    changed = api.patch(f"/segments/{made['id']}", {"rule": URDU}, headers={"If-Match": "1"})
    assert changed.status == 200
    between = api.get(f"/segments/{made['id']}").body
    assert (between["state"], between["rule"], between["rule_version"], between["members"]) == (
        "building",
        SPENDERS,
        1,
        1,
    )
    assert between["building"] == {"rule": URDU, "rule_version": 2}
    flow.settle()
    after = api.get(f"/segments/{made['id']}").body
    assert (after["state"], after["rule"], after["rule_version"], after["members"]) == ("ready", URDU, 2, 2)


def test_a_deleted_segment_leaves_no_entries_and_sums_of_nothing(api: Api) -> None:
    customer(api, "Asma", spent="250")
    made = segment(api, SPENDERS)
    flow.settle()
    assert api.delete(f"/segments/{made['id']}", headers={"If-Match": "1"}).status == 204
    assert api.get(f"/segments/{made['id']}").status == 404
    flow.project(("SEGMENTS", f"SEGMENT#{made['id']}"), change="REMOVE")
    flow.do_jobs()
    assert not [key for key in flow.view_keys() if key[0].startswith("SEGMENT#") or key[1] == "segments"]
    (total,) = {key[0] for key in flow.view_keys() if key[0].startswith("TOTAL#")}
    assert views.total(total, "sum") == {}


def test_a_replayed_post_makes_one_segment_and_another_body_is_refused(api: Api) -> None:
    request: Any = {"headers": {"Idempotency-Key": "k"}}
    first, second = segment(api, SPENDERS, **request), segment(api, SPENDERS, **request)
    assert first["id"] == second["id"]
    assert api.post("/segments", {"name": "Group", "rule": URDU}, **request).status == 409
    assert len(api.get("/segments").body["items"]) == 1


def test_a_stale_change_is_refused(api: Api) -> None:
    made = segment(api, SPENDERS)
    path = f"/segments/{made['id']}"
    assert api.patch(path, {"name": "Big"}, headers={"If-Match": "1"}).body["version"] == 2
    assert api.patch(path, {"name": "Small"}, headers={"If-Match": "1"}).status == 412
    assert api.delete(path, headers={"If-Match": "1"}).status == 412
    assert api.patch(path, {"name": "Small"}).status == 428


def test_members_come_in_pages_by_name(api: Api) -> None:
    for name in ("Dai", "Asma", "Édith", "Bina", "Chen"):
        customer(api, name)
    made = segment(api, {"field": "name", "op": "exists", "value": True})
    flow.settle()
    names: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = api.get(f"/segments/{made['id']}/customers", query=query).body
        names += [member["name"] for member in page["items"]]
        if not page["next"]:
            break
        query = {"limit": "2", "cursor": page["next"]}
    assert names == ["Asma", "Bina", "Chen", "Dai", "Édith"]


def test_a_mistake_in_a_rule_is_answered_with_its_place_and_stores_nothing(api: Api) -> None:
    rule = {"all": [URDU, {"field": "facts.spent", "op": "contains", "value": 1}]}
    refused = api.post("/segments", {"name": "Group", "rule": rule})
    assert refused.status == 422
    assert [error["pointer"] for error in refused.body["errors"]] == ["/rule/all/1/op"]
    assert api.get("/segments").body["items"] == []


def test_an_empty_change_of_a_field_is_refused(api: Api) -> None:
    path = f"/segments/{segment(api, SPENDERS)['id']}"
    for field in ("name", "rule"):
        refused = api.patch(path, {field: None}, headers={"If-Match": "1"})
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, f"/{field}")


def test_a_rule_is_given_back_as_it_was_written(api: Api) -> None:
    rule = {"any": [{"field": "custom.size", "op": "in", "value": [38, 38.5, "xl", True]}, SPENDERS]}
    made = segment(api, rule)
    assert api.get(f"/segments/{made['id']}").body["rule"] == rule
    flow.settle()
    assert api.get(f"/segments/{made['id']}").body["rule"] == rule
