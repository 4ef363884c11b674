"""Before a greeting goes out people can see who will get it, when, and who will not and why; nothing is sent for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crm.business.models import PARTITION, SORT, Customs
from crm.core import clock
from crm.greetings import upcoming
from crm.suppressions import service as suppressions
from tests.support.rows import count
from tests.support.shop import Shop
from tests.support.world import Api, Context

RULE = {"name": "Birthdays", "occasion": "birthday"}
PAYLOAD = Path(__file__).parents[2] / "events" / "api" / "preview_greeting.json"


def add(api: Api, **fields: Any) -> str:
    return str(api.post("/greetings", {**RULE, **fields}).body["id"])


def customs(**decided: Any) -> None:
    Customs(PARTITION, SORT, version=1, updated_at=clock.stamp(), **decided).save()


def coming(api: Api, path: str, days: int = 10) -> list[dict[str, Any]]:
    answer = api.get(path, query={"days": str(days)})
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def paged(api: Api, path: str, *, limit: int) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        query = {"days": "10", "limit": str(limit), **({"cursor": cursor} if cursor else {})}
        page = api.get(path, query=query).body
        found += page["items"]
        if not (cursor := page["next"]):
            return found


def test_upcoming_greetings_come_in_order_of_the_day_and_in_pages(shop: Shop, api: Api) -> None:
    rule = add(api)
    shop.customer("amina", name="Amina", birthday="1990-11-21")
    shop.customer("bina", name="Bina", birthday="--11-23", timezone="Asia/Kathmandu")
    shop.customer("chen", name="Chen", birthday="--11-23")
    shop.customer("late", name="Late", birthday="--12-31")
    shop.customer("none", name="None")
    shop.views()
    path = f"/greetings/{rule}/upcoming"
    whole = coming(api, path)
    assert [(one["date"], one["customer_id"], one["time"], one["timezone"], one["will"]) for one in whole] == [
        ("2026-11-21", "amina", "09:00", "Asia/Karachi", "send"),
        ("2026-11-23", "chen", "09:00", "Asia/Karachi", "send"),
        ("2026-11-23", "bina", "09:00", "Asia/Kathmandu", "send"),
    ]
    assert paged(api, path, limit=1) == whole
    assert api.get("/greetings/unknown/upcoming").status == 404


def test_all_rules_together_come_in_order_of_the_day_and_hour_and_in_pages(shop: Shop, api: Api) -> None:
    late, early = add(api, send_at="18:00"), add(api, name="A week before", offset_days=-1, send_at="08:00")
    add(api, active=False)
    for day in (22, 23):
        shop.customer(f"c{day}", birthday=f"--11-{day}")
    shop.views()
    whole = coming(api, "/upcoming")
    assert [(one["date"], one["rule"], one["customer_id"]) for one in whole] == [
        ("2026-11-21", early, "c22"),
        ("2026-11-22", early, "c23"),
        ("2026-11-22", late, "c22"),
        ("2026-11-23", late, "c23"),
    ]
    # One mail an occasion: whom the first rule greets the second leaves alone.
    assert [one["reason_code"] for one in whole] == [None, None, "same_occasion", "same_occasion"]
    assert [one["customer_id"] for one in paged(api, "/upcoming", limit=3)] == ["c22", "c23", "c22", "c23"]


def test_who_will_not_get_it_stands_there_with_the_reason(shop: Shop, api: Api) -> None:
    from crm.core import table  # noqa: PLC0415 - after the settings are in place

    rule = add(api, send_at="19:00")
    known: dict[str, Any] = {"birthday": "--11-21"}
    shop.customer("fine", **known)
    shop.customer("mute", email=None, **known)
    shop.customer("no", consent={"greeting": False}, **known)
    shop.customer("full", **known)
    shop.customer("gone", **known)
    table.commit(lambda t: suppressions.stop(t, "gone@example.org", kind="hard_bounce", reason="no such mailbox"))
    customs(cap_mails=1, cap_days=7)
    shop.customer("full", custom={"day": "--11-21"}, **known)
    other = add(api, name="Other", occasion="custom_anniversary", field="day", template="birthday")
    shop.tick()
    shop.deliver()
    assert shop.post.keys() == [f"customer_full_{other}_2026"]
    found = {one["customer_id"]: one["reason_code"] for one in coming(api, f"/greetings/{rule}/upcoming")}
    assert found == {
        "fine": None,
        "mute": "no_address",
        "no": "no_consent",
        "full": "cap",
        "gone": "suppressed",
    }
    assert all(bool(one["reason"]) == bool(one["reason_code"]) for one in coming(api, f"/greetings/{rule}/upcoming"))


def test_quiet_hours_put_it_off_or_stop_it(shop: Shop, api: Api) -> None:
    rule = add(api, send_at="06:00")
    shop.customer(birthday="--11-22")
    shop.views()
    assert [(one["time"], one["will"]) for one in coming(api, f"/greetings/{rule}/upcoming")] == [("07:00", "send")]
    customs(sabbath=True, latest_hour="17:00")
    shop.customer("sabbath", birthday="--11-28")  # a Saturday
    shop.views()
    assert [one["reason_code"] for one in coming(api, f"/greetings/{rule}/upcoming")] == [None, "quiet"]


def test_what_stops_it_for_good_is_named_before_quiet_hours_that_last_too_long(shop: Shop, api: Api) -> None:
    rule = add(api)
    customs(sabbath=True, latest_hour="17:00")
    shop.customer(birthday="--11-28", consent={"greeting": False})  # a Saturday
    shop.views()
    assert [one["reason_code"] for one in coming(api, f"/greetings/{rule}/upcoming")] == ["no_consent"]
    shop.at("2026-11-28T04:00Z").tick()
    shop.deliver()
    assert shop.message(f"customer_sunita_{rule}_2026").reason_code == "no_consent"


def test_quiet_hours_that_end_after_the_last_look_of_the_day_stop_it(shop: Shop, api: Api) -> None:
    rule = add(api)
    # Nightfall of 28 November on Lord Howe is at 19:52; it is asked at 19:45 and 20:00 what is due.
    customs(sabbath=True)
    shop.customer(birthday="--11-28", timezone="Australia/Lord_Howe")
    shop.views()
    assert [one["reason_code"] for one in coming(api, f"/greetings/{rule}/upcoming")] == ["quiet"]
    for instant in ("2026-11-28T08:45Z", "2026-11-28T09:00Z"):
        shop.at(instant).tick()
        shop.deliver()
    assert shop.message(f"customer_sunita_{rule}_2026").reason_code == "quiet"


def test_where_the_day_before_still_lasts_its_greetings_are_upcoming_too(shop: Shop, api: Api) -> None:
    rule = add(api)
    shop.customer("niue", birthday="--11-21", timezone="Pacific/Niue")
    shop.customer("fiji", birthday="--11-21", timezone="Pacific/Fiji")  # where the day is over
    shop.views().at("2026-11-21T19:30Z")  # 08:30 of the 21st on Niue, 00:30 of the 22nd in the shop
    expected = [("niue", "2026-11-21", "09:00", "send")]
    for path in (f"/greetings/{rule}/upcoming", "/upcoming"):
        found = coming(api, path, days=1)
        assert [(one["customer_id"], one["date"], one["time"], one["will"]) for one in found] == expected
    assert api.post("/greetings/preview", RULE, query={"days": "1"}).body["count"] == 1
    shop.tick()
    shop.wait(minutes=30).tick()
    shop.deliver()
    assert shop.message(f"customer_niue_{rule}_2026").state == "accepted"


def test_who_has_had_it_is_not_upcoming_any_more(shop: Shop, api: Api) -> None:
    rule = add(api)
    shop.customer(birthday="--11-21")
    shop.tick()
    assert len(coming(api, f"/greetings/{rule}/upcoming")) == 1
    shop.deliver()
    assert coming(api, f"/greetings/{rule}/upcoming") == []


def test_a_page_ends_where_many_are_looked_at_in_vain(shop: Shop, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upcoming, "_LOOKS", 2)
    rule = add(api)
    for number in range(5):
        shop.customer(f"c{number}", birthday="--11-21")
    shop.tick()
    shop.deliver()
    shop.customer("later", birthday="--11-25")
    shop.views()
    first = api.get(f"/greetings/{rule}/upcoming", query={"days": "10"}).body
    assert (first["items"], bool(first["next"])) == ([], True)
    assert [one["customer_id"] for one in paged(api, f"/greetings/{rule}/upcoming", limit=10)] == ["later"]


def test_a_dry_run_says_how_many_what_it_costs_and_what_they_would_read(shop: Shop, api: Api) -> None:
    for number in range(12):
        shop.customer(f"c{number}", name=f"Customer {number}", birthday="1990-11-25", language=("en", "ur")[number % 2])
    shop.customer("mute", birthday="--11-25", email=None)
    shop.views()
    answer = api.post("/greetings/preview", {**RULE, "active": False}, query={"days": "10"})
    assert answer.status == 200, answer.body
    tried = answer.body
    assert (tried["count"], tried["cost"], tried["currency"], tried["complete"]) == (12, "0.0012", "USD", True)
    assert [(one["reason_code"], one["count"]) for one in tried["not_sent"]] == [("no_address", 1)]
    assert len(tried["samples"]) == 5
    sample = tried["samples"][0]
    assert (sample["to"], sample["date"], sample["time"]) == ("c0@example.org", "2026-11-25", "09:00")
    assert "Customer 0" in sample["subject"]
    assert {one["language"] for one in tried["samples"]} == {"en", "ur"}
    assert 'dir="rtl"' in tried["samples"][2]["html"] or 'dir="rtl"' in tried["samples"][1]["html"]
    assert (count("greeting"), count("message"), shop.post.accepted) == (0, 0, [])


def test_a_dry_run_needs_neither_the_signing_key_nor_the_address_of_public_pages(
    shop: Shop, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIC_URL")
    monkeypatch.setenv("SIGNING_KEY_PARAMETER", "/not/there")
    shop.forget_settings()
    shop.customer(birthday="--11-21")
    shop.views()
    assert len(api.post("/greetings/preview", RULE).body["samples"]) == 1


@pytest.mark.parametrize(
    ("fields", "pointer"), [({"occasion": "feast"}, "/feast"), ({"segment": "unknown"}, "/segment")]
)
def test_a_rule_that_could_not_be_stored_is_not_tried_either(api: Api, fields: dict[str, Any], pointer: str) -> None:
    refused = api.post("/greetings/preview", {**RULE, **fields})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)


def test_the_sample_request_of_a_dry_run_works(shop: Shop) -> None:
    from handlers import api  # noqa: PLC0415 - after the settings are in place

    shop.customer()
    shop.views()
    answer = api.handler(json.loads(PAYLOAD.read_text("utf-8")), Context())
    assert answer["statusCode"] == 200, answer["body"]
    assert json.loads(answer["body"])["count"] == 1
