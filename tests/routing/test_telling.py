"""Whoever is given a customer by others is told by mail, once, whatever dies; of who is away the substitute is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from crm.mail.orders import of_key
from tests.routing.office import ANY, answered, changed, customer, ruled, staffed, to_member
from tests.support import faults
from tests.support.cloud import Cloud
from tests.support.wires import Letter, queue_event

if TYPE_CHECKING:
    from tests.support.post import Mail

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FIELDS = {"name": "Sunita राई", "email": "sunita@example.org", "phone": "+9779841234567"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(NOW).running() as running:
        staffed(running.api)
        yield running


def live(cloud: Cloud, **span: float) -> list[Mail]:
    """The mails of this time, ticks and all."""
    before = len(cloud.post.accepted)
    cloud.live(until=cloud.now + timedelta(**span))
    return cloud.post.accepted[before:]


def given(cloud: Cloud, owner: str | None = "mira", **fields: Any) -> str:
    told = {**FIELDS, **({"owner": owner} if owner else {}), **fields}
    made = answered(cloud.api.post("/customers", told, query={"allow_duplicate": "true"}), 201)
    return str(made["id"])


def test_who_is_given_somebody_is_told_once_and_the_subject_names_nobody(cloud: Cloud) -> None:
    given(cloud)
    (mail,) = live(cloud, hours=1)
    assert (mail.to, mail.subject) == ("mira@shop.example", "A customer was given to you")
    assert "Sunita राई" in mail.text
    assert live(cloud, days=2) == []


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "customer"), ("ur", "گاہک"), ("bn", "গ্রাহক"), ("ne", "ग्राहक"), ("he", "לקוח"), ("fr", "customer")],
)
def test_in_the_language_of_who_reads_it(cloud: Cloud, language: str, word: str) -> None:
    changed(cloud.api, "mira", language=language)
    given(cloud)
    (mail,) = live(cloud, hours=1)
    assert word in mail.subject
    assert "Sunita" not in mail.subject


def test_many_are_one_mail_with_some_of_the_names(cloud: Cloud) -> None:
    for number in range(25):
        given(cloud, name=f"Customer {number:02}")
    (mail,) = live(cloud, hours=1)
    assert mail.subject == "25 customers were given to you"
    assert mail.text.count("Customer ") == 20
    assert "…" in mail.text


def test_what_comes_later_is_another_mail_and_nobody_hears_of_their_own_deeds(cloud: Cloud) -> None:
    given(cloud)
    first = live(cloud, hours=1)
    one = given(cloud, owner=None)
    answered(cloud.api.patch(f"/customers/{one}", {"owner": "mira"}, headers=ANY), 200)
    mine = cloud.api.post("/customers", {"name": "Own"}, caller="mira", role=None)
    assert (mine.status, mine.body["owner"]) == (201, "mira")
    second = live(cloud, hours=1)
    assert [len(first), [mail.subject for mail in second]] == [1, ["A customer was given to you"]]


def test_what_was_taken_away_again_is_told_to_nobody_but_the_last(cloud: Cloud) -> None:
    one, gone = given(cloud), given(cloud)
    answered(cloud.api.patch(f"/customers/{one}", {"owner": "zoya"}, headers=ANY), 200)
    assert cloud.api.delete(f"/customers/{gone}", headers=ANY).status == 204
    assert [mail.to for mail in live(cloud, hours=2)] == ["zoya@shop.example"]


def test_the_substitute_is_told_instead_of_who_is_away_and_each_thing_once(cloud: Cloud) -> None:
    changed(cloud.api, "mira", away_from="2026-11-01", substitute="ravi")
    given(cloud)
    given(cloud, owner="ravi", name="Own")
    (mail,) = live(cloud, hours=1)
    assert (mail.to, mail.subject) == ("ravi@shop.example", "2 customers were given to you")
    changed(cloud.api, "mira", away_from=None)
    assert live(cloud, hours=2) == []


def test_who_works_here_no_more_and_who_never_wants_it_are_told_nothing(cloud: Cloud) -> None:
    changed(cloud.api, "mira", inactive=True)
    changed(cloud.api, "ravi", notify="never")
    given(cloud)
    given(cloud, owner="ravi")
    assert live(cloud, days=1) == []
    changed(cloud.api, "mira", substitute="zoya")
    assert [mail.to for mail in live(cloud, hours=1)] == ["zoya@shop.example"]


def test_once_a_day_at_the_hour_of_their_own_clock(cloud: Cloud) -> None:
    changed(cloud.api, "mira", notify="daily", digest_at="08:00", timezone="Asia/Kathmandu")
    given(cloud, name="One")
    given(cloud, name="Two")
    (now,) = live(cloud, hours=1)
    assert now.subject == "2 customers were given to you"
    given(cloud, name="Three")
    assert live(cloud, hours=12) == []
    (tomorrow,) = live(cloud, hours=5)
    assert tomorrow.subject == "A customer was given to you"


def test_a_rule_tells_whom_it_gives(cloud: Cloud) -> None:
    ruled(cloud.api, to_member("all", "zoya"))
    customer(cloud.api)
    assert [mail.to for mail in live(cloud, hours=1)] == ["zoya@shop.example"]


def test_without_an_address_the_message_says_why_and_the_next_is_tried_anew(cloud: Cloud) -> None:
    changed(cloud.api, "mira", email=None)
    given(cloud)
    assert live(cloud, hours=3) == []
    (message,) = cloud.items("message")
    assert (message["state"], message["reason_code"]) == ("withheld", "no_address")
    changed(cloud.api, "mira", email="mira@shop.example")
    given(cloud, name="Later")
    (mail,) = live(cloud, hours=1)
    assert mail.subject == "A customer was given to you"


@pytest.mark.parametrize("away", [False, True])
def test_whatever_dies_everything_is_told_once(every: int, away: bool) -> None:
    for crash in faults.crash_points(first=1 + every, every=every * 9):
        with Cloud(NOW).running() as cloud:
            staffed(cloud.api)
            given(cloud)
            given(cloud, name="Two")
            if away:
                changed(cloud.api, "mira", away_from="2026-11-01", substitute="ravi")
            with crash:
                live(cloud, minutes=31)
            changed(cloud.api, "mira", away_from=None)
            live(cloud, hours=3)
            # In doubt, where nobody knows whether SES has taken it, it may go again, and says so.
            doubts = [item for item in cloud.items("message") if item["doubts"]]
            assert len(cloud.post.accepted) == 1 + len(doubts) * (len(cloud.post.accepted) > 1), crash
            assert cloud.post.accepted[-1].subject == "2 customers were given to you", crash


def test_two_orders_for_the_same_are_one_mail(cloud: Cloud) -> None:
    given(cloud)
    cloud.now += timedelta(minutes=15)
    for slot in ("20261122T0900", "20261122T0915", "2026-11-22"):
        for _ in range(2):
            cloud.send("mail", order(f"staff_mira_assigned_{slot}"))
    cloud.settle()
    assert len(cloud.post.accepted) == 1


def order(key: str) -> str:
    return of_key(key).text()


def test_what_is_under_way_to_one_is_not_told_to_the_substitute_as_well(cloud: Cloud) -> None:
    given(cloud)
    with faults.CrashPoint(1, "before", operations={"SendEmail"}):
        live(cloud, minutes=16)
    changed(cloud.api, "mira", away_from="2026-11-01", substitute="ravi")
    assert [mail.to for mail in live(cloud, hours=2)] == ["mira@shop.example"]
    given(cloud, name="Two")
    assert [mail.to for mail in live(cloud, hours=2)] == ["ravi@shop.example"]


def test_two_mailers_at_once_tell_it_once(cloud: Cloud, every: int) -> None:
    """One works off an order between any two calls of another that has another order about the same."""
    changed(cloud.api, "mira", away_from="2026-11-01", substitute="ravi")
    for number in count(1, every):
        given(cloud, name=f"Customer {number}")
        cloud.now += timedelta(minutes=20)
        before = len(cloud.post.accepted)
        slots = [f"{cloud.now - timedelta(minutes=ago):%Y%m%dT%H%M}" for ago in (0, 15)]
        first, other = (order(f"staff_ravi_assigned_{slot}") for slot in slots)
        with faults.interrupted(at=number, by=partial(mailed, cloud, other)) as calls:
            mailed(cloud, first)
        mailed(cloud, other)
        cloud.settle()
        assert len(cloud.post.accepted) == before + 1, number
        if len(calls) < number:
            return


def mailed(cloud: Cloud, *orders: str) -> None:
    cloud.call("mailer", queue_event([Letter(1, one, cloud.now) for one in orders]))
