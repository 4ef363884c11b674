"""Health on a page: whether mail goes and why not, whether lists are right, what nobody knows; each with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError

from crm.core import backlog, clock, queue, table
from crm.core.config import settings
from crm.inbox.models import InboxPlace, Incoming
from crm.mail import breaker
from crm.mail.models import FRESH_START, REPUTATION, Message, Tally
from crm.mail.reputation import day_of
from crm.views import report
from crm.views.schemas import JobProgress, Views
from tests.console.browser import Browser
from tests.support.flow import do_jobs, project

PAGE = "/console/health"
CANARY = "<b onclick=x>\"'&{{7*7}}"


@pytest.fixture
def bad_reputation(shop: None) -> Iterator[None]:
    """Of a thousand mails forty came back, two were called unwanted."""
    tally = Tally.keyed(day=day_of(clock.now()), group="bulk", shard=0)
    tally.accepted, tally.bounced, tally.complained, tally.expires_at = 1000, 40, 2, 2**31
    tally.save()
    breaker.forget()
    yield
    tally.delete()
    table.client().delete_item(TableName=settings().crm_table, Key=table.to_item({"pk": REPUTATION, "sk": FRESH_START}))
    breaker.forget()


def test_all_is_well_and_each_empty_list_says_so(manager: Browser) -> None:
    page = manager.get(PAGE)
    assert page.status == 200
    for text in ("All is well: nothing is held back.", "Greetings going out", "Are lists and sums right?"):
        assert text in page.text, text
    assert "Let greetings go again" not in page.text


def test_greetings_that_wait_go_again_when_somebody_says_what_was_mended(
    manager: Browser, bad_reputation: None
) -> None:
    page = manager.get(PAGE)
    assert "Greetings waits : no mail could be sent just then" in page.text
    assert "Mails taken 1,000 have come back 40 called unwanted 2" in page.text
    for reason in ("", "  ", "x" * 201, "a\x07b"):
        refused = manager.post(f"{PAGE}/mail", {"csrf": manager.csrf, "reason": reason})
        assert (refused.status, "say in a line what was mended" in refused.text) == (422, True), reason
        assert breaker.read().is_open
    answer = manager.post(f"{PAGE}/mail", {"csrf": manager.csrf, "reason": f"پرانی فہرست {CANARY}"})
    assert answer.location == f"{PAGE}?done=let_go"
    page = manager.get(answer.location)
    assert "within a quarter of an hour" in page.text
    assert f"manager : پرانی فہرست {CANARY}" in page.text
    assert "<b onclick" not in page.body
    assert not breaker.read().is_open


def test_lists_are_compared_and_built_anew_from_the_page(manager: Browser) -> None:
    assert "Build all lists and sums anew from the records?" in manager.get(f"{PAGE}?ask=rebuild").text
    for action in ("compare", "retry"):
        sent = {"csrf": manager.csrf, "action": action, "once": "a"}
        assert manager.post(f"{PAGE}/views", sent).location == f"{PAGE}?done={action}#views"
    assert {"reconcile", "retry_parked"} <= {one["job"] for one in do_jobs()}
    # What the last of its jobs leaves.
    report.write({"items:lists": 7, "drift:lists": 2, "repaired:lists": 1})
    page = manager.get(PAGE)
    assert "Compared with the records themselves:" in page.text
    assert "2 had drifted, 1 of them were put right. Compare once more" in page.text
    assert "Lists of customers" in page.text
    partial = manager.get(PAGE, hx_request="true")
    assert ("<html" in partial.body, 'id="views"' in partial.body) == (False, True)
    assert manager.post(f"{PAGE}/views", {"csrf": manager.csrf}).status == 422
    manager.accepted = "bn"
    assert "গ্রাহকের তালিকা" in manager.get(PAGE).text


def test_work_under_way_shows_how_far_it_is_and_looks_again_by_itself(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.views import status  # noqa: PLC0415 - after the settings are in place

    job = JobProgress(job="rebuild", begun_at=clock.stamp(), finished_at=None, done=40, expected=80, share=0.5)
    views = Views(whole=False, reconciled=None, families=[], jobs=[job], parked=0)
    monkeypatch.setattr(status, "status", lambda: views)
    page = manager.get(PAGE)
    assert "They are being built anew." in page.text
    assert '<progress max="1" value="0.5"' in page.body
    assert f'hx-get="{PAGE}" hx-trigger="load delay:2s"' in page.body


def test_mail_that_nobody_has_heard_of_and_mail_of_nobody_known_are_told(manager: Browser) -> None:
    now, long_ago = clock.now(), "2020-01-01T00:00:00.000000Z"
    known: dict[str, Any] = {"revision": 1, "attempts": 1, "doubts": 0, "history": [], "purpose": "greeting"}
    stamps: dict[str, Any] = {"created_at": long_ago, "updated_at": long_ago}
    lost = Message(f"CUSTOMER#{'c' * 26}", "MAIL#birthday#2020", state="handed", **known, **stamps)
    lost.save()
    project((lost.pk, lost.sk))
    mail = Incoming.keyed(
        "m" * 26,
        state="review",
        received_at=clock.instant(now),
        sender="who@else.example",
        subject=f"سلام {CANARY}",
        is_from_sender=True,
        expires_at=int(now.timestamp()) + 1000,
    )
    mail.save()
    InboxPlace.of(mail).save()
    try:
        page = manager.get(PAGE)
        assert f"customer_{'c' * 26}_birthday_2020" in page.text
        assert f"سلام {CANARY}" in page.text
        assert "who@else.example" in page.text
        assert "<b onclick" not in page.body
    finally:
        for item in (lost, mail, InboxPlace.of(mail)):
            item.delete()
        project((lost.pk, lost.sk))
    assert "None: every mail has found its end." in manager.get(PAGE).text


@pytest.fixture
def letters(shop: None) -> Iterator[None]:
    """An event that waits, and two letters of jobs that were given up."""
    sent = [("webhooks", "{}"), ("jobs_dead", "a"), ("jobs_dead", "b")]
    for name, body in sent:
        queue.client().send_message(QueueUrl=settings().queue_url(name), MessageBody=body)
    yield
    for name, _ in sent:
        queue.client().receive_message(QueueUrl=settings().queue_url(name))


def test_work_that_waits_and_work_that_was_given_up_are_told_with_what_to_do(manager: Browser, letters: None) -> None:
    page = manager.get(PAGE)
    assert re.search(r"Events for other programs 1 \d+ \d+ 0 ", page.text), page.text
    assert re.search(r"Groups, lists, erasures \d+ \d+ \d+ 2 ", page.text), page.text
    assert "Scheduled rounds – – – 0 " in page.text
    assert "it goes on where it stopped" in page.text
    assert "Nothing that went out is sent twice" not in page.text


def test_nothing_given_up_is_told_too_and_queues_that_do_not_answer_keep_nothing_else_back(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "othing was given up." in manager.get(PAGE).text
    away = ClientError({"Error": {"Code": "InternalFailure", "Message": ""}}, "GetQueueAttributes")
    monkeypatch.setattr(backlog, "_counted", mock.Mock(side_effect=away))
    page = manager.get(PAGE)
    assert (page.status, "The queues do not answer just now." in page.text) == (200, True)
    assert "Are lists and sums right?" in page.text


def test_who_sees_how_mail_goes_may_not_mend_it(browser: Browser) -> None:
    page = browser.signed_in("viewer", role="readonly").get(PAGE)
    assert page.status == 200
    assert "<form" not in page.body.partition("<main")[2]
    assert "Are lists and sums right?" not in page.text
    for route in ("mail", "views"):
        assert browser.post(f"{PAGE}/{route}", {"csrf": browser.csrf}).status == 403
    for role in ("sales", "till", "service"):
        assert Browser().signed_in("somebody", role=role).get(PAGE).status == 403
