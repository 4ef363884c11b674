"""Many events of one customer are recorded together, each once, and come to what they come to one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from crm.core.errors import InvalidFields, KeyReused
from crm.criteria import bought
from crm.customers import service as customer_service
from crm.purchases import service as purchase_service
from crm.purchases.models import Bought
from crm.purchases.schemas import NewPurchase
from crm.timeline import service as timeline_service
from tests.support.faults import CrashPoint, interrupted
from tests.support.faults import recording as recording_calls
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Api

CALLER = "till"
SOLD = [
    (
        NewPurchase.model_validate(
            {
                "at": f"2025-{1 + n % 12:02}-{1 + n % 28:02}T10:00:00Z",
                "amount": f"{n}.50",
                "currency": "USD" if n % 3 else "NPR",
                "lines": [{"product": f"tea {n % 5}", "quantity": 1}],
            }
        ),
        f"key-{n}",
    )
    for n in range(60)
]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        yield Api()


def customer(api: Api, name: str) -> str:
    return str(api.post("/customers", {"name": name}).body["id"])


def state(customer_id: str) -> tuple[dict[str, Any], bought.Bought, set[str]]:
    item = Bought.read(customer_id)
    assert item
    events = {event.at + str(event.details) for event in timeline_service.each(customer_id=customer_id)}
    return dict(customer_service.get(customer_id=customer_id).facts), bought.unpacked(item.kept), events


def together(customer_id: str, sold: Sequence[tuple[NewPurchase, str]] = SOLD) -> list[str]:
    made = purchase_service.record_each(customer_id=customer_id, purchases=sold, caller=CALLER)
    return [event.event_id for event in made]


def alone(customer_id: str, purchase: NewPurchase, key: str) -> str:
    made = purchase_service.record(customer_id=customer_id, purchase=purchase, caller=CALLER, idempotency_key=key)
    return made.event_id


def one_by_one(api: Api) -> tuple[dict[str, Any], bought.Bought, set[str]]:
    other = customer(api, "One by one")
    for purchase, key in SOLD:
        alone(other, purchase, key)
    return state(other)


def test_together_they_come_to_what_they_come_to_alone(api: Api) -> None:
    anna = customer(api, "Anna")
    with recording_calls() as calls:
        made = together(anna)
    assert calls.count("TransactWriteItems") == 3
    assert state(anna) == one_by_one(api)
    stored = [event.event_id for event in timeline_service.each(customer_id=anna)]
    assert sorted(made) == sorted(stored)
    assert customer_service.get(customer_id=anna).facts["purchases"] == 60


def test_asked_again_they_are_found(api: Api) -> None:
    anna = customer(api, "Anna")
    for purchase, key in SOLD[20:30]:
        alone(anna, purchase, key)
    first = together(anna)
    assert together(anna) == first
    assert together(anna, SOLD[::-1]) == first[::-1]
    assert state(anna) == one_by_one(api)


@pytest.mark.parametrize("call", range(1, 10))
@pytest.mark.parametrize("where", ["before", "after"])
def test_who_dies_in_the_middle_asks_again(api: Api, call: int, where: str) -> None:
    anna = customer(api, "Anna")
    with CrashPoint(call, where):
        together(anna)
    together(anna)
    assert state(anna) == one_by_one(api)


@pytest.mark.parametrize("at", range(1, 10))
def test_somebody_else_may_record_meanwhile(api: Api, at: int) -> None:
    anna = customer(api, "Anna")
    with interrupted(at=at, by=lambda: alone(anna, *SOLD[30])):
        together(anna)
    facts, _, events = state(anna)
    assert (facts["purchases"], len(events)) == (60, 60)
    assert facts["spent"] + sum(facts["other_currencies"].values()) == sum(sold.amount for sold, _ in SOLD)


def test_a_key_twice_in_one_request_records_once(api: Api) -> None:
    anna = customer(api, "Anna")
    made = together(anna, [SOLD[0], SOLD[1], SOLD[0]])
    assert made[0] == made[2] != made[1]
    assert customer_service.get(customer_id=anna).facts["purchases"] == 2


def test_a_key_of_another_request_is_refused(api: Api) -> None:
    anna = customer(api, "Anna")
    alone(anna, SOLD[0][0], "key-1")
    with pytest.raises(KeyReused):
        together(anna, SOLD[:5])
    assert customer_service.get(customer_id=anna).facts["purchases"] == 1


def test_nothing_is_recorded_if_one_is_not_sound(api: Api) -> None:
    anna = customer(api, "Anna")
    bad = NewPurchase.model_validate({"amount": "-1"})
    with pytest.raises(InvalidFields):
        together(anna, [*SOLD[:5], (bad, "bad")])
    assert customer_service.get(customer_id=anna).facts["purchases"] == 0
