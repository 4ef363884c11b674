"""Customers and how they are related over HTTP, and what holds of all relations at any time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from crm.core import table
from tests.support.rows import all_items

if TYPE_CHECKING:
    from tests.support.world import Answer, Api

ANY = {"if-match": "*"}
MIRRORS = {
    **{"household": "household", "member_of": "member", "member": "member_of"},
    **{"branch_of": "branch", "branch": "branch_of", "referred_by": "referred", "referred": "referred_by"},
}
_SAID = ("roles", "title", "from", "until", "note", "version", "created_at", "created_by", "updated_at")


def new(api: Api, name: str, kind: str = "person", **fields: Any) -> str:
    answer = api.post("/customers", {"name": name, "kind": kind, **fields})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def firm(api: Api, name: str = "Rai & Co") -> str:
    return new(api, name, "organisation")


def relate(api: Api, one: str, kind: str, other: str | None = None, *, key: str | None = None, **said: Any) -> Answer:
    body = {"kind": kind, **({"customer": other} if other else {}), **said}
    return api.post(f"/customers/{one}/relations", body, headers={"idempotency-key": key} if key else {})


def related(api: Api, one: str, **query: str) -> list[tuple[str, str | None]]:
    answer = api.get(f"/customers/{one}/relations", query=query)
    assert answer.status == 200, answer.body
    return [(each["kind"], each["customer"] and each["customer"]["name"]) for each in answer.body["items"]]


def held(api: Api, one: str) -> dict[str, Any]:
    """What the profile says of its relations, without what is empty."""
    return {name: value for name, value in api.get(f"/customers/{one}").body["relations"].items() if value}


def agree() -> int:
    """Every relation has its mirror, which says the same; profiles hold what a recount gives, and there is no circle.

    How many relations there are, with a mirror counted as one.
    """
    items = [table.from_item(item) for item in all_items()]
    relations = {(one["pk"], one["sk"]): one for one in items if one["sk"].startswith("RELATION#")}
    for (pk, sk), one in relations.items():
        _, kind, other = sk.split("#")
        if kind not in MIRRORS:
            assert other == "business"
            continue
        mirror = relations[f"CUSTOMER#{other}", f"RELATION#{MIRRORS[kind]}#{pk.removeprefix('CUSTOMER#')}"]
        assert [one.get(name) for name in _SAID] == [mirror.get(name) for name in _SAID]
    whole = [one for one in items if one["sk"] in ("PROFILE", "DELETED") and "merging" not in one]
    for profile in whole:
        mine = {sk: one for (pk, sk), one in relations.items() if pk == profile["pk"]}
        assert profile.get("relations", {}) == recounted(mine), profile["name"]
    for kind in ("branch_of", "referred_by"):
        above = {one["pk"][9:]: one["relations"][kind] for one in whole if kind in one.get("relations", {})}
        for one in above:
            seen = [one]
            while seen[-1] in above:
                seen.append(above[seen[-1]])
                assert seen[-1] not in seen[:-1], f"a circle: {kind} {seen}"
    return sum(2 if sk.endswith("#business") else 1 for _, sk in relations) // 2


def recounted(relations: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What a profile is to hold of these relations, counted in another way than the product does."""
    found: dict[str, Any] = {}
    current = Counter[str]()
    for sk, one in relations.items():
        _, kind, other = sk.split("#")
        current[kind] += "until" not in one
        if kind == "member_of":
            roles = {"roles": sorted(one["roles"])} if one.get("roles") else {}
            said = {name: one[name] for name in ("title", "from", "until") if one.get(name)}
            found.setdefault(kind, {})[other] = roles | said
        if kind in ("branch_of", "referred_by") and "until" not in one:
            assert kind not in found, "two at once"
            found[kind] = other
    counted = {kind: current[kind] for kind in ("household", "member", "branch", "referred") if current[kind]}
    business = [kind for kind in ("partner", "supplier") if current[kind]]
    return {**found, **counted, **({"business": business} if business else {})}
