"""What the projector promises about a batch of stream records."""

from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from crm.core import table, views
from crm.views import reading, refresh, service
from tests.segments.test_segments import SPENDERS, customer, segment
from tests.support import faults, flow
from tests.support.world import Api


def listed() -> list[str]:
    return [entry["id"] for entry in views.query("CUSTOMERS", after=None, limit=1000)[0]]


def profile(number: int, *, spent: Any = Decimal(100)) -> tuple[str, str]:
    """An item written past the API, so that it may be malformed."""
    facts = {"spent": spent, "purchases": 1, "interactions": 0}
    pk = f"CUSTOMER#c{number:03}"
    item = {"pk": pk, "sk": "PROFILE", "name": "Asma", "kind": "person", "facts": facts}
    boto3.client("dynamodb").put_item(TableName="crm", Item=table.to_item(item))
    return pk, "PROFILE"


def test_ninety_nine_are_applied_when_one_is_poison_and_it_is_parked_shown_and_retried(api: Api) -> None:
    made = segment(api, SPENDERS)
    flow.settle()
    keys = [profile(number, spent="broken" if number == 50 else Decimal(100)) for number in range(100)]
    assert flow.project(*keys) == []
    assert len(listed()) == 99
    assert api.get(f"/segments/{made['id']}").body["members"] == 99
    (parked,) = api.get("/views/parked").body["items"]
    assert parked["key"] == "CUSTOMER#c050|PROFILE"
    assert parked["error"].startswith("segments: ")
    assert "broken" not in parked["error"]
    profile(50)
    assert api.post("/views/parked/retry").status == 202
    flow.do_jobs()
    assert api.get("/views/parked").body["items"] == []
    assert api.get(f"/segments/{made['id']}").body["totals"]["spent"] == "10000.00"


def test_what_stays_poison_stays_parked_and_counts_its_tries(api: Api) -> None:
    segment(api, SPENDERS)
    flow.settle()
    key = profile(1, spent="broken")
    flow.project(key)
    api.post("/views/parked/retry")
    flow.do_jobs()
    (parked,) = api.get("/views/parked").body["items"]
    assert parked["attempts"] == 2
    assert parked["parked_at"] < parked["tried_at"]


def test_an_item_that_becomes_poison_keeps_what_it_had(api: Api) -> None:
    made = segment(api, SPENDERS)
    flow.settle()
    flow.project(profile(1))
    flow.project(profile(1, spent="broken"))
    assert api.get(f"/segments/{made['id']}").body["members"] == 1


def test_an_entry_that_the_store_refuses_parks_its_item_alone(world: None) -> None:
    keys = [profile(number) for number in range(3)]
    refused = ClientError({"Error": {"Code": "ValidationException", "Message": "too long"}}, "TransactWriteItems")
    with faults.refusing("TransactWriteItems", error=refused, when=lambda call: "c001" in str(call)):
        assert flow.project(*keys) == []
    assert listed() == ["c000", "c002"]
    (parked,) = service.parked(flow.first_page()).items
    assert (parked["key"], parked["error"].split()[1]) == ("CUSTOMER#c001|PROFILE", "ValidationException")


def test_a_busy_store_is_reported_and_the_batch_comes_again(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_FIRST_PAUSE_SECONDS", 0)
    keys = [profile(number) for number in range(3)]
    with faults.refusing(error=faults.throttled()):
        assert flow.project(*keys) == keys
    assert flow.project(*keys) == []
    assert len(listed()) == 3


def test_a_store_that_forbids_is_an_error_and_parks_nothing(world: None) -> None:
    key = profile(1)
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "TransactWriteItems")
    with faults.refusing("TransactWriteItems", error=denied), pytest.raises(ClientError):
        flow.project(key)
    assert service.parked(flow.first_page()).items == []


def test_a_burst_on_one_customer_costs_one_transaction(world: None) -> None:
    key = profile(1)
    with faults.recording() as calls:
        flow.project(*[key] * 100)
    assert calls.count("TransactWriteItems") == 1
    with faults.recording() as calls:
        flow.project(key)
    assert calls == ["BatchGetItem", "Query", "BatchGetItem"]


def test_a_batch_killed_at_any_call_and_delivered_again_counts_everybody_once(api: Api) -> None:
    made = segment(api, SPENDERS)
    flow.settle()
    for spent, point in enumerate(faults.crash_points(), start=100):
        keys = [profile(number, spent=spent) for number in range(3)]
        with point:
            flow.project(*keys)
        assert flow.project(*keys) == []
        totals = api.get(f"/segments/{made['id']}").body["totals"]
        assert (totals["members"], totals["spent"]) == (3, f"{3 * spent}.00"), str(point)


def test_who_was_first_holds_up_its_own_item_and_not_the_others_of_the_batch(world: None) -> None:
    keys = [profile(number) for number in range(3)]
    reading.truth(())
    with faults.interrupted(at=4, by=lambda: refresh.refresh(*keys[1])) as calls:
        assert refresh.refresh_batch(keys) == {}
    assert calls[3:6] == ["TransactWriteItems", "TransactWriteItems", "BatchGetItem"]
    assert calls.count("TransactWriteItems") == 2
    assert listed() == ["c000", "c001", "c002"]


def test_a_deleted_customer_leaves_every_view(api: Api) -> None:
    made = segment(api, SPENDERS)
    known = customer(api, "Asma", spent="100")
    flow.settle()
    api.delete(f"/customers/{known}", headers={"If-Match": "1"})
    flow.project((f"CUSTOMER#{known}", "PROFILE"), change="REMOVE")
    assert listed() == []
    assert api.get(f"/segments/{made['id']}").body["members"] == 0
    assert flow.view_keys() == [key for key in flow.view_keys() if key[0].startswith(("TOTAL#", "JOB#"))]


def test_keys_that_no_view_is_made_of_are_passed_over(world: None) -> None:
    assert flow.project(("CUSTOMER#a", "EVENT#1"), ("CONTACT#a", "CONTACT"), ("REMINDER#a", "POINTER")) == []
