"""A projection may depend on other items of its partition: given, and looked at again, when the rules ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import boto3
import pytest

from crm.core import table
from crm.core.projection import Projected, Rules, SegmentRule
from crm.segments import filling
from crm.segments import service as segments
from crm.views import refresh, registry
from tests.support import faults, flow

KEY = ("CUSTOMER#c1", "PROFILE")
BESIDE = ("CUSTOMER#c1", "BOUGHT")


def by_tea(item: Mapping[str, Any], _: Rules) -> Projected:
    """Stands in the view under what the companion says."""
    return Projected({("TEA", f"{item.get('bought', {}).get('cups', 'none')}#{item['pk']}"): {}})


@pytest.fixture(autouse=True)
def families(world: None) -> Iterator[None]:
    """One family with a companion, and one without."""
    found = {
        "segments": by_tea,
        "plain": lambda item, _: Projected({("PLAIN", "bought" if "bought" in item else "-"): {}}),
    }
    with mock.patch.dict(registry.FAMILIES, {"PROFILE": found}):
        yield


def held(*, companions: frozenset[str]) -> Any:
    """The rules are one that asks for these companions."""
    segments.register(
        name="Tea", rule={"field": "name", "op": "exists", "value": True}, caller="x", idempotency_key=None
    )
    rules = (SegmentRule("tea", 1, {}, companions),)
    return mock.patch.object(filling, "rules_to_hold", return_value=rules)


def put(key: tuple[str, str], **values: Any) -> None:
    item = {"pk": key[0], "sk": key[1], **values}
    boto3.client("dynamodb").put_item(TableName="crm", Item=table.to_item(item))


def entries() -> list[tuple[str, str]]:
    return sorted(key for key in flow.view_keys() if key[0] in {"TEA", "PLAIN"})


def test_a_family_is_given_its_companion_and_the_others_are_not() -> None:
    put(KEY)
    put(BESIDE, cups=3)
    with held(companions=frozenset({"BOUGHT"})):
        flow.project(KEY)
    assert entries() == [("PLAIN", "-"), ("TEA", "3#CUSTOMER#c1")]


def test_a_companion_that_is_not_there_is_left_out() -> None:
    put(KEY)
    with held(companions=frozenset({"BOUGHT"})):
        flow.project(KEY)
    assert entries() == [("PLAIN", "-"), ("TEA", "none#CUSTOMER#c1")]


def test_a_companion_that_no_rule_asks_for_is_not_read() -> None:
    put(KEY)
    put(BESIDE, cups=3)
    with held(companions=frozenset()):
        flow.project(KEY)
    assert entries() == [("PLAIN", "-"), ("TEA", "none#CUSTOMER#c1")]


def test_a_companion_that_changes_between_look_and_write_is_noticed() -> None:
    put(KEY)
    put(BESIDE, cups=3)
    with held(companions=frozenset({"BOUGHT"})):
        flow.project(("CUSTOMER#c0", "PROFILE"))
        with faults.interrupted(at=4, by=lambda: put(BESIDE, cups=4)) as calls:
            refresh.refresh(*KEY)
    assert calls[3] == "TransactWriteItems"
    assert entries() == [("PLAIN", "-"), ("TEA", "4#CUSTOMER#c1")]
