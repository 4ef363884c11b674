"""Who is refused, and who sees what is sensitive, stands in the audit: by ids, and whatever the store says to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm.access import roster
from tests.audit import chains
from tests.support import faults
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

UNKNOWN = "a" * 26


def attempts() -> list[dict[str, Any]]:
    """What was noted, in order."""
    return [item for item in chains.stored() if item.get("entity") == "audit_attempt"]


def noted() -> list[tuple[str, str, str | None]]:
    """Event, who, and which customer, in order."""
    return [(one["event"], one["audit"]["who"], (one.get("named") or {}).get("customer_id")) for one in attempts()]


def test_a_refusal_is_noted_with_who_tried_what_from_where(quick_shop: Shop) -> None:
    api = Api()
    assert api.post("/roles", {"id": "packer"}, caller="meena").status == 403
    assert api.get("/audit", caller="meena", role="till").status == 403
    quick_shop.wait(seconds=1)
    assert api.get(f"/customers/{UNKNOWN}", caller="bilal", role="nobody").status == 403
    assert noted() == [("denied", "meena", None), ("denied", "meena", None), ("denied", "bilal", UNKNOWN)]
    (last,) = [one for one in attempts() if one["audit"]["who"] == "bilal"]
    assert last["audit"].items() >= {"route": "GET /customers/{customer_id}", "address": "127.0.0.1"}.items()
    chains.link()
    assert [one["says"]["event"] for one in chains.entries()] == ["denied"] * 3
    shown = api.get("/audit", query={"staff": "bilal"}, role="owner").body["items"]
    assert [(one["event"], one["route"], one["named"]) for one in shown] == [
        ("denied", "GET /customers/{customer_id}", {"customer_id": UNKNOWN})
    ]


def test_one_who_is_out_of_reach_is_noted_as_one_who_does_not_exist(quick_shop: Shop) -> None:
    api = Api()
    customer = chains.made(api.post("/customers", chains.SUNITA | {"owner": "manager"}))["id"]
    answers = [api.get(f"/customers/{one}", caller="bilal", role="sales") for one in (customer, UNKNOWN)]
    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].body == answers[1].body
    assert sorted(noted()) == sorted([("denied", "bilal", UNKNOWN), ("denied", "bilal", customer)])


def test_a_refusal_says_which_member_was_tried(quick_shop: Shop) -> None:
    paths = ("/staff/nadia", "/staff/sara@example.com")
    assert [Api().patch(path, {}, caller="meena", role="till").status for path in paths] == [403, 403]
    assert sorted(one["named"]["staff_id"] for one in attempts()) == ["nadia", "~"]


def test_what_a_refused_request_says_is_not_kept_beyond_ids(quick_shop: Shop) -> None:
    path = "/customers/sara@example.com"
    assert Api().get(path, caller="bilal", role="sales").status == 404
    assert Api().post("/keys", {"name": "sara@example.com"}, caller="bilal", role="sales").status == 403
    assert "sara" not in str(attempts())
    assert len(attempts()) == 2
    assert max(len(json.dumps(one, default=str)) for one in attempts()) < 1000


def test_a_refusal_that_cannot_be_noted_stays_the_refusal(quick_shop: Shop) -> None:
    before = Api().get("/audit", role="till")
    with faults.refusing("PutItem", error=faults.down()) as refused:
        assert Api().get("/audit", role="till") == before
    assert refused


def test_nobody_without_a_token_is_noted(quick_shop: Shop) -> None:
    assert Api().get("/audit", caller=None).status == 401
    assert attempts() == []


def test_who_was_signed_out_is_noted(quick_shop: Shop) -> None:
    chains.made(Api().post("/staff", {"id": "meena", "name": "Meena"}))
    chains.made(Api().post("/staff/meena/sign-out", caller="meena"))
    roster.forget()
    assert Api().get("/customers", caller="meena", signed_in=1).status == 401
    assert noted() == [("denied", "meena", None)]


def test_reading_a_sensitive_field_is_noted_once_for_each_answer(quick_shop: Shop) -> None:
    api = Api()
    rich = chains.made(api.post("/customers", chains.SUNITA))["id"]
    bare = chains.made(api.post("/customers", {"name": "Bikash"}))["id"]
    quick_shop.wait(seconds=1)
    assert [api.get(f"/customers/{one}", caller="meena").status for one in (rich, bare)] == [200, 200]
    assert noted() == [("read", "meena", rich)]
    assert attempts()[0]["named"]["fields"] == "/income_band"
    assert api.get(f"/customers/{rich}", caller="till", role="till").status == 200, "they do not see it"
    assert len(noted()) == 1
    assert api.get(f"/customers/{bare}/history", caller="meena").status == 200
    assert api.get(f"/customers/{UNKNOWN}/history", caller="meena").status == 404
    assert sorted(noted()) == sorted([("read", "meena", rich), ("read", "meena", bare)])
    chains.link()
    shown = api.get("/audit", query={"customer": rich}, role="owner").body["items"]
    assert [(one["event"], one["who"]) for one in shown] == [("read", "meena"), ("done", "manager")]


def test_what_is_noted_when_it_is_seen_is_not_shown_when_it_cannot_be_noted(quick_shop: Shop) -> None:
    customer = chains.made(Api().post("/customers", chains.SUNITA))["id"]
    with faults.refusing("PutItem", error=faults.down()):
        answer = Api().get(f"/customers/{customer}")
    assert answer.status == 503
    assert "high" not in str(answer.body)
