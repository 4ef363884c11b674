"""A merge is undone: both are what they were, and what people did since stays with the record they did it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.merges.merging import ANY, ask, buy, merge, new, partition, request, shown, talk, timeline, undo
from tests.support import flow, forgetting
from tests.support.rows import count
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

SARA: dict[str, Any] = {"email": "sara@example.com", "tags": ["vip"], "custom": {"size": "M"}, "language": "en"}
TWIN: dict[str, Any] = {"phone": "+923001234567", "email": "s.k@example.com", "tags": ["till"], "custom": {"size": "L"}}


def pair(api: Api) -> tuple[str, str]:
    into, old = new(api, "Sara Khan", **SARA), new(api, "Sara K.", consent={"marketing": True}, **TWIN)
    for customer, amount in ((into, "10.00"), (old, "5.50"), (old, "4.25")):
        buy(api, customer, amount, lines=[{"product": "Tea", "quantity": 1, "amount": amount}])
    talk(api, old)
    return into, old


def test_both_are_what_they_were_to_the_letter(api: Api) -> None:
    into, old = pair(api)
    before = [(shown(api, one), timeline(api, one), partition(one)) for one in (into, old)]
    merge_id = merge(api, into, old)
    assert shown(api, old)["id"] == into
    found = undo(api, merge_id)
    assert found["report"] == {"kept": [], "events": 0}
    after = [(shown(api, one), timeline(api, one), partition(one)) for one in (into, old)]
    for (was, told, items), (now, tells, has) in zip(before, after, strict=True):
        assert (now, tells) == (was, told)
        changed = {"PROFILE", "SOURCES"}
        assert {sk: has[sk] for sk in items if sk not in changed} == {
            sk: item for sk, item in items.items() if sk not in changed
        }
        rest = {sk.partition("#")[0] for sk in has.keys() - items.keys()}
        assert rest <= {"CHANGE", "MERGE", "SOURCES"}
    assert not [sk for sk in partition(into) if "BEFORE" in sk or "KEPT" in sk]


def test_what_changed_since_stays_with_the_record_and_is_reported(api: Api) -> None:
    into, old = pair(api)
    merge_id = merge(api, into, old)
    changed = {"language": "ur", "tags": ["vip", "till", "new"], "consent": {"greeting": False}}
    assert api.patch(f"/customers/{old}", changed, headers=ANY).status == 200
    buy(api, old, "1.00", at="2026-02-05T10:00:00Z")
    found = undo(api, merge_id)
    assert found["report"] == {"kept": ["/consent/greeting", "/language", "/tags"], "events": 1}
    mine, theirs = shown(api, into), shown(api, old)
    assert (mine["language"], theirs["language"], mine["tags"], theirs["tags"]) == (
        "ur",
        None,
        ["vip", "new"],
        ["till"],
    )
    assert (mine["facts"]["spent"], theirs["facts"]["spent"]) == ("11.00", "9.75")
    # A no counts for both; nobody says a yes for the other.
    assert mine["consent"] == {"greeting": False, "marketing": None, "service": None}
    assert theirs["consent"] == {"greeting": False, "marketing": True, "service": None}


def test_a_till_that_repeats_what_it_booked_under_the_old_id_meanwhile_books_once(api: Api) -> None:
    into, old = pair(api)
    buy(api, old, "2.00", key="before")
    merge_id = merge(api, into, old)
    buy(api, old, "3.00", key="between")
    undo(api, merge_id)
    for key, amount in (("before", "2.00"), ("between", "3.00")):
        assert buy(api, old, amount, key=key).status == 201
    assert (shown(api, into)["facts"]["spent"], shown(api, old)["facts"]["spent"]) == ("13.00", "11.75")


def test_addresses_lead_to_whom_they_led_before(api: Api) -> None:
    into, old = pair(api)
    undo(api, merge(api, into, old))
    for address, owner in ({"email": "sara@example.com"}, into), ({"email": "s.k@example.com"}, old):
        answer = api.post("/customers", {"name": "X", **address})
        assert [one["id"] for one in answer.body["candidates"]] == [owner]
    assert count("contact") == 3


def test_two_that_were_merged_and_parted_can_be_merged_the_other_way_round(api: Api) -> None:
    into, old = pair(api)
    undo(api, merge(api, into, old))
    merge(api, old, into)
    assert (shown(api, into)["id"], shown(api, into)["facts"]["spent"]) == (old, "19.75")


def test_merges_of_merges_are_undone_in_the_other_order(api: Api) -> None:
    people = [new(api, name) for name in "ABC"]
    for number, one in enumerate(people):
        buy(api, one, f"{number + 1}.00")
    before = [(shown(api, one), timeline(api, one)) for one in people]
    first, second = merge(api, people[1], people[0]), merge(api, people[2], people[1])
    undo(api, second)
    assert (shown(api, people[0])["id"], shown(api, people[0])["facts"]["spent"]) == (people[1], "3.00")
    undo(api, first)
    assert [(shown(api, one), timeline(api, one)) for one in people] == before


def test_it_is_undone_once_and_for_thirty_days(api: Api, shop: Shop) -> None:
    into, old = pair(api)
    merge_id = ask(api, into, old)
    assert "under way" in api.post(f"/merges/{merge_id}/undo").body["detail"]
    flow.project((f"CUSTOMER#{old}", "MERGED"))
    flow.do_jobs()
    shop.wait(days=31)
    assert "could be undone until" in api.post(f"/merges/{merge_id}/undo").body["detail"]
    shop.wait(days=-2)
    undo(api, merge_id)
    assert api.post(f"/merges/{merge_id}/undo").body["state"] == "undone"


def test_a_mail_that_both_got_is_one_mail_while_they_are_one(shop: Shop) -> None:
    api = Api()
    shop.greeting()
    for name in ("sunita", "sunita2"):
        shop.customer(name, birthday="--11-21")
    shop.tick()
    shop.mailer('{"recipient":"customer","id":"sunita2","rule":"birthdays","kind":"greeting","occurrence":"2026"}')
    assert [mail.to for mail in shop.post.accepted] == ["sunita2@example.org"]
    merge_id = merge(api, "sunita", "sunita2")
    shop.deliver()
    shop.tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1
    assert api.get("/messages/customer_sunita_birthdays_2026").body["state"] == "accepted"
    undo(api, merge_id)
    shop.tick()
    shop.deliver()
    assert len(shop.post.accepted) == 2
    assert api.get("/customers/sunita2/messages").body["items"][0]["state"] == "accepted"


def test_whoever_deletes_the_new_one_deletes_all_that_is_kept_for_the_undoing(api: Api) -> None:
    into, old = pair(api)
    merge_id = merge(api, into, old)
    assert api.delete(f"/customers/{old}", headers=ANY).status == 204
    assert api.get(f"/customers/{into}").status == api.get(f"/customers/{old}").status == 404
    assert api.post(f"/merges/{merge_id}/undo").status == 404
    assert api.post(f"/bin/{into}/restore").status in (200, 201)
    assert shown(api, old)["id"] == into
    assert api.delete(f"/customers/{into}", headers=ANY).status == 204
    forgetting.empty(into)
    assert (partition(into), partition(old)) == ({}, {})
    assert api.get(f"/merges/{merge_id}").status == 404


def test_a_record_in_the_bin_is_merged_with_nobody(api: Api) -> None:
    into, old = pair(api)
    asked = request(api, into, old)
    assert api.delete(f"/customers/{old}", headers=ANY).status == 204
    assert api.post("/merges", asked).status == 404
