"""Who may do what to whom, made from the policy and the OpenAPI document: and where the product says otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crm.access import rules
from handlers import api as handler
from handlers import console
from tests.access.matrix_shop import WHOSE, Shop, owner_of, roles
from tests.console.browser import Browser
from tests.support.world import Answer

OUT_OF_REACH = "there is nothing of this id"
UNKNOWN = "nobody-of-this-id"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
ENDS_THEM = {"POST /customers/{customer_id}/erasure"}
"""Who may do this does it: tried only on whom it is refused for."""
THINGS = ("customer_id", "other", "reminder_id", "mail_id", "key", "merge_id", "pair", "staff_id")
"""Arguments of paths that name what is somebody's; in `/customers/{customer_id}/relations/{kind}/{other}` the last."""
OPEN_TO_STAFF = {"staff.read", "staff.manage"}
"""Permissions that know no reach: a member is no customer."""


@dataclass(frozen=True)
class Cell:
    """One role, whose the thing is (own, team, other, nobody), and one route with its verb."""

    role: str
    whose: str
    route: str

    @property
    def argument(self) -> str:
        """What in the path names the thing; "": the route names none."""
        return next((name for name in reversed(THINGS) if f"{{{name}}}" in self.route and _counts(name, self)), "")


def _counts(name: str, cell: Cell) -> bool:
    needed = rules.policy().routes.get(cell.route, "")
    return name != "other" and not (name == "staff_id" and needed in OPEN_TO_STAFF)


@lru_cache(maxsize=1)
def operations() -> list[str]:
    """Every route with its verb, from the OpenAPI document, and the pages of the console."""
    document = handler.application().get_openapi_schema(title="CRM", version="1").model_dump(by_alias=True)
    verbs = [verb for verb in VERBS if verb != "OPTIONS"]
    routes = [f"{verb} {path}" for path, item in document["paths"].items() for verb in verbs if item.get(verb.lower())]
    return [*routes, *console.PAGES]


def cells() -> Iterator[Cell]:
    """All that are about a thing of a customer's; where a role lacks the permission, it is all one whose that is.

    Routes about no customer: tests/access/test_guard.py asks each for each role.
    """
    for role in roles():
        for route in operations():
            first = Cell(role, "own", route)
            if not first.argument:
                continue
            yield first
            if expected(first) != "refused":
                yield from (Cell(role, whose, route) for whose in WHOSE[1:] if _there_is(first, whose))


def _there_is(cell: Cell, whose: str) -> bool:
    return not (cell.argument == "staff_id" and whose == "nobody")


def expected(cell: Cell) -> str:
    """`refused`: the role lacks the permission; `absent`: the thing is out of reach; `allowed`."""
    role, needed = roles()[cell.role], rules.policy().routes.get(cell.route)
    reach = role.rights.get(needed) if needed else None
    if reach is None:
        return "refused"
    if not cell.argument or reach == "all":
        return "allowed"
    within = {"own": {"own"}, "team": {"own", "team"}}[reach] | ({"nobody"} if role.unowned else set())
    return "allowed" if cell.whose in within else "absent"


def seen(shop: Shop, cell: Cell) -> str:
    """What the product says, without changing anything; `told apart`: it is not as if there were no such thing."""
    answer = asked(shop, cell, shop.things[cell.argument][owner_of(cell.role, cell.whose)])
    if answer.status == 403:
        return "refused"
    if not (answer.status == 404 and OUT_OF_REACH in str(answer.body)):
        return "allowed"
    return "absent" if answer == asked(shop, cell, UNKNOWN) else "told apart"


def asked(shop: Shop, cell: Cell, thing: str) -> Answer:
    """The answer about a thing: with versions that no record has, and with bodies that no route takes."""
    verb, _, path = cell.route.partition(" ")
    path = (
        path.replace(f"{{{cell.argument}}}", thing)
        .replace("{version}", "9")
        .replace("{number}", "0")
        .replace("{other}", "business")
    )
    for name, value in shop.named.items():
        path = path.replace(f"{{{name}}}", value)
    if cell.route in console.PAGES:
        return on_page(cell.role, verb, path)
    request: dict[str, Any] = {"headers": {"if-match": "999999"}}
    if verb in {"POST", "PATCH"}:
        request["body"] = {"nothing": "at all"}
    return shop.ask(cell.role, verb, re.sub(r"[{}]", "", path), **request)


def on_page(role: str, verb: str, path: str) -> Answer:
    """What a page answers; its forms without fields change nothing, and it has words of its own for out of reach."""
    browser = Browser().signed_in(f"m_{role}", role="")
    page = browser.get(path) if verb == "GET" else browser.post(path, {"csrf": browser.csrf})
    said = OUT_OF_REACH if page.status == 404 and "There is no such page" in page.text else ""
    # Each session has a token of its own in its forms.
    return Answer(page.status, page.headers, said + page.body.replace(browser.csrf, ""))


def deviations(shop: Shop, *, only: Collection[str] = ()) -> list[tuple[Cell, str, str]]:
    """Cells in which the product does not do what the policy says; of `only` these routes, where any are named."""
    asked_ = (cell for cell in cells() if not only or cell.route in only)
    tried = (cell for cell in asked_ if not (cell.route in ENDS_THEM and expected(cell) == "allowed"))
    found = ((cell, expected(cell), seen(shop, cell)) for cell in tried)
    return [one for one in found if one[1] != one[2]]


def without_a_route(shop: Shop) -> set[tuple[int, str]]:
    """What everybody is answered whatever they ask for by a verb that a path does not have, of whatever there is."""
    told = set()
    # A path is looked for before anybody asks who it is: two who differ most are enough.
    for role in ("owner", "only_own"):
        for verb, path in _not_there():
            for owner in (owner_of(role, "own"), "stranger"):
                named = path
                for name, things in shop.things.items():
                    named = named.replace(f"{{{name}}}", things.get(owner, UNKNOWN))
                answer = shop.ask(role, verb, re.sub(r"[{}]", "", named))
                told.add((answer.status, str(answer.body) + str(answer.headers)))
    return told


def _not_there() -> Iterator[tuple[str, str]]:
    """Each path of a route with each verb by which neither it nor another route answers."""
    known = [route.partition(" ") for route in operations()]
    shapes = [
        (verb, re.compile(re.sub(r"\{whole_tag\}", ".+", path).replace("{", "(?P<").replace("}", ">[^/]+)")))
        for verb, _, path in known
    ]
    for path in sorted({path for *_, path in known}):
        for verb in VERBS:
            if not any(verb == one and shape.fullmatch(path) for one, shape in shapes):
                yield verb, path
