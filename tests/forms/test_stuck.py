"""A form that no job could take is tried again the next day, and who is erased is found in it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.questionnaires.asked import customer, make
from tests.questionnaires.test_page import FORM, GIVEN, hidden, link
from tests.support.cloud import Cloud, at
from tests.support.visitor import visit

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITING = "FORMS_WAITING"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    cloud = Cloud(at("2026-11-21T03:00Z"))
    with cloud.running():
        yield cloud


def forms(cloud: Cloud) -> list[dict[str, Any]]:
    return [item for item in cloud.items("submission") if "values" in item]


def waiting(cloud: Cloud) -> int:
    return sum(pk == WAITING for pk, _ in cloud.memory.tables["views"])


def send(cloud: Cloud, path: str, **given: str) -> None:
    state = hidden(visit("GET", path)["body"])
    cloud.wait(minutes=1)
    sent = visit("POST", path, raw=urlencode({**state, "website": "", **(given or GIVEN)}), headers=FORM)
    assert sent["status"] == 200, sent["body"]


def lose_its_job(cloud: Cloud) -> None:
    """The form is on the stream and in the views, and what was queued for it is lost."""
    while cloud.project():
        pass
    cloud.queues["jobs"] = [letter for letter in cloud.queues["jobs"] if '"answers"' not in letter.body]
    cloud.settle()


def test_what_died_is_taken_the_next_day_and_stands_in_the_views_until_then(cloud: Cloud) -> None:
    send(cloud, link(cloud.api, make(cloud.api)))
    lose_its_job(cloud)
    assert (len(forms(cloud)), waiting(cloud), cloud.items("profile")) == (1, 1, [])
    cloud.live(until=cloud.now + timedelta(days=1), step=timedelta(hours=6))
    assert (forms(cloud), waiting(cloud)) == ([], 0)
    assert [one["name"] for one in cloud.items("profile")] == ["Amina Khan"]


def test_an_erasure_finds_the_forms_that_wait_by_link_name_and_address_and_leaves_others(cloud: Cloud) -> None:
    asked = make(cloud.api)
    who = customer(cloud.api, name="Amina Khan", email="amina@example.org", phone="+12125550100")
    send(cloud, link(cloud.api, asked, who), q_name="A. Khan", q_wish="tea")
    poster = link(cloud.api, asked)
    send(cloud, poster, q_name="amina khan")
    send(cloud, poster, q_name="Somebody", q_wish="write to AMINA@example.org")
    send(cloud, poster, q_name="Somebody", q_phone="+1 212 555 0100")
    send(cloud, poster, q_name="Somebody Else", q_phone="+1 212 555 0199")
    send(cloud, link(cloud.api, asked, customer(cloud.api, name="Amina Khan")), q_name="Amina Khan")
    lose_its_job(cloud)
    assert len(forms(cloud)) == 6
    assert cloud.api.post(f"/customers/{who}/erasure").status == 202
    cloud.settle()
    shown = cloud.api.get(f"/erasures/{who}").body
    assert (shown["state"], shown["erased"]["forms that wait"]) == ("done", 4)
    left = json.dumps([one["values"] for one in forms(cloud)])
    assert "Somebody Else" in left
    assert len(forms(cloud)) == 2


def test_after_four_days_nobody_tries_any_more(cloud: Cloud) -> None:
    send(cloud, link(cloud.api, make(cloud.api)))
    lose_its_job(cloud)
    cloud.wait(days=5)
    cloud.live(until=cloud.now + timedelta(hours=1), step=timedelta(minutes=30))
    assert len(forms(cloud)) == 1
