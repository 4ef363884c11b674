"""Suggested groups: what is there is found with its true numbers, what is not is not, and nothing is applied."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb
from typing import Any

import pytest

from crm.patterns import mining, sampling
from crm.patterns.traits import OUTCOMES
from crm.patterns.wording import _SAID as SAID
from crm.patterns.wording import sentence
from handlers import jobs
from tests.patterns.shop import Past, enter, refresh
from tests.segments.groups import group
from tests.support import faults, flow
from tests.support.memory_world import once
from tests.support.world import Api, Context

URDU = {"field": "language", "op": "eq", "value": "ur"}
CARD = {"field": "payment_method", "op": "eq", "value": "card"}


def open_shop() -> None:
    once(_buyers)


def looked_through() -> None:
    """What is suggested to the shop has been found."""
    once(_looked)


def _looked() -> None:
    open_shop()
    refresh(Api())


def _buyers() -> None:
    """Two hundred buyers of many kinds by chance, among whom those who read Urdu and pay by card spend most."""
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    for number in range(200):
        known = {
            "language": chance.choice(["ur", "en"]),
            "payment_method": chance.choice(["card", "cash"]),
            "gender": chance.choice(["female", "male"]),
            "age_noted": {"years": chance.randrange(18, 80), "noted_on": "2026-11-01"},
            "tags": chance.sample(["regular", "club", "web", "fair"], 2),
        }
        rich = (known["language"], known["payment_method"]) == ("ur", "card") and chance.random() < 0.7
        spent = chance.randrange(1000, 2000) if rich else chance.randrange(10, 300)
        past = Past(chance.randrange(1, 6), chance.randrange(1, 300), str(spent))
        enter(past, prefix=f"buyer{number:03}-", **known)
    enter(*[Past(0, 0, "0")] * 5, prefix="never", language="ur", payment_method="card")


def test_a_group_that_spends_more_is_found_with_its_numbers_and_can_be_made(api: Api) -> None:
    looked_through()
    found = api.get("/segments/suggested").body
    assert (found["customers"], found["sample"], found["exact"]) == (200, 200, True)
    best = found["items"][0]
    assert best["rule"] == {"all": [URDU, CARD]}
    assert best["outcome"] == "spends_much"
    made = api.get(f"/segments/{group(api, {'all': [best['rule'], bought()]})}").body
    assert made["members"] == best["customers"]
    assert made["totals"]["average_spent"] == best["average"]["spent"]
    richest = group(api, {"all": [best["rule"], best["outcome_rule"]]})
    share = api.get(f"/segments/{richest}").body["members"] / best["customers"]
    assert best["share_among_them"] == round(share, 4)
    assert best["share"] == best["customers"] / 200
    assert best["lift"] == round(share / best["share_among_all"], 2)
    assert best["luck"] < 0.001
    assert "\u2068ur\u2069" in best["sentence"]
    assert "of all" in best["sentence"]


def bought() -> dict[str, Any]:
    return {"field": "facts.purchases", "op": "ge", "value": 1}


def test_nothing_is_applied_by_itself(api: Api) -> None:
    looked_through()
    before = {one["id"] for one in api.get("/segments").body["items"]}
    refresh(api)
    assert {one["id"] for one in api.get("/segments").body["items"]} == before


def test_the_same_customers_give_the_same_list(api: Api) -> None:
    looked_through()
    lists = [api.get("/segments/suggested").body]
    refresh(api)
    lists.append(api.get("/segments/suggested").body)
    assert lists[0]["items"]
    assert lists[0]["as_of"] < lists[1]["as_of"]
    assert lists[0]["items"] == lists[1]["items"]


def test_of_a_large_base_a_sample_is_looked_at_and_that_is_said(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "LARGEST", 150)
    open_shop()
    refresh(api)
    found = api.get("/segments/suggested").body
    assert (found["customers"], found["sample"], found["exact"]) == (200, 150, False)
    assert found["items"]
    assert all(one["customers"] == round(one["share"] * 200) for one in found["items"])


def test_before_anybody_looked_and_where_nobody_bought_the_list_is_empty(api: Api) -> None:
    assert api.get("/segments/suggested").body["as_of"] is None
    refresh(api)
    found = api.get("/segments/suggested").body
    assert found["as_of"]
    assert (found["items"], found["customers"]) == ([], 0)


def test_whoever_looks_may_die_at_any_call(api: Api, every: int) -> None:
    looked_through()
    wanted = api.get("/segments/suggested").body["items"]
    suggest = flow.queue_event({"job": "suggest"})
    for point in faults.crash_points(every=every):
        with point:
            jobs.handler(suggest, Context())
        assert jobs.handler(suggest, Context()) == {"batchItemFailures": []}
        assert api.get("/segments/suggested").body["items"] == wanted, str(point)


def test_it_is_said_in_every_language(api: Api) -> None:
    looked_through()
    for language, said in SAID.items():
        assert set(said) == {"said", *OUTCOMES}
        (first, *_) = api.get("/segments/suggested", query={"language": language}).body["items"]
        assert said["spends_much"] in first["sentence"]


def test_in_bases_without_a_pattern_hardly_anything_is_found() -> None:
    found = 0
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        base = [
            (
                {f"{kind}{chance.randrange(4)}" for kind in "abcdef"},
                {one for one in OUTCOMES if chance.random() < 0.2},
            )
            for _ in range(300)
        ]
        found += bool(mining.mined(base))
    assert found <= 2


def test_two_names_for_the_same_customers_are_one_suggestion_and_a_second_trait_must_say_more() -> None:
    base = [
        (
            {"club" if one % 4 else "street", "card" if one % 4 else "cash", f"side {one // 4 % 2}"},
            {"often"} if one % 4 else set(),
        )
        for one in range(400)
    ]
    assert [one.traits for one in mining.mined(base)] == [("card",)]


def test_the_chance_is_counted_exactly() -> None:
    for having, both, outcomes, everybody in ((20, 12, 40, 100), (15, 15, 30, 60), (10, 0, 10, 30), (50, 9, 9, 60)):
        ways = sum(
            comb(outcomes, count) * comb(everybody - outcomes, having - count)
            for count in range(both, min(having, outcomes) + 1)
            if having - count <= everybody - outcomes
        )
        true = Fraction(ways, comb(everybody, having))
        assert mining.chance(having, both, outcomes, everybody) == pytest.approx(float(true), rel=1e-9)


def test_a_share_stands_in_the_digits_and_the_word_of_its_language() -> None:
    shares = {"share": 0.12, "share_among_them": 0.5, "share_among_all": 0.2}
    item = {"rule": URDU, "outcome": "spends_much", **shares}
    for language, share in (("en", "12 %"), ("ur", "۱۲ فیصد"), ("bn", "১২ %"), ("he", "12 %")):
        assert f"\u2068{share}\u2069" in sentence(item, language=language)
