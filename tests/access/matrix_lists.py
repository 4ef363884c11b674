"""What comes from many customers at once, asked by each role: who is told of in it, and who should be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from crm.access import rules
from handlers import console
from tests.access.matrix import ENDS_THEM, on_page, operations
from tests.access.matrix_shop import WHOSE, Shop, address, name_of, owner_of, roles
from tests.exports.desk import content
from tests.imports.office import Office

List = tuple[str, dict[str, str]]
LISTS: tuple[List, ...] = (
    ("GET /customers", {}),
    ("GET /customers", {"sort": "newest"}),
    ("GET /customers", {"sort": "last_contact"}),
    ("GET /customers", {"sort": "owner"}),
    ("GET /customers", {"search": "customer"}),
    ("GET /customers", {"search": "{address}"}),
    ("GET /customers", {"owner": "{owner}"}),
    ("GET /customers", {"segment": "{segment_id}"}),
    ("GET /segments/{segment_id}/customers", {}),
    ("GET /segments/{segment_id}/customers", {"sort": "money"}),
    ("GET /customers/{customer_id}/relations", {}),
    ("GET /bin", {}),
    ("GET /reminders", {}),
    ("GET /reminders", {"customer": "{id}"}),
    ("GET /duplicates", {}),
    ("GET /inbox", {}),
    ("GET /calls", {"owner": "{owner}"}),
    ("GET /upcoming", {"days": "366"}),
    ("GET /greetings/{greeting_id}/upcoming", {"days": "366"}),
)
"""Lists, with what they are asked, in which somebody of every owner stands as far as a role reaches."""
WHO_IS_IN_IT = {"greetings.read": "customers.read"}
"""The permission that says who is in a list, where the one of its route knows no reach."""
BODIES: dict[str, Any] = {
    "POST /customers": {"name": "Somebody", "phone": "+923001234500", "email": "{address}"},
    "POST /segments/preview": {"rule": {"field": "name", "op": "exists", "value": True}},
    "POST /segments/{segment_id}/members": {"add": ["{id}"]},
    "POST /greetings/preview": {"name": "Day", "occasion": "birthday", "template": "birthday", "active": True},
    "POST /merges/preview": {"into": "{mine}", "from": "{id}"},
    "POST /reminders": {"to": "staff", "customer_id": "{id}", "at": "2099-01-01T10:00", "subject": "Call"},
    "POST /patterns/groups": {},
}
"""What shows people or counts them when it is asked properly, beside the lists."""
HANDED_OUT = {
    "GET /customers/{customer_id}/export",
    "GET /customers/{customer_id}/export/page",
    "GET /console/customers/{customer_id}/copy/page",
}
"""The copy for the customer: it names whom they are related to, and cannot leave that out."""


def in_lists(shop: Shop, *, only: Collection[List] = LISTS) -> Iterator[tuple[str, str, set[str], set[str]]]:
    """(role, list, whose customers are told of, whose should be) for each list that a role may ask for."""
    for role, held in roles().items():
        for route, query in only:
            needed = rules.policy().routes[route]
            if needed in held.rights:
                due = within(shop, role, WHO_IS_IN_IT.get(needed, needed), route)
                if query.get("search") == "{address}" and "/email" in held.hidden:
                    due = set()
                about = _asked_about(role) if _is_of_one(query) else set(shop.ids)
                yield role, f"{route} {query}", _in_list(shop, role, route, query) & about, due & about


def within(shop: Shop, role: str, permission: str, route: str = "") -> set[str]:
    """The owners of the shop whose customers a permission reaches for a role; of relations but for the role itself."""
    held = roles()[role]
    reach = held.rights.get(permission)
    near = {"own": {"own"}, "team": {"own", "team"}}.get(str(reach), set())
    near |= {"nobody"} if held.unowned and reach else set()
    found = set(shop.ids) if reach == "all" else {owner_of(role, one) for one in near}
    if route.endswith("/relations"):
        return found & {owner_of(role, one) for one in WHOSE[1:]}
    return found


def told_of(shop: Shop, text: str) -> set[str]:
    """The owners of whose customers something stands in a text."""
    told = ((owner, (name_of(owner), customer, address(owner))) for owner, customer in shop.ids.items())
    return {owner for owner, names in told if any(one in text for one in names)}


def _is_of_one(query: dict[str, str]) -> bool:
    """Whether a list is asked for by a value of one owner's, or of their customer's."""
    return any(value in {"{owner}", "{id}", "{address}"} for value in query.values())


def _asked_about(role: str) -> set[str]:
    return {owner_of(role, whose) for whose in WHOSE}


def _in_list(shop: Shop, role: str, route: str, query: dict[str, str]) -> set[str]:
    """Of all pages of a list; where it is asked for by a value of one owner's, of each such list."""
    path = _path(shop, role, route)
    if not _is_of_one(query):
        return told_of(shop, _pages(shop, role, path, query, owner=""))
    return {
        owner for owner in _asked_about(role) if owner in told_of(shop, _pages(shop, role, path, query, owner=owner))
    }


def _path(shop: Shop, role: str, route: str) -> str:
    path = route.partition(" ")[2].replace("{customer_id}", shop.ids[owner_of(role, "own")])
    for name, value in shop.named.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _pages(shop: Shop, role: str, path: str, query: dict[str, str], *, owner: str) -> str:
    """The entries of all pages, of five each."""
    asked = {name: _filled(shop, role, value, owner) for name, value in query.items()}
    if asked.get("owner") == "":
        # Nobody's customers have no filter of their own; calls have.
        asked = {"owner": "-"} if path == "/calls" else {}
    text, cursor = "", dict[str, str]()
    while True:
        page = shop.ask(role, "GET", path, query={"limit": "5", **asked, **cursor})
        assert page.status == 200, (role, path, asked, page)
        text += json.dumps(page.body["items"], ensure_ascii=False)
        if page.body["next"] is None:
            return text
        cursor = {"cursor": page.body["next"]}


def _filled(shop: Shop, role: str, value: Any, owner: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(shop, role, one, owner) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(shop, role, one, owner) for one in value]
    known = {
        "{owner}": owner,
        "{id}": shop.ids[owner],
        "{address}": address(owner),
        **{f"{{{n}}}": v for n, v in shop.named.items()},
    }
    known["{mine}"] = shop.ids[owner_of(role, "own")]
    return known.get(value, value) if isinstance(value, str) else value


def beyond(shop: Shop) -> Iterator[tuple[str, str, set[str]]]:
    """(role, route, whose) of answers of any route that tell of customers whom the role does not see at all."""
    for role in roles():
        unseen = set(shop.ids) - within(shop, role, "customers.read")
        for route, answer in _everything(shop, role):
            if route not in HANDED_OUT and (told := told_of(shop, answer) & unseen):
                yield role, route, told


def _everything(shop: Shop, role: str) -> Iterator[tuple[str, str]]:
    """Each route that reads, asked with whatever belongs to the role, and each of BODIES about a stranger."""
    mine = owner_of(role, "own")
    for route in operations():
        verb, _, path = route.partition(" ")
        if verb == "GET":
            for name, value in {
                **shop.named,
                **{one: things.get(mine, "") for one, things in shop.things.items()},
            }.items():
                path = path.replace(f"{{{name}}}", value)
            yield route, _text(_asks(shop, route)(role, verb, re.sub(r"[{}]", "", path)))
        elif route in BODIES and route not in ENDS_THEM:
            body = _filled(shop, role, BODIES[route], "stranger")
            answer = _text(shop.ask(role, verb, _path(shop, role, route), body=body))
            # What somebody has said themselves tells them nothing.
            yield route, answer.replace(address("stranger"), "").replace(shop.ids["stranger"], "")


def counted_beyond(shop: Shop) -> Iterator[tuple[str, str, Any]]:
    """(role, route, number) of numbers over everybody for a role that does not see everybody."""
    for role, held in roles().items():
        if held.rights.get("customers.read") == "all":
            continue
        for route in operations():
            if rules.policy().routes.get(route) in rules.policy().of_everybody:
                answer = _asks(shop, route)(role, *_plain(shop, route))
                if answer.status != 403:
                    yield role, route, answer
        group = shop.ask(role, "GET", f"/segments/{shop.named['segment_id']}")
        if group.status == 200 and (group.body["members"], group.body["totals"]) != (None, None):
            yield role, "GET /segments/{segment_id}", group.body


def _asks(shop: Shop, route: str) -> Callable[..., Any]:
    """How a route is asked: pages stand behind another door."""
    return on_page if route in console.PAGES else shop.ask


def _plain(shop: Shop, route: str) -> tuple[str, str]:
    verb, _, path = route.partition(" ")
    return verb, re.sub(r"[{}]", "", _path(shop, "owner", f"{verb} {path}"))


def exported(shop: Shop) -> Iterator[tuple[str, set[str], set[str]]]:
    """(role, whose customers stand in its export, whose should)."""
    for role, held in roles().items():
        if "exports.make" in held.rights:
            begun = shop.ask(role, "POST", "/exports", body={})
            assert begun.status == 202, begun
            Office.work()
            text = content(shop.ask(role, "GET", f"/exports/{begun.body['id']}").body).decode("utf-8-sig")
            both = within(shop, role, "exports.make") & within(shop, role, "customers.read")
            yield role, told_of(shop, text), both


def _text(answer: Any) -> str:
    return json.dumps([answer.body, answer.headers], ensure_ascii=False, default=str)
