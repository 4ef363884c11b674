"""Whoever reads a view looks whether the views are whole, and neither waits for that nor answers half of a rebuild."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from botocore.client import BaseClient

from crm.core import built, queue, views
from crm.core.errors import ViewsBeingBuilt
from crm.views import rebuild, service
from tests.segments.groups import customer, group
from tests.support import flow
from tests.support.world import know_the_mark_of_old
from tests.views.test_rebuild import ask, empty, to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Api


@pytest.fixture
def grown(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A shop with three customers and a group, whose views are whole and marked; readers look at the mark each time."""
    for name in ("Asma", "Bina", "Chen"):
        customer(api, name, language="ur")
    group(api, {"field": "language", "op": "eq", "value": "ur"})
    flow.settle()
    service.keep_mark(request="mark")
    monkeypatch.setattr(built, "LEASE_SECONDS", 0.0)
    monkeypatch.setattr(rebuild, "_UNTIL_UNREAD", 0)
    know_the_mark_of_old()
    return api


def hooked(look: Callable[[Callable[[], Any]], Any], read: Callable[[Callable[[], Any]], Any]) -> Any:
    """Runs `look` in place of a look at the mark that is made beside, and `read` in place of a Query of customers."""
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        is_beside = threading.current_thread() is not threading.main_thread()
        if operation == "GetItem" and parameters["Key"]["sk"]["S"] == built.MARK[1] and is_beside:
            return look(lambda: real(client, operation, parameters))
        if operation == "Query" and parameters["ExpressionAttributeValues"].get(":pk") == {"S": "CUSTOMERS"}:
            return read(lambda: real(client, operation, parameters))
        return real(client, operation, parameters)

    return mock.patch.object(BaseClient, "_make_api_call", call)


def customers() -> list[str]:
    """The ids of all customers as a list has them."""
    return [entry["id"] for entry in views.query("CUSTOMERS", after=None, limit=100)[0]]


def test_a_page_long_after_the_last_waits_for_one_answer_only(grown: Api) -> None:
    both = threading.Barrier(2, timeout=10)

    def meeting(forward: Callable[[], Any]) -> Any:
        # Broken unless the other is under way as well.
        both.wait()
        return forward()

    with hooked(look=meeting, read=meeting):
        assert grown.get("/customers").status == 200


@pytest.mark.usefixtures("grown")
def test_what_was_read_before_the_views_were_whole_is_read_again() -> None:
    whole = customers()
    empty()
    ask()
    looking, is_built, seen = threading.Event(), threading.Event(), list[int]()

    def look(forward: Callable[[], Any]) -> Any:
        # The first look waits until all is built; those after it are the builders'.
        if not looking.is_set():
            looking.set()
            assert is_built.wait(timeout=30)
        return forward()

    def read(forward: Callable[[], Any]) -> Any:
        assert looking.wait(timeout=30)
        found = forward()
        seen.append(len(found["Items"]))
        if not is_built.is_set():
            to_the_end()
            is_built.set()
        return found

    with hooked(look, read):
        assert customers() == whole
    assert seen == [0, len(whole)]


def test_whoever_knows_an_old_mark_is_told_that_a_rebuild_has_begun(grown: Api) -> None:
    empty()
    ask()
    assert grown.get("/customers").status == 503


@pytest.mark.usefixtures("grown")
def test_an_answer_that_comes_late_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a process that stood still after it had looked: the views may have been taken away since."""
    now, seen = [0.0], list[int]()
    monkeypatch.setattr(built, "_clocks", lambda: (now[0], now[0]))
    monkeypatch.setattr(built, "LEASE_SECONDS", 5.0)
    built.forget()
    customers()

    def read(forward: Callable[[], Any]) -> Any:
        empty()
        now[0] += built.BELIEVED_SECONDS
        found = forward()
        seen.append(len(found["Items"]))
        return found

    with hooked(look=lambda forward: forward(), read=read), pytest.raises(ViewsBeingBuilt):
        customers()
    assert seen[0] == 0


def sums(api: Api, group: str) -> Any:
    shown = api.get(f"/segments/{group}").body
    return {name: shown[name] for name in ("members", "totals") if name in shown}


def test_sums_are_read_under_the_number_that_the_mark_names_now(grown: Api) -> None:
    groups = [item["id"] for item in grown.get("/segments").body["items"]]
    before = [sums(grown, one) for one in groups]
    assert any(before)
    ask()
    to_the_end()
    for one, known in zip(groups, before, strict=True):
        know_the_mark_of_old()
        assert sums(grown, one) == known


def test_a_rebuild_waits_until_nobody_believes_an_older_mark(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    customer(api, "Asma")
    delays: list[int] = []
    monkeypatch.setattr(queue.client(), "send_message", lambda **sent: delays.append(sent["DelaySeconds"]))
    service.begin_rebuild(request="asked")
    assert delays
    assert min(delays) >= 2 * built.BELIEVED_SECONDS > 2 * built.LEASE_SECONDS
