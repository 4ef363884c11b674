"""Customers get their data, or are forgotten, by asking: behind a link that was mailed to them, and by nothing else."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import signing
from crm.core.table import from_item
from crm.exports.kinds import readable
from crm.mail import links
from crm.mail.links import Link
from crm.privacy import requests
from crm.templates.rules import LANGUAGES
from tests.support.cloud import Cloud, at
from tests.support.template import of_type
from tests.support.visitor import visit

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = {"if-match": "*"}
SARA = {"name": "Sara Ahmed", "email": "sara@example.org", "language": "en", "timezone": "UTC", "owner": "manager"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
OTHER = {"id": "manager", "name": "Manager", "email": "manager@shop.example", "timezone": "UTC"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    found = Cloud(at("2026-11-21T09:00Z"))
    with found.running():
        assert found.api.post("/staff", OTHER).status == 201
        yield found


def customer(cloud: Cloud, **fields: Any) -> str:
    made = cloud.api.post("/customers", {**SARA, **fields})
    assert made.status == 201, made.body
    cloud.settle()
    return str(made.body["id"])


def page_of(customer_id: str) -> str:
    return f"/own-data/{links.token(Link(customer_id, 'greeting'))}"


def send(path: str, form: str) -> dict[str, Any]:
    return visit("POST", path, raw=form, headers=FORM)


def ask(cloud: Cloud, customer_id: str, what: str) -> dict[str, Any]:
    answer = send(page_of(customer_id), f"ask={what}")
    cloud.settle()
    later(cloud, hours=1)
    return answer


def later(cloud: Cloud, **span: float) -> None:
    cloud.live(until=cloud.now + timedelta(**span))


def mailed(cloud: Cloud) -> list[str]:
    """The links that were mailed so far, as paths."""
    texts = [str(mail.text) for mail in cloud.post.accepted]
    return [found for text in texts for found in re.findall(r"https://crm\.example(/own-data/[\w.-]+)", text)]


def test_the_preference_page_leads_to_it_and_looking_does_nothing(cloud: Cloud) -> None:
    sara = customer(cloud)
    preferences = visit("GET", page_of(sara).replace("own-data", "preferences"))["body"]
    (path,) = re.findall(r'href="\.\.(/own-data/[^"]+)"', preferences)
    assert path == page_of(sara)
    before = dict(cloud.memory.tables["crm"])
    shown = visit("GET", path)
    assert (shown["status"], shown["body"].count("<form")) == (200, 2)
    assert "Sara" not in shown["body"]
    assert dict(cloud.memory.tables["crm"]) == before


def test_the_copy_is_behind_the_mailed_link_and_its_button(cloud: Cloud) -> None:
    sara = customer(cloud)
    asked = ask(cloud, sara, "data")
    assert "Look into your mail" in asked["body"]
    assert "sara@" not in asked["body"]
    (path,) = mailed(cloud)
    assert "Sara Ahmed" not in visit("GET", path)["body"], "mail scanners follow links"
    page = send(path, "show=page")
    assert "Sara Ahmed" in page["body"]
    assert page["headers"]["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page["headers"]["Content-Security-Policy"]
    copy = send(path, "show=file")
    assert "attachment" in copy["headers"]["Content-Disposition"]
    assert json.loads(copy["body"])["contents"]["profile"][0]["email"] == "sara@example.org"
    assert "request_id" not in copy["body"]


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_all_of_it_speaks_the_persons_language(cloud: Cloud, code: str) -> None:
    sara = customer(cloud, language=code)
    direction = 'dir="rtl"' if code in ("he", "ur") else 'dir="ltr"'
    assert f'lang="{code}" {direction}' in visit("GET", page_of(sara))["body"]
    for what in ("data", "erasure"):
        assert f'lang="{code}" {direction}' in ask(cloud, sara, what)["body"]
        assert f'lang="{code}" {direction}' in visit("GET", mailed(cloud)[-1])["body"]
    assert f'lang="{code}" {direction}' in send(mailed(cloud)[0], "show=page")["body"]
    assert {mail.headers.get("content-language", code) for mail in cloud.post.accepted} == {code}


def test_whoever_asks_often_has_one_mail_a_day_sent(cloud: Cloud) -> None:
    sara = customer(cloud)
    answers = {ask(cloud, sara, "data")["body"] for _ in range(5)}
    assert (len(answers), len(mailed(cloud))) == (1, 1)
    assert cloud.api.post(f"/customers/{sara}/export/link").status == 409
    later(cloud, days=1)
    ask(cloud, sara, "data")
    assert len(mailed(cloud)) == 2


def test_a_link_ends_with_its_time_its_request_its_address_and_its_customer(cloud: Cloud) -> None:
    sara = customer(cloud)
    ask(cloud, sara, "data")
    (first,) = mailed(cloud)
    assert send(first, "show=page")["status"] == 200
    assert cloud.api.patch(f"/customers/{sara}", {"email": "new@example.org"}, headers=ANY).status == 200
    assert send(first, "show=page")["status"] == 410, "another address"
    assert cloud.api.patch(f"/customers/{sara}", {"email": "sara@example.org"}, headers=ANY).status == 200
    later(cloud, days=1)
    ask(cloud, sara, "data")
    second = mailed(cloud)[-1]
    assert (send(first, "show=page")["status"], send(second, "show=page")["status"]) == (410, 200)
    assert cloud.api.delete(f"/customers/{sara}", headers=ANY).status == 204
    assert send(second, "show=page")["status"] == 410, "in the bin"
    assert cloud.api.post(f"/bin/{sara}/restore").status == 200
    assert send(second, "show=page")["status"] == 200
    later(cloud, days=3)
    assert send(second, "show=page")["status"] == 410, "three days are over"


def test_a_link_is_good_for_its_purpose_alone_and_not_for_ever_so_often(cloud: Cloud) -> None:
    sara = customer(cloud)
    ask(cloud, sara, "erasure")
    (erasure,) = mailed(cloud)
    assert "Sara Ahmed" not in send(erasure, "show=page")["body"]
    ask(cloud, sara, "data")
    copy = mailed(cloud)[-1]
    send(copy, "forget=yes")
    assert cloud.api.get("/wishes").body == {"items": []}
    opened = [send(copy, "show=page")["status"] for _ in range(requests.MOST_OPENINGS + 2)]
    assert opened == [200] * requests.MOST_OPENINGS + [429, 429]
    token = copy.rpartition("/")[2]
    forged = signing.sign("link", signing.verify("own_data", token))
    for bad in (token[:-2] + "xx", forged, "nonsense", token + "x"):
        assert visit("GET", f"/own-data/{bad}")["status"] in (404, 410)


def test_a_wish_to_be_forgotten_is_confirmed_by_mail_and_decided_by_staff(cloud: Cloud) -> None:
    sara = customer(cloud, consent={"greeting": True, "marketing": True})
    ask(cloud, sara, "erasure")
    (path,) = mailed(cloud)
    assert visit("GET", path)["body"].count("<form") == 1
    assert cloud.api.get("/wishes").body == {"items": []}, "looking confirms nothing"
    assert "on record" in send(path, "forget=yes")["body"]
    assert "on record" in send(path, "forget=yes")["body"]
    cloud.settle()
    (wish,) = cloud.api.get("/wishes").body["items"]
    assert (wish["id"], wish["decide_by"]) == (sara, "2026-12-21")
    assert cloud.api.get(f"/customers/{sara}").body["consent"] == {
        "greeting": False,
        "marketing": False,
        "service": None,
    }
    later(cloud, hours=1)
    assert [mail.subject for mail in cloud.post.accepted if mail.to == "manager@shop.example"] == [
        "Reminder: Sara Ahmed asks to be forgotten"
    ]
    assert cloud.api.get(f"/customers/{sara}").status == 200, "nobody is erased by a click"
    assert cloud.api.post(f"/customers/{sara}/erasure").status == 202
    cloud.settle()
    assert cloud.api.get("/wishes").body == {"items": []}
    erased = cloud.api.get(f"/erasures/{sara}").body["erased"]
    assert (erased["wish"], sara in erased) == (1, False), "a receipt counts by kind"
    chained = f"AUDIT#OF#{sara}"
    assert [key for key in cloud.memory.tables["crm"] if sara in str(key) and key[0] != chained] == [
        (f"ERASED#{sara}", "ERASED"),
        ("ERASURES", sara),
    ]


def test_who_is_not_forgotten_is_told_why(cloud: Cloud) -> None:
    sara = customer(cloud)
    assert cloud.api.post(f"/wishes/{sara}/refuse", {"reason": "x"}).status == 404
    ask(cloud, sara, "erasure")
    reason = "Your invoices of 2024 have to be kept until 2034."
    assert cloud.api.post(f"/wishes/{sara}/refuse", {"reason": reason}).status == 409, "not confirmed"
    send(mailed(cloud)[0], "forget=yes")
    cloud.settle()
    for _ in range(2):
        assert cloud.api.post(f"/wishes/{sara}/refuse", {"reason": reason}).body["state"] == "refused"
    cloud.settle()
    later(cloud, hours=1)
    told = [str(mail.text) for mail in cloud.post.accepted if reason in str(mail.text)]
    assert (len(told), cloud.api.get("/wishes").body) == (1, {"items": []})


def test_staff_have_the_link_sent_and_never_see_it(cloud: Cloud) -> None:
    sara, nobody = customer(cloud), customer(cloud, name="No Address", email=None)
    answer = cloud.api.post(f"/customers/{sara}/export/link")
    assert (answer.status, answer.body["state"]) == (202, "asked")
    assert "own-data/" not in str(answer.body)
    cloud.settle()
    later(cloud, hours=1)
    assert len(mailed(cloud)) == 1
    assert mailed(cloud)[0] not in seen_by_staff(cloud, sara)
    assert cloud.api.post(f"/customers/{nobody}/export/link").status == 409
    before = len(cloud.post.accepted)
    assert ask(cloud, nobody, "data")["body"] == ask(cloud, sara, "data")["body"], "it says nothing about anybody"
    assert len(cloud.post.accepted) == before


def seen_by_staff(cloud: Cloud, customer_id: str) -> str:
    """What routes say of what was mailed to a customer, and what an export of everything holds."""
    parts = ("messages", "timeline", "history", "export", "export/page")
    listed = cloud.api.get("/reminders", query={"customer": customer_id})
    (reminder,) = listed.body["items"]
    pages = [f"/reminders/{reminder['id']}", *(f"/customers/{customer_id}/{part}" for part in parts)]
    answers = [listed, *map(cloud.api.get, pages)]
    assert {answer.status for answer in answers} == {200}
    assert "Behind this link" in reminder["message"]
    whole = [readable(from_item(item)) for item in cloud.memory.tables["crm"].values()]
    return f"{[answer.body for answer in answers]} {whole}"


@pytest.mark.parametrize("function", ["ApiFunction", "JobsFunction", "MailerFunction"])
def test_whoever_makes_links_knows_where_they_lead(function: str) -> None:
    """What a test's environment always has is missing in the cloud unless the template names it."""
    assert "PUBLIC_URL" in of_type("AWS::Lambda::Function")[function]["Environment"]["Variables"]
