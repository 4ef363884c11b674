"""A backup brings nobody back who was erased since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.core import files, table
from crm.core.config import settings
from crm.privacy import erasing
from crm.suppressions import forgotten
from handlers import jobs
from tests.imports.office import Office
from tests.imports.office import table as sheet
from tests.merges import merging
from tests.privacy.canaries import stored
from tests.support import faults, flow
from tests.support.engine_world import on_engine
from tests.support.rows import all_items
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.engine import Engine

ANY = {"if-match": "*"}
# What was done stays, also that somebody asked for the erasure: ids and salted hashes.
CHAINED = "AUDIT#"


def living(api: Api) -> str:
    made = api.post("/customers", {"name": "Sara Ahmed", "email": "sara@example.com"})
    api.post(f"{made.headers['location']}/interactions", {"kind": "call", "summary": "hello"})
    return str(made.body["id"])


def deleted(api: Api) -> str:
    sara = living(api)
    api.delete(f"/customers/{sara}", headers=ANY)
    return sara


def half_erased(api: Api) -> str:
    sara = deleted(api)
    api.post(f"/customers/{sara}/erasure")
    with faults.CrashPoint(12, "after"):
        erasing.erase(customer_id=sara, places=())
    return sara


def stream() -> None:
    flow.project(*[key for key in flow.all_keys() if key[1] in ("PROFILE", "ERASING")])
    flow.do_jobs()


def restore(items: list[dict[str, Any]]) -> None:
    """The table as it was in a backup. It tells no stream of what it holds."""
    for item in all_items():
        table.client().delete_item(TableName=settings().crm_table, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in items:
        table.client().put_item(TableName=settings().crm_table, Item=item)


def held() -> str:
    """All that stands in both tables and the bucket, but for the lists of erasures."""
    views = table.client().scan(TableName=settings().views_table, ConsistentRead=True)["Items"]
    objects = [stored((one.key, files.get(one.key))) for one in files.listed("")]
    return f"{all_items()} {views} {objects}"


def replay() -> None:
    assert jobs.handler(flow.queue_event({"job": "replay_erasures"}), Context()) == {"batchItemFailures": []}
    flow.do_jobs()


@pytest.mark.parametrize("state", [living, deleted, half_erased], ids=lambda state: state.__name__)
def test_who_was_erased_after_the_backup_is_erased_again(api: Api, state: Callable[[Api], str]) -> None:
    other = api.post("/customers", {"name": "Other"}).headers["location"]
    sara = state(api)
    backup = all_items()
    api.post(f"/customers/{sara}/erasure")
    stream()
    restore(backup)
    for _ in range(2):
        replay()
        left = sorted(
            item["entity"]["S"] for item in all_items() if sara in str(item) and not item["pk"]["S"].startswith(CHAINED)
        )
        assert left == ["erased", "erasure"]
        assert (api.get(f"/erasures/{sara}").body["state"], api.get("/bin").body["items"]) == ("done", [])
        assert "Sara" not in str(all_items())
        assert forgotten.is_forgotten("sara@example.com")
        assert api.get(other).status == 200


def test_an_erasure_of_whom_the_backup_knows_nothing_bars_the_address(api: Api) -> None:
    backup = all_items()
    sara = living(api)
    api.post(f"/customers/{sara}/erasure")
    stream()
    restore(backup)
    replay()
    assert api.post("/customers", {"name": "Sara", "email": "sara@example.com"}).status == 409
    assert api.get(f"/erasures/{sara}").body["state"] == "done"


def test_a_replay_that_dies_anywhere_is_made_up_for(api: Api) -> None:
    sara = living(api)
    backup = all_items()
    api.post(f"/customers/{sara}/erasure")
    stream()
    for crash in faults.crash_points():
        restore(backup)
        with crash:
            jobs.handler(flow.queue_event({"job": "replay_erasures"}), Context())
        replay()
        assert "Sara" not in str(all_items()), str(crash)
        assert api.get(f"/erasures/{sara}").body["state"] == "done", str(crash)


def test_a_record_that_was_merged_since_the_backup_and_then_erased_is_erased_again(api: Api) -> None:
    sara, twin = living(api), merging.new(api, "S. Ahmed", email="s.ahmed@example.com")
    backup = all_items()
    merging.merge(api, sara, twin)
    assert api.post(f"/customers/{sara}/erasure").status == 202
    stream()
    restore(backup)
    for _ in range(2):
        replay()
    assert "ahmed" not in str(all_items()).lower()
    assert [api.get(f"/customers/{one}").status for one in (sara, twin)] == [404, 404]
    assert forgotten.is_forgotten("s.ahmed@example.com")


def test_an_erasure_takes_what_is_left_under_the_ids_that_were_merged(api: Api) -> None:
    sara, twin, third = living(api), merging.new(api, "S. Ahmed"), merging.new(api, "Ahmed")
    merging.merge(api, twin, third)
    merging.merge(api, sara, twin)
    undone = merging.new(api, "Another", email="another@example.com")
    merging.undo(api, merging.merge(api, sara, undone))
    assert api.post(f"/customers/{third}/erasure").status == 202
    stream()
    left = {key for key in flow.all_keys() if any(one in key[0] for one in (sara, twin, third, "MERGE#"))}
    assert {pk.partition("#")[0] for pk, _ in left if not pk.startswith(CHAINED)} == {"ERASED"}
    assert api.get(f"/customers/{undone}").body["email"] == "another@example.com"


@pytest.mark.soak
def test_on_the_engine_a_restored_table_is_rid_of_them_again_and_so_are_files_and_views(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("Sara", "sara@example", "hello", "Radio", "vip")
    with on_engine(monkeypatch, engine):
        api = Api()
        sara = living(api)
        rows = [("Sara Ahmed", "sara@example.com", "Radio"), ("Omar", "omar@example.com", "Shop")]
        Office(api).bring_in(sheet(("Name", "Email", "Source"), rows))
        assert api.patch(f"/customers/{sara}", {"tags": ["vip"]}, headers=ANY).status == 200
        flow.settle()
        assert [word for word in words if word not in held()] == []
        backup = all_items()
        api.post(f"/customers/{sara}/erasure")
        stream()
        assert [word for word in words if word in held()] == []
        restore(backup)
        flow.settle()
        assert [word for word in words if word not in held()] == [], "the backup brings them back"
        replay()
        assert [word for word in words if word in held()] == []
        assert "Omar" in held()
        assert api.get(f"/erasures/{sara}").body["state"] == "done"
