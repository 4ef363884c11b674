"""Whatever dies under a request, its repetition under the same key makes the thing once and whole."""

import re
from typing import Any

import pytest

from tests.support import faults
from tests.support.rows import all_items, count
from tests.support.world import Api

SARA = {"name": "Sara", "email": "sara@example.com", "phone": "+923001234567"}
PURCHASE = {"amount": "10.00", "currency": "USD", "at": "2026-01-05T10:00:00Z"}
CALL = {"kind": "call", "summary": "hello", "at": "2026-01-05T10:00:00Z"}


def _send(api: Api, path: str, body: dict[str, Any], n: int) -> Any:
    return api.post(path, body, headers={"idempotency-key": f"k{n}"})


def test_a_registration_killed_anywhere_and_repeated_makes_one_customer(api: Api) -> None:
    tried = 0
    for n, crash in enumerate(faults.crash_points()):
        sara = {"name": "Sara", "email": f"sara{n}@example.com", "phone": f"+9230012345{n:02}"}
        with crash:
            _send(api, "/customers", sara, n)
        made = _send(api, "/customers", sara, n)
        assert made.status == 201, (str(crash), made.body)
        assert api.get(made.headers["location"]).body == made.body
        tried = n + 1
        assert count("profile") == tried, str(crash)
        assert count("contact") == 2 * tried, str(crash)
    assert tried >= 3


@pytest.mark.parametrize(("thing", "body"), [("purchases", PURCHASE), ("interactions", CALL)])
def test_an_event_killed_anywhere_and_repeated_counts_once(api: Api, thing: str, body: dict[str, Any]) -> None:
    path = api.post("/customers", SARA).headers["location"]
    tried = 0
    for n, crash in enumerate(faults.crash_points()):
        with crash:
            _send(api, f"{path}/{thing}", body, n)
        assert _send(api, f"{path}/{thing}", body, n).status == 201, str(crash)
        tried = n + 1
        assert api.get(path).body["facts"][thing] == tried, str(crash)
        assert count("event") == tried, str(crash)
    assert tried >= 5


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_answer_lost_on_the_way_is_given_again(api: Api, at: int) -> None:
    path = api.post("/customers", SARA).headers["location"]
    with faults.losing_answer(at=at):
        lost = _send(api, f"{path}/purchases", PURCHASE, 1)
    if lost.status != 201:
        assert (lost.status, lost.headers["retry-after"]) == (503, "2")
    assert _send(api, f"{path}/purchases", PURCHASE, 1).status == 201
    assert api.get(path).body["facts"]["purchases"] == 1


@pytest.mark.parametrize("error", [faults.down("TransactWriteItems"), faults.throttled("TransactWriteItems")])
def test_a_store_that_does_not_answer_is_503_and_nothing_is_half_written(api: Api, error: Exception) -> None:
    path = api.post("/customers", SARA).headers["location"]
    before = all_items()
    with faults.refusing(error=error):
        for answer in (
            api.get(path),
            api.post("/customers", {"name": "Other"}),
            api.post(f"{path}/purchases", PURCHASE),
            api.patch(path, {"name": "Zara"}, headers={"if-match": "1"}),
            api.delete(path, headers={"if-match": "1"}),
        ):
            assert answer.status == 503, answer.body
            assert answer.headers["content-type"] == "application/problem+json"
            assert re.fullmatch(r"\d+", answer.headers["retry-after"])
    assert all_items() == before


def test_a_conflict_with_another_transaction_is_waited_out(api: Api) -> None:
    path = api.post("/customers", SARA).headers["location"]
    with faults.refusing("TransactWriteItems", error=faults.conflict(items=2), times=3) as refused:
        assert api.post(f"{path}/purchases", PURCHASE).status == 201
    assert len(refused) == 3
    assert api.get(path).body["facts"]["purchases"] == 1


def test_a_removal_killed_anywhere_leaves_either_all_or_nothing(api: Api) -> None:
    for n, crash in enumerate(faults.crash_points()):
        path = api.post("/customers", {"name": "Sara", "email": f"s{n}@example.com"}).headers["location"]
        with crash:
            api.delete(path, headers={"if-match": "1"})
        if api.get(path).status == 200:
            assert count("contact") == 1, str(crash)
            assert api.delete(path, headers={"if-match": "1"}).status == 204
        assert (api.get(path).status, count("contact"), count("deleted")) == (404, 0, n + 1), str(crash)


def test_a_fault_of_ours_is_a_problem_document_without_its_inside(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.customers.service.get", lambda **_: 1 / 0)
    answer = api.get("/customers/x")
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ZeroDivision" not in str(answer.body)
