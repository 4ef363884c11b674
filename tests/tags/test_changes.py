"""A tag gets another name, joins another or goes, over all customers who have it; and all of it can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.questionnaires.asked import choice, question
from tests.support import flow
from tests.support.shop import Shop

if TYPE_CHECKING:
    from tests.support.world import Answer, Api

ANY = {"if-match": "*"}


def customer(api: Api, *tags: str) -> str:
    made = api.post("/customers", {"name": "Sunita", "tags": list(tags)})
    assert made.status == 201, made.body
    flow.project((f"CUSTOMER#{made.body['id']}", "PROFILE"))
    return str(made.body["id"])


def tags(api: Api, *customers: str) -> list[list[str]]:
    return [api.get(f"/customers/{one}").body["tags"] for one in customers]


def counts(api: Api) -> dict[str, int]:
    return {one["tag"]: one["customers"] for one in api.get("/tags").body["items"]}


def follow() -> None:
    flow.project(*flow.all_keys())
    flow.do_jobs()
    flow.project(*flow.all_keys())


def done(api: Api, answer: Answer) -> dict[str, Any]:
    """The change after all that follows from it."""
    assert answer.status == 202, answer.body
    state = "running"
    while state in {"running", "undoing"}:
        follow()
        found = api.get(answer.headers["location"])
        state = found.body["state"]
    # Groups that follow are filled under two rules, one after the other.
    follow()
    assert found.status == 200, found.body
    return dict(found.body)


def rename(api: Api, tag: str, name: str, **more: Any) -> dict[str, Any]:
    return done(api, api.patch(f"/tags/{tag}", {"name": name, **more}))


def undo(api: Api, change: dict[str, Any]) -> dict[str, Any]:
    return done(api, api.post(f"/tags/changes/{change['id']}/undo"))


def test_a_tag_gets_another_name_with_everybody_who_has_it_however_it_is_written(api: Api) -> None:
    one, two, other = customer(api, "VIP", "till"), customer(api, "vip"), customer(api, "till")
    made = rename(api, "Vip ", "gold")
    assert (made["kind"], made["tag"], made["name"], made["state"]) == ("rename", "VIP", "gold", "done")
    assert (made["customers"], made["changed"], made["share"], made["refused"]) == (2, 2, 1.0, 0)
    assert tags(api, one, two, other) == [["gold", "till"], ["gold"], ["till"]]
    assert counts(api) == {"gold": 2, "till": 2}
    last = api.get(f"/customers/{one}/history").body["items"][0]
    assert (last["way"], last["who"], last["of"]) == ("upkeep", "manager", made["id"])
    assert last["changes"] == {"/tags": {"added": ["gold"], "removed": ["VIP"]}}
    assert api.get(f"/customers/{other}").body["version"] == 1


def test_any_text_is_a_tag_that_can_be_changed(api: Api) -> None:
    odd = ["वीआईपी सुनीता", "خاص گاہک", "B2B/wholesale", 'a "b" #1?', "50%", "לקוח־זהב", "changes"]
    one = customer(api, *odd)
    asked = [api.patch(f"/tags/{tag}", {"name": f"{tag} 2"}) for tag in odd]
    assert [done(api, answer)["state"] for answer in asked] == ["done"] * len(odd)
    assert tags(api, one) == [[f"{tag} 2" for tag in odd]]
    assert done(api, api.delete(f"/tags/{odd[2]} 2"))["kind"] == "delete"
    assert len(tags(api, one)[0]) == len(odd) - 1


def test_ways_of_writing_one_tag_become_one(api: Api) -> None:
    people = [customer(api, tag) for tag in ("VIP", "VIP", "vip")]
    assert rename(api, "vip", "vip")["kind"] == "rename"
    assert tags(api, *people) == [["vip"]] * 3
    assert api.get("/tags").body["items"] == [{"tag": "vip", "customers": 3, "also_written": {}}]
    refused = api.patch("/tags/vip", {"name": "vip"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/name")


def test_one_tag_joins_another_only_where_that_is_said(api: Api) -> None:
    one, both = customer(api, "gold"), customer(api, "till", "VIP", "gold")
    refused = api.patch("/tags/gold", {"name": "vip"})
    assert (refused.status, refused.body["type"]) == (409, "urn:crm:problem:tag-exists")
    assert refused.body["existing"] == {"tag": "VIP", "customers": 1}
    made = rename(api, "gold", "vip", merge=True)
    assert (made["kind"], made["name"]) == ("merge", "VIP")
    assert tags(api, one, both) == [["VIP"], ["till", "VIP"]]
    assert counts(api) == {"VIP": 2, "till": 1}
    assert (undo(api, made)["returned"], counts(api)) == (2, {"gold": 2, "VIP": 1, "till": 1})
    assert [set(found) for found in tags(api, one, both)] == [{"gold"}, {"till", "VIP", "gold"}]


def test_what_nobody_has_cannot_be_changed(api: Api) -> None:
    for answer in (api.patch("/tags/gold", {"name": "vip"}), api.delete("/tags/gold")):
        assert answer.status == 404
        assert "nobody has the tag “\u2068gold\u2069”" in answer.body["detail"]
    turned = api.delete("/tags/\u202eevil\n\u2069")
    assert "“\u2068evil\u2069”" in turned.body["detail"]
    assert api.get("/tags/changes/nothing").status == 404
    assert api.post("/tags/changes/nothing/undo").status == 404


def test_the_same_request_is_the_same_change_and_another_waits(api: Api) -> None:
    customer(api, "gold")
    first = api.patch("/tags/gold", {"name": "vip"})
    assert api.patch("/tags/GOLD", {"name": "VIP"}).body["id"] == first.body["id"]
    for refused in (api.delete("/tags/gold"), api.patch("/tags/gold", {"name": "silver"})):
        assert refused.status == 409
        assert f"GET /tags/changes/{first.body['id']}" in refused.body["detail"]
    assert api.post(f"/tags/changes/{first.body['id']}/undo").status == 409
    flow.settle()
    assert [one["id"] for one in api.get("/tags/changes").body["items"]] == [first.body["id"]]


def test_undone_are_those_whose_tags_nobody_has_changed_since(api: Api) -> None:
    one, two, three = (customer(api, "gold", "till") for _ in range(3))
    made = done(api, api.delete("/tags/gold"))
    assert tags(api, one, two, three) == [["till"]] * 3
    assert api.patch(f"/customers/{two}", {"tags": ["till", "new"]}, headers=ANY).status == 200
    assert api.patch(f"/customers/{three}", {"name": "Sara"}, headers=ANY).status == 200
    back = undo(api, made)
    assert (back["state"], back["changed"], back["returned"], back["kept"]) == ("undone", 3, 2, 1)
    assert [set(found) for found in tags(api, one, two, three)] == [{"till", "gold"}, {"till", "new"}, {"till", "gold"}]
    last = api.get(f"/customers/{one}/history").body["items"][0]
    assert (last["way"], last["of"]) == ("undo", made["id"])
    assert undo(api, made)["returned"] == 2


def test_changes_that_followed_each_other_are_undone_from_the_last_one_on(api: Api) -> None:
    one, two = customer(api, "vip", "till"), customer(api, "gold")
    renamed = rename(api, "vip", "dear")
    joined = rename(api, "dear", "gold", merge=True)
    gone = done(api, api.delete("/tags/gold"))
    assert tags(api, one, two) == [["till"], []]
    assert undo(api, gone)["returned"] == 2
    assert undo(api, joined)["kept"] == 0
    assert undo(api, renamed)["kept"] == 0
    assert [set(found) for found in tags(api, one, two)] == [{"vip", "till"}, {"gold"}]


def test_a_change_is_not_undone_before_one_that_followed_it(api: Api) -> None:
    one = customer(api, "vip")
    first, second = rename(api, "vip", "dear"), rename(api, "dear", "gold")
    assert (undo(api, first)["kept"], tags(api, one)) == (1, [["gold"]])
    assert (undo(api, second)["returned"], tags(api, one)) == (1, [["dear"]])


def test_it_can_be_undone_for_thirty_days(quick_shop: Shop) -> None:
    from tests.support.world import Api  # noqa: PLC0415 - after the shop stands

    api = Api()
    one = customer(api, "gold")
    made = rename(api, "gold", "vip")
    quick_shop.at(f"{made['undo_until'][:10]}T23:59Z")
    refused = api.post(f"/tags/changes/{made['id']}/undo")
    assert (refused.status, made["undo_until"] in refused.body["detail"]) == (409, True)
    assert tags(api, one) == [["vip"]]


RULE = {"all": [{"field": "tags", "op": "contains", "value": "Gold"}, {"field": "name", "op": "exists", "value": True}]}


def group(api: Api, rule: Any = RULE) -> str:
    made = api.post("/segments", {"name": "Golden", "rule": rule})
    assert made.status == 201, made.body
    flow.settle()
    return str(made.body["id"])


def members(api: Api, group_id: str) -> list[str]:
    return [one["id"] for one in api.get(f"/segments/{group_id}/customers").body["items"]]


def form(api: Api) -> str:
    asked = [
        question("card", "yes_no", tag="gold"),
        question("likes", "choice", choices=choice("gold", "silver"), tags=True),
    ]
    made = api.post("/questionnaires", {"title": {"en": "Wishes"}, "questions": asked})
    assert made.status == 201, made.body
    return str(made.body["id"])


def set_by(api: Api, form_id: str) -> list[str]:
    card, likes = api.get(f"/questionnaires/{form_id}").body["questions"]
    return [card["tag"], *(one["value"] for one in likes["choices"])]


def test_groups_and_questions_that_name_the_tag_are_named_first(api: Api) -> None:
    customer(api, "gold")
    group_id, form_id = group(api), form(api)
    for refused in (api.patch("/tags/gold", {"name": "vip"}), api.delete("/tags/gold")):
        assert (refused.status, refused.body["type"]) == (409, "urn:crm:problem:in-use")
        assert refused.body["used_by"] == [
            {"kind": "segment", "id": group_id, "name": "Golden"},
            {"kind": "questionnaire", "id": form_id, "name": "Wishes"},
        ]
        assert "the segment “\u2068Golden\u2069”, the questionnaire “\u2068Wishes\u2069”" in refused.body["detail"]
    assert api.delete("/tags/gold", query={"in_use": "rewrite"}).status == 422
    assert rename(api, "gold", "vip", in_use="keep")["follow"] == []
    assert (members(api, group_id), set_by(api, form_id)) == ([], ["gold", "gold", "silver"])


def test_groups_and_questions_follow_where_that_is_said_and_back(api: Api) -> None:
    one = customer(api, "gold")
    group_id, form_id = group(api), form(api)
    made = rename(api, "gold", "vip", in_use="rewrite")
    assert [use["kind"] for use in made["follow"]] == ["segment", "questionnaire"]
    rule = api.get(f"/segments/{group_id}").body["rule"]
    assert rule["all"][0] == {"field": "tags", "op": "contains", "value": "vip"}
    assert (members(api, group_id), set_by(api, form_id)) == ([one], ["vip", "vip", "silver"])
    undo(api, made)
    assert api.get(f"/segments/{group_id}").body["rule"] == RULE
    assert (members(api, group_id), set_by(api, form_id)) == ([one], ["gold", "gold", "silver"])


def test_nobody_leaves_a_group_on_the_way(api: Api) -> None:
    one = customer(api, "gold")
    group_id = group(api, {"not": {"field": "tags", "op": "in", "value": ["till", "gold"]}})
    held = group(api)
    answer = api.patch("/tags/gold", {"name": "vip", "in_use": "rewrite"})
    seen = []
    for _ in range(6):
        flow.project(*flow.all_keys())
        seen.append((members(api, held), members(api, group_id)))
        flow.do_jobs()
        seen.append((members(api, held), members(api, group_id)))
    assert seen == [([one], [])] * 12
    assert done(api, answer)["state"] == "done"
    assert api.get(f"/segments/{group_id}").body["rule"]["not"]["value"] == ["till", "vip"]


def test_a_group_that_people_have_changed_meanwhile_stays_theirs(api: Api) -> None:
    customer(api, "gold")
    group_id = group(api)
    answer = api.patch("/tags/gold", {"name": "vip", "in_use": "rewrite"})
    own = {"field": "tags", "op": "contains", "value": "platinum"}
    assert api.patch(f"/segments/{group_id}", {"rule": own}, headers=ANY).status == 200
    assert done(api, answer)["state"] == "done"
    assert api.get(f"/segments/{group_id}").body["rule"] == own
