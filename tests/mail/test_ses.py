"""What SES's refusals mean: its account is asked, its words are kept and never understood."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from crm.mail import ses
from crm.mail.reasons import Code
from crm.mail.rendering import Rendered
from tests.support.shop import Shop

MAIL = Rendered("Happy birthday", "text", "<p>html</p>", "en", {})


def refusal(code: str, *, text: str = "no", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendEmail")  # type: ignore[arg-type]


def send(shop: Shop, error: ClientError, **account: Any) -> tuple[str, Code | None]:
    for name, value in account.items():
        setattr(shop.post.account, name, value)
    shop.post.refusals = [error]
    answer = ses.send(MAIL, to="sunita@example.org", key="k", purpose="greeting")
    return answer.outcome, answer.code


@pytest.mark.parametrize("text", ["Email address is not verified", "Illegal content", ""])
@pytest.mark.parametrize("account", [{"production": False}, {"verified": False}, {"sending": False}], ids=str)
def test_a_refusal_while_the_sender_is_not_ready_is_never_final(
    shop: Shop, text: str, account: dict[str, bool]
) -> None:
    assert send(shop, refusal("MessageRejected", text=text), **account) == ("not_now", Code.SENDER_NOT_READY)


@pytest.mark.parametrize("text", ["Email address is not verified", "Illegal content", ""])
def test_a_refusal_by_an_account_that_is_ready_is_final_whatever_it_says(shop: Shop, text: str) -> None:
    assert send(shop, refusal("MessageRejected", text=text)) == ("rejected", Code.REFUSED_BY_SES)


@pytest.mark.parametrize("code", ["TooManyRequestsException", "LimitExceededException"])
def test_a_limit_is_the_quota_where_the_account_says_so(shop: Shop, code: str) -> None:
    assert send(shop, refusal(code, status=429)) == ("not_now", Code.NOT_NOW)
    shop.wait(seconds=5)
    assert send(shop, refusal(code, status=429), per_day=200, sent=200) == ("not_now", Code.QUOTA)


@pytest.mark.parametrize(
    "code", ["SendingPausedException", "AccountSuspendedException", "MailFromDomainNotVerifiedException"]
)
def test_an_account_that_is_paused_is_waited_for(shop: Shop, code: str) -> None:
    assert send(shop, refusal(code)) == ("not_now", Code.SENDER_NOT_READY)


def test_a_bad_request_of_ours_is_not_blamed_on_a_limit(shop: Shop) -> None:
    assert send(shop, refusal("BadRequestException")) == ("rejected", Code.REFUSED_BY_SES)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "hello@shop.example"),
        ("Sunita from Himal Tools", "Sunita from Himal Tools <hello@shop.example>"),
        ('Rai, "Tools"', '"Rai, \\"Tools\\"" <hello@shop.example>'),
        ("x\r\nBcc: y@example.org\u202e", '"x Bcc: y@example.org" <hello@shop.example>'),
        ("सुनिता", "=?utf-8?b?4KS44KWB4KSo4KS/4KSk4KS+?= <hello@shop.example>"),
    ],
)
def test_the_name_of_the_sender_stands_beside_the_address(name: str | None, shown: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ses, "settings", lambda: type("Settings", (), {"sender": "hello@shop.example"}))
        assert ses._sender(name) == shown
