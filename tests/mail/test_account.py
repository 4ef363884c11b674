"""What SES's account allows: asked for seldom, believed, and never read out of a text."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from crm.mail import account
from crm.mail.reasons import Code
from tests.support import faults
from tests.support.shop import Shop


def codes(*purposes: str) -> list[Code | None]:
    found = [account.obstacle(purpose) for purpose in purposes]
    return [obstacle[0] if obstacle else None for obstacle in found]


def test_ses_is_asked_once_in_a_few_minutes(shop: Shop) -> None:
    for _ in range(5):
        assert account.obstacle("greeting") is None
    assert shop.post.asked == 1
    shop.wait(minutes=4)
    assert account.obstacle("greeting") is None
    assert shop.post.asked == 2


def test_a_used_up_quota_holds_mail_back_and_the_last_of_it_is_for_service_mail(shop: Shop) -> None:
    shop.post.account.per_day, shop.post.account.sent = 200, 189
    assert codes("greeting", "marketing", "service") == [None, None, None]
    account.count()
    assert codes("greeting", "marketing", "service") == [Code.QUOTA, Code.QUOTA, None]
    for _ in range(10):
        account.count()
    assert codes("service") == [Code.QUOTA]


def test_the_quota_is_believed_again_as_soon_as_there_is_room(shop: Shop) -> None:
    shop.post.account.per_day = shop.post.account.sent = 200
    assert codes("greeting") == [Code.QUOTA]
    shop.post.account.sent = 50
    assert codes("greeting") == [Code.QUOTA], "not asked again before each mail"
    shop.wait(seconds=31)
    assert codes("greeting") == [None]


def test_an_account_without_a_quota_has_no_end(shop: Shop) -> None:
    shop.post.account.per_day, shop.post.account.sent = -1, 10_000_000
    assert codes("greeting") == [None]


@pytest.mark.parametrize("told", [{"sending": False}, {"verified": False}, {"enforcement": "SHUTDOWN"}])
def test_an_account_or_sender_that_is_not_ready_holds_all_mail_back(shop: Shop, told: dict[str, bool | str]) -> None:
    for name, value in told.items():
        setattr(shop.post.account, name, value)
    assert codes("greeting", "service") == [Code.SENDER_NOT_READY, Code.SENDER_NOT_READY]


def test_an_identity_that_ses_does_not_know_is_not_ready(shop: Shop) -> None:
    answer = {"Error": {"Code": "NotFoundException"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
    unknown = ClientError(answer, "GetEmailIdentity")  # type: ignore[arg-type]
    with faults.refusing("GetEmailIdentity", error=unknown):
        assert codes("greeting") == [Code.SENDER_NOT_READY]


def test_in_the_sandbox_only_a_refusal_is_held_against_the_account(shop: Shop) -> None:
    shop.post.account.production = False
    assert codes("greeting") == [None]
    assert account.refusal("greeting", of_mail=True) == (Code.SENDER_NOT_READY, account.SANDBOX)
    assert account.refusal("greeting", of_mail=False) is None
    shop.post.account.production = True
    shop.wait(seconds=5)
    assert account.refusal("greeting", of_mail=True) is None


def test_an_ses_that_says_nothing_holds_nothing_back_and_is_not_asked_before_each_mail(shop: Shop) -> None:
    silent = ConnectTimeoutError(endpoint_url="https://ses")
    with faults.refusing("GetAccount", error=silent) as refused:
        assert codes("greeting", "greeting", "greeting") == [None, None, None]
    assert len(refused) == 1
    shop.post.account.sending = False
    shop.wait(minutes=4)
    assert codes("greeting") == [Code.SENDER_NOT_READY]
    with faults.refusing("GetAccount", error=silent):
        shop.wait(minutes=4)
        assert codes("greeting") == [Code.SENDER_NOT_READY], "the last answer counts"
