"""What keeps mail from a person: who wants none, whom none reaches, and who has had enough."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.business.rules import Business
from crm.mail import obstacles
from crm.mail.allowances import Allowance, Claim
from crm.mail.reasons import Code
from crm.suppressions.service import Stop, Suppressed

TODAY = date(2026, 11, 21)
SHOP = Business(name="Shop", language="en", timezone=ZoneInfo("Asia/Karachi"), cap_mails=2, cap_days=7)
HAD = Allowance((Claim("a", TODAY - timedelta(days=6)), Claim("b", TODAY, "birthday:2026")))
BOUNCED = Suppressed({"hard_bounce": Stop("hard_bounce", "no such mailbox", "2026-01-01T00:00:00.000000Z")})


def found(**given: Any) -> Code | None:
    asked: dict[str, Any] = {
        "purpose": "greeting",
        "profile": {"email": "sunita@example.org"},
        "suppressed": Suppressed(),
        "allowance": Allowance(),
        "key": "mine",
        "occasion": None,
        "on": TODAY,
        "business": SHOP,
    }
    profile = {**asked["profile"], **given.pop("profile", {})}
    obstacle = obstacles.find(**{**asked, **given, "profile": profile})
    return obstacle.code if obstacle else None


@pytest.mark.parametrize(
    ("purpose", "answer", "code"),
    [
        ("greeting", None, None),
        ("greeting", True, None),
        ("greeting", False, Code.NO_CONSENT),
        ("service", None, None),
        ("service", False, Code.NO_CONSENT),
        ("marketing", None, Code.NO_CONSENT),
        ("marketing", False, Code.NO_CONSENT),
        ("marketing", True, None),
    ],
)
def test_marketing_wants_a_yes_and_all_else_no_refusal(purpose: str, answer: bool | None, code: Code | None) -> None:
    consent = {} if answer is None else {purpose: answer}
    assert found(purpose=purpose, profile={"consent": consent}) is code
    others = {one: not answer for one in ("greeting", "marketing", "service") if one != purpose}
    assert found(purpose=purpose, profile={"consent": {**others, **consent}}) is code


def test_a_refusal_by_address_stands_against_a_consent_on_record() -> None:
    refused = Suppressed(refused=frozenset({"greeting"}))
    assert found(suppressed=refused, profile={"consent": {"greeting": True}}) is Code.NO_CONSENT
    assert found(suppressed=refused, purpose="service") is None


@pytest.mark.parametrize("purpose", ["greeting", "marketing", "service"])
def test_a_stopped_address_stops_everything(purpose: str) -> None:
    assert found(suppressed=BOUNCED, purpose=purpose, profile={"consent": {"marketing": True}}) is Code.SUPPRESSED
    assert found(profile={"email": None, "consent": {"marketing": True}}, purpose=purpose) is Code.NO_ADDRESS


def test_who_was_merged_gets_nothing() -> None:
    assert found(profile={"merged_into": "other"}) is Code.MERGED


@pytest.mark.parametrize(("days", "code"), [(0, Code.CAP), (1, None)])
def test_the_cap_counts_the_days_that_end_today(days: int, code: Code | None) -> None:
    assert found(allowance=HAD, on=TODAY + timedelta(days=days)) is code


def test_service_mail_knows_no_cap() -> None:
    assert found(allowance=HAD, purpose="service") is None


def test_a_message_does_not_count_against_itself() -> None:
    assert found(allowance=HAD, key="a") is None


def test_one_occasion_is_good_for_one_mail() -> None:
    assert found(allowance=HAD, occasion="birthday:2026", key="a") is Code.SAME_OCCASION
    assert found(allowance=HAD, occasion="birthday:2026", key="b") is None
    assert found(allowance=HAD, occasion="birthday:2027", key="a") is None


def test_an_allowance_counts_a_message_once_and_forgets_what_is_past() -> None:
    again = HAD.taken(Claim("b", TODAY + timedelta(days=1), "birthday:2026"), days=7)
    assert [claim.key for claim in again.claims] == ["b"]
    later = again.taken(Claim("c", TODAY + timedelta(days=100)), days=7)
    assert [claim.key for claim in later.claims] == ["b", "c"], "its occasion can still come up"
    assert [claim.key for claim in later.taken(Claim("d", TODAY + timedelta(days=200)), days=7).claims] == ["d"]


def test_a_place_given_back_is_free() -> None:
    assert found(allowance=HAD.freed("b"), occasion="birthday:2026") is None
