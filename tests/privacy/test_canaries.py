"""Who is erased has left no word anywhere; and nothing about anybody is ever logged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from crm.console import rendering
from crm.core import log as core_log
from crm.privacy import partition
from handlers import jobs
from tests.audit import chains
from tests.privacy import traces
from tests.privacy.canaries import Aviary, found, listening, lived, lived_before
from tests.support.cloud import Cloud, at
from tests.support.memory_world import QUEUES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.privacy.canaries import Log

World = tuple[Cloud, Aviary, "Log"]


@pytest.fixture
def world_of_canaries() -> Iterator[World]:
    cloud = Cloud(at("2026-11-21T03:00Z"))
    with cloud.running(), listening() as log:
        yield cloud, Aviary(), log


def dead_letters(cloud: Cloud) -> None:
    """What died in our small cloud lies in the queue of dead letters, and can be received there."""
    kept = cloud.memory.queues[QUEUES["mail_reports_dead"]]
    kept += [body for queue, body in cloud.dead if queue == "reports"]
    cloud.dead = [(queue, body) for queue, body in cloud.dead if queue != "reports"]


def calls(cloud: Cloud) -> list[str]:
    """All that the stream and our own queues tell a function from now on: SES's reports are not ours."""
    told: list[str] = []
    call = cloud.call

    def heard(handler: str, payload: Any) -> Any:
        if handler != "mail_events":
            told.append(str(payload))
        return call(handler, payload)

    cloud.call = heard  # type: ignore[method-assign]
    return told


def erase(cloud: Cloud, person: str) -> dict[str, Any]:
    # All that was done before is in the audit's chain by then, which stays.
    chains.link()
    assert cloud.api.post(f"/customers/{person}/erasure").status == 202
    cloud.settle()
    shown = cloud.api.get(f"/erasures/{person}").body
    assert shown["state"] == "done"
    return dict(shown)


def says_nothing_of(kind: str) -> bool:
    """Whether the page of a receipt has no word for a kind of item."""
    words = rendering.environment("en").get_template("erasing/words.html").module
    return 'lang="en"' in words.kind(kind)  # type: ignore[attr-defined]


def test_of_thirty_canaries_none_is_logged_and_after_the_erasure_none_is_anywhere(world_of_canaries: World) -> None:
    cloud, canary, log = world_of_canaries
    told = calls(cloud)
    person = lived(cloud, canary)
    dead_letters(cloud)
    traces.left(cloud, canary, person)
    assert len(canary.birds) >= 60
    assert len(cloud.post.accepted) >= 5, "mail went out"
    before = found(cloud, canary)
    assert set(before) == {"table crm", "table views", "dead letters", "bucket"}
    planted = {*canary.birds} - {
        "html",
        "bad birthday",
        "bad phone",
        "nonsense",
        "searched",
        "asked id",
        "event key",
        "link",
    }
    assert planted <= {bird for birds in before.values() for bird in birds}, "each stands somewhere"
    assert (len(log.lines) > 50, canary.found_in("\n".join(log.lines))) == (True, [])
    # What a function was called with is what a queue of dead letters or the bucket of failed records holds.
    assert (len(told) > 50, canary.found_in("\n".join(told))) == (True, [])
    shown = erase(cloud, person)
    cloud.live(until=at("2026-11-25T12:00Z"))
    assert found(cloud, canary) == {}
    assert canary.found_in("\n".join(log.lines)) == []
    assert shown["erased"]["undelivered reports of mail"] == 2
    assert canary.found_in(json.dumps(shown)) == []
    # A receipt is for whoever asked, in their words; what the test itself has planted has none.
    assert [kind for kind in shown["erased"] if says_nothing_of(kind)] == ["whatever"]
    # Sent mail is with its recipient: the only place where the words still are.
    assert canary.found_in(str(cloud.post.accepted)) != []


def test_who_dies_from_the_bin_leaves_as_little(world_of_canaries: World) -> None:
    cloud, canary, _ = world_of_canaries
    person = lived_before(cloud, canary)
    dead_letters(cloud)
    assert cloud.api.delete(f"/customers/{person}", headers={"if-match": "*"}).status == 204
    cloud.settle()
    entries = {key: item for key, item in cloud.memory.tables["views"].items() if not key[0].startswith("TOTAL#")}
    assert canary.found_in(str(entries)) == [], "the bin shows nobody in any view"
    cloud.live(until=at("2026-12-25T00:00Z"), step=at("2026-11-22T00:00Z") - at("2026-11-21T00:00Z"))
    assert found(cloud, canary) == {}


def test_a_canary_in_a_log_would_be_heard(world_of_canaries: World) -> None:
    cloud, canary, log = world_of_canaries
    lived_before(cloud, canary)
    core_log.logger().info("registered", extra={"customer": canary("name")})
    try:
        int(canary("parked"))
    except ValueError:
        core_log.logger().exception("failed")
    assert canary.found_in("\n".join(log.lines)) == ["name", "parked"]


@pytest.mark.parametrize("leak", ["STAFF#manager|NOTE#1", "IMPORT#1|PIECE#1"])
def test_a_copy_that_nobody_erases_would_be_found(world_of_canaries: World, leak: str) -> None:
    cloud, canary, _ = world_of_canaries
    person = lived_before(cloud, canary)
    dead_letters(cloud)
    pk, sk = leak.split("|")
    cloud.memory.tables["crm"][pk, sk] = {"pk": {"S": pk}, "sk": {"S": sk}, "text": {"S": canary("name")}}
    cloud.memory.bucket.objects["elsewhere/1.csv"] = canary("tag").encode()
    erase(cloud, person)
    assert found(cloud, canary) == {"table crm": ["name"], "bucket": ["tag"]}


def test_an_erasure_that_forgets_what_stands_with_the_staff_would_be_found(
    world_of_canaries: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, canary, _ = world_of_canaries
    person = lived_before(cloud, canary)
    dead_letters(cloud)
    monkeypatch.setattr(partition, "_lead", lambda *_: 0)
    erase(cloud, person)
    assert "told subject" in found(cloud, canary)["table crm"]


@pytest.mark.parametrize("place", [place.name for place in jobs.PLACES])
def test_a_place_that_an_erasure_does_not_go_through_would_be_found(
    world_of_canaries: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    cloud, canary, _ = world_of_canaries
    person = lived_before(cloud, canary)
    dead_letters(cloud)
    traces.left(cloud, canary, person)
    monkeypatch.setattr(jobs, "PLACES", tuple(one for one in jobs.PLACES if one.name != place))
    erase(cloud, person)
    assert found(cloud, canary), f"nothing is left of {place}"
