"""The fault harness does what the tests that lean on it believe."""

import copy
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from pynamodb.transactions import TransactWrite

from crm.core import table
from crm.core.table import CrmItem
from tests.support import faults


class Note(CrmItem, discriminator="note"):
    """An item written through PynamoDB."""


def _put(name: str) -> None:
    boto3.client("dynamodb").put_item(TableName="views", Item=table.to_item({"pk": name, "sk": "-"}))


def _names() -> list[str]:
    return sorted(item["pk"]["S"] for item in boto3.client("dynamodb").scan(TableName="views")["Items"])


def test_every_call_is_crashed_before_and_after(world: None) -> None:
    held = []
    for point in faults.crash_points():
        for name in _names():
            boto3.client("dynamodb").delete_item(TableName="views", Key=table.to_item({"pk": name, "sk": "-"}))
        with point:
            _put("a")
            _put("b")
        held.append((str(point), _names()))
    assert held == [
        ("before call 1", []),
        ("after call 1", ["a"]),
        ("before call 2", ["a"]),
        ("after call 2", ["a", "b"]),
        ("before call 3", ["a", "b"]),
    ]


def test_models_and_plain_clients_are_both_hooked(world: None) -> None:
    with faults.recording() as calls:
        Note(pk="n", sk="1").save()
        _put("a")
    assert calls.count("PutItem") == 2


def test_a_lost_answer_is_a_broken_connection_after_the_deed(world: None) -> None:
    with faults.losing_answer(at=1), pytest.raises(ConnectionClosedError):
        _put("a")
    assert _names() == ["a"]


def test_a_refusal_passes_after_its_times(world: None) -> None:
    with faults.refusing("PutItem", error=faults.throttled(), times=1) as refused:
        with pytest.raises(ClientError):
            _put("a")
        _put("b")
    assert _names() == ["b"]
    assert refused == ["PutItem"]


def test_a_transaction_is_tried_again_to_the_letter(world: None) -> None:
    """The store refuses a token that comes with another request, and a stamp made anew would be one."""
    numbers, asked = iter("123456789"), list[Any]()

    def note(parameters: dict[str, Any]) -> bool:
        asked.append(copy.deepcopy(parameters))
        return True

    def fill(transaction: TransactWrite) -> None:
        transaction.save(Note(pk="n", sk=next(numbers)))
        transaction.condition_check(Note, "n", "x", condition=Note.pk.does_not_exist())

    with faults.refusing("TransactWriteItems", error=faults.throttled(), times=2, when=note):
        table.commit(fill)
    assert len(asked) == 3
    assert asked[0] == asked[1] == asked[2]
    assert Note.get("n", "1").sk == "1"


def test_a_refused_transaction_is_waited_out_by_commit(world: None) -> None:
    with faults.refusing("TransactWriteItems", error=faults.conflict(), times=2) as refused:
        table.commit(lambda transaction: transaction.save(Note(pk="n", sk="1")))
    assert len(refused) == 2
    assert Note.count("n") == 1
