"""Whatever is done to the chain by somebody who has the table, verifying finds it, and where."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from crm.audit import links
from crm.core import signing, table
from crm.core.config import settings
from tests.audit import chains
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

Entries = list[dict[str, Any]]


def verified(head: str | None = None) -> dict[str, Any]:
    """What an owner is told when the chain has been walked to its end."""
    query, found = {"head": head} if head else {}, dict[str, Any]()
    while not found or found["next"]:
        more = {"cursor": found["next"]} if found else {}
        answer = Api().get("/audit/verification", query={**query, **more}, role="owner")
        assert answer.status == 200, answer.body
        found = dict(answer.body)
    return found


def put(item: dict[str, Any]) -> None:
    """Write an item past everything, as somebody with the table can."""
    plain = {name: value for name, value in item.items() if name != "says"}
    table.client().put_item(TableName=settings().crm_table, Item=table.to_item(plain))


def delete(item: dict[str, Any]) -> None:
    key = table.to_item({"pk": item["pk"], "sk": item["sk"]})
    table.client().delete_item(TableName=settings().crm_table, Key=key)


def changed(entries: Entries) -> None:
    put(entries[2] | {"text": entries[2]["text"].replace("manager", "somebody")})


def removed(entries: Entries) -> None:
    delete(entries[2])


def removed_first(entries: Entries) -> None:
    delete(entries[0])


def inserted(entries: Entries) -> None:
    put(entries[2] | {"sk": entries[2]["sk"] + "a"})


def inserted_behind(entries: Entries) -> None:
    put(entries[4] | {"sk": "000000000006", "text": entries[4]["text"].replace('"number":5', '"number":6')})


def reordered(entries: Entries) -> None:
    put(entries[2] | {"sk": entries[3]["sk"]})
    put(entries[3] | {"sk": entries[2]["sk"]})


def truncated(entries: Entries) -> None:
    delete(entries[4])


def rewritten(entries: Entries) -> None:
    """All hashes are computed anew from the third on; without the key."""
    before = entries[1]["hash"]
    for entry in entries[2:]:
        text = entry["text"].replace("manager", "somebody")
        hash_ = links.chained(before, text)
        put(entry | {"text": text, "before": before, "hash": hash_})
        before = hash_


def of_another_key(entries: Entries) -> None:
    """The last is sealed with a key that we never had."""
    put(entries[4] | {"key": "k9", "mac": "0" * 40})


BROKEN: dict[Callable[[Entries], None], tuple[str, int]] = {
    changed: ("changed", 3),
    removed: ("removed", 3),
    removed_first: ("removed", 1),
    inserted: ("inserted", 4),
    inserted_behind: ("changed", 6),
    reordered: ("reordered", 3),
    truncated: ("truncated", 5),
    rewritten: ("forged", 3),
    of_another_key: ("forged", 5),
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.__name__)
def test_what_was_done_to_the_chain_is_found_where_it_was_done(
    quick_shop: Shop, broken: Callable[[Entries], None]
) -> None:
    chains.done()
    chains.link()
    whole = verified()
    assert (whole["checked"], whole["records"], whole["broken"]) == (5, 5, None)
    broken(chains.entries())
    found = verified()["broken"]
    assert (found["what"], found["number"]) == BROKEN[broken], found


def test_a_chain_cut_short_with_its_head_is_found_by_a_head_noted_before(quick_shop: Shop) -> None:
    chains.done()
    chains.link(chains.records()[:3])
    (before,) = [item for item in chains.stored() if item["pk"] == "AUDIT#HEAD"]
    chains.link()
    head = verified()["head"]
    noted = f"{head['number']}:{head['hash']}"
    assert verified(noted)["broken"] is None
    for entry in chains.entries()[3:]:
        delete(entry)
    put(before)
    assert verified()["broken"] is None, "nothing in the table tells"
    assert verified(noted)["broken"] | {"says": ""} == {"what": "truncated", "number": 4, "says": ""}
    assert verified(f"2:{'0' * 64}")["broken"]["what"] == "forged"
    delete(before)
    assert verified(noted)["broken"]["what"] == "truncated"


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("CHANGE#0000000002", lambda item: item["changes"]["/email"].update(to="evil@example.com")),
        ("CHANGE#0000000002", lambda item: item.update(who="somebody")),
        ("EVENT#", lambda item: item["details"].update(amount="1250.00")),
        ("AUDIT#", lambda item: item["audit"].update(address="10.0.0.1")),
        ("AUDIT#", lambda item: item["deeds"][0].update(did="taken")),
    ],
    ids=["value", "who", "amount", "address", "deed"],
)
def test_a_record_that_was_changed_is_found_by_its_entry(
    quick_shop: Shop, where: str, change: Callable[[dict[str, Any]], None]
) -> None:
    chains.done()
    chains.link()
    item = next(item for item in chains.stored() if item["sk"].startswith(where) and "audit" in item)
    change(item)
    put(item)
    found = verified()["broken"]
    (entry,) = [one for one in chains.entries() if one["says"]["record"] == [item["pk"], item["sk"]]]
    assert (found["what"], found["number"]) == ("record", entry["says"]["number"])


def test_a_key_that_was_retired_is_vouched_for_by_what_follows(
    quick_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    chains.done()
    chains.link(chains.records()[:3])
    monkeypatch.setattr(signing, "keys", lru_cache(lambda: signing.Keys("k2", {"k2": b"2" * 32})))
    assert verified()["broken"]["what"] == "forged", "nobody vouches for the end"
    chains.link()
    assert verified()["broken"] is None
    changed(chains.entries())
    assert verified()["broken"]["what"] == "changed"


def test_nobody_but_the_owner_sees_the_audit(quick_shop: Shop) -> None:
    for path in ("/audit", "/audit/verification"):
        assert [Api().get(path, role=role).status for role in ("manager", "sales", "readonly")] == [403] * 3
