"""Two records of one person who answered the same questionnaire under both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.merges.merging import merge, new, talk, timeline, undo
from tests.questionnaires.asked import question

if TYPE_CHECKING:
    from tests.support.shop import Shop
    from tests.support.world import Api


def form(api: Api) -> str:
    questions = [question("hobby"), question("size", custom="size"), question("vip", "yes_no", tag="vip")]
    made = api.post("/questionnaires", {"title": {"en": "About you", "ur": "آپ"}, "questions": questions})
    assert made.status == 201, made.body
    return str(made.body["id"])


def answer(api: Api, customer: str, form_id: str, **answers: Any) -> None:
    said = api.post(f"/customers/{customer}/interviews", {"questionnaire": form_id, "answers": answers})
    assert said.status == 201, said.body


def answers(api: Api, customer: str) -> list[dict[str, Any]]:
    return [one["answers"] for one in api.get(f"/customers/{customer}/answers").body["items"]]


def test_the_later_answers_stand_whichever_record_stays_and_both_have_theirs_again(shop: Shop, api: Api) -> None:
    form_id, other_form = form(api), form(api)
    early, late = new(api, "Sara"), new(api, "Sara Khan")
    answer(api, early, form_id, hobby="tea", size="S", vip=True)
    answer(api, late, other_form, hobby="music")
    shop.wait(minutes=5)
    answer(api, late, form_id, hobby="chess", size="M")
    before = [(answers(api, one), timeline(api, one)) for one in (early, late)]
    for into, old in ((early, late), (late, early)):
        merge_id = merge(api, into, old)
        assert sorted(map(str, answers(api, into))) == sorted(map(str, before[1][0]))
        assert len(timeline(api, into)) == 3
        assert api.get(f"/customers/{into}").body["tags"] == ["vip"]
        undo(api, merge_id)
        assert [(answers(api, one), timeline(api, one)) for one in (early, late)] == before


def test_what_is_answered_under_the_old_id_is_the_answer_of_the_record_that_stays(shop: Shop, api: Api) -> None:
    form_id = form(api)
    into, old = new(api, "Sara"), new(api, "Sara Khan")
    for one, hobby in ((into, "tea"), (old, "chess")):
        answer(api, one, form_id, hobby=hobby)
        shop.wait(minutes=5)
    merge(api, into, old)
    answer(api, old, form_id, hobby="music")
    talk(api, old)
    assert answers(api, into) == answers(api, old) == [{"hobby": "music"}]
