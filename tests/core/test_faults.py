"""The fault harness does what the tests that lean on it believe."""

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

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


def test_a_refused_transaction_is_waited_out_by_commit(world: None) -> None:
    with faults.refusing("TransactWriteItems", error=faults.conflict(), times=2) as refused:
        table.commit(lambda transaction: transaction.save(Note(pk="n", sk="1")))
    assert len(refused) == 2
    assert Note.count("n") == 1
