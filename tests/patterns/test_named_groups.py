"""The groups that come with the product: who is in them, and that they are made once and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.core.config import settings
from crm.patterns.named import NAMED
from crm.segments import service as segments
from handlers import upkeep
from tests.patterns.shop import Past, enter, refresh
from tests.patterns.test_cut_points import do, queued
from tests.segments.groups import group, names
from tests.support import faults, flow
from tests.support.world import Context

if TYPE_CHECKING:
    from tests.support.world import Api

# Recency, frequency and money of ten customers; two in each fifth of the days.
BASE = {
    "star": Past(9, 1, "900", first_days=90),
    "fresh": Past(1, 2, "20"),
    "regular": Past(8, 14, "30", first_days=100),
    "second": Past(2, 15, "40", first_days=100),
    "often": Past(7, 40, "35", first_days=300),
    "once": Past(1, 45, "10"),
    "fading": Past(6, 80, "300", first_days=230),
    "once more": Past(1, 90, "10"),
    "gone": Past(3, 300, "200", first_days=380),
    "long ago": Past(1, 310, "10"),
}
IN = {
    "best": ["star"],
    "loyal": ["often", "regular", "star"],
    "new": ["fresh"],
    "slipping_away": ["fading"],
    "lost": ["gone"],
    "one_time": ["long ago", "once", "once more"],
    "late": ["fading"],
}


def open_shop(api: Api) -> None:
    for name, past in BASE.items():
        enter(past, prefix=name.replace(" ", "-"), name=name)
    refresh(api)
    flow.settle()


def test_the_groups_are_made_with_the_first_cut_points_and_hold_whom_they_say(api: Api) -> None:
    open_shop(api)
    assert {one.id: sorted(names(api, one.id)) for one in NAMED} == IN


def test_a_deleted_group_comes_back_only_when_asked(api: Api) -> None:
    open_shop(api)
    for deleted in ("lost", "late"):
        segments.remove(segment_id=deleted, expected_version=None)
    refresh(api)
    flow.settle()
    assert [api.get(f"/segments/{one}").status for one in ("lost", "late", "best")] == [404, 404, 200]
    missing = api.get("/patterns/late")
    assert missing.status == 404
    assert "POST /patterns/groups" in missing.body["detail"]
    assert api.post("/patterns/groups").body == {"made": ["lost", "late"]}
    assert api.post("/patterns/groups").body == {"made": []}
    flow.settle()
    assert names(api, "lost") == IN["lost"]


def test_a_changed_group_stays_as_it_was_changed(api: Api) -> None:
    open_shop(api)
    api.patch("/segments/best", {"name": "Our stars"}, headers={"If-Match": "*"})
    refresh(api)
    assert api.get("/segments/best").body["name"] == "Our stars"


def test_they_have_names_in_the_language_of_the_business(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSINESS_LANGUAGE", "ne-NP")
    settings.cache_clear()
    open_shop(api)
    assert api.get("/segments/late").body["name"] == "सधैँभन्दा ढिलो"
    assert all(set(one.names) == {"en", "ur", "bn", "ne", "he"} for one in NAMED)


def test_where_nobody_has_bought_no_groups_are_made_and_it_is_looked_for_every_day(api: Api) -> None:
    enter(Past(0, 0, "0"))
    refresh(api)
    assert api.get("/segments").body["items"] == []
    enter(Past(2, 3, "5"), prefix="buyer")
    upkeep.handler({}, Context())
    flow.do_jobs(at_most=200)
    assert len(api.get("/segments").body["items"]) == len(NAMED)


def test_where_there_is_no_room_the_rest_is_made_later(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 3)
    own = group(api)
    open_shop(api)
    assert {one["id"] for one in api.get("/segments").body["items"]} == {own, "best", "loyal"}
    full = api.post("/patterns/groups")
    assert (full.status, full.body["type"]) == (409, "urn:crm:problem:limit-reached")
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 200)
    refresh(api)
    assert len(api.get("/segments").body["items"]) == len(NAMED) + 1


def test_whoever_makes_them_may_die_at_any_call_and_a_deleted_one_stays_away(api: Api) -> None:
    enter(*BASE.values())
    api.post("/patterns/refresh")
    do(queued() or {})
    last = queued()
    while last and "keys" in last and not last["is_last"]:
        do(last)
        last = queued()
    assert last is not None
    tried = 0
    for point in faults.crash_points():
        with point:
            do(last)
        if tried == 40:
            segments.remove(segment_id="best", expected_version=None)
        tried += 1
    do(last)
    flow.do_jobs(at_most=200)
    flow.settle()
    assert tried > 40
    assert {one["id"] for one in api.get("/segments").body["items"]} == {one.id for one in NAMED} - {"best"}
    assert api.get("/patterns").body["state"] == "ready"


def test_the_late_are_listed_with_their_numbers_those_who_spent_most_first(api: Api) -> None:
    open_shop(api)
    enter(Past(6, 45, "700", first_days=145), prefix="friend", name="Usually every 20 days", owner="sales")
    enter(Past(2, 40, "800", first_days=50), prefix="twice", name="Only twice")
    enter(Past(6, 60, "900", first_days=70), prefix="fled", name="Thirty times as long as usual")
    enter(Past(9, 4, "900", first_days=8), prefix="hours", name="Several times a day")
    flow.settle()
    first = api.get("/patterns/late", query={"limit": "1"}).body
    (friend,) = first["items"]
    assert friend == {
        "id": "friend0000",
        "name": "Usually every 20 days",
        "email": None,
        "phone": None,
        "language": None,
        "owner": "sales",
        "usual_gap_days": 20.0,
        "days_since_last_purchase": 45,
        "lateness": 2.25,
        "last_purchase_at": "2026-10-06T07:00:00.000000Z",
        "purchases": 6,
        "spent": "700.00",
    }
    second = api.get("/patterns/late", query={"limit": "1", "cursor": first["next"]}).body
    assert [one["name"] for one in second["items"]] == ["fading"]


def test_a_page_of_the_late_costs_one_query(api: Api) -> None:
    open_shop(api)
    with faults.recording() as calls:
        api.get("/patterns/late")
    assert calls.count("Query") == 1
    assert len(calls) <= 5
