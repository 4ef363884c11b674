"""A key that is made while its role is taken away: one of the two is refused, whichever call the other comes before."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from crm.access import roster
from crm.access.models import Roster
from crm.keys.models import KEYS, MachineKey
from tests.keys.desk import OWNER, Shop
from tests.support.faults import interrupted
from tests.support.world import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_CALLS = 60


def role(shop: Shop, at: int) -> str:
    made = shop.api.post("/roles", {"id": f"packer{at}", "all": ["customers.read"]}, **OWNER)
    assert made.status == 201, made.body
    return f"packer{at}"


def key(shop: Shop, role_id: str) -> Answer:
    return shop.make(key=role_id, role=role_id)


def taken_away(shop: Shop, role_id: str) -> Answer:
    return shop.api.delete(f"/roles/{role_id}", headers={"if-match": "*"}, **OWNER)


@contextmanager
def elsewhere() -> Iterator[None]:
    """In another process, of which this one knows nothing."""
    known = roster._Known.last
    roster.forget()
    yield
    roster._Known.last = known


def role_of_each_key_is_there() -> None:
    roles = Roster.read().roles
    assert [one.role for one in MachineKey.query(KEYS) if one.role not in roles] == []


def test_who_makes_a_key_while_its_role_is_taken_away_is_told_that_there_is_none(shop: Shop) -> None:
    refused = 0
    for at in range(1, _MOST_CALLS):
        role_id, came = role(shop, at), list[Answer]()

        def meanwhile(role_id: str = role_id, came: list[Answer] = came) -> None:
            with elsewhere():
                came.append(taken_away(shop, role_id))

        with interrupted(at=at, by=meanwhile) as calls:
            made = key(shop, role_id)
        if len(calls) < at:
            break
        role_of_each_key_is_there()
        assert {made.status, came[0].status} in ({422, 204}, {201, 409}), f"before call {at}"
        refused += made.status == 422
    assert 1 < refused < _MOST_CALLS - 1


def test_who_takes_a_role_away_while_a_key_is_made_for_it_is_told_of_the_key(shop: Shop) -> None:
    refused = 0
    for at in range(1, _MOST_CALLS):
        role_id, came = role(shop, at), list[Answer]()

        def meanwhile(role_id: str = role_id, came: list[Answer] = came) -> None:
            with elsewhere():
                came.append(key(shop, role_id))

        with interrupted(at=at, by=meanwhile) as calls:
            gone = taken_away(shop, role_id)
        if len(calls) < at:
            break
        role_of_each_key_is_there()
        assert {came[0].status, gone.status} in ({422, 204}, {201, 409}), f"before call {at}"
        refused += gone.status == 409
    assert 1 < refused < _MOST_CALLS - 1
