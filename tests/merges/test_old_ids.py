"""Whoever has the id of a record that was merged into another reaches the other one, by reads and writes alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.customers.models import Merged, Profile
from crm.mail.models import Message
from tests.support import faults, unwritten
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

PURCHASE = {"amount": "10.00", "currency": "USD", "at": "2026-01-05T10:00:00Z"}
KEY = {"idempotency-key": "till-7-0815"}
ANY = {"if-match": "*"}


def new(api: Api, name: str, **fields: Any) -> str:
    made = api.post("/customers", {"name": name, **fields})
    assert made.status == 201, made.body
    return str(made.body["id"])


def marked(old: str, into: str) -> None:
    """As a merge leaves the old record: without a profile, and with the mark."""
    Profile.read(old).delete()
    Merged.keyed(old, into=into, merge="m").save()


def test_reads_and_writes_with_an_old_id_reach_the_record_it_was_merged_into(api: Api) -> None:
    first, second, third = (new(api, name) for name in ("Sara", "Sara Khan", "Sarah Khan"))
    marked(first, second)
    marked(second, third)
    path = f"/customers/{first}"
    assert api.get(path).body["id"] == third
    assert api.patch(path, {"language": "ur"}, headers=ANY).body["id"] == third
    assert api.post(f"{path}/purchases", PURCHASE).status == 201
    assert api.post(f"{path}/interactions", {"kind": "call", "summary": "hello"}).status == 201
    reminder = {"to": "customer", "customer_id": first, "at": "2099-01-01T10:00", "subject": "Visit"}
    made = api.post("/reminders", reminder)
    assert made.body["customer_id"] == third
    for asked in (f"{path}/timeline", f"/customers/{third}/timeline"):
        assert {entry["kind"] for entry in api.get(asked).body["items"]} == {"purchase", "call"}
    for asked in (first, second, third):
        found = api.get("/reminders", query={"customer": asked}).body["items"]
        assert [one["id"] for one in found] == [made.body["id"]]
    known = api.get(f"/customers/{third}").body
    assert (known["facts"]["spent"], known["facts"]["interactions"], known["language"]) == ("10.00", 1, "ur")
    assert api.delete(path, headers=ANY).status == 204
    assert api.get(f"/customers/{third}").status == 404


def test_a_till_that_repeats_a_purchase_under_the_old_id_books_once(api: Api) -> None:
    old, into = new(api, "Sara"), new(api, "Sara Khan")
    marked(old, into)
    for _ in range(2):
        assert api.post(f"/customers/{old}/purchases", PURCHASE, headers=KEY).status == 201
    other = {**PURCHASE, "amount": "11.00"}
    assert api.post(f"/customers/{old}/purchases", other, headers=KEY).status == 409
    assert api.get(f"/customers/{into}").body["facts"]["purchases"] == 1


def test_a_till_that_repeats_a_purchase_made_before_the_merge_books_once_wherever_its_receipt_is(api: Api) -> None:
    old, into = new(api, "Sara"), new(api, "Sara Khan")
    first = api.post(f"/customers/{old}/purchases", PURCHASE, headers=KEY)
    marked(old, into)
    again = api.post(f"/customers/{old}/purchases", PURCHASE, headers=KEY)
    assert (again.status, again.body) == (201, first.body)
    assert api.get(f"/customers/{into}").body["facts"]["purchases"] == 0


def test_a_registration_that_is_repeated_after_the_merge_makes_nobody_again(api: Api) -> None:
    sara = {"name": "Sara", "email": "sara@example.com"}
    old = str(api.post("/customers", sara, headers=KEY).body["id"])
    into = new(api, "Sara Khan")
    request_hash = Profile.read(old).request_hash
    Profile.read(old).delete()
    Merged.keyed(old, into=into, merge="m", request_hash=request_hash).save()
    again = api.post("/customers", sara, headers=KEY)
    assert (again.status, again.body["id"]) == (201, into)
    assert api.post("/customers", {"name": "Zara"}, headers=KEY).status == 409


def test_looking_for_somebody_who_stands_costs_one_read_as_before(api: Api) -> None:
    path = f"/customers/{new(api, 'Sara')}"
    with faults.recording() as calls:
        assert api.get(path).status == 200
    assert calls == ["GetItem"]
    assert api.get("/customers/nobody").status == 404


def test_a_mail_ordered_or_reported_under_the_old_id_is_the_new_ones(quick_shop: Shop) -> None:
    shop = quick_shop
    into, old = shop.customer("sunita"), shop.customer("sunita2")
    marked(old, into)
    order = shop.reminder("CUSTOMER#sunita")
    shop.mailer(order.text().replace("sunita", "sunita2"))
    assert [mail.to for mail in shop.post.accepted] == ["sunita@example.org"]
    shop.mailer(order.text())
    assert len(shop.post.accepted) == 1
    assert Api().get(f"/messages/{order.key.replace('sunita', 'sunita2')}").body["key"] == order.key
    shown = Api().get("/customers/sunita2/messages").body["items"]
    assert [one["key"] for one in shown] == [order.key]


def test_no_mail_goes_out_while_what_another_record_has_had_is_on_its_way(quick_shop: Shop) -> None:
    shop = quick_shop
    shop.customer("sunita", merging={"merge": "m", "other": "old"})
    order = shop.reminder()
    shop.mailer(order.text())
    assert (shop.post.accepted, Message.find(order), shop.state_of(order)) == ([], None, "pending")


def test_nobody_is_deleted_in_the_middle_of_a_merge(quick_shop: Shop) -> None:
    quick_shop.customer("sunita", merging={"merge": "m", "other": "old"})
    answer = Api().delete("/customers/sunita", headers=ANY)
    assert (answer.status, "try again" in answer.body["detail"]) == (409, True)


def test_who_is_picked_for_a_group_by_an_old_id_is_picked_once(api: Api) -> None:
    first, second, third, other = (new(api, name) for name in ("Sara", "Sara Khan", "Sarah Khan", "Bina"))
    marked(first, second)
    marked(second, third)
    group = api.post("/segments", {"name": "Guests", "kind": "static"}).body["id"]
    path = f"/segments/{group}/members"
    picked = api.post(path, {"add": [first, third, other, "nobody"]})
    assert picked.body == {"added": 2, "removed": 0, "unchanged": 1, "unknown": ["nobody"]}
    assert [api.get(f"/customers/{one}").body["groups"] for one in (third, other)] == [[group], [group]]
    assert api.post(path, {"remove": [second]}).body == {"added": 0, "removed": 1, "unchanged": 0, "unknown": []}
    assert api.get(f"/customers/{third}").body["groups"] == []


def test_who_is_merged_while_somebody_picks_them_is_picked(api: Api) -> None:
    old, into = new(api, "Sara"), new(api, "Sara Khan")
    group = api.post("/segments", {"name": "Guests", "kind": "static"}).body["id"]

    def merged_by_another() -> None:
        # No deed of the request, so none that it has to record.
        with unwritten.watched():
            marked(old, into)

    with faults.interrupted(at=3, by=merged_by_another) as calls:
        assert api.post(f"/segments/{group}/members", {"add": [old]}).body["added"] == 1
    assert calls[2] == "TransactWriteItems"
    assert api.get(f"/customers/{into}").body["groups"] == [group]
