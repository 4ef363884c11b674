"""A deleted customer is gone for everybody at once, and comes back as they were for thirty days."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from crm.customers.models import Deleted, Profile
from crm.mail import links
from crm.mail.links import Link
from crm.reminders import hiding
from crm.reminders.models import Reminder
from tests.support import faults, flow, forgetting
from tests.support.rows import all_items, count
from tests.support.shop import Shop, birthday_of
from tests.support.visitor import visit
from tests.support.world import Answer, Api

SARA = {
    "name": "سارہ احمد",
    "email": "sara@example.com",
    "phone": "+92 300 1234567",
    "tags": ["vip"],
    "consent": {"greeting": True},
    "custom": {"shoe": 38},
}
ANY = {"if-match": "*"}


def gone(api: Api, **fields: Any) -> str:
    made = api.post("/customers", {**SARA, **fields})
    path = made.headers["location"]
    api.post(f"{path}/interactions", {"kind": "call", "summary": "hello"})
    assert api.delete(path, headers=ANY).status == 204
    return str(made.body["id"])


def restore(api: Api, customer_id: str, **query: str) -> Answer:
    return api.post(f"/bin/{customer_id}/restore", query=query)


def bin_of(api: Api) -> list[str]:
    return [entry["id"] for entry in api.get("/bin").body["items"]]


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
    from tests.support.world import Context  # noqa: PLC0415

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


def test_who_says_no_while_in_the_bin_has_still_said_no_when_restored(shop: Shop) -> None:
    shop.customer(consent={"greeting": True, "marketing": True})
    api = Api()
    api.delete("/customers/sunita", headers=ANY)
    token = links.token(Link("sunita", "marketing"))
    assert visit("POST", f"/unsubscribe/{token}", body="List-Unsubscribe=One-Click")["status"] == 200
    restore(api, "sunita")
    assert Profile.read("sunita").consent["marketing"] is False


# -- mail


def silenced() -> None:
    """The stream tells of the deletion or restoration."""
    flow.project(*[key for key in flow.all_keys() if key[1] == "PROFILE"], ("CUSTOMER#sunita", "DELETED"))
    flow.do_jobs()


def deleted(api: Api) -> None:
    assert api.delete("/customers/sunita", headers=ANY).status == 204


def test_no_greeting_goes_to_who_is_in_the_bin_and_none_for_a_missed_day_after_the_restoration(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    deleted(Api())
    shop.mailer(birthday_of("sunita").text())
    shop.tick()
    shop.deliver()
    shop.wait(days=1)
    restore(Api(), "sunita")
    shop.tick()
    shop.deliver()
    assert (shop.post.accepted, shop.message(birthday_of("sunita")).state) == ([], "expired")
    shop.at("2027-11-21T04:00Z").tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1


@pytest.mark.parametrize("told", ["before the stream", "after the stream"])
def test_a_reminder_to_who_is_in_the_bin_is_silent_and_missed(shop: Shop, told: str) -> None:
    shop.customer()
    order, api = shop.reminder(due_at="2026-11-21T10:00:00.000000Z"), Api()
    deleted(api)
    if told == "after the stream":
        silenced()
        assert (api.get("/reminders").body["items"], api.get("/reminders/visit").status) == ([], 404)
    shop.at("2026-11-21T10:15Z").tick()
    shop.deliver()
    silenced()
    shop.wait(days=2)
    restore(api, "sunita")
    silenced()
    shop.tick()
    shop.deliver()
    assert (shop.post.accepted, shop.state_of(order)) == ([], "withheld")
    assert (Reminder.read(order.pk, "visit") or order).reason == hiding.MISSED  # type: ignore[union-attr]


def test_a_series_goes_on_after_the_restoration(shop: Shop) -> None:
    shop.customer()
    api = Api()
    body = {"to": "customer", "customer_id": "sunita", "at": "2026-11-22T10:00", "timezone": "UTC", "subject": "Pills"}
    path = api.post("/reminders", {**body, "repeat": "FREQ=DAILY"}).headers["location"]
    deleted(api)
    silenced()
    shop.at("2026-11-24T11:00Z")
    restore(api, "sunita")
    silenced()
    found = api.get(path).body
    assert (found["state"], found["at"], found["last"]["state"]) == ("pending", "2026-11-25T10:00", "withheld")
    shop.tick()
    shop.deliver()
    assert shop.post.accepted == []
    shop.at("2026-11-25T10:00Z").tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1


@pytest.mark.parametrize("way", ["single", "digest"])
def test_staff_are_told_nothing_of_who_is_in_the_bin_and_at_once_of_who_is_back(shop: Shop, way: str) -> None:
    shop.customer()
    shop.member("manager", timezone="UTC", **({"reminders": "digest"} if way == "digest" else {}))
    api = Api()
    body = {"to": "staff", "customer_id": "sunita", "at": "2026-11-22T10:00", "subject": "Call Sunita"}
    api.post("/reminders", body)
    deleted(api)
    shop.at("2026-11-22T10:00Z").tick()
    shop.deliver()
    assert shop.post.accepted == []
    silenced()
    assert "Sunita" not in str(api.get("/reminders", query={"staff": "manager"}).body)
    shop.at("2026-11-23T11:00Z").tick()
    shop.deliver()
    restore(api, "sunita")
    silenced()
    shop.tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1
    assert "Call Sunita" in shop.post.accepted[0].text + shop.post.accepted[0].subject


def test_silence_follows_whatever_was_last_whoever_dies_in_between(quick_shop: Shop) -> None:
    api = Api()
    quick_shop.customer()
    quick_shop.member("manager", timezone="UTC")
    for number in range(2):
        quick_shop.reminder(reminder_id=f"r{number}", due_at="2027-01-01T10:00:00.000000Z")
    about = {"to": "staff", "customer_id": "sunita", "at": "2026-12-22T10:00", "subject": "Call Sunita"}
    api.post("/reminders", about)
    for act, wanted in ((lambda: deleted(api), 3), (lambda: restore(api, "sunita"), 0)) * 2:
        act()
        for crash in faults.crash_points():
            with crash:
                hiding.follow(customer_id="sunita")
        assert sum("silent" in item for item in all_items()) == wanted


def test_a_deletion_between_a_look_and_the_claim_keeps_the_mail_back(quick_shop: Shop) -> None:
    for call in range(1, 40):
        shop = quick_shop.at("2026-11-21T04:00Z")
        shop.post.accepted.clear()
        shop.customer(f"c{call}")
        shop.member("manager", timezone="UTC")
        order = shop.reminder("STAFF#manager", f"r{call}", customer_id=f"c{call}", subject="Call Sunita")
        with faults.interrupted(at=call, by=partial(Api().delete, f"/customers/c{call}", headers=ANY)) as calls:
            shop.mailer(order.text())
        if len(calls) < call:
            assert call > 5
            return
        claimed = "TransactWriteItems" in calls[: call - 1]
        assert bool(shop.post.accepted) is claimed, f"at call {call} of {calls}"
        assert Deleted.find(f"c{call}")
    raise AssertionError("the mailer makes more calls than expected")
