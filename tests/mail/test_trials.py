"""Whoever writes the texts of mails gets one in their own mailbox: once, in the language asked for, not without end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from infra.build import catalogues
from tests.console.browser import BASE, Browser, Shown
from tests.support.cloud import Cloud, at

PAGE = "/console/templates/birthday"
OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    catalogues.compile_into(catalogues.LOCALES)
    made = Cloud(at("2026-11-21T10:00Z"))
    with made.running(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIC_URL", BASE)
        for name in ("wanda", "walid"):
            told = {"id": name, "name": name.title(), "email": f"{name}@shop.example", "language": "en"}
            assert made.api.post("/staff", {**told, "role": "manager"}, **OWNER).status == 201
        assert made.api.post("/staff", {"id": "mute", "name": "Mute", "role": "manager"}, **OWNER).status == 201
        yield made


def tried(who: str, *, language: str = "ur", once: str = "one", page: str = PAGE) -> Shown:
    browser = Browser().signed_in(who, role="")
    sent = {"csrf": browser.csrf, "action": "try", "language": language, "once": once}
    return browser.post(page, sent)


def test_it_goes_once_to_who_asks_in_the_language_of_the_page_with_values_that_are_made_up(cloud: Cloud) -> None:
    answers = [tried("wanda") for _ in range(3)]
    assert {one.status for one in answers} == {303}
    assert len({one.location for one in answers}) == 1
    cloud.settle()
    [mail] = cloud.post.accepted
    assert mail.to == "wanda@shop.example"
    assert 'lang="ur"' in mail.html
    assert "آزمائشی" in mail.text
    assert "unsubscribe" not in mail.text.lower()
    page = Browser().signed_in("wanda", role="").get(answers[0].location.partition("#")[0])
    assert "A test mail to you: sent" in page.text
    # Of another's nothing is told.
    others = Browser().signed_in("walid", role="").get(answers[0].location.partition("#")[0])
    assert "A test mail to you: on its way" in others.text
    # A tick later nothing comes again.
    cloud.now += timedelta(days=2)
    cloud.settle()
    assert len(cloud.post.accepted) == 1


def test_what_cannot_be_sent_says_why_and_nothing_goes(cloud: Cloud) -> None:
    before = len(cloud.post.accepted)
    nowhere = tried("mute")
    assert (nowhere.status, "no e-mail address of yours" in nowhere.text) == (422, True)
    assert tried("nobody_known").status in {403, 422}
    assert tried("wanda", once="").status == 422
    assert tried("wanda", page="/console/templates/nothing-of-this-name").status == 404
    assert tried("wanda", language="xx").status == 404
    # The same form with another language in it is no other mail.
    tried("walid", once="same")
    assert tried("walid", once="same", language="bn").status == 409
    seller = Browser().signed_in("sam", role="sales")
    assert seller.post(PAGE, {"csrf": seller.csrf, "action": "try", "language": "ur", "once": "x"}).status == 403
    cloud.settle()
    assert len(cloud.post.accepted) == before + 1


def test_ten_within_an_hour_are_enough(cloud: Cloud) -> None:
    cloud.now += timedelta(hours=3)
    before = len(cloud.post.accepted)
    answers = [tried("walid", once=f"many {number}") for number in range(11)]
    assert [one.status for one in answers] == [303] * 10 + [422]
    assert "wait a while" in answers[-1].text
    cloud.settle()
    assert len(cloud.post.accepted) == before + 10
    cloud.now += timedelta(hours=1, seconds=1)
    assert tried("walid", once="later").status == 303


def test_one_that_nobody_carried_out_in_time_ends_with_its_reason(cloud: Cloud) -> None:
    before = len(cloud.post.accepted)
    where = tried("wanda", once="lost").location
    # The order is lost: nothing was begun, so nothing is left over.
    cloud.queues["mail"].clear()
    cloud.now += timedelta(days=2)
    cloud.settle()
    assert len(cloud.post.accepted) == before
    page = Browser().signed_in("wanda", role="").get(where.partition("#")[0])
    assert page.status == 200
