"""Staff see how mail goes out, what waits and why; and may have the counting of bounces begin anew."""

from __future__ import annotations

import json

import pytest
from samtranslator.yaml_helper import yaml_parse

from crm.mail.models import Tally
from tests.support.shop import Shop
from tests.support.template import ROOT
from tests.support.world import Api


@pytest.fixture
def api(shop: Shop) -> Api:
    """The API of a shop that has sent 200 mails today, of which five came back."""
    counts = (Tally.accepted.add(200), Tally.bounced.add(5))
    item = Tally.keyed(day="2026-11-21", group="bulk", shard=1)
    item.update([Tally.entity.set(Tally), Tally.expires_at.set(0), *counts])
    return Api()


def test_it_shows_pace_quota_sender_and_what_waits(shop: Shop, api: Api) -> None:
    shop.post.account.per_day, shop.post.account.sent, shop.post.account.per_second = 200, 50, 14
    health = api.get("/mail/health").body
    assert (health["per_second"], health["mailers"]) == (14, 1)
    assert health["quota"] == {"per_day": 200, "sent": 50, "left": 150, "reserved": 10}
    assert health["sender"] == {
        "address": "hello@shop.example",
        "identity": "hello@shop.example",
        "verified": True,
        "sending": True,
        "production": True,
    }
    assert health["breaker"]["open"] is True
    assert health["breaker"]["counts"]["bounce_rate"] == 0.025
    assert health["waits"] == {"greeting": "reputation", "marketing": "reputation", "service": None}


def test_a_person_closes_the_breaker(shop: Shop, api: Api) -> None:
    health = api.post("/mail/breaker/close").body
    assert (health["breaker"]["open"], health["breaker"]["begun_anew_at"][:10]) == (False, "2026-11-21")
    assert set(health["waits"].values()) == {None}
    assert api.get("/mail/health").body["breaker"]["counts"]["bounced"] == 0


def test_an_ses_that_says_nothing_is_shown_as_such(shop: Shop, api: Api) -> None:
    shop.post.account_is_silent = True
    answer = api.get("/mail/health")
    assert answer.status == 200
    assert (answer.body["quota"], answer.body["sender"], answer.body["per_second"]) == (None, None, 1)


def test_the_alarm_hears_of_the_breaker_while_it_is_open_and_silence_means_closed(
    shop: Shop, api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for _ in range(2):
        shop.reconcile()
        said.append([json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line])
        api.post("/mail/breaker/close")
    lines = said[0]
    assert ([line["BreakerOpen"] for line in lines], said[1]) == ([[1.0]], [])
    alarm = yaml_parse((ROOT / "infra" / "alarms.yaml").read_text("utf-8"))["Resources"]["BreakerAlarm"]["Properties"]
    (metrics,) = lines[0]["_aws"]["CloudWatchMetrics"]
    watched = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
    # A metric with other dimensions is another metric, and its alarm would never ring.
    assert (alarm["Namespace"], set(watched)) == (metrics["Namespace"], set(metrics["Dimensions"][0]))
    assert watched["service"] == lines[0]["service"]
    assert alarm["TreatMissingData"] == "notBreaching"
