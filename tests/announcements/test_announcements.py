"""A manager tells the team: whom it is for sees it, says once that they have read it, and gets at most one mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.routing.office import ANY, answered, changed, staffed
from tests.support import faults
from tests.support.cloud import Cloud

if TYPE_CHECKING:
    from tests.support.world import Answer

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
# Right to left, with a bidirectional control, markup, a formula and a line break: all of it stays text.
TITLE = "اتوار کو کھلا \u202e <b>=1+1</b>"
TEXT = "Ab morgen: <script>alert(1)</script>\n{name} {{7*7}} שלום\t۱۲۳"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(NOW).running() as running:
        staffed(running.api)
        yield running


def told(cloud: Cloud, *, key: str | None = None, **fields: Any) -> str:
    headers = {"idempotency-key": key} if key else {}
    made = answered(cloud.api.post("/announcements", {"title": "New", "text": "Plan", **fields}, headers=headers), 201)
    return str(made["id"])


def ask(cloud: Cloud, who: str, method: str, path: str, **request: Any) -> Answer:
    return cloud.api.call(method, path, caller=who, role=None, **request)


def unread(cloud: Cloud, who: str) -> list[str]:
    listed = answered(ask(cloud, who, "GET", "/announcements", query={"unread": "true"}), 200)["items"]
    me = answered(ask(cloud, who, "GET", "/me"), 200)["unread"]
    assert me == listed
    return [one["title"] for one in listed]


def mailed(cloud: Cloud, **span: float) -> list[str]:
    before = len(cloud.post.accepted)
    cloud.live(until=cloud.now + timedelta(**span))
    return sorted(mail.to.partition("@")[0] for mail in cloud.post.accepted[before:])


def test_whom_it_is_for_sees_it_until_they_have_read_it(cloud: Cloud) -> None:
    told(cloud, title="All")
    told(cloud, title="North", teams=["north"])
    told(cloud, title="Till or south", teams=["south"], roles=["till"])
    assert sorted(unread(cloud, "mira")) == ["All", "North"]
    assert sorted(unread(cloud, "zoya")) == ["All", "Till or south"]
    assert unread(cloud, "omar") == ["All"]
    assert cloud.api.get("/me").body["unread"] == []
    for one in answered(ask(cloud, "mira", "GET", "/announcements"), 200)["items"]:
        answered(ask(cloud, "mira", "POST", f"/announcements/{one['id']}/read"), 200)
    assert (unread(cloud, "mira"), unread(cloud, "omar")) == ([], ["All"])
    read = answered(ask(cloud, "mira", "GET", "/announcements"), 200)["items"]
    assert {one["read_at"] for one in read} == {"2026-11-22T09:00:00.000000Z"}


def test_the_first_reading_counts_and_an_edit_is_to_be_read_anew(cloud: Cloud) -> None:
    one = told(cloud)
    answered(ask(cloud, "mira", "POST", f"/announcements/{one}/read"), 200)
    cloud.wait(minutes=5)
    answered(ask(cloud, "mira", "POST", f"/announcements/{one}/read"), 200)
    answered(ask(cloud, "zoya", "POST", f"/announcements/{one}/read"), 200)
    readers = answered(cloud.api.get(f"/announcements/{one}/readers"), 200)
    assert [(reader["staff"], reader["read_at"][11:16]) for reader in readers["read"]] == [
        ("mira", "09:00"),
        ("zoya", "09:05"),
    ]
    assert readers["unread"] == ["omar", "ravi", "tara"]
    stale = cloud.api.patch(f"/announcements/{one}", {"text": "x"}, headers={"if-match": "7"})
    answered(cloud.api.patch(f"/announcements/{one}", {"title": "Newer"}, headers={"if-match": "1"}), 200)
    assert (stale.status, unread(cloud, "mira")) == (412, ["Newer"])
    assert answered(cloud.api.get(f"/announcements/{one}/readers"), 200)["read"] == []


def test_what_is_withdrawn_or_over_is_shown_to_nobody_but_who_wrote_it(cloud: Cloud) -> None:
    one, other = told(cloud, title="Gone"), told(cloud, title="Today", until="2026-11-22")
    for _ in range(2):
        assert cloud.api.delete(f"/announcements/{one}", headers=ANY).status == 204
    assert unread(cloud, "mira") == ["Today"]
    gone, none = (ask(cloud, "mira", "GET", f"/announcements/{which}") for which in (one, "none"))
    assert (gone.status, none.status) == (404, 404)
    assert ask(cloud, "mira", "POST", f"/announcements/{one}/read").status == 404
    assert cloud.api.patch(f"/announcements/{one}", {"title": "Back"}, headers=ANY).status == 409
    cloud.wait(days=1)
    assert unread(cloud, "mira") == []
    kept = answered(cloud.api.get("/announcements/sent"), 200)["items"]
    assert {kept_one["id"] for kept_one in kept} == {one, other}


def test_who_may_not_write_and_what_cannot_be_meant_are_refused(cloud: Cloud) -> None:
    one = told(cloud, teams=["south"])
    for method, path in [
        ("POST", "/announcements"),
        ("GET", "/announcements/sent"),
        ("GET", f"/announcements/{one}/readers"),
        ("PATCH", f"/announcements/{one}"),
        ("DELETE", f"/announcements/{one}"),
    ]:
        assert ask(cloud, "mira", method, path).status == 403
    assert ask(cloud, "mira", "GET", f"/announcements/{one}").status == 404
    assert cloud.api.get("/me", caller=None).status == 401
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"teams": ["none"]}, "/teams/0"),
        ({"roles": ["none"]}, "/roles/0"),
        ({"until": "2020-01-01"}, "/until"),
        ({"title": "two\nlines"}, "/title"),
        ({"text": ""}, "/text"),
    ]
    for fields, pointer in wrong:
        refused = cloud.api.post("/announcements", {"title": "New", "text": "Plan", **fields})
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)


def test_the_same_request_tells_once(cloud: Cloud) -> None:
    assert told(cloud, key="one") == told(cloud, key="one")
    other = cloud.api.post("/announcements", {"title": "Other", "text": "x"}, headers={"idempotency-key": "one"})
    assert (other.status, len(unread(cloud, "mira"))) == (409, 1)


def test_who_is_signed_in_and_what_they_may(cloud: Cloud) -> None:
    changed(cloud.api, "zoya", away_from="2026-01-01", substitute="mira")
    me = answered(ask(cloud, "mira", "GET", "/me"), 200)
    assert (me["id"], me["name"], me["role"], me["teams"], me["stands_in_for"], me["is_machine"]) == (
        "mira",
        "Mira",
        "sales",
        ["north"],
        ["zoya"],
        False,
    )
    assert me["permissions"]["customers.read"] == "team"
    assert "roles.manage" not in me["permissions"]
    till = answered(cloud.api.get("/me", caller="till", role="till"), 200)
    assert (till["name"], "/birthday" in till["hidden"]) == (None, True)


def test_mail_carries_it_once_to_each_whom_it_is_for_and_all_of_it_stays_text(cloud: Cloud) -> None:
    changed(cloud.api, "omar", inactive=True)
    changed(cloud.api, "mira", language="ur")
    told(cloud, title=TITLE, text=TEXT, mail=True)
    told(cloud, title="Not mailed")
    answered(cloud.api.post("/staff", {"id": "manager", "name": "Avi", "email": "manager@shop.example"}), 201)
    assert mailed(cloud, hours=1) == ["mira", "ravi", "tara", "zoya"]
    mail = next(one for one in cloud.post.accepted if one.to.startswith("mira"))
    assert "<script>" not in mail.html
    assert "&lt;b&gt;=1+1&lt;/b&gt;" in mail.html
    assert "{{7*7}} שלום" in mail.text
    assert mail.subject.startswith("اعلان:")
    assert mailed(cloud, days=4) == []


def test_who_has_read_it_and_what_was_withdrawn_is_not_mailed(cloud: Cloud) -> None:
    one, gone = told(cloud, mail=True), told(cloud, title="Gone", mail=True)
    answered(ask(cloud, "mira", "POST", f"/announcements/{one}/read"), 200)
    assert cloud.api.delete(f"/announcements/{gone}", headers=ANY).status == 204
    assert mailed(cloud, hours=2) == ["omar", "ravi", "tara", "zoya"]


def test_whatever_dies_each_gets_one_mail_and_one_receipt(every: int) -> None:
    for crash in faults.crash_points(first=1 + every, every=every * 11):
        with Cloud(NOW).running() as cloud:
            staffed(cloud.api)
            with crash:
                told(cloud, key="one", mail=True, teams=["south"])
                mailed(cloud, minutes=31)
                ask(cloud, "zoya", "POST", f"/announcements/{told(cloud, key='one', mail=True, teams=['south'])}/read")
            one = told(cloud, key="one", mail=True, teams=["south"])
            mailed(cloud, hours=2)
            ask(cloud, "zoya", "POST", f"/announcements/{one}/read")
            doubts = sum(int(item["doubts"]) for item in cloud.items("message"))
            assert 1 <= len(cloud.post.accepted) <= 1 + doubts, crash
            assert len(cloud.items("read_receipt")) == 1, crash
