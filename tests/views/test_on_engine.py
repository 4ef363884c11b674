"""The whole path on the local engine, whose transactions and limits are nearer to DynamoDB's than moto's."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import built, table, views
from crm.segments import service as segments
from crm.segments import totals
from crm.segments.orders import Sort, members_key
from crm.views import rebuild, reconcile, report, service
from handlers import jobs, projector
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


def test_spoilt_views_are_reconciled_and_lost_ones_built_anew(
    tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "_WAIT_SECONDS", 0)
    monkeypatch.setattr(rebuild, "_UNTIL_UNREAD", 0)
    keys = [put(tables, number, Decimal(number)) for number in range(CUSTOMERS)]
    made = segments.register(
        name="All", rule={"field": "facts.spent", "op": "ge", "value": 20}, caller="test", idempotency_key=None
    )
    assert flow.project(*keys) == []
    flow.project(("SEGMENTS", f"SEGMENT#{made.segment_id}"))
    flow.do_jobs()
    service.keep_mark(request="mark")
    before = shown(tables)
    spoil(tables)
    do({"job": "reconcile"})
    found = report.last()
    assert found is not None
    assert {name: family.drift for name, family in found.families.items() if family.drift} == {"lists": 3, "totals": 1}
    assert found.repaired == 4
    assert shown(tables) == before
    spoil(tables)
    do({"job": "rebuild"})
    assert shown(tables) == before


def do(message: dict[str, str]) -> None:
    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}
    flow.do_jobs(at_most=200)


def shown(tables: dict[str, str]) -> dict[str, Any]:
    """What readers see: entries as they stand, and the sums of the group."""
    built.forget()
    entries = {key: item for key, item in stored(tables).items() if "of" in item}
    return {
        "entries": entries,
        "sums": views.total("TOTAL#SEGMENT#1", "sum"),
        "by": views.total("TOTAL#SEGMENT#1", "by"),
    }


def stored(tables: dict[str, str]) -> dict[tuple[str, str], Any]:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=tables["ViewsTable"])
    return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


def spoil(tables: dict[str, str]) -> None:
    """An entry less, another that says something else, one too many, and a shard of a sum that is too large."""
    there, client, name = stored(tables), boto3.client("dynamodb"), tables["ViewsTable"]
    lost, changed = sorted(key for key in there if key[0] == "CUSTOMERS")[:2]
    shard = next(key for key in there if key[0] == "TOTAL#SEGMENT#1" and key[1].startswith("sum"))
    client.delete_item(TableName=name, Key=table.to_item({"pk": lost[0], "sk": lost[1]}))
    client.put_item(TableName=name, Item=there[changed] | {"name": {"S": "wrong"}})
    client.put_item(TableName=name, Item=there[changed] | {"sk": {"S": "nobody#x"}})
    client.put_item(TableName=name, Item=there[shard] | {"members": {"N": "100000"}})
