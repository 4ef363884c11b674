"""A deleted customer is gone for everybody at once, and comes back as they were for thirty days."""

from __future__ import annotations

from functools import partial

from tests.privacy.binned import ANY, SARA, bin_of, gone, restore
from tests.support import faults, flow, forgetting
from tests.support.rows import all_items, count
from tests.support.shop import Shop
from tests.support.world import Api, Context


def test_who_is_deleted_is_gone_for_readers_and_stands_in_the_bin(api: Api) -> None:
    sara = gone(api)
    path = f"/customers/{sara}"
    refused = [api.get(path), api.get(f"{path}/timeline"), api.get(f"{path}/messages"), api.get(f"{path}/interactions")]
    refused += [api.post(f"{path}/interactions", {"kind": "call", "summary": "late"}), api.delete(path, headers=ANY)]
    assert [answer.status for answer in refused] == [404] * 6
    (entry,) = api.get("/bin").body["items"]
    assert (entry["id"], entry["name"], entry["deleted_by"]) == (sara, SARA["name"], "manager")
    assert entry["erased_from"][:10] > entry["deleted_at"][:10]


def test_the_bin_shows_the_last_deleted_first_by_pages(api: Api) -> None:
    made = [gone(api, email=f"s{number}@example.com", phone=None) for number in range(3)]
    first = api.get("/bin", query={"limit": "2"}).body
    second = api.get("/bin", query={"limit": "2", "cursor": first["next"]}).body
    assert [entry["id"] for entry in [*first["items"], *second["items"]]] == made[::-1]


def test_who_is_restored_is_as_they_were(api: Api) -> None:
    made = api.post("/customers", SARA)
    path, sara = made.headers["location"], made.body["id"]
    api.post(f"{path}/purchases", {"amount": "5.00"})
    before, timeline = api.get(path).body, api.get(f"{path}/timeline").body
    api.delete(path, headers=ANY)
    assert (restore(api, sara).status, bin_of(api)) == (200, [])
    after = api.get(path).body
    changed = {name for name in after if after[name] != before[name]}
    assert (changed, after["version"]) == ({"version", "updated_at"}, before["version"] + 1)
    assert api.get(f"{path}/timeline").body == timeline
    assert count("deleted") == count("erased") == count("in_bin") == 0
    again = api.post("/customers", {"name": "Other", "email": SARA["email"]})
    assert (again.status, again.body["candidates"][0]["id"]) == (409, sara)


def test_a_restoration_that_is_repeated_answers_the_same(api: Api) -> None:
    sara = gone(api)
    first = restore(api, sara)
    assert restore(api, sara).body == first.body
    assert restore(api, "nobody").status == 404


def test_a_restoration_is_refused_when_somebody_has_the_address_by_now(api: Api) -> None:
    sara = gone(api)
    other = api.post("/customers", {"name": "Someone", "email": SARA["email"]}).body["id"]
    refused = restore(api, sara)
    assert (refused.status, refused.body["candidates"][0]["id"]) == (409, other)
    assert bin_of(api) == [sara]
    assert restore(api, sara, allow_duplicate="true").status == 200
    assert api.get(f"/customers/{sara}").body["email"] == SARA["email"]


def test_who_is_restored_is_not_in_a_group_that_is_gone(api: Api) -> None:
    groups = [api.post("/segments", {"name": name, "kind": "static"}).body["id"] for name in ("Stays", "Goes")]
    made = api.post("/customers", SARA)
    sara = made.body["id"]
    for group in groups:
        assert api.post(f"/segments/{group}/members", {"add": [sara]}).status == 200
    api.delete(made.headers["location"], headers=ANY)
    assert api.delete(f"/segments/{groups[1]}", headers=ANY).status == 204
    assert restore(api, sara).status == 200
    assert api.get(made.headers["location"]).body["groups"] == groups[:1]


def test_the_views_lose_who_is_deleted_and_find_who_is_back(api: Api) -> None:
    sara = gone(api)
    key = (f"CUSTOMER#{sara}", "PROFILE")
    flow.project(key, change="REMOVE")
    assert api.get("/customers").body["items"] == []
    assert "example.com" not in str(all_items("VIEWS_TABLE"))
    restore(api, sara)
    flow.project(key)
    assert [entry["id"] for entry in api.get("/customers").body["items"]] == [sara]


def test_after_thirty_days_whoever_is_in_the_bin_is_erased_and_nobody_else(shop: Shop) -> None:
    api = Api()
    old = gone(api)
    shop.wait(days=29)
    young = gone(api)
    flow.queue_event()
    empty(shop)
    assert bin_of(api) == [young, old]
    shop.wait(days=1, minutes=1)
    empty(shop)
    assert bin_of(api) == [young]
    left = [item for item in forgetting.but_the_audit(all_items()) if old in str(item)]
    assert sorted(item["entity"]["S"] for item in left) == ["erased", "erasure"]
    assert count("forgotten") == 0, "it was nobody's own wish"
    assert (restore(api, old).status, restore(api, young).status) == (404, 200)


def empty(shop: Shop) -> None:
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    message = {"job": "empty_bin", "day": shop.moment.date().isoformat()}
    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}
    flow.project(*[key for key in flow.all_keys() if key[1] == "ERASING"])
    flow.do_jobs()


def test_who_is_being_erased_cannot_be_restored(api: Api) -> None:
    sara = gone(api)
    forgetting.begin(sara)
    assert (restore(api, sara).status, bin_of(api)) == (404, [])


def test_a_deletion_or_restoration_killed_anywhere_is_done_or_not_and_can_be_repeated(api: Api) -> None:
    made = api.post("/customers", SARA)
    path, sara = made.headers["location"], made.body["id"]
    for crash in faults.crash_points():
        with crash:
            api.delete(path, headers=ANY)
        assert (api.get(path).status, bin_of(api)) in ((200, []), (404, [sara])), str(crash)
        api.delete(path, headers=ANY)
        restore(api, sara)
    for crash in faults.crash_points():
        api.delete(path, headers=ANY)
        with crash:
            restore(api, sara)
        assert restore(api, sara).status == 200, str(crash)
        assert (api.get(path).status, bin_of(api), count("contact")) == (200, [], 2), str(crash)


def test_a_deletion_meets_a_change_anywhere_and_neither_is_lost(api: Api) -> None:
    for call in range(1, 30):
        made = api.post("/customers", {**SARA, "email": f"s{call}@example.com", "phone": None})
        path, sara = made.headers["location"], made.body["id"]
        with faults.interrupted(at=call, by=partial(api.patch, path, {"gender": "f"}, headers=ANY)) as calls:
            api.delete(path, headers=ANY)
        restored = restore(api, sara)
        assert restored.status == 200
        if len(calls) < call:
            return
        assert api.get(path).body["gender"] == "f" or api.get(path).body["version"] == 2
    raise AssertionError("a deletion makes more calls than expected")
