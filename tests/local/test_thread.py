"""The whole thread on one machine, as its users see it: HTTP in, totals and mails out."""

import base64
import hashlib
import http.client
import json
import re
import urllib.parse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.local.demo import staff
from infra.local.demo.client import Client, RefusedError
from infra.local.engine import free_port
from infra.local.host import ROOT, Host
from tests.local.thread import LANGUAGES, live, mails_of, opened, shown, spoil, tomorrow
from tests.support.incoming import mail_in
from tests.support.receiver import receiver

# Last what builds the views anew: until it is over, whoever reads them is told to come again.
PAYLOADS = sorted((ROOT / "events").glob("*/*.json"), key=lambda path: (path.stem.startswith("rebuild"), path))
FUNCTIONS = {
    "api": "ApiFunction",
    "api/unsubscribe": "PublicFunction",
    "api/unsubscribe_one_click": "PublicFunction",
    "api/preferences": "PublicFunction",
    "api/save_preferences": "PublicFunction",
    "api/own_data": "PublicFunction",
    "api/ask_own_data": "PublicFunction",
    "auditor": "AuditorFunction",
    "projector": "ProjectorFunction",
    "api/questions": "PublicFunction",
    "api/answer_questions": "PublicFunction",
    "api/checkup": "PublicFunction",
    "api/confirm_checkup": "PublicFunction",
    "console": "ConsoleFunction",
    "files": "FilesFunction",
    "jobs": "JobsFunction",
    "webhooks": "WebhooksFunction",
    "key_authorizer": "KeyAuthorizerFunction",
    "mailer": "MailerFunction",
    "mail_events": "MailEventsFunction",
    "schedules/greetings": "GreetingsFunction",
    "schedules/reminders": "RemindersFunction",
    "schedules/reconciler": "ReconcilerFunction",
    "schedules/rotation": "RotationFunction",
    "schedules/upkeep": "UpkeepFunction",
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A running host with an empty shop."""
    port = free_port()
    parameters = {"PublicUrl": f"http://127.0.0.1:{port}", "BusinessName": "Corner Shop"}
    running = Host(directory=tmp_path_factory.mktemp("shop"), port=port, parameters=parameters, write=lambda _: None)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(host: Host) -> Iterator[Client]:
    """The shop's owner, beside the demo staff."""
    found = Client(port=host.port, staff="owner")
    staff.employ(found)
    yield found
    found.close()


@pytest.fixture(scope="module")
def day(client: Client) -> datetime:
    """The instant before a day is lived through."""
    return datetime.fromisoformat(client.local("clock")["now"])


@pytest.fixture(scope="module")
def lived(client: Client, day: datetime) -> dict[str, Any]:
    """Its morning is over."""
    return live(client, day)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_everybody_gets_one_greeting_at_nine_in_the_own_language(lived: dict[str, Any], language: str) -> None:
    (mail,) = mails_of(lived, lived["greeting"], lived["customers"][language])
    assert mail["language"] == language
    assert f'lang="{language}"' in mail["html"]
    assert ('dir="rtl"' in mail["html"]) == (language in {"ur", "he"})
    assert mail["text"].strip()
    assert "&lt;b&gt;" in mail["html"]
    assert f"<b>{language}" not in mail["html"]
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


def test_greetings_come_at_nine_local_time(lived: dict[str, Any], day: datetime) -> None:
    for language, zone in LANGUAGES.items():
        (mail,) = mails_of(lived, lived["greeting"], lived["customers"][language])
        local = datetime.fromisoformat(mail["sent_at"]).astimezone(ZoneInfo(zone))
        assert (local.date(), local.hour, local.minute) == (tomorrow(day), 9, 0), (language, local)


def test_who_refused_gets_none_and_the_reason_is_told(client: Client, lived: dict[str, Any]) -> None:
    assert not [mail for mail in lived["mails"] if mail["customer_id"] == lived["silent"]]
    (message,) = client.get(f"/customers/{lived['silent']}/messages")["items"]
    assert message["state"] == "withheld"
    assert message["reason"] == "the customer does not want greetings by mail"


def test_a_bounce_comes_back_to_its_message(client: Client, lived: dict[str, Any]) -> None:
    (message,) = client.get(f"/customers/{lived['bouncing']}/messages")["items"]
    assert message["state"] == "bounced"
    assert client.get(f"/messages/{message['key']}")["state"] == "bounced"


def test_delivered_greetings_say_so(client: Client, lived: dict[str, Any]) -> None:
    for customer in lived["customers"].values():
        found = client.get(f"/customers/{customer}/messages")["items"]
        assert {message["state"] for message in found} == {"delivered"}


def test_reminders_go_once_at_their_wall_time(client: Client, lived: dict[str, Any], day: datetime) -> None:
    to_staff = [mail for mail in lived["mails"] if f"_{lived['staff_reminder']}_" in mail["key"]]
    assert [mail["to"] for mail in to_staff] == ["sales@shop.example.com"]
    sent = datetime.fromisoformat(to_staff[0]["sent_at"]).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert (sent.date(), sent.hour, sent.minute) == (tomorrow(day), 10, 0)
    assert "<b>" not in to_staff[0]["html"].split("Call", 1)[1][:10]
    assert len(mails_of(lived, lived["reminder"], lived["customers"]["he"])) == 1
    for reminder in (lived["staff_reminder"], lived["reminder"]):
        assert client.get(f"/reminders/{reminder}")["state"] == "sent"


def test_the_segment_has_its_members_and_their_money(client: Client, lived: dict[str, Any]) -> None:
    segment = client.get(f"/segments/{lived['segment']}")
    assert (segment["state"], segment["members"]) == ("ready", len(LANGUAGES))
    assert segment["totals"]["spent"] == "51.25"
    assert segment["totals"]["by_language"] == dict.fromkeys(LANGUAGES, 1)
    client.post(f"/customers/{lived['silent']}/purchases", {"amount": "1.00"}, key="late buyer")
    client.local("idle")
    assert client.get(f"/segments/{lived['segment']}")["totals"]["spent"] == "52.25"
    listed = client.get(f"/segments/{lived['segment']}/customers")["items"]
    assert {entry["id"] for entry in listed} == {*lived["customers"].values(), lived["silent"]}


def test_a_customer_is_found_by_part_of_name_address_and_digits(client: Client) -> None:
    fields = {"name": "سوניתא علي", "email": "find.me@example.com", "phone": "+9779841234567"}
    made = client.post("/customers", fields, key="findable")["id"]
    client.local("idle")
    for search in ("علی", "find", "find.me@example", "98412", "+977 984", "۹۸۴۱۲۳۴۵۶۷"):
        assert made in [found["id"] for found in client.get("/customers", search=search)["items"]], search
    assert client.get("/customers", search="nobody")["items"] == []


def test_the_unsubscribe_link_shows_on_get_and_acts_on_post(client: Client, lived: dict[str, Any]) -> None:
    customer = lived["customers"]["ur"]
    (mail,) = mails_of(lived, lived["greeting"], customer)
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    match = re.search(r"<(https?://[^>]+)>", headers["list-unsubscribe"])
    assert match
    link = urllib.parse.urlsplit(match[1])
    for _ in range(2):
        status, page = opened(link, "GET")
        assert status == 200
        assert 'dir="rtl"' in page
    assert client.get(f"/customers/{customer}")["consent"]["greeting"] is None
    assert opened(link, "POST", "List-Unsubscribe=One-Click")[0] == 200
    assert opened(link, "POST", "List-Unsubscribe=One-Click")[0] == 200
    assert client.get(f"/customers/{customer}")["consent"]["greeting"] is False
    status, _ = opened(link._replace(path=link.path[:-3] + "AAA"), "POST", "")
    assert status == 404


def test_the_preference_page_of_a_mail_keeps_what_is_chosen(client: Client, lived: dict[str, Any]) -> None:
    customer = lived["customers"]["bn"]
    (mail,) = mails_of(lived, lived["greeting"], customer)
    match = re.search(r"https?://\S+/preferences/\S+", mail["text"])
    assert match
    link = urllib.parse.urlsplit(match[0])
    assert 'lang="bn"' in opened(link, "GET")[1]
    assert client.get(f"/customers/{customer}")["own_answers"] == {}
    status, page = opened(link, "POST", "greeting=yes&marketing=yes&service=no")
    assert (status, page.count("checked")) == (200, 3)
    told = client.get(f"/customers/{customer}")
    assert told["consent"] == {"greeting": True, "marketing": True, "service": False}
    assert told["own_answers"]["service"]["how"] == "preferences_page"


def test_who_has_no_address_is_called_and_others_are_told(client: Client, lived: dict[str, Any], day: datetime) -> None:
    silent = lived["unreachable"]
    [line] = [
        one
        for one in client.get("/calls", date=f"{tomorrow(day)}", owner="owner")["items"]
        if one["customer_id"] == silent
    ]
    assert (line["reason_code"], line["phone"], line["done"]) == ("no_address", "+9779841234500", None)
    assert "जन्मदिन" in line["say"]
    told = [event for event in client.local("events.json") if event["detail"]["customer_id"] == silent]
    assert {event["detail"]["key"] for event in told} == {line["key"]}
    assert (told[0]["source"], told[0]["detail-type"]) == ("crm", "message.withheld")
    assert told[0]["detail"]["reason_code"] == "no_address"
    done = client.post(f"/calls/{line['key']}/done", {"summary": "फोन गरियो"}, key="called")
    assert done["done"]["by"] == "owner"
    refused = [event for event in client.local("events.json") if event["detail"]["customer_id"] == lived["silent"]]
    assert {event["detail"]["reason_code"] for event in refused} == {"no_consent"}


def test_who_is_invited_gets_in_and_who_is_signed_out_renews_nothing(client: Client) -> None:
    client.post("/staff", {"id": "tara", "name": "तारा", "email": "tara@shop.example", "role": "sales"}, key="tara")
    client.local("idle")
    mails = [mail for mail in client.local("mail.json") if mail["key"].startswith("invitation_")]
    assert [(mail["to"], mail["subject"].split(" · ")[0]) for mail in mails] == [
        ("tara@shop.example", "Sign in at Corner Shop")
    ]
    about = client.local("issuer/.well-known/openid-configuration")
    asked = {"response_type": "code", "client_id": about["client_id"], "redirect_uri": "http://localhost:3000/"}
    proof = base64.urlsafe_b64encode(hashlib.sha256(b"proof").digest()).rstrip(b"=").decode()
    asked |= {"code_challenge_method": "S256", "code_challenge": proof, "login": "tara"}
    page = urllib.parse.urlsplit(f"{about['authorization_endpoint']}?{urllib.parse.urlencode(asked)}")
    connection = http.client.HTTPConnection(page.hostname or "", page.port or 80, timeout=30)
    connection.request("GET", f"{page.path}?{page.query}")
    went = urllib.parse.urlsplit(connection.getresponse().headers["location"])
    form = {"grant_type": "authorization_code", "client_id": about["client_id"], "code_verifier": "proof"}
    form |= {"redirect_uri": asked["redirect_uri"], "code": urllib.parse.parse_qs(went.query)["code"][0]}
    endpoint = urllib.parse.urlsplit(about["token_endpoint"])
    tokens = json.loads(opened(endpoint, "POST", urllib.parse.urlencode(form))[1])
    connection.close()
    connection.request("GET", "/staff/tara", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert json.loads(connection.getresponse().read())["role"] == "sales"
    connection.close()
    renewal = {"grant_type": "refresh_token", "client_id": about["client_id"]}
    renewal |= {"refresh_token": tokens["refresh_token"]}
    assert opened(endpoint, "POST", urllib.parse.urlencode(renewal))[0] == 200
    client.post("/staff/tara/sign-out", None, key="tara out")
    client.local("idle")
    assert opened(endpoint, "POST", urllib.parse.urlencode(renewal))[0] == 400


def test_a_till_with_a_key_books_a_purchase_until_it_is_revoked(client: Client, lived: dict[str, Any]) -> None:
    made = client.post("/keys", {"name": "Till 2", "role": "till"}, key="till 2")
    place = urllib.parse.urlsplit(client.local("issuer/.well-known/openid-configuration")["issuer"])
    headers = {"Authorization": f"Bearer {made['key']}", "Content-Type": "application/json", "Idempotency-Key": "r1"}

    def book() -> int:
        connection = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=30)
        path = f"/machine/customers/{lived['customers']['en']}/purchases"
        connection.request("POST", path, '{"amount": "0.00"}', headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    assert [book(), book()] == [201, 201]
    client.delete(f"/keys/{made['id']}", version=1)
    assert book() == 401


def test_a_forgotten_customer_leaves_segment_search_and_mailbox_rules(client: Client, lived: dict[str, Any]) -> None:
    made = client.post("/customers", {"name": "Ephemera Zz", "email": "zz@example.com"}, key="zz")["id"]
    client.post(f"/customers/{made}/purchases", {"amount": "5.00"}, key="zz buys")
    client.local("idle")
    before = client.get(f"/segments/{lived['segment']}")
    client.delete(f"/customers/{made}", version=1)
    client.local("idle")
    after = client.get(f"/segments/{lived['segment']}")
    assert after["members"] == before["members"] - 1
    assert client.get("/customers", search="ephemera")["items"] == []
    with pytest.raises(RefusedError, match="404"):
        client.get(f"/customers/{made}")


def test_views_that_a_hand_has_spoilt_are_told_by_family_and_right_within_the_hour(
    host: Host, client: Client, lived: dict[str, Any]
) -> None:
    client.local("idle")
    before = shown(client, lived)
    spoil(host, lived)
    spoilt = shown(client, lived)
    assert [page for page in before if before[page] == spoilt[page]] == []
    client.post("/views/reconcile", None, key="monday")
    client.local("idle")
    assert client.get("/views")["reconciled"] is None
    client.local("clock", {"advance": "PT31M"})
    told = client.get("/views")
    drift = {family["family"]: (family["drift"], family["repaired"]) for family in told["families"]}
    assert {name: numbers for name, numbers in drift.items() if any(numbers)} == {
        "lists": (2, 2),
        "calendar": (1, 1),
        "totals": (2, 2),
    }
    assert (told["whole"], told["reconciled"]["drift"], told["reconciled"]["repaired"]) == (True, 5, 5)
    assert shown(client, lived) == before


def test_nothing_is_parked(client: Client, lived: dict[str, Any]) -> None:
    assert client.get("/views/parked")["items"] == []


def test_a_mail_that_comes_in_reaches_the_timeline_or_the_inbox(
    host: Host, client: Client, lived: dict[str, Any]
) -> None:
    for sender, verdict in (("ne@example.com", "pass"), ("ne@example.com", "fail"), ("new@example.com", "pass")):
        raw = f"From: {sender}\r\nMessage-ID: <{sender}{verdict}>\r\nSubject: {verdict}\r\n\r\nPlease call me.\r\n"
        mail_in(host.port, raw.encode(), dmarc=verdict)
    client.local("idle?timeout=60")
    entries = client.get(f"/customers/{lived['customers']['ne']}/interactions")["items"]
    assert [entry["summary"] for entry in entries if entry["kind"] == "email"] == ["pass\n\nPlease call me."]
    assert {item["sender"] for item in client.get("/inbox")["items"]} == {"ne@example.com", "new@example.com"}


def test_a_webhook_on_this_machine_is_told_of_a_new_customer(client: Client, lived: dict[str, Any]) -> None:
    with receiver(secure=False) as here:
        wanted = {"name": "Newsletter", "url": here.url, "events": ["customer.created", "segment.joined"]}
        hook = client.post("/webhooks", wanted, key="hook")
        # Whoever works already learns within ten seconds who listens.
        client.local("clock", {"advance": "PT11S"})
        client.post(f"/webhooks/{hook['id']}/test", {}, key="test")
        made = client.post("/customers", {"name": "Told Of"}, key="told")
        client.local("idle?timeout=60")
        told = {event["type"]: event["data"] for event in (json.loads(one.body) for one in here.requests)}
    assert told == {
        "webhook.test": {"webhook_id": hook["id"]},
        "customer.created": {"customer_id": made["id"], "version": 1, "fields": ["kind", "name"]},
    }
    client.delete(f"/customers/{made['id']}", version=1)
    client.delete(f"/webhooks/{hook['id']}", version=1)


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_payload_of_the_corpus_is_taken_by_its_function(client: Client, payload: Path) -> None:
    """Last, since some of them write."""
    place = f"{payload.parent.name}/{payload.stem}"
    function = FUNCTIONS.get(place) or FUNCTIONS[payload.parent.name]
    answer = client.local(f"invoke/{function}", json.loads(payload.read_text("utf-8")))
    assert "errorType" not in answer
    assert answer.get("statusCode", 200) < 500
    assert answer.get("batchItemFailures", []) == []
