"""Who asks gets all that we keep of them, and nobody else's."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from crm.core import table
from crm.core.config import settings
from crm.customers.models import Profile
from crm.customers.schemas import Facts
from crm.mail import templates
from crm.mail.models import Message
from crm.privacy.person import _INTERNAL
from crm.questionnaires.models import Answers
from crm.reminders.models import Reminder
from crm.templates.rules import LANGUAGES
from tests.support.world import Api

EVIL = "<script>alert(1)</script>"


def lived(api: Api, **fields: Any) -> str:
    made = api.post("/customers", {"name": EVIL, "email": "sara@example.com", "language": "ur", **fields})
    path = made.headers["location"]
    key = {"idempotency-key": "once"}
    api.post(f"{path}/interactions", {"kind": "call", "summary": f"hello {EVIL}"}, headers=key)
    api.post(f"{path}/purchases", {"amount": "5.10"}, headers={"idempotency-key": "twice"})
    api.patch(path, {"consent": {"marketing": True}, "custom": {"shoe": 38}}, headers={"if-match": "*"})
    item = {
        "pk": f"CUSTOMER#{made.body['id']}",
        "sk": "WHATEVER#1",
        "text": "an unknown kind",
        "few": {"a"},
        "raw": b"x",
    }
    table.client().put_item(TableName=settings().crm_table, Item=table.to_item(item))
    return str(made.body["id"])


def test_everything_of_one_person_is_in_it_and_nothing_of_others_and_nothing_internal(api: Api) -> None:
    api.post("/customers", {"name": "Somebody else"})
    sara = lived(api)
    answer = api.get(f"/customers/{sara}/export")
    contents = answer.body["contents"]
    assert {"profile", "event", "change", "consent", "whatever"} <= contents.keys()
    assert contents["whatever"] == [{"key": "WHATEVER#1", "few": ["a"], "raw": "eA==", "text": "an unknown kind"}]
    assert contents["profile"][0]["email"] == "sara@example.com"
    assert {event["details"].get("amount") for event in contents["event"]} == {None, "5.10"}
    text = json.dumps(answer.body)
    assert [word for word in ("Somebody", "request_hash", "claim_token", '"pk"', "RECEIPT") if word in text] == []


def test_the_page_is_escaped_and_reads_in_the_persons_direction(api: Api) -> None:
    answer = api.get(f"/customers/{lived(api)}/export/page")
    assert answer.headers["content-type"].startswith("text/html")
    assert 'lang="ur" dir="rtl"' in answer.body
    assert "<script" not in answer.body
    assert "&lt;script&gt;" in answer.body
    assert "an unknown kind" in answer.body
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_what_is_known_beside_an_own_field_is_said_as_anywhere(api: Api) -> None:
    assert api.post("/fields", {"name": "size", "type": "text", "labels": {"en": "Size"}}).status == 201
    sara = lived(api, language="en", timezone="UTC")
    changed = api.patch(f"/customers/{sara}", {"custom": {"size": "2026-11-21"}}, headers={"if-match": "*"})
    assert changed.status == 200
    page = api.get(f"/customers/{sara}/export/page").body
    times = [said for called, said in re.findall("<th>(.*?)</th><td><bdi>(.*?)</bdi>", page) if called.endswith("Time")]
    assert times
    assert [said for said in times if re.search(r"\d{4}-\d\d", said)] == []
    assert "2026-11-21" in page, "what somebody wrote in a field of text is no day of ours"


@pytest.mark.parametrize(
    ("code", "day", "amount", "birthday"),
    [
        ("en", "November 21, 2026, 8:30\u202fPM", "1,500.50 USD", "February 28"),
        ("he", "21 בנובמבר 2026, 20:30", "1,500.50 USD", "28 בפברואר"),
        ("ur", "۲۱ نومبر، ۲۰۲۶، ۲۰:۳۰", "۱٬۵۰۰٫۵۰ USD", "۲۸ فروری"),
    ],
)
def test_the_page_says_days_times_and_money_as_its_reader_does(
    api: Api, code: str, day: str, amount: str, birthday: str
) -> None:
    fields = [{"name": "fee", "type": "money"}, {"name": "since", "type": "date"}]
    assert [api.post("/fields", {**one, "labels": {"en": one["name"]}}).status for one in fields] == [201, 201]
    custom = {"fee": "1500.50", "since": "2026-11-21"}
    sara = lived(api, language=code, timezone="Asia/Karachi", birthday="--02-28", custom=custom)
    bought = {"amount": "1500.50", "currency": "USD", "at": "2026-11-21T15:30:00Z"}
    other = {"amount": "7.00", "currency": "BDT", "at": "2026-11-21T15:30:00Z"}
    for one in (bought, other):
        answer = api.post(f"/customers/{sara}/purchases", one, headers={"idempotency-key": one["currency"]})
        assert answer.status == 201, answer.body
    page = api.get(f"/customers/{sara}/export/page").body
    cells = re.findall("<td><bdi>(.*?)</bdi>", page)
    assert (cells.count(amount) >= 3, day in cells, birthday in cells) == (True, True, True), cells
    assert [cell for cell in cells if re.search(r"^\d{4}-\d{2}-\d{2}T|[{}]|Decimal|^(--)?\d\d-\d\d$", cell)] == []
    assert any(cell.endswith(" BDT") for cell in cells)


def test_nobody_is_exported_who_is_not_there(api: Api) -> None:
    sara = lived(api)
    api.delete(f"/customers/{sara}", headers={"if-match": "*"})
    assert api.get(f"/customers/{sara}/export").status == 404
    assert api.get(f"/customers/{sara}/export/page").status == 404


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_the_page_calls_everything_as_the_person_would(api: Api, code: str) -> None:
    field = {"name": "shoe", "type": "number", "labels": {"en": "Shoe size", code: f"shoe in {code}"}}
    assert api.post("/fields", field).status == 201
    sara = lived(api, language=code, tags=["vip"], consent={"greeting": True}, birthday="--02-28")
    assert (
        api.post("/staff", {"id": "ann", "name": "Ann", "email": "ann@shop.example", "timezone": "UTC"}).status == 201
    )
    told = {"to": "staff", "staff": "ann", "customer_id": sara, "at": "2027-01-01T10:00", "timezone": "UTC"}
    assert api.post("/reminders", {**told, "subject": "ring her"}).status == 201
    page, contents = (
        api.get(f"/customers/{sara}/export/page").body,
        api.get(f"/customers/{sara}/export").body["contents"],
    )
    assert contents["staff_reminder"][0]["subject"] == "ring her"
    assert ("ring her" in page, f"shoe in {code}" in page) == (True, True)
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert [one for one in headings if one in contents and one != "whatever"] == []
    known = {label for row in re.findall("<th>(.*?)</th>", page) for label in row.split(" / ")}
    texts = templates.sections("own_data", code)
    english = templates.sections("own_data", "en")
    names = {line.partition(" = ")[0] for line in english["labels"].splitlines()}
    # What is called alike in programs and by people is so in English alone.
    assert not known & names - {"raw", "few"}
    assert texts.keys() == english.keys()
    for listed in ("labels", "kinds"):
        assert [line.partition(" = ")[0] for line in texts[listed].splitlines()] == [
            line.partition(" = ")[0] for line in english[listed].splitlines()
        ]


def test_every_name_that_an_export_can_hold_has_a_label() -> None:
    named_in_decisions = ("business_version", "template_version", "cap", "quiet_until", "suppression", "texts")
    english = templates.sections("own_data", "en")
    named = {line.partition(" = ")[0] for line in english["labels"].splitlines()}
    kinds = (Profile, Message, Answers, Reminder)
    fields = {name for kind in kinds for name in kind.get_attributes()} | set(Facts.model_fields)
    fields |= set(named_in_decisions)
    fields -= _INTERNAL
    assert fields - named - {"request_hash", "expires_at"} == set()
