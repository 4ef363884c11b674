"""What else is said of a record is kept beside it, shown with its source, and decided about once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.core.author import Author
from crm.customers import service
from crm.suppressions import service as suppressions
from tests.changes import record
from tests.support import faults, forgetting
from tests.support.world import Answer, Api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm.customers.changing import OnConflict
    from tests.support.shop import Shop

FILE = Author("manager", "import", of="i1", at="2026-03-01T10:00:00Z")
ORIGIN = {"way": "import", "who": "manager", "of": "i1", "at": "2026-03-01T10:00:00.000000Z"}
SUNITA: dict[str, Any] = {
    "name": "Sunita Rai",
    "email": "sunita@example.com",
    "tags": ["vip"],
    "custom": {"size": 38},
    "consent": {"greeting": True, "service": False},
}


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api()


@pytest.fixture
def sunita(api: Api) -> str:
    made = api.post("/customers", SUNITA)
    assert made.status == 201, made.body
    return str(made.body["id"])


def told(
    customer_id: str, fields: Mapping[str, Any], *, author: Author = FILE, on_conflict: OnConflict = "note"
) -> None:
    """Somebody says something who is not to overwrite anything."""
    service.change(
        customer_id=customer_id, fields=fields, author=author, expected_version=None, on_conflict=on_conflict
    )


def sourced(api: Api, customer_id: str) -> dict[str, dict[str, Any]]:
    answer = api.get(f"/customers/{customer_id}/sources")
    assert answer.status == 200, answer.body
    return {field["field"]: field for field in answer.body["fields"]}


def decide(api: Api, customer_id: str, *, version: str = "*", key: str | None = None, **decision: Any) -> Answer:
    headers = {"if-match": version, **({"idempotency-key": key} if key else {})}
    return api.post(f"/customers/{customer_id}/conflicts", decision, headers=headers)


def test_what_is_not_known_is_taken_and_what_is_known_stays(api: Api, sunita: str) -> None:
    told(sunita, {"email": "rai@example.com", "phone": "+9779841234567", "custom": {"size": 40, "hat": 7}})
    after = api.get(f"/customers/{sunita}").body
    assert (after["email"], after["phone"], after["version"]) == ("sunita@example.com", "+9779841234567", 2)
    assert after["custom"] == {"size": 38, "hat": 7}
    assert after["conflicts"] == ["/custom/size", "/email"]


def test_each_value_has_its_source_and_what_else_was_said(api: Api, sunita: str) -> None:
    told(sunita, {"email": "rai@example.com", "phone": "+9779841234567"})
    fields = sourced(api, sunita)
    assert fields["/phone"]["source"] == ORIGIN
    assert fields["/phone"]["conflicts"] == []
    assert fields["/email"]["value"] == "sunita@example.com"
    assert fields["/email"]["source"].items() >= {"way": "staff", "who": "manager", "of": None}.items()
    assert fields["/email"]["conflicts"] == [{**ORIGIN, "index": 0, "value": "rai@example.com"}]
    assert fields.keys() == {"/name", "/kind", "/email", "/phone", "/tags", "/custom/size"} | {
        "/consent/greeting",
        "/consent/service",
    }


def test_nothing_is_emptied_tags_only_grow_and_a_refusal_holds_at_once(api: Api, sunita: str) -> None:
    told(sunita, {"email": None, "tags": ["till"], "consent": {"greeting": False, "service": True}})
    after = api.get(f"/customers/{sunita}").body
    assert (after["email"], after["tags"]) == ("sunita@example.com", ["vip", "till"])
    assert after["consent"] == {"greeting": False, "marketing": None, "service": False}
    assert after["conflicts"] == ["/consent/service"]


def test_a_file_that_comes_every_night_is_noted_once(api: Api, sunita: str) -> None:
    told(sunita, {"email": "rai@example.com"})
    before = record.of(sunita)
    told(sunita, {"email": "rai@example.com"})
    assert record.of(sunita) == before
    assert len(record.changes(sunita)) == 2
    assert record.changes(sunita)[-1]["changes"] == {"/email": {"other": "rai@example.com"}}


def test_only_so_many_values_of_a_field_are_kept_to_choose_from(api: Api, sunita: str) -> None:
    for number in range(9):
        told(sunita, {"email": f"rai{number}@example.com"})
    assert [one["index"] for one in sourced(api, sunita)["/email"]["conflicts"]] == [0, 1, 2, 3, 4]


def test_long_texts_against_long_texts_stay_far_below_what_an_item_may_hold(api: Api, sunita: str) -> None:
    told(sunita, {"custom": {f"t{number}": "न" * 1000 for number in range(60)}})
    for round_ in range(3):
        told(sunita, {"custom": {f"t{number}": f"{round_}" + "ण" * 999 for number in range(60)}})
    assert len(str(record.of(sunita)["SOURCES"]).encode()) < 150_000
    assert sourced(api, sunita)["/custom/t1"]["conflicts"] != []


def test_the_stored_value_stands_and_whoever_says_the_same_again_is_not_asked_about(api: Api, sunita: str) -> None:
    told(sunita, {"email": "rai@example.com"})
    answer = decide(api, sunita, version="1", field="email", take="stored")
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    told(sunita, {"email": "rai@example.com"})
    assert api.get(f"/customers/{sunita}").body["conflicts"] == []
    assert sourced(api, sunita)["/email"]["conflicts"] == []
    last = record.changes(sunita)[-1]
    assert (last["who"], last["changes"]) == ("manager", {"/email": {"refused": ["rai@example.com"]}})


def test_the_other_value_is_taken_with_its_own_source(api: Api, sunita: str) -> None:
    told(sunita, {"email": "rai@example.com", "custom": {"size": 40}})
    told(sunita, {"email": "s.rai@example.com"}, author=Author("", "questionnaire", of="q1"))
    assert decide(api, sunita, field="/email", take="other", index=0).status == 200
    assert decide(api, sunita, field="/custom/size", take="other").status == 200
    after = api.get(f"/customers/{sunita}").body
    assert (after["email"], after["custom"], after["conflicts"]) == ("rai@example.com", {"size": 40}, [])
    assert sourced(api, sunita)["/email"]["source"] == ORIGIN
    for known in ("sunita@example.com", "s.rai@example.com"):
        told(sunita, {"email": known})
    assert api.get(f"/customers/{sunita}").body["conflicts"] == []
    assert api.get("/customers", query={"search": "rai@example.com"}).status == 200
    assert api.post("/customers", {"name": "Other", "email": "rai@example.com"}).status == 409
    assert api.post("/customers", {"name": "Other", "email": "sunita@example.com"}).status == 201


def test_whoever_sets_the_field_has_decided(api: Api, sunita: str) -> None:
    told(sunita, {"email": "rai@example.com", "consent": {"service": True}})
    assert api.patch(f"/customers/{sunita}", {"email": "new@example.com"}, headers={"if-match": "*"}).status == 200
    assert api.get(f"/customers/{sunita}").body["conflicts"] == ["/consent/service"]
    assert sourced(api, sunita)["/email"]["conflicts"] == []
    assert "?/email" not in record.of(sunita)["SOURCES"]


def test_a_yes_that_is_decided_for_takes_back_what_the_person_refused_and_nothing_else_does(
    api: Api, sunita: str
) -> None:
    told(sunita, {"consent": {"service": True}, "custom": {"size": 40}})
    made = {"name": "Again", "email": "sunita@example.com", "consent": {"greeting": False, "service": False}}
    again = api.post("/customers", made, query={"allow_duplicate": "true"}).body["id"]
    from crm.customers import answers  # noqa: PLC0415 - only here

    answers.record(customer_id=again, answers={"service": False, "greeting": False}, how="preferences_page")
    assert decide(api, sunita, field="/custom/size", take="other").status == 200
    assert suppressions.read("sunita@example.com").refused == {"service", "greeting"}
    assert decide(api, sunita, field="/consent/service", take="other").status == 200
    assert suppressions.read("sunita@example.com").refused == {"greeting"}


@pytest.mark.parametrize("take", ["stored", "other"])
def test_a_decision_that_comes_again_is_the_same_one(api: Api, sunita: str, take: str) -> None:
    told(sunita, {"email": "rai@example.com"})
    for version in ("1", "1", "*"):
        answer = decide(api, sunita, version=version, key="k", field="email", take=take)
        assert (answer.status, answer.body["version"]) == (200, 2), answer.body
    assert decide(api, sunita, version="1", key="other", field="email", take=take).status == 412
    assert decide(api, sunita, version="2", key="other", field="email", take=take).status == 409
    assert len(record.changes(sunita)) == 3


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        ({"field": "phone", "take": "stored"}, 409),
        ({"field": "email", "take": "other", "index": 1}, 422),
        ({"field": "email", "take": "both"}, 422),
        ({"field": "email", "take": "other", "index": -1}, 422),
    ],
)
def test_what_cannot_be_decided_is_said(api: Api, sunita: str, decision: dict[str, Any], status: int) -> None:
    told(sunita, {"email": "rai@example.com"})
    before = record.of(sunita)
    assert decide(api, sunita, **decision).status == status
    assert record.of(sunita) == before


def test_an_address_that_somebody_else_has_is_taken_only_knowingly(api: Api, sunita: str) -> None:
    told(sunita, {"email": "rai@example.com"})
    api.post("/customers", {"name": "Other", "email": "rai@example.com"})
    assert decide(api, sunita, field="email", take="other").status == 409
    headers, query = {"if-match": "*"}, {"allow_duplicate": "true"}
    asked = {"field": "email", "take": "other"}
    answer = api.post(f"/customers/{sunita}/conflicts", asked, headers=headers, query=query)
    assert answer.status == 200, answer.body


def test_an_address_of_somebody_who_was_erased_does_not_come_back_by_a_decision(api: Api, sunita: str) -> None:
    other = str(api.post("/customers", {"name": "Other", "email": "rai@example.com"}).body["id"])
    assert api.delete(f"/customers/{other}", headers={"if-match": "*"}).status == 204
    forgetting.empty(other)
    told(sunita, {"email": "rai@example.com"})
    answer = decide(api, sunita, field="email", take="other")
    assert (answer.status, answer.body["title"]) == (409, "The person with this address asked to be forgotten")
    assert decide(api, sunita, field="email", take="stored").status == 200


@pytest.mark.parametrize(
    ("at", "email"), [("2026-11-21T04:04:00Z", "rai@example.com"), ("2020-01-01", "sunita@example.com")]
)
def test_the_newer_value_stands_by_what_the_sources_say(api: Api, shop: Shop, sunita: str, at: str, email: str) -> None:
    shop.wait(minutes=5)
    told(sunita, {"email": "rai@example.com"}, author=Author("manager", "import", at=at), on_conflict="newer")
    after = api.get(f"/customers/{sunita}").body
    assert (after["email"], after["conflicts"]) == (email, [])


def test_a_consent_is_not_raised_by_what_is_newer(api: Api, shop: Shop, sunita: str) -> None:
    shop.wait(minutes=5)
    brought = Author("manager", "import", at="2026-11-21T04:04:00Z")
    told(sunita, {"consent": {"service": True}, "tags": []}, author=brought, on_conflict="newer")
    after = api.get(f"/customers/{sunita}").body
    assert (after["consent"]["service"], after["tags"]) == (False, ["vip"])


def test_noting_killed_anywhere_and_repeated_notes_once(api: Api, sunita: str) -> None:
    tried = 0
    for number, crash in enumerate(faults.crash_points()):
        said = {"custom": {f"n{number}": 1, "size": f"{number}"}}
        before = len(record.changes(sunita))
        with crash:
            told(sunita, said)
        told(sunita, said)
        noted = record.changes(sunita)
        assert (record.replayed(noted), len(noted) - before) == (record.held(sunita), 1), str(crash)
        [other] = sourced(api, sunita)["/custom/size"]["conflicts"]
        assert other["value"] == f"{number}", str(crash)
        assert decide(api, sunita, field="/custom/size", take="stored").status == 200
        tried += 1
    assert tried >= 6


@pytest.mark.parametrize("take", ["stored", "other"])
def test_a_decision_killed_anywhere_and_repeated_decides_once(api: Api, sunita: str, take: str) -> None:
    tried = 0
    for number, crash in enumerate(faults.crash_points()):
        told(sunita, {"custom": {"size": f"{number}"}})
        before = len(record.changes(sunita))
        with crash:
            decide(api, sunita, key=f"k{number}", field="/custom/size", take=take)
        answer = decide(api, sunita, key=f"k{number}", field="/custom/size", take=take)
        assert (answer.status, len(record.changes(sunita)) - before) == (200, 1), str(crash)
        assert record.replayed(record.changes(sunita)) == record.held(sunita), str(crash)
        assert api.get(f"/customers/{sunita}").body["conflicts"] == [], str(crash)
        tried += 1
    assert tried >= 6
