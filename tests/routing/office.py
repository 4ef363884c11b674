"""A shop with teams, whose customers are given to members by rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.world import Answer, Api

ANY = {"if-match": "*"}
NEPALI: dict[str, Any] = {"field": "language", "op": "eq", "value": "ne"}


def staffed(api: Api) -> None:
    """Two teams: three in the north, one in the south; and somebody in none."""
    for team in ("north", "south"):
        answered(api.post("/teams", {"id": team, "name": team.title()}), 201)
    for name, teams in {"mira": ["north"], "ravi": ["north"], "tara": ["north"], "zoya": ["south"], "omar": []}.items():
        told = {"id": name, "name": name.title(), "role": "sales", "teams": teams, "email": f"{name}@shop.example"}
        answered(api.post("/staff", told), 201)


def to_team(rule_id: str, team: str, when: Any = None) -> dict[str, Any]:
    return {"id": rule_id, "name": f"To {team}", "when": when, "to": {"team": team}}


def to_member(rule_id: str, member: str, when: Any = None) -> dict[str, Any]:
    return {"id": rule_id, "name": f"To {member}", "when": when, "to": {"member": member}}


def ruled(api: Api, *rules: dict[str, Any]) -> Any:
    return answered(api.patch("/routing", {"rules": list(rules)}, headers=ANY), 200)


def changed(api: Api, staff_id: str, **fields: Any) -> None:
    answered(api.patch(f"/staff/{staff_id}", fields, headers=ANY), 200)


def customer(api: Api, *, key: str | None = None, **fields: Any) -> Any:
    headers = {"idempotency-key": key} if key else {}
    return answered(api.post("/customers", {"name": "Sunita", **fields}, headers=headers), 201)


def owner_of(api: Api, **fields: Any) -> str | None:
    """Whom a new customer is given to."""
    owner: str | None = customer(api, **fields)["owner"]
    return owner


def answered(answer: Answer, status: int) -> Any:
    assert answer.status == status, answer.body
    return answer.body


def owners(api: Api, *customers: str) -> list[str | None]:
    return [answered(api.get(f"/customers/{one}"), 200)["owner"] for one in customers]
