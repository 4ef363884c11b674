"""Who is bound to a purpose sees how people are reached only of those who allow contact for it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import rules
from crm.core.actor import Actor
from crm.core.purposes import allows
from tests.access.world_of_two import Two
from tests.exports.desk import content
from tests.imports.office import Office
from tests.inbox.test_inbox import arrive, letter
from tests.support.flow import settle
from tests.support.world import Answer, Api
from tests.support.worlds import chosen

CONSENTS: dict[str, dict[str, bool]] = {"yes": {"marketing": True}, "no": {"marketing": False}, "open": {}}
NUMBERS = {"yes": "+923339998881", "no": "+923339998882", "open": "+923339998883"}
CONTACT = ("email", "phone", "address")
SHOWN_OF_ONE = "GET /customers/{customer_id}"


def planted(who: str) -> dict[str, str]:
    return {"email": f"canary-{who}@hidden.example", "phone": NUMBERS[who], "address": f"Canary {who} street 7"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Two]:
    with pytest.MonkeyPatch.context() as patch, chosen(patch):
        api = Api()
        ids = {}
        for who, consent in CONSENTS.items():
            told = {"name": f"Person {who}", "consent": consent, "birthday": "1990-05-06", **planted(who)}
            ids[who] = api.post("/customers", told, query={"allow_duplicate": "true"}).body["id"]
            moved = {"address": f"Canary {who} street 8"}
            assert api.patch(f"/customers/{ids[who]}", moved, headers={"if-match": "*"}).status == 200
            arrive(letter(f"Person <{planted(who)['email']}>", results=None, X=who), f"inbox/{who}")
        rule = {"field": "email", "op": "starts_with", "value": "canary-no"}
        ids["group"] = api.post("/segments", {"name": "By address", "rule": rule}).body["id"]
        through = {"field": "segment", "op": "eq", "value": ids["group"]}
        ids["beyond"] = api.post("/segments", {"name": "Through it", "rule": through}).body["id"]
        settle()
        yield Two(api, ids)


def ask(shop: Two, method: str, path: str, **request: Any) -> Answer:
    return shop.api.call(method, path, role="marketing", caller="mira", **request)


def told_of(text: str) -> set[str]:
    """Of whom a text says how they are reached."""
    return {who for who, number in NUMBERS.items() if re.search(rf"canary.{who}|{number[1:]}", text, re.IGNORECASE)}


def test_one_by_one_it_stands_with_who_allows_the_purpose_and_with_nobody_else(shop: Two) -> None:
    for who in CONSENTS:
        seen = ask(shop, "GET", f"/customers/{shop.ids[who]}").body
        whole = shop.api.get(f"/customers/{shop.ids[who]}").body
        differs = {name for name in whole if whole[name] != seen[name]}
        assert differs == (set() if who == "yes" else set(CONTACT))
        assert all(seen[name] is None for name in differs)


def test_what_somebody_takes_back_counts_at_once(shop: Two) -> None:
    path = f"/customers/{shop.ids['yes']}"
    try:
        for answer, shown in ((False, None), (True, planted("yes")["email"])):
            shop.api.patch(path, {"consent": {"marketing": answer}}, headers={"if-match": "*"})
            assert ask(shop, "GET", path).body["email"] == shown
    finally:
        shop.api.patch(path, {"consent": {"marketing": True}}, headers={"if-match": "*"})


def test_no_other_answer_tells_of_anybody(shop: Two) -> None:
    for route in rules.policy().routes:
        verb, _, path = route.partition(" ")
        if verb == "GET":
            for who in CONSENTS:
                asked = path.replace("{customer_id}", shop.ids[who]).replace("{segment_id}", shop.ids["group"])
                answer = ask(shop, "GET", asked)
                text = json.dumps([answer.body, answer.headers], ensure_ascii=False, default=str)
                due = {"yes"} if route == SHOWN_OF_ONE and who == "yes" else set()
                assert told_of(text) == due, (route, text)


def test_nobody_is_found_or_grouped_by_it(shop: Two) -> None:
    for who in CONSENTS:
        for search in planted(who).values():
            assert ask(shop, "GET", "/customers", query={"search": search}).body["items"] == []
    assert len(ask(shop, "GET", "/customers", query={"search": "person"}).body["items"]) == 3
    seen = {"field": "name", "op": "exists", "value": True}
    for named in CONTACT:
        rule, none = ({"all": [seen, {**seen, "field": one}]} for one in (named, "nothing"))
        for path in ("/segments", "/segments/preview"):
            told: dict[str, Any] = {"name": "X"} if path == "/segments" else {}
            refused, unknown = (ask(shop, "POST", path, body={**told, "rule": one}) for one in (rule, none))
            assert (refused.status, refused.body) == (422, unknown.body)
    assert [one["name"] for one in ask(shop, "GET", "/segments").body["items"]] == []


@pytest.mark.parametrize("group", ["group", "beyond"])
def test_a_group_that_was_made_by_it_is_not_there(shop: Two, group: str) -> None:
    named, none = ({"field": "segment", "op": "eq", "value": one} for one in (shop.ids[group], "nothing"))
    for verb, path, told in (("POST", "/segments/preview", {}), ("POST", "/segments", {"name": "X"})):
        refused, unknown = (ask(shop, verb, path, body={**told, "rule": rule}) for rule in (named, none))
        assert (refused.status, str(refused.body).replace(shop.ids[group], "nothing")) == (422, str(unknown.body))
    greeting = {"name": "Day", "occasion": "birthday", "template": "birthday"}
    for path in ("/greetings", "/greetings/preview"):
        bodies = ({**greeting, "segment": one} for one in (shop.ids[group], "nothing"))
        refused, unknown = (ask(shop, "POST", path, body=body) for body in bodies)
        assert (refused.status, refused.body) == (422, unknown.body)
    change = {"name": "Mine", "rule": {"field": "name", "op": "exists", "value": True}}
    for verb, body in (("PATCH", change), ("DELETE", None), ("GET", None)):
        there, none_there = (
            ask(shop, verb, f"/segments/{one}", body=body, headers={"if-match": "*"})
            for one in (shop.ids[group], "nothing")
        )
        assert (there.status, str(there.body).replace(shop.ids[group], "nothing")) == (404, str(none_there.body))


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_an_export_has_it_of_who_allows_the_purpose(shop: Two, format_: str) -> None:
    begun = ask(shop, "POST", "/exports", body={"format": format_}).body["id"]
    Office.work()
    text = content(ask(shop, "GET", f"/exports/{begun}").body).decode("utf-8-sig")
    assert told_of(text) == {"yes"}
    if format_ == "csv":
        rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text))}
        assert rows["Person yes"]["email"] == planted("yes")["email"]
        assert [rows["Person no"][name] for name in CONTACT] == ["", "", ""]
    whole = shop.api.post("/exports", {}).body["id"]
    Office.work()
    assert ask(shop, "GET", f"/exports/{whole}").status == 404


def test_a_business_binds_its_own_roles(shop: Two) -> None:
    told = {
        "id": "caller",
        "says": "Calls.",
        "purpose": "service",
        "all": ["customers.read", "segments.write", "tags.write"],
    }
    made = shop.api.post("/roles", told, role="owner", caller="owner")
    assert (made.status, made.body["purpose"], made.body["hidden"]) == (201, "service", [])
    role = rules.own_role("caller", told)
    # What needs all fields it does not hold, but for what makes groups.
    assert set(role.rights) == {"customers.read", "segments.write"}
    assert role.contact == role.hidden == frozenset({"/email", "/phone", "/address"})
    assert shop.api.post("/roles", {**told, "id": "other", "purpose": "spam"}, role="owner").status == 422
    blind = rules.own_role("blind", {**told, "hidden": ["/consent"]})
    assert blind.contact == frozenset(), "what is shown would tell what was allowed"
    listed = {one["id"]: one for one in shop.api.get("/roles").body["items"]}
    assert (listed["marketing"]["purpose"], listed["marketing"]["hidden"]) == ("marketing", [])


def test_nobody_gives_away_a_purpose_that_is_not_theirs() -> None:
    def role(**told: Any) -> rules.Role:
        return rules.own_role("one", {"all": ["customers.read"], **told})

    whole, marketing, service = role(), role(purpose="marketing"), role(purpose="service")
    hidden = role(hidden=["/email", "/phone", "/address"])
    assert all(whole.holds(one) for one in (whole, marketing, service, hidden))
    assert [one for one in (whole, service) if marketing.holds(one)] == []
    assert marketing.holds(marketing)
    assert marketing.holds(hidden)
    assert [one for one in (whole, marketing, service) if hidden.holds(one)] == []


def test_what_is_not_answered_is_a_no_to_advertising_alone() -> None:
    assert [allows({}, one) for one in ("greeting", "marketing", "service")] == [True, False, True]
    assert [allows({one: False}, one) for one in ("greeting", "marketing", "service")] == [False] * 3
    assert Actor("mira", "x", hidden=frozenset({"/email"})).shown_of({"marketing": True}) == frozenset()
