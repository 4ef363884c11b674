"""Who may do what to whom, made from the policy and the OpenAPI document: and where the product says otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crm.access import roster, rules
from crm.access.models import PARTITION, ROSTER, Roster
from handlers import api as handler
from tests.access.world_of_two import ONLY_OWN
from tests.support.flow import settle
from tests.support.world import Answer, Api

OUT_OF_REACH = "there is nothing of this id"
ENDS_THEM = {"POST /customers/{customer_id}/erasure"}
"""Who may do this does it: tried only on whom it is refused for."""
LISTS = ("/customers", "/customers?sort=newest", "/customers?search=customer", "/customers?sort=last_contact")


@lru_cache(maxsize=1)
def roles() -> dict[str, rules.Role]:
    """The built-in roles, and one of the business's own that reaches its own customers alone."""
    return {**rules.policy().roles, "only_own": rules.own_role("only_own", ONLY_OWN)}


@dataclass(frozen=True)
class Cell:
    """One role, whose the customer is (own, team, other, nobody), and one route with its verb."""

    role: str
    whose: str
    route: str


@dataclass
class Shop:
    """`ids`: by role and whose they are the customers of a member with that role."""

    api: Api
    ids: dict[tuple[str, str], str]

    def ask(self, role: str, method: str, path: str, **request: Any) -> Answer:
        """What the member with a role is answered."""
        return self.api.call(method, path, caller=f"m_{role}", role=None, **request)


def opened(api: Api) -> Shop:
    """For each role a member and a mate in a team of their own, and customers of each, of a stranger's and nobody's."""
    members: dict[str, Any] = {"stranger": {"role": "sales"}}
    ids: dict[tuple[str, str], str] = {}
    for role in roles():
        members |= {f"m_{role}": {"role": role, "teams": [role]}, f"mate_{role}": {"role": "sales", "teams": [role]}}
        for whose, owner in {"own": f"m_{role}", "team": f"mate_{role}", "other": "stranger", "nobody": None}.items():
            told = {"name": f"Customer {role} {whose}", **({"owner": owner} if owner else {})}
            made = api.post("/customers", told, role="owner")
            assert made.status == 201, made
            ids[role, whose] = made.body["id"]
    own = {"only_own": {**ONLY_OWN, "version": 1}}
    Roster(PARTITION, ROSTER, version=1, members=members, roles=own, teams={}).save()
    roster.forget()
    settle()
    return Shop(api, ids)


@lru_cache(maxsize=1)
def operations() -> list[str]:
    """Every route with its verb, from the OpenAPI document."""
    document = handler.application().get_openapi_schema(title="CRM", version="1").model_dump(by_alias=True)
    verbs = ("get", "post", "put", "patch", "delete")
    return [f"{verb.upper()} {path}" for path, item in document["paths"].items() for verb in verbs if item.get(verb)]


def cells() -> Iterator[Cell]:
    """All that are about a customer; where a role lacks the permission, it is all one whose the customer is.

    Routes about no customer: tests/access/test_guard.py asks each for each role.
    """
    for role in roles():
        for route in (one for one in operations() if "{customer_id}" in one):
            first = Cell(role, "own", route)
            yield first
            if expected(first) != "refused":
                yield from (Cell(role, whose, route) for whose in ("team", "other", "nobody"))


def expected(cell: Cell) -> str:
    """`refused`: the role lacks the permission; `absent`: the customer is out of reach; `allowed`."""
    role, needed = roles()[cell.role], rules.policy().routes.get(cell.route)
    reach = role.rights.get(needed) if needed else None
    if reach is None:
        return "refused"
    if "{customer_id}" not in cell.route or reach == "all":
        return "allowed"
    within = {"own": {"own"}, "team": {"own", "team"}}[reach] | ({"nobody"} if role.unowned else set())
    return "allowed" if cell.whose in within else "absent"


def seen(shop: Shop, cell: Cell) -> str:
    """What the product says, without changing anything: versions that no record has, and empty bodies."""
    verb, _, path = cell.route.partition(" ")
    path = path.replace("{customer_id}", shop.ids[cell.role, cell.whose]).replace("{version}", "9")
    path = path.replace("{other}", "business")
    request: dict[str, Any] = {"headers": {"if-match": "999999"}}
    if verb in {"POST", "PATCH"}:
        request["body"] = {"nothing": "at all"}
    answer = shop.ask(cell.role, verb, path.replace("{", "").replace("}", ""), **request)
    if answer.status == 403:
        return "refused"
    is_absent = answer.status == 404 and OUT_OF_REACH in str(answer.body)
    return "absent" if is_absent and "{customer_id}" in cell.route else "allowed"


def deviations(shop: Shop, *, only: Collection[str] = ()) -> list[tuple[Cell, str, str]]:
    """Cells in which the product does not do what the policy says; of `only` these routes, where any are named."""
    asked = (cell for cell in cells() if not only or cell.route in only)
    tried = (cell for cell in asked if not (cell.route in ENDS_THEM and expected(cell) == "allowed"))
    found = ((cell, expected(cell), seen(shop, cell)) for cell in tried)
    return [one for one in found if one[1] != one[2]]


def listed_beyond_reach(shop: Shop) -> list[tuple[str, str, str]]:
    """(role, list, name) of customers in a list whom the role does not reach, or who are missing from it."""
    wrong = []
    for name, role in roles().items():
        if "customers.read" not in role.rights:
            continue
        reachable = {
            one: expected(Cell(name, one, "GET /customers/{customer_id}")) for one in ("own", "team", "nobody")
        }
        for path in LISTS:
            plain, _, told = path.partition("?")
            query = dict([told.split("=")]) if told else {}
            found = shop.ask(name, "GET", plain, query={**query, "limit": "200"}).body["items"]
            names = {one["name"] for one in found}
            whole = role.rights["customers.read"] == "all"
            stranger = f"Customer {name} other"
            wrong += [(name, path, stranger)] if (stranger in names) != whole else []
            for whose, said in reachable.items():
                one = f"Customer {name} {whose}"
                wrong += [(name, path, one)] if (one in names) != (said == "allowed") else []
    return wrong
