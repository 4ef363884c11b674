"""What the store holds of how records came to be, seen without the product's own models."""

from __future__ import annotations

from typing import Any

from crm.core import table
from tests.support.rows import all_items

Plain = dict[str, Any]


def of(customer_id: str) -> dict[str, Plain]:
    """The items of a customer by sort key."""
    items = [table.from_item(item) for item in all_items()]
    return {item["sk"]: item for item in items if item["pk"] == f"CUSTOMER#{customer_id}"}


def changes(customer_id: str) -> list[Plain]:
    """All changes, the first first."""
    return [item for sk, item in of(customer_id).items() if sk.startswith("CHANGE#")]


def sources(customer_id: str) -> dict[str, Plain]:
    """Where the values are from, by pointer."""
    return {name: value for name, value in of(customer_id).get("SOURCES", {}).items() if name.startswith("/")}


def replayed(changes: list[Plain]) -> dict[str, Any]:
    """The state that all changes lead to, by pointer; each must begin with what the one before left."""
    state: dict[str, Any] = {}
    for change in changes:
        for pointer, told in change["changes"].items():
            if "other" in told or "refused" in told:
                continue
            if pointer in {"/tags", "/groups", "/other_addresses"}:
                before = set(state.get(pointer, ()))
                added, removed = set(told.get("added", ())), set(told.get("removed", ()))
                assert removed <= before
                assert not added & before
                state[pointer] = before - removed | added
            else:
                assert state.get(pointer) == told.get("from"), (pointer, change)
                state[pointer] = told.get("to")
    return {pointer: value for pointer, value in state.items() if value not in (None, set())}


def held(customer_id: str) -> dict[str, Any]:
    """The same of the profile as it stands."""
    return fields(of(customer_id)["PROFILE"])


def fields(profile: Plain) -> dict[str, Any]:
    """The fields of a profile by pointer."""
    keeping = {"pk", "sk", "entity", "version", "revision", "request_hash", "facts"}
    keeping |= {"created_at", "created_by", "updated_at", "conflicts", "merging", "relations"}
    found: dict[str, Any] = {}
    for name, value in profile.items():
        if name in {"tags", "groups", "other_addresses"}:
            found[f"/{name}"] = set(value)
        elif name in {"consent", "custom", "own_answers"}:
            found |= {f"/{name}/{member}": inner for member, inner in value.items()}
        elif name not in keeping:
            found[f"/{name}"] = value
    return {pointer: value for pointer, value in found.items() if value != set()}
