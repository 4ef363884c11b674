"""The meter counts as DynamoDB does."""

from typing import Any

import pytest

from crm.core import table
from crm.core.config import settings
from tests.support.meter import metered
from tests.support.units import item_size


@pytest.fixture(autouse=True, params=["wire", "world"])
def _both(request: pytest.FixtureRequest) -> None:
    """Requests that travel are counted like calls that are answered in memory."""
    request.getfixturevalue(request.param)


def put(sk: str, characters: int) -> None:
    item: Any = table.to_item({"pk": "p", "sk": sk, "text": "x" * characters})
    table.client().put_item(TableName=settings().crm_table, Item=item)


def key(sk: str) -> Any:
    return table.to_item({"pk": "p", "sk": sk})


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"pk": {"S": "नेपाल"}}, 2 + 15),
        ({"n": {"N": "-12.50"}}, 1 + 2 + 1 + 1),
        ({"yes": {"BOOL": True}, "no": {"NULL": True}}, 3 + 1 + 2 + 1),
        ({"tags": {"L": [{"S": "a"}, {"S": "bc"}]}}, 4 + 3 + 2 + 3),
        ({"c": {"M": {"g": {"BOOL": True}}}}, 1 + 3 + 1 + 1 + 1),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(item: dict[str, Any], size: int) -> None:
    assert item_size(item) == size


@pytest.mark.parametrize(("characters", "consistent", "units"), [(10, True, 1), (10, False, 0.5), (5000, True, 2)])
def test_one_item_is_rounded_up_to_4_kb(characters: int, consistent: bool, units: float) -> None:
    put("a", characters)
    with metered() as cost:
        table.client().get_item(TableName=settings().crm_table, Key=key("a"), ConsistentRead=consistent)
    assert cost.figures() == (units, 0, 1)


def test_a_query_is_rounded_once_and_a_batch_item_by_item() -> None:
    for sk in "abc":
        put(sk, 1500)
    name, values = settings().crm_table, {":pk": {"S": "p"}}
    with metered() as cost:
        table.client().query(TableName=name, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values)
    assert cost.figures() == (1, 0, 1)
    with metered() as cost:
        keys = [key(sk) for sk in "abcd"]  # the last is not there
        table.client().batch_get_item(RequestItems={name: {"Keys": keys, "ConsistentRead": True}})
    assert cost.figures() == (4, 0, 1)


def test_a_write_is_rounded_up_to_1_kb_and_doubled_in_a_transaction() -> None:
    with metered() as cost:
        put("a", 1500)
    assert cost.figures() == (0, 2, 1)
    item: Any = table.to_item({"pk": "p", "sk": "b"})
    with metered() as cost:
        table.client().transact_write_items(TransactItems=[{"Put": {"TableName": settings().crm_table, "Item": item}}])
    assert cost.figures() == (0, 2, 1)
