"""The whole path on the local engine, whose transactions and limits are nearer to DynamoDB's than moto's."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import table, views
from crm.segments import service as segments
from crm.segments import totals
from crm.segments.orders import Sort
from crm.segments.projection import members_key
from crm.views import service
from handlers import projector
from tests.support import faults, flow
from tests.support.tables import create_tables
from tests.support.world import REGION, SETTINGS, Context, forget

if TYPE_CHECKING:
    from infra.local.engine import Engine

CUSTOMERS = 120


@pytest.fixture
def tables(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Empty tables and a queue on the engine, in the settings of the functions."""
    names = create_tables(engine.url)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", engine.url)
    monkeypatch.setenv("CRM_TABLE", names["CrmTable"])
    monkeypatch.setenv("VIEWS_TABLE", names["ViewsTable"])
    queue = boto3.client("sqs", REGION).create_queue(QueueName=f"jobs-{names['CrmTable']}")
    monkeypatch.setenv("JOBS_QUEUE_URL", queue["QueueUrl"])
    forget()
    yield names
    forget()


def put(tables: dict[str, str], number: int, spent: Any) -> tuple[str, str]:
    pk = f"CUSTOMER#c{number:03}"
    facts = {"spent": spent, "purchases": 1, "interactions": 0}
    item = {"pk": pk, "sk": "PROFILE", "name": f"Asma {number}", "kind": "person", "language": "ur", "facts": facts}
    boto3.client("dynamodb").put_item(TableName=tables["CrmTable"], Item=table.to_item(item))
    return pk, "PROFILE"


def test_crashes_poison_and_sweeps_leave_exact_totals(tables: dict[str, str]) -> None:
    keys = [put(tables, number, Decimal(number)) for number in range(CUSTOMERS)]
    rule = {"field": "facts.spent", "op": "ge", "value": 20}
    made = segments.register(name="Group", rule=rule, caller="test", idempotency_key=None)
    for point in faults.crash_points(operations={"TransactWriteItems"}):
        put(tables, 50, "broken" if point.where == "before" else Decimal(50))
        with point:
            projector.handler(flow.stream_event(keys), Context())
        assert flow.project(*keys) == []
    put(tables, 50, "broken")
    assert flow.project(*keys) == []
    assert [item["key"] for item in service.parked(flow.first_page()).items] == ["CUSTOMER#c050|PROFILE"]
    put(tables, 50, Decimal(50))
    service.retry_parked()
    flow.do_jobs()
    assert service.parked(flow.first_page()).items == []
    flow.project(("SEGMENTS", f"SEGMENT#{made.segment_id}"))
    flow.do_jobs()
    expected = Decimal(sum(range(20, CUSTOMERS)))
    found = views.total(totals.key(made.rule_epoch), "sum")
    assert (found["members"], found["spent"]) == (Decimal(CUSTOMERS - 20), expected)
    members = views.query(members_key(made.rule_epoch, Sort.NAME), after=None, limit=1000)[0]
    assert len(members) == CUSTOMERS - 20
    assert not segments.get(segment_id=made.segment_id).is_building


def test_what_the_engine_refuses_parks_its_item_alone(tables: dict[str, str]) -> None:
    keys = [put(tables, number, Decimal(1)) for number in range(3)]
    item = table.to_item({"pk": keys[1][0], "sk": "PROFILE", "name": "A", "kind": "x", "owner": "o" * 3000})
    facts = {"M": table.to_item({"spent": 1, "purchases": 1, "interactions": 0})}
    boto3.client("dynamodb").put_item(TableName=tables["CrmTable"], Item=item | {"facts": facts})
    assert flow.project(*keys) == []
    assert [item["key"] for item in service.parked(flow.first_page()).items] == ["CUSTOMER#c001|PROFILE"]
    assert len(views.query("CUSTOMERS", after=None, limit=10)[0]) == 2
