"""Once a year customers are asked whether their data are still right; what they say is their word in the record."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from crm.checkups import service as checkups
from tests.merges.merging import ask
from tests.questionnaires.test_page import FORM, hidden, source
from tests.support import faults
from tests.support.cloud import Cloud, at
from tests.support.visitor import visit

if TYPE_CHECKING:
    from collections.abc import Iterator

# 10:00 in Karachi, where the business is.
TEN = at("2026-11-21T05:00Z")
WHO: dict[str, Any] = {
    "name": "Sunita Rai",
    "email": "sunita@example.org",
    "phone": "+12125550100",
    "birthday": "--02-29",
    "language": "ur",
    "income_band": "CANARY",
    "tags": ["CANARY"],
}
ANY = {"if-match": "*"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    cloud = Cloud(TEN)
    with cloud.running():
        yield cloud


def registered(cloud: Cloud, **fields: Any) -> str:
    made = cloud.api.post("/customers", {**WHO, **fields})
    assert made.status == 201, made.body
    cloud.settle()
    return str(made.body["id"])


def rule(cloud: Cloud, **fields: Any) -> str:
    made = cloud.api.post("/greetings", {"name": "Check-up", "occasion": "checkup", "send_at": "10:00", **fields})
    assert made.status == 201, made.body
    return str(made.body["id"])


def path_of(cloud: Cloud, who: str) -> str:
    """The page of a customer, as a mail of now would lead there."""
    found = checkups.link(who, cloud.api.get(f"/customers/{who}").body, occurrence="2026")
    return str(found).removeprefix("https://crm.example")


def typed(page: str) -> dict[str, str]:
    """What stands in the form as it is shown."""
    given = dict(re.findall(r'<input name="(\w+)" value="([^"]*)"', page))
    given |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)<', page))
    for name, inside in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', page):
        given[name] = "".join(re.findall(r'value="([^"]*)"[^>]* selected', inside)[:1])
    return given


def send(cloud: Cloud, path: str, *, think: timedelta = timedelta(seconds=20), **changed: Any) -> Any:
    page = visit("GET", path)["body"]
    cloud.now += think
    form = {**hidden(page), **typed(page), "website": "", **changed}
    return visit("POST", path, raw=urlencode(form), headers=FORM)


def known(cloud: Cloud, who: str) -> dict[str, Any]:
    return dict(cloud.api.get(f"/customers/{who}").body)


def days(cloud: Cloud, *instants: str) -> None:
    """Ticks at these times."""
    for instant in instants:
        cloud.now = at(instant)
        cloud.fire()
        cloud.settle()


def test_a_year_after_they_came_they_are_asked_in_their_language_and_a_year_after_they_answered_again(
    cloud: Cloud,
) -> None:
    who = registered(cloud)
    days(cloud, "2027-11-21T05:00Z")
    assert cloud.post.accepted == [], "nobody is asked unless the business wishes"
    rule(cloud)
    days(cloud, "2027-11-21T04:45Z")
    assert cloud.post.accepted == []
    days(cloud, "2027-11-21T05:00Z", "2027-11-21T05:15Z")
    [mail] = cloud.post.accepted
    assert mail.to == "sunita@example.org"
    assert "عائ" not in mail.text
    assert 'dir="rtl"' in mail.html
    [link] = re.findall(r"https://crm\.example(/checkup/[\w.-]+)", mail.text)
    assert f'href="https://crm.example{link}"' in mail.html
    cloud.now = at("2027-12-01T05:00Z")
    assert send(cloud, link)["status"] == 200
    cloud.settle()
    assert known(cloud, who)["facts"]["checked_at"].startswith("2027-12-01")
    days(cloud, "2028-11-21T05:00Z")
    assert len(cloud.post.accepted) == 1
    days(cloud, "2028-12-01T05:00Z")
    assert len(cloud.post.accepted) == 2


def test_the_page_shows_what_customers_may_see_and_looking_changes_nothing(cloud: Cloud) -> None:
    who = registered(cloud, name="<b>Sunita</b>")
    path, before = path_of(cloud, who), cloud.items()
    page = visit("GET", path)
    assert (page["status"], visit("HEAD", path)["status"]) == (200, 200)
    assert cloud.items() == before
    assert '<html lang="ur" dir="rtl">' in page["body"]
    assert all(said in page["body"] for said in ("sunita@example.org", "+12125550100", "&lt;b&gt;Sunita"))
    assert "CANARY" not in page["body"]
    assert not re.search(r"<script|<b>|style=|onclick", page["body"])
    for there in re.findall(r'href="https://crm\.example([^"]+)"', page["body"]):
        assert visit("GET", there)["status"] == 200
    assert re.findall(r"example/([a-z-]+)/", page["body"]) == ["preferences", "own-data", "unsubscribe"]


def test_what_is_right_is_their_word_of_today_and_nothing_else_changes(cloud: Cloud) -> None:
    who = registered(cloud, language="ur-PK")
    version = known(cloud, who)["version"]
    cloud.wait(days=400)
    assert send(cloud, path_of(cloud, who))["status"] == 200
    cloud.settle()
    now = known(cloud, who)
    assert (now["version"], now["language"], now["birthday"], now["conflicts"]) == (version, "ur-PK", "--02-29", [])
    for field in ("/name", "/email", "/phone", "/birthday", "/language"):
        word = source(cloud.api, who, field)
        assert (word["way"], word["of"], word["at"][:4]) == ("customer", "checkup", "2027"), field
    assert source(cloud.api, who, "/income_band")["way"] == "staff"
    [entry] = cloud.api.get(f"/customers/{who}/interactions").body["items"]
    assert (entry["kind"], "✓ Phone: +12125550100" in entry["summary"]) == ("checkup", True)
    assert cloud.items("reminder") == []
    assert [item for item in cloud.items("submission") if "values" in item] == []


def test_what_they_correct_replaces_what_is_older_and_the_owner_is_told(cloud: Cloud) -> None:
    cloud.api.post("/staff", {"id": "bilal", "name": "Bilal", "email": "bilal@shop.example"})
    who = registered(cloud, owner="bilal")
    cloud.wait(days=400)
    given: dict[str, Any] = {"phone": "+1 212 555 0199", "birthday_year": "1988", "address": "", "birthday_day": "28"}
    assert send(cloud, path_of(cloud, who), **given)["status"] == 200
    cloud.settle()
    now = known(cloud, who)
    assert (now["phone"], now["birthday"], now["conflicts"]) == ("+12125550199", "1988-02-28", [])
    assert source(cloud.api, who, "/phone")["way"] == "customer"
    history = cloud.api.get(f"/customers/{who}/history").body["items"]
    assert {(one["way"], field) for one in history if one["way"] == "customer" for field in one["changes"]} == {
        ("customer", "/phone"),
        ("customer", "/birthday"),
    }
    [told] = cloud.items("reminder")
    assert (told["pk"], "→ Phone: +12125550199" in told["message"]) == ("STAFF#bilal", True)


def test_what_staff_entered_while_they_looked_stays_and_theirs_stands_beside_it(cloud: Cloud) -> None:
    who = registered(cloud)
    path = path_of(cloud, who)
    page = visit("GET", path)["body"]
    cloud.wait(minutes=5)
    changed = cloud.api.patch(f"/customers/{who}", {"phone": "+12125550111", "address": "New"}, headers=ANY)
    assert changed.status == 200
    cloud.wait(minutes=5)
    form = {**hidden(page), **typed(page), "website": "", "phone": "+12125550122"}
    assert visit("POST", path, raw=urlencode(form), headers=FORM)["status"] == 200
    cloud.settle()
    now = known(cloud, who)
    assert (now["phone"], now["address"], now["conflicts"]) == ("+12125550111", "New", ["/phone"])


def test_what_they_wipe_out_goes_but_for_name_and_address_of_mail(cloud: Cloud) -> None:
    who = registered(cloud)
    cloud.wait(days=1)
    assert send(cloud, path_of(cloud, who), email="", name=" ")["status"] == 422
    given: dict[str, Any] = {"phone": "", "birthday_day": "", "birthday_month": ""}
    assert send(cloud, path_of(cloud, who), **given)["status"] == 200
    cloud.settle()
    now = known(cloud, who)
    assert (now["phone"], now["birthday"], now["email"]) == (None, None, "sunita@example.org")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody"},
        {"phone": "12"},
        {"birthday_day": "31"},
        {"birthday_year": "88"},
        {"birthday_month": ""},
        {"name": "a\x00b"},
        {"language": "<"},
    ],
)
def test_what_is_no_answer_comes_back_with_what_is_wrong(cloud: Cloud, wrong: dict[str, Any]) -> None:
    path = path_of(cloud, registered(cloud))
    before = cloud.items()
    page = send(cloud, path, **wrong)
    assert (page["status"], page["body"].count('class="wrong"')) == (422, 1)
    assert cloud.items() == before


def test_programs_get_nowhere_and_a_link_takes_twenty_forms_a_day(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(cloud, registered(cloud))
    before = cloud.items()
    assert send(cloud, path, website="http://spam.example")["status"] == 200
    assert send(cloud, path, think=timedelta(seconds=1))["status"] == 422
    assert send(cloud, path, think=timedelta(days=2))["status"] == 422
    assert send(cloud, path, form="")["status"] == 422
    assert cloud.items() == before
    monkeypatch.setattr("crm.checkups.page.MOST", 2)
    assert [send(cloud, path)["status"] for _ in range(3)] == [200, 200, 429]


def test_links_end_with_a_month_another_address_and_the_record(cloud: Cloud) -> None:
    who = registered(cloud)
    path = path_of(cloud, who)
    assert visit("GET", path[:-1] + ("A" if path[-1] != "A" else "B"))["status"] == 404
    cloud.wait(days=31)
    assert visit("GET", path)["status"] == 410
    path = path_of(cloud, who)
    cloud.api.patch(f"/customers/{who}", {"email": "other@example.org"}, headers=ANY)
    for method in ("GET", "POST"):
        answer = visit(method, path, raw="", headers=FORM)
        assert (answer["status"], "Sunita" in answer["body"]) == (410, False)
    path = path_of(cloud, who)
    cloud.api.delete(f"/customers/{who}", headers=ANY)
    assert visit("GET", path)["status"] == 410


def test_a_link_to_a_record_that_was_merged_leads_to_the_other(cloud: Cloud) -> None:
    old, new = registered(cloud), registered(cloud, name="Sunita R.", email="s@example.org", phone=None)
    path = path_of(cloud, old)
    ask(cloud.api, new, old, email="from")
    cloud.settle()
    assert send(cloud, path, address="New street 1")["status"] == 200
    cloud.settle()
    assert known(cloud, new)["address"] == "New street 1"


def test_a_form_is_taken_whole_wherever_the_job_dies(cloud: Cloud) -> None:
    cloud.api.post("/staff", {"id": "bilal", "name": "Bilal", "email": "bilal@shop.example"})
    for number, point in enumerate(faults.crash_points(operations={"TransactWriteItems", "UpdateItem"})):
        who = registered(cloud, owner="bilal", email=f"s{number}@example.org", phone=f"+12125551{number:03}")
        send(cloud, path_of(cloud, who), address="New street 1", phone="")
        while cloud.project():
            pass
        with point:
            cloud.receive("jobs")
        cloud.wait(hours=1)
        cloud.settle()
        now = known(cloud, who)
        assert (now["address"], now["phone"], now["facts"]["interactions"]) == ("New street 1", None, 1)
        assert len([one for one in cloud.items("reminder") if one["customer_id"] == who]) == 1
