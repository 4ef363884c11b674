"""The functions' SES client meets SES's rules, and every accepted mail lands in the mailbox and makes its events."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.local import forwarding, ses
from infra.local.http_message import Request, Response, json_response
from infra.local.listener import Listener
from infra.local.mailbox import Mail, Mailbox
from tests.local.stand_in import StandInHost, StandInRule, StandInStack

ALL = ("send", "delivery", "bounce", "complaint", "reject")  # as CloudFormation writes them
OURS = {"mail": {"tags": {"ses:configuration-set": ["crm", "quiet"]}}}
RULE = StandInRule(pattern={"source": ["aws.ses"], "detail": OURS}, queue_urls=("http://engine/MailEventsQueue",))
OTHER = StandInRule(pattern={"source": ["shop.till"]}, queue_urls=("http://engine/Other",))


@dataclass
class Engine:
    """Stands in for the engine: accepts everything but `@unverified.example`, and counts."""

    asked: list[Request] = field(default_factory=list)

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if b"unverified.example" in request.body:
            error = (("x-amzn-errortype", "MessageRejected"),)
            return json_response(400, {"message": "Email address is not verified."}, error)
        return json_response(200, {"MessageId": f"id-{len(self.asked)}", "SendingEnabled": True})


@dataclass
class World:
    host: StandInHost
    engine: Engine
    client: Any
    published: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def mails(self) -> list[Mail]:
        return Mailbox(self.host.directory).mails()

    @property
    def events(self) -> list[Any]:
        return [event for _, event in self.published]

    def send(self, to: str = "noa@example.com", **changes: Any) -> str:
        request: dict[str, Any] = {
            "FromEmailAddress": "Shop <shop@example.com>",
            "Destination": {"ToAddresses": [to]},
            "Content": {"Simple": simple()},
            "EmailTags": [{"Name": "message", "Value": "customer_abc_birthday_2027"}],
            "ConfigurationSetName": "crm",
        }
        request |= changes
        sent = self.client.send_email(**{name: value for name, value in request.items() if value is not None})
        return str(sent["MessageId"])


def simple(text: str = "מזל טוב", **changes: Any) -> dict[str, Any]:
    headers = [{"Name": "Content-Language", "Value": "he"}, {"Name": "List-Unsubscribe", "Value": "<https://x>"}]
    content = {"Subject": {"Data": "יום הולדת"}, "Headers": headers}
    body = {"Text": {"Data": text}, "Html": {"Data": f"<p>{text}</p>"}}
    return {**content, "Body": body, **changes}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    engine = Engine()
    behind = Listener(0, engine.handle, lambda _line: None)
    behind.start()
    stack = StandInStack(configuration_sets={"crm": ALL, "quiet": ("send",)}, event_rules=(RULE, OTHER))
    host = StandInHost(tmp_path, stack, engine_url=f"http://127.0.0.1:{behind.port}")
    published: list[tuple[str, Any]] = []
    endpoint = ses.MailEndpoint(host, lambda url, body: published.append((url, json.loads(body))))
    endpoint.start()
    client = boto3.client(
        "sesv2",
        endpoint_url=f"http://127.0.0.1:{endpoint.port}",
        region_name="eu-west-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield World(host, engine, client, published)
    client.close()
    endpoint.stop()
    behind.stop()


def kinds(world: World) -> list[str]:
    return [event["detail"]["eventType"] for event in world.events]


def test_an_accepted_mail_is_in_the_mailbox_as_it_was_sent(world: World) -> None:
    world.send()
    [mail] = world.mails
    assert (mail.key, mail.customer_id, mail.to) == ("customer_abc_birthday_2027", "abc", "noa@example.com")
    assert (mail.subject, mail.text, mail.html) == ("יום הולדת", "מזל טוב", "<p>מזל טוב</p>")
    assert (mail.language, mail.direction) == ("he", "rtl")
    assert mail.headers["List-Unsubscribe"] == "<https://x>"
    assert mail.headers["From"] == "Shop <shop@example.com>"
    assert mail.sent_at == "2027-02-28T09:00:00.250Z"


def test_the_engines_message_id_is_the_answer_and_is_in_the_events(world: World) -> None:
    sent = world.send()
    assert sent == "id-1"
    assert {event["detail"]["mail"]["messageId"] for event in world.events} == {sent}


def test_what_the_engine_refuses_is_refused_and_leaves_no_trace(world: World) -> None:
    with pytest.raises(world.client.exceptions.MessageRejected):
        world.send(FromEmailAddress="shop@unverified.example")
    assert (world.mails, world.events) == ([], [])


def test_events_have_the_form_in_which_eventbridge_delivers_them(world: World) -> None:
    world.send()
    send, delivery = world.events
    assert (send["detail-type"], delivery["detail-type"]) == ("Email Sent", "Email Delivered")
    for event in (send, delivery):
        assert set(event) == {
            "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"
        }  # fmt: skip
        assert (event["source"], event["time"]) == ("aws.ses", "2027-02-28T09:00:00Z")
        assert event["detail"]["mail"]["tags"]["message"] == ["customer_abc_birthday_2027"]
        assert event["detail"]["mail"]["tags"]["ses:configuration-set"] == ["crm"]
        assert event["detail"]["mail"]["destination"] == ["noa@example.com"]
    assert send["detail"]["send"] == {}
    assert delivery["detail"]["delivery"]["recipients"] == ["noa@example.com"]
    assert {url for url, _ in world.published} == {"http://engine/MailEventsQueue"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("ooto@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce@simulator.amazonses.com", ["Send", "Bounce"]),
        ("Bounce+Label@simulator.amazonses.com", ["Send", "Bounce"]),
        ("complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("complaint+7@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist@simulator.amazonses.com", ["Send", "Bounce"]),
        ("bounce@example.com", ["Send", "Delivery"]),
    ],
)
def test_simulator_addresses_do_what_they_do_in_ses(world: World, address: str, expected: list[str]) -> None:
    world.send(address)
    assert kinds(world) == expected
    if "Bounce" in expected:
        assert world.events[1]["detail"]["bounce"]["bounceType"] == "Permanent"


def test_a_virus_is_rejected_after_it_was_accepted(world: World) -> None:
    world.send(Content={"Simple": simple("EICAR-STANDARD-ANTIVIRUS-TEST-FILE")})
    assert kinds(world) == ["Reject"]


def test_only_events_that_the_configuration_set_lists_are_published(world: World) -> None:
    world.send(ConfigurationSetName="quiet")
    assert kinds(world) == ["Send"]
    world.send(ConfigurationSetName=None)
    assert kinds(world) == ["Send"]


@pytest.mark.parametrize("value", ["customer.abc.birthday.2027", "with space", "ü", "a" * 257])
def test_a_tag_that_ses_would_refuse_is_refused(world: World, value: str) -> None:
    with pytest.raises(world.client.exceptions.BadRequestException, match="Invalid tag value"):
        world.send(EmailTags=[{"Name": "message", "Value": value}])
    assert world.engine.asked == []


def test_an_unknown_configuration_set_is_refused(world: World) -> None:
    with pytest.raises(world.client.exceptions.BadRequestException, match="does not exist"):
        world.send(ConfigurationSetName="other")


@pytest.mark.parametrize("header", [{"Name": "X-A", "Value": "ü"}, {"Name": "X A", "Value": "a"}], ids=str)
def test_a_header_that_is_no_ascii_is_refused(world: World, header: dict[str, str]) -> None:
    with pytest.raises(world.client.exceptions.BadRequestException, match="Invalid header"):
        world.send(Content={"Simple": simple(Headers=[header])})


def test_no_recipient_is_refused(world: World) -> None:
    with pytest.raises(world.client.exceptions.BadRequestException, match="Recipient"):
        world.send(Destination={"ToAddresses": []})


def test_a_raw_message_is_understood(world: World) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", "r@example.com", "শুভ জন্মদিন"
    message.set_content("শুভ")
    message.add_alternative("<p>শুভ</p>", subtype="html")
    message["Content-Language"], message["X-SES-MESSAGE-TAGS"] = "bn", "message=staff_sales_x_once"
    content = {"Raw": {"Data": message.as_bytes()}}
    world.send(Content=content, Destination=None, FromEmailAddress=None, EmailTags=None)
    [mail] = world.mails
    assert (mail.to, mail.subject, mail.text.strip()) == ("r@example.com", "শুভ জন্মদিন", "শুভ")
    assert (mail.html.strip(), mail.language, mail.direction) == ("<p>শুভ</p>", "bn", "ltr")
    assert (mail.key, mail.customer_id) == ("staff_sales_x_once", None)
    assert kinds(world) == ["Send", "Delivery"]


GARBAGE = [
    b"",
    b"[]",
    b"{}",
    b"[" * 100_000,
    b'{"Content": {"Raw": {"Data": "%"}}}',
    b'{"Content": {"Template": {"TemplateName": "x"}}}',
    b'{"Content": {"Simple": {"Subject": {"Data": 5}, "Body": {}}}}',
    b'{"Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {}}}, "EmailTags": [{"Name": "a", "Value": 1}]}',
]


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_a_bad_request(world: World, body: bytes) -> None:
    endpoint = ses.MailEndpoint(world.host, lambda _url, _body: None)
    answer = endpoint.handle(Request("POST", "/v2/email/outbound-emails", "", (), body))
    endpoint.stop()
    assert (answer.status, dict(answer.headers)["x-amzn-errortype"]) == (400, "BadRequestException")


def test_other_calls_reach_the_engine_unchanged(world: World) -> None:
    world.client.list_email_templates(PageSize=5)
    [asked] = world.engine.asked
    assert (asked.method, asked.path, asked.query) == ("GET", "/v2/email/templates", "PageSize=5")
    assert "AWS4-HMAC-SHA256" in (asked.header("authorization") or "")


def test_a_mail_whose_events_are_lost_is_sent_all_the_same(world: World) -> None:
    def refuse(_url: str, _body: str) -> None:
        raise EndpointConnectionError(endpoint_url="http://engine")

    body = {"Content": {"Simple": simple()}, "Destination": {"ToAddresses": ["a@example.com"]}}
    endpoint = ses.MailEndpoint(world.host, refuse)
    sent = json.dumps({**body, "ConfigurationSetName": "crm"}).encode()
    answer = endpoint.handle(Request("POST", "/v2/email/outbound-emails", "", (), sent))
    endpoint.stop()
    assert (answer.status, len(world.mails)) == (200, 1)
    assert any("was lost" in line for line in world.host.lines)


def test_an_engine_that_is_away_is_a_503(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "RESTART_SECONDS", 0.0)
    world.host.engine_url = "http://127.0.0.1:9"
    with pytest.raises(ClientError) as refused:
        world.send()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert world.mails == []


def test_a_raw_message_with_an_attachment_only_has_no_text(world: World) -> None:
    raw = base64.b64encode(b"To: a@example.com\r\nContent-Type: image/png\r\n\r\nx").decode()
    endpoint = ses.MailEndpoint(world.host, lambda _url, _body: None)
    body = json.dumps({"Content": {"Raw": {"Data": raw}}}).encode()
    assert endpoint.handle(Request("POST", "/v2/email/outbound-emails", "", (), body)).status == 200
    endpoint.stop()
    assert (world.mails[0].text, world.mails[0].html) == ("", "")
