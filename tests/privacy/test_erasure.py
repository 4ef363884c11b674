"""An erasure takes everything, says what it took, and lets nobody come back by a file."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import files, signing
from crm.core.author import Author
from crm.core.errors import Conflict
from crm.core.places import Person, Place
from crm.customers import service as customer_service
from crm.privacy import erasing, receipts
from crm.suppressions import forgotten
from tests.support import faults, flow
from tests.support.rows import all_items
from tests.support.world import SETTINGS, SIGNING_KEYS, Answer, Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

SARA = {"name": "Sara Ahmed", "email": "sara@example.com", "phone": "+923001234567", "tags": ["vip"]}
ANY = {"if-match": "*"}
BARE = {"name": "Sara again"}


def lived(api: Api, **fields: Any) -> str:
    """A customer with a history; the id."""
    made = api.post("/customers", {**SARA, **fields})
    path = made.headers["location"]
    for number in range(3):
        api.post(f"{path}/interactions", {"kind": "call", "summary": f"hello {number}"}, headers=key(number))
    api.post(f"{path}/purchases", {"amount": "5.00"})
    api.patch(path, {"gender": "f"}, headers=ANY)
    return str(made.body["id"])


def key(number: int) -> dict[str, str]:
    return {"idempotency-key": f"k{number}"}


def erase(api: Api, customer_id: str) -> Answer:
    return api.post(f"/customers/{customer_id}/erasure")


def work(customer_id: str, *, places: tuple[Place, ...] = (), most: int = 2000) -> None:
    while not erasing.erase(customer_id=customer_id, places=places, most=most):
        pass


def of(customer_id: str) -> list[str]:
    found = (item for item in all_items() if not item["pk"]["S"].startswith("AUDIT#OF#"))
    return sorted(item["entity"]["S"] for item in found if customer_id in item["pk"]["S"] + item["sk"]["S"])


def test_an_erasure_is_accepted_and_done_from_the_stream(api: Api) -> None:
    sara = lived(api)
    accepted = erase(api, sara)
    assert (accepted.status, accepted.body["state"]) == (202, "running")
    assert api.get(f"/customers/{sara}").status == 404
    flow.project(*flow.all_keys())
    flow.do_jobs()
    done = api.get(accepted.headers["location"]).body
    assert (done["state"], of(sara)) == ("done", ["erased", "erasure"])
    assert [entry["id"] for entry in api.get("/erasures").body["items"]] == [sara]
    assert erase(api, sara).body == done


def test_the_counts_are_of_what_there_was(api: Api) -> None:
    sara = lived(api)
    before = Counter(item["sk"]["S"].partition("#")[0].lower() for item in all_items() if sara in item["pk"]["S"])
    erase(api, sara)
    work(sara)
    before["change"] += 1  # that the record was deleted is one as well
    before["audit"] += 1  # and that somebody asked for the erasure
    assert api.get(f"/erasures/{sara}").body["erased"] == dict(before)
    assert before["event"] == 4


def test_the_receipt_is_signed_and_names_nobody(api: Api) -> None:
    sara = lived(api)
    erase(api, sara)
    work(sara)
    shown = api.get(f"/erasures/{sara}").body
    verdict = api.post("/erasures/verify", {"receipt": shown["receipt"]}).body
    assert verdict["valid"]
    assert verdict["statement"]["erased"] == shown["erased"]
    assert verdict["statement"]["backups"]["until"] == shown["backups_until"] > shown["finished_at"]
    forged = shown["receipt"][:-2] + ("AA" if not shown["receipt"].endswith("AA") else "BB")
    assert api.post("/erasures/verify", {"receipt": forged}).body == {"valid": False, "statement": None}
    kept = str([shown, verdict, all_items(), [files.get(one.key) for one in files.listed("")]])
    assert [word for word in ("Sara", "Ahmed", "example.com", "3001234567", "hello") if word in kept] == []


def test_an_erasure_of_who_is_in_the_bin_and_of_nobody(api: Api) -> None:
    sara = lived(api)
    api.delete(f"/customers/{sara}", headers=ANY)
    assert erase(api, sara).status == 202
    assert (api.get("/bin").body["items"], api.post(f"/bin/{sara}/restore").status) == ([], 404)
    assert (erase(api, "nobody").status, api.get("/erasures/nobody").status) == (404, 404)


def test_an_erasure_killed_anywhere_is_done_once_and_counts_right(api: Api) -> None:
    for number, crash in enumerate(faults.crash_points()):
        sara = lived(api, email=f"s{number}@example.com", phone=None)
        with crash:
            erase(api, sara)
            work(sara, most=1)
        assert erase(api, sara).status == 202, str(crash)
        work(sara, most=1)
        shown = api.get(f"/erasures/{sara}").body
        assert (shown["state"], of(sara)) == ("done", ["erased", "erasure"]), str(crash)
        assert {name: shown["erased"][name] for name in ("profile", "event", "receipt")} == {
            "profile": 1,
            "event": 4,
            "receipt": 3,
        }, str(crash)
        assert receipts.read(shown["receipt"])
        assert files.get(f"erasures/{sara}.json")


def test_two_who_erase_the_same_customer_at_once_count_right(api: Api) -> None:
    for call in range(1, 200):
        sara = lived(api, email=f"s{call}@example.com", phone=None)
        erase(api, sara)
        with faults.interrupted(at=call, by=lambda sara=sara: work(sara)) as calls:  # type: ignore[misc]
            work(sara)
        shown = api.get(f"/erasures/{sara}").body
        assert (shown["state"], shown["erased"]["event"], of(sara)) == ("done", 4, ["erased", "erasure"])
        if len(calls) < call:
            return
    raise AssertionError("an erasure makes more calls than expected")


def test_a_long_history_is_erased_in_pieces(api: Api) -> None:
    made = api.post("/customers", SARA)
    for _ in range(120):
        api.post(f"{made.headers['location']}/interactions", {"kind": "call", "summary": "hello"})
    sara = made.body["id"]
    erase(api, sara)
    assert not erasing.erase(customer_id=sara, places=(), most=60)
    assert api.get(f"/erasures/{sara}").body["erased"]["event"] >= 40
    work(sara, most=60)
    assert api.get(f"/erasures/{sara}").body["erased"]["event"] == 120


# -- addresses


@pytest.mark.parametrize("field", ["email", "phone"])
def test_an_erased_address_does_not_come_back_by_any_way_unless_somebody_says_so(api: Api, field: str) -> None:
    sara = lived(api)
    erase(api, sara)
    work(sara)
    again = {**BARE, field: SARA[field]}
    refused = api.post("/customers", again)
    assert (refused.status, refused.body["type"]) == (409, "urn:crm:problem:forgotten")
    other = api.post("/customers", BARE).headers["location"]
    assert api.patch(other, {field: SARA[field]}, headers=ANY).body["type"] == "urn:crm:problem:forgotten"
    with pytest.raises(Conflict):
        customer_service.register(
            fields={**again, "kind": "person"},
            author=Author("", way="import"),
            idempotency_key=None,
            allow_duplicate=True,
        )
    assert forgotten.is_forgotten(str(SARA[field]))
    assert api.post("/customers", again, query={"allow_forgotten": "true"}).status == 201
    assert not forgotten.is_forgotten(str(SARA[field]))


def test_former_addresses_do_not_come_back_either(api: Api) -> None:
    sara = lived(api)
    assert api.patch(f"/customers/{sara}", {"email": "new@example.com"}, headers=ANY).status == 200
    erase(api, sara)
    assert [forgotten.is_forgotten(one) for one in ("sara@example.com", "NEW@example.com", "x@example.com")] == [
        True,
        True,
        False,
    ]


def test_an_address_that_somebody_else_has_stays_theirs(api: Api) -> None:
    sara = lived(api)
    other = api.post("/customers", {**BARE, "email": SARA["email"]}, query={"allow_duplicate": "true"})
    shown = erase(api, sara).body
    assert (shown["addresses_kept_from_returning"], shown["addresses_left_with_others"]) == (1, 1)
    assert not forgotten.is_forgotten(str(SARA["email"]))
    assert api.get(other.headers["location"]).body["email"] == SARA["email"]


def test_who_is_restored_does_not_bring_an_erased_address_back_unless_somebody_says_so(api: Api) -> None:
    first = lived(api)
    api.delete(f"/customers/{first}", headers=ANY)
    second = lived(api)
    erase(api, second)
    refused = api.post(f"/bin/{first}/restore")
    assert (refused.status, refused.body["type"]) == (409, "urn:crm:problem:forgotten")
    assert api.post(f"/bin/{first}/restore", query={"allow_forgotten": "true"}).status == 200


def test_a_mark_outlives_a_new_signing_key(api: Api) -> None:
    sara = lived(api)
    erase(api, sara)
    rotated: dict[str, Any] = {"current": "k2", "keys": {**SIGNING_KEYS["keys"], "k2": "c2Vjb25kIGtleSBvZiAzMg=="}}  # type: ignore[dict-item]
    name = SETTINGS["SIGNING_KEY_PARAMETER"]
    boto3.client("ssm").put_parameter(Name=name, Value=json.dumps(rotated), Type="SecureString", Overwrite=True)
    signing.keys.cache_clear()
    assert forgotten.is_forgotten("sara@example.com")
    assert api.post("/customers", {**BARE, "email": "sara@example.com"}).status == 409


def test_a_registration_that_meets_an_erasure_anywhere_brings_nobody_back(api: Api) -> None:
    for call in range(1, 30):
        address = f"s{call}@example.com"
        sara = lived(api, email=address, phone=None)
        with faults.interrupted(at=call, by=lambda sara=sara: erase(api, sara)) as calls:  # type: ignore[misc]
            answer = api.post("/customers", {**BARE, "email": address})
        assert answer.status in (409, 503)
        assert api.post("/customers", {**BARE, "email": address}).status == 409
        if len(calls) < call:
            return
    raise AssertionError("a registration makes more calls than expected")


# -- other places


def test_other_places_hear_of_all_names_and_addresses_once_done_and_again_after_a_crash(api: Api) -> None:
    heard: list[Person] = []

    def take(person: Person) -> int:
        heard.append(person)
        if len(heard) == 1:
            raise faults.Crash
        return 7

    sara = lived(api)
    api.patch(f"/customers/{sara}", {"name": "Sara Khan"}, headers=ANY)
    erase(api, sara)
    places = (Place("import files", take),)
    with pytest.raises(faults.Crash):
        work(sara, places=places)
    work(sara, places=places)
    addresses = frozenset({"sara@example.com", "+923001234567"})
    assert heard == [Person(sara, addresses, frozenset({"Sara Ahmed", "Sara Khan"}))] * 2
    assert api.get(f"/erasures/{sara}").body["erased"]["import files"] == 7


def test_figures_stay(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.tick()
    shop.deliver()
    tallies = [item for item in all_items() if item["pk"]["S"] == "REPUTATION"]
    assert tallies
    erase(Api(), "sunita")
    work("sunita")
    assert [item for item in all_items() if item["pk"]["S"] == "REPUTATION"] == tallies
