"""Whoever wants somebody erased while a merge carries their things is told to wait; then all of both is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.merges.merging import ask, buy, carry, merge, new, talk, undo
from tests.support import flow
from tests.support.rows import all_items

if TYPE_CHECKING:
    from tests.support.world import Answer, Api


def pair(api: Api) -> tuple[str, str]:
    people = new(api, "Sara", email="sara@example.com"), new(api, "Sara Khan", email="khan@example.com")
    for one in people:
        buy(api, one, "3.00")
        talk(api, one)
    return people


def erase(api: Api, customer: str) -> Answer:
    return api.post(f"/customers/{customer}/erasure")


def refused(api: Api, *customers: str) -> None:
    for one in customers:
        answer = erase(api, one)
        assert (answer.status, answer.body["type"]) == (409, "urn:crm:problem:conflict"), answer.body
        assert "still under way" in answer.body["detail"]


def left(*customers: str) -> set[str]:
    """What there still is of people, but for what says that they are erased, and what was done: ids alone."""
    found = {f"{item['pk']['S']}|{item['sk']['S']}": str(item) for item in all_items()}
    marks = ("AUDIT#", "ERASED#", "ERASURES|", "ERASURE_LEDGER", "FORGOTTEN#")
    return {key for key, text in found.items() if any(one in text for one in customers) and not key.startswith(marks)}


def erased(api: Api, customer: str) -> None:
    assert erase(api, customer).status == 202
    flow.project(*flow.all_keys())
    flow.do_jobs()


def test_an_erasure_waits_for_the_merge_and_takes_both_then(api: Api) -> None:
    into, old = pair(api)
    ask(api, into, old)
    before = len(all_items())
    refused(api, into, old)
    assert len(all_items()) == before
    carry(old)
    erased(api, old)
    assert [api.get(f"/customers/{one}").status for one in (into, old)] == [404, 404]
    assert left(into, old) == set()


def test_an_erasure_waits_for_the_parting_and_takes_the_one_that_was_meant(api: Api) -> None:
    into, old = pair(api)
    merge_id = merge(api, into, old)
    assert api.post(f"/merges/{merge_id}/undo").status == 200
    refused(api, into, old)
    carry(old)
    assert api.get(f"/merges/{merge_id}").body["state"] == "undone"
    erased(api, old)
    assert left(old) - {f"CUSTOMER#{into}|MERGE#{merge_id}"} == set()
    assert api.get(f"/customers/{into}").body["facts"]["spent"] == "3.00"
    erased(api, into)
    assert left(into, old) == set()


def test_who_is_erased_by_the_bin_is_whole_there(api: Api) -> None:
    into, old = pair(api)
    undo(api, merge(api, into, old))
    ask(api, into, old)
    assert api.delete(f"/customers/{into}", headers={"if-match": "*"}).status == 409
    carry(old)
    assert api.delete(f"/customers/{into}", headers={"if-match": "*"}).status == 204
    erased(api, into)
    assert left(into, old) == set()
