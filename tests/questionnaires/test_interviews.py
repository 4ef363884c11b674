"""An interview is a questionnaire that staff fill: its answers are facts, with their word as the source."""

from __future__ import annotations

from typing import Any

import pytest

from tests.questionnaires.asked import customer, make
from tests.support import faults
from tests.support.rows import all_items
from tests.support.world import Answer, Api

GIVEN = {
    "name": "Sunita Rai",
    "phone": "+977 9841 234567",
    "birthday": "--08-12",
    "size": "m",
    "machines": 3,
    "hobby": "tea",
    "vip": True,
    "wish": "A quieter grinder",
    "offers": False,
}


def hold(api: Api, who: str, asked: str, answers: dict[str, Any] | None = None, **more: Any) -> Answer:
    return api.post(
        f"/customers/{who}/interviews", {"questionnaire": asked, "answers": answers or GIVEN}, caller="sales", **more
    )


def test_answers_become_facts_with_their_source_and_an_entry_in_the_timeline(api: Api) -> None:
    who, asked = customer(api, tags=["regular"]), make(api)
    assert hold(api, who, asked).status == 201
    known = api.get(f"/customers/{who}").body
    assert (known["phone"], known["birthday"]) == ("+9779841234567", "--08-12")
    assert known["custom"] == {"size": "m", "machines": 3}
    assert known["tags"] == ["regular", "tea", "wants a card"]
    assert known["consent"]["marketing"] is False
    sources = api.get(f"/customers/{who}/sources").body
    assert "sales" in str(sources)
    assert asked in str(sources)
    [entry] = api.get(f"/customers/{who}/interactions").body["items"]
    assert (entry["kind"], entry["recorded_by"]) == ("interview", "sales")
    assert "Your wish?: A quieter grinder" in entry["summary"]
    [answers] = api.get(f"/customers/{who}/answers").body["items"]
    assert answers["answers"] == {**GIVEN, "phone": "+977 9841 234567"}


def test_an_interview_that_is_corrected_leaves_one_entry(api: Api) -> None:
    who, asked = customer(api), make(api)
    hold(api, who, asked)
    hold(api, who, asked, {**GIVEN, "wish": "Tea"})
    [entry] = api.get(f"/customers/{who}/interactions").body["items"]
    assert "Your wish?: Tea" in entry["summary"]
    assert api.get(f"/customers/{who}").body["facts"]["interactions"] == 1


def test_a_repeated_request_writes_nothing(api: Api) -> None:
    who, asked = customer(api), make(api)
    hold(api, who, asked, headers={"idempotency-key": "a"})
    events = len(api.get(f"/customers/{who}/interactions").body["items"])
    hold(api, who, asked, headers={"idempotency-key": "a"})
    assert len(api.get(f"/customers/{who}/interactions").body["items"]) == events


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"name": " "}, "/answers/name"),
        ({**GIVEN, "email": "nobody"}, "/answers/email"),
        ({**GIVEN, "birthday": "--02-30"}, "/answers/birthday"),
        ({**GIVEN, "size": "xl"}, "/answers/size"),
        ({**GIVEN, "machines": "many"}, "/answers/machines"),
        ({**GIVEN, "vip": "perhaps"}, "/answers/vip"),
        ({**GIVEN, "wish": "a\x00b"}, "/answers/wish"),
        ({**GIVEN, "shoe": "42"}, "/answers/shoe"),
        ({**GIVEN, "wish": {"a": 1}}, "/answers/wish"),
    ],
)
def test_what_is_no_answer_is_refused_and_nothing_is_written(api: Api, answers: dict[str, Any], pointer: str) -> None:
    who, asked = customer(api), make(api)
    before = all_items()
    refused = hold(api, who, asked, answers)
    assert refused.status == 422
    assert pointer in str(refused.body)
    assert all_items() == before


def test_it_comes_out_whole_wherever_it_dies(api: Api) -> None:
    asked, given = make(api), {**GIVEN, "phone": "+1 212 555 0100"}
    last: dict[str, Any] = {"headers": {"idempotency-key": "again"}, "query": {"allow_duplicate": "true"}}
    for point in faults.crash_points(operations={"TransactWriteItems"}):
        who = customer(api)
        with point:
            hold(api, who, asked, given, **last)
        for _ in range(2):
            assert hold(api, who, asked, given, **last).status == 201
        [entry] = api.get(f"/customers/{who}/interactions").body["items"]
        [answers] = api.get(f"/customers/{who}/answers").body["items"]
        assert api.get(f"/customers/{who}").body["facts"]["interactions"] == 1
        assert entry["summary"].startswith("About you")
        assert answers["answers"]["wish"] == GIVEN["wish"]
