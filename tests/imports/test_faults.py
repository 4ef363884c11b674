"""A worker may die at any call, and any answer may be lost: nothing of an import is lost, and nothing done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from crm.core import queue
from crm.core.config import settings
from tests.imports.lived import FILES, OURS, Life, Lived, Passed, Step, asked_until_taken, begin, streamed
from tests.imports.office import Office, receive
from tests.support import unwritten
from tests.support.faults import (
    CrashPoint,
    crash_points,
    losing_answer,
    recording,
    refusing,
    sending_again,
    throttled,
)


def dying_at(point: CrashPoint) -> Callable[[Step], None]:
    """Do something in a process that dies at the point, and again if it died: asked again, or delivered again."""

    def act(step: Step) -> None:
        was_reached = point.reached
        with point:
            step()
        if point.reached and not was_reached:
            # The queue hands a message out again when nobody can be at it any more.
            Passed.by += timedelta(minutes=30)
            step()

    return act


@pytest.mark.parametrize("kind", FILES)
def test_a_worker_may_die_at_every_call(office: Office, kind: str, every: int) -> None:
    lived = Lived.of(office, kind)
    for point in crash_points(every=every):
        before = lived.before(point.call)
        point.calls.extend(before.in_steps)
        assert before.again().live(dying_at(point)) == lived.wanted, str(point)


@pytest.mark.parametrize("kind", FILES)
def test_every_answer_may_be_lost(office: Office, kind: str, every: int) -> None:
    lived = Lived.of(office, kind)
    for at in range(1, 1000, every):
        before = lived.before_any(at)
        left = at - len(before.in_all)
        life = before.again()
        with losing_answer(at=left, operations=OURS) as calls:
            assert life.live(asked_until_taken) == lived.wanted, f"answer {at} lost: {calls[left - 1 : left]}"
        if len(calls) < left:
            return
    raise AssertionError("does it end at all?")


@pytest.mark.parametrize("kind", FILES)
def test_every_write_of_a_worker_may_be_sent_again_by_its_client(office: Office, kind: str) -> None:
    """Then the second one finds its condition broken by the first. Of a transaction its token tells that to the store.

    Whoever does not see that it was the own write that broke it stops, and no message is left to go on with; or waits
    for itself, who holds the import, and puts the message off: then there are more steps.
    """
    lived = Lived.of(office, kind)
    left = 0

    def act(step: Step) -> None:
        nonlocal left
        left -= 1
        assert left >= 0, "a message was put off"
        step()

    writes = [at for at, call in enumerate(lived.moments[-1].in_all, 1) if call in ("UpdateItem", "PutObject")]
    for at in writes:
        before = lived.before_any(at)
        left = len(lived.moments) - 1 - lived.moments.index(before)
        with sending_again(at=at - len(before.in_all), operations=OURS):
            assert before.again().live(act) == lived.wanted, f"call {at} sent again"
    assert len(writes) > 20


@pytest.mark.parametrize("kind", FILES)
def test_every_message_may_come_twice(office: Office, kind: str) -> None:
    def twice(step: Step) -> None:
        step()
        step()

    lived = Lived.of(office, kind)
    assert lived.moments[0].again().live(twice) == lived.wanted


def test_each_request_is_one_write_and_whoever_is_refused_has_changed_nothing(office: Office) -> None:
    """Nothing else is done before the answer; the message that goes on is the stream's to send."""
    import_id = begin(office, "customers")
    for verb, state in (("uploaded", "inspecting"), ("run", "running"), ("undo", "undoing")):
        with recording() as calls:
            assert office.api.post(f"/imports/{import_id}/{verb}").status == 202
        assert [call for call in calls if call in unwritten.CHANGES] == ["TransactWriteItems"], verb
        assert office.shown(import_id)["state"] == state
        office.work()


def test_a_busy_queue_is_tried_again_by_the_stream(office: Office) -> None:
    import_id = begin(office, "customers")
    with refusing("SendMessage", error=throttled("SendMessage")):
        assert office.api.post(f"/imports/{import_id}/uploaded").status == 202
        assert len(streamed(import_id)["batchItemFailures"]) == 1
    assert receive() is None
    office.work()
    assert office.shown(import_id)["state"] == "checked"


def test_a_queue_is_empty_in_the_end(office: Office) -> None:
    Life(office, "customers").live()
    assert "Messages" not in queue.client().receive_message(QueueUrl=settings().files_queue_url)
