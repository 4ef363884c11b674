"""SES's account on the laptop: quota, pace, sandbox and suppression list can be tried out, and SES's errors come."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.ses_account import SesAccount
from tests.local.door import opened
from tests.local.stand_in import StandInHost
from tests.local.test_mail_endpoint import World, kinds, world

__all__ = ["world"]


def terms(world: World, **wanted: Any) -> None:
    SesAccount(world.host.directory).change(wanted)


def refused(world: World, to: str = "noa@example.com") -> str:
    with pytest.raises(ClientError) as error:
        world.send(to)
    return str(error.value.response["Error"]["Code"])


def test_the_account_says_what_it_allows_and_what_it_took(world: World) -> None:
    terms(world, quota=200, rate=14)
    world.send()
    account = world.client.get_account()
    assert account["SendQuota"] == {"Max24HourSend": 200, "MaxSendRate": 14, "SentLast24Hours": 1}
    assert (account["SendingEnabled"], account["ProductionAccessEnabled"]) == (True, True)


def test_a_used_up_quota_returns_after_a_day_of_the_moved_clock(world: World) -> None:
    terms(world, quota=2)
    world.send()
    world.send()
    assert refused(world) == "TooManyRequestsException"
    world.host.clock.instant += timedelta(hours=24)
    world.send()
    assert len(world.mails) == 3


def test_what_was_sent_before_a_restart_counts(world: World) -> None:
    world.send()
    assert SesAccount(world.host.directory, world.mails).sent(world.host.clock.now()) == 1


def test_more_than_the_rate_is_refused(world: World) -> None:
    terms(world, rate=1)
    codes = []
    for _ in range(6):
        try:
            codes.append(world.send()[:2])
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert "TooManyRequestsException" in codes
    assert codes[0] == "id"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"sending": False}, "SendingPausedException"),
        ({"production": False}, "MessageRejected"),
        ({"verified": False}, "MessageRejected"),
    ],
    ids=str,
)
def test_an_account_that_is_not_ready_refuses_as_ses_does(world: World, wanted: Any, code: str) -> None:
    terms(world, **wanted)
    assert refused(world) == code
    assert world.client.get_email_identity(EmailIdentity="shop@example.com")["VerifiedForSendingStatus"] is (
        "verified" not in wanted
    )


def test_the_simulator_may_be_written_to_from_the_sandbox(world: World) -> None:
    terms(world, production=False)
    world.send("success@simulator.amazonses.com")


def test_a_suppressed_address_is_accepted_and_comes_back_until_it_is_taken_off(world: World) -> None:
    world.client.put_suppressed_destination(EmailAddress="Noa@example.com", Reason="BOUNCE")
    world.send()
    assert kinds(world) == ["Send", "Bounce"]
    assert world.events[-1]["detail"]["bounce"]["bounceSubType"] == "OnAccountSuppressionList"
    world.client.delete_suppressed_destination(EmailAddress="noa@example.com")
    with pytest.raises(world.client.exceptions.NotFoundException):
        world.client.delete_suppressed_destination(EmailAddress="noa@example.com")
    world.send()
    assert kinds(world)[2:] == ["Send", "Delivery"]


@pytest.mark.parametrize(
    "wanted",
    [{"quota": 0}, {"quota": "many"}, {"rate": True}, {"sending": 1}, {"suppressed": []}, {"colour": 3}],
    ids=str,
)
def test_it_is_set_by_a_local_route_that_says_what_is_wrong(world: World, wanted: dict[str, Any]) -> None:
    with opened(StandInHost(world.host.directory)) as client:
        answer = client.ask("POST", "/_local/ses", json.dumps({"quota": 20}))
        assert (answer.status, answer.json["quota"]) == (200, 20)
        assert client.ask("POST", "/_local/ses", json.dumps(wanted)).status == 400
        assert client.ask("GET", "/_local/ses").json["quota"] == 20
