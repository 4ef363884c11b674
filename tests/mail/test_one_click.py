"""The mail program's own button (RFC 8058): both headers, each on one unfolded line, on every mail to a customer."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import ids
from crm.mail import rendering, ses
from crm.mail.links import PURPOSES
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft

if TYPE_CHECKING:
    from tests.support.shop import Shop

CUSTOMER = ids.derived(caller="", route="", idempotency_key="sunita")
# RFC 5322, 2.1.1: no line may be longer, its end not counted. SES takes 870 characters a value.
LONGEST_LINE, LONGEST_VALUE = 998, 870
WIRE = email.policy.SMTP.clone(max_line_length=LONGEST_LINE)
LONG = "https://a1b2c3d4e5.execute-api.ap-southeast-1.amazonaws.com"


def request(purpose: str) -> Any:
    """What SES is given for a mail of this purpose."""
    draft = Draft("birthday", purpose, {"date": None})
    mail = rendering.render(draft, Recipient("customer", CUSTOMER, {"name": "Sunita", "language": "ne"}))
    return ses._request(mail, to="sunita@example.org", key="k")


def wire(asked: Any) -> bytes:
    """The message as it travels: each header of the request as it was given, and nothing folded."""
    simple = asked["Content"]["Simple"]
    message = EmailMessage(policy=WIRE)
    # First, since it drops the headers about the content that are there.
    message.set_content(simple["Body"]["Text"]["Data"])
    message.add_alternative(simple["Body"]["Html"]["Data"], subtype="html")
    message["From"], message["To"] = asked["FromEmailAddress"], asked["Destination"]["ToAddresses"][0]
    message["Subject"] = simple["Subject"]["Data"]
    for header in simple["Headers"]:
        message[header["Name"]] = header["Value"]
    return message.as_bytes()


@pytest.fixture(params=["https://crm.example", LONG])
def anywhere(shop: Shop, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages under a short name, and under the longest that the gateway gives."""
    monkeypatch.setenv("PUBLIC_URL", request.param)
    shop.forget_settings()


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_both_headers_stand_on_one_line_each_in_the_raw_message(purpose: str) -> None:
    lines = wire(request(purpose)).split(b"\r\n")
    [place] = [place for place, line in enumerate(lines) if line.lower().startswith(b"list-unsubscribe:")]
    assert re.fullmatch(rb"List-Unsubscribe: <https://[\w./-]+/unsubscribe/[\w.-]+>", lines[place])
    assert len(lines[place]) <= LONGEST_LINE
    assert not lines[place + 1].startswith((b" ", b"\t")), "the line is folded"
    assert lines.count(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click") == 1


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_ses_is_given_nothing_that_it_would_have_to_fold_or_encode(purpose: str) -> None:
    for header in request(purpose)["Content"]["Simple"]["Headers"]:
        assert re.fullmatch(r"[!-~ ]+", header["Value"])
        assert len(header["Value"]) <= LONGEST_VALUE
        assert header["Name"] == "Content-Language" or " " not in header["Value"]


@pytest.mark.usefixtures("anywhere")
def test_the_message_is_read_back_as_it_was_written() -> None:
    asked = request("greeting")
    read = email.message_from_bytes(wire(asked), policy=email.policy.default)
    given = {header["Name"]: header["Value"] for header in asked["Content"]["Simple"]["Headers"]}
    assert {name: str(read[name]) for name in given} == given
    assert read["Subject"] == asked["Content"]["Simple"]["Subject"]["Data"]


def test_the_whole_header_has_less_than_150_characters_under_an_address_of_the_gateway(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", LONG)
    shop.forget_settings()
    [line] = [line for line in wire(request("greeting")).split(b"\r\n") if line.startswith(b"List-Unsubscribe:")]
    # The tests' key has an id of two characters, a real one of eight.
    assert len(line) + 6 < 150
