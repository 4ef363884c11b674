"""The lists: every combination that docs/lists.md offers, in order and complete, and what is said to the others."""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import built
from tests.docs.pages import ROOT, table
from tests.segments.groups import call, customer, group
from tests.support import flow
from tests.support.meter import metered
from tests.support.world import Api
from tests.support.worlds import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SORTS = ("name", "newest", "last_contact", "owner", "next_reminder")
FILTERS = ("segment", "tag", "owner", "language")
OFFERED = {
    (tuple(sorted(row[0].split(", "))) if row[0] != "none" else (), sort): offered == "yes"
    for row in table((ROOT / "docs" / "lists.md").read_text("utf-8"), "Lists")
    for sort, offered in zip(SORTS, row[1:], strict=True)
}
PEOPLE: list[dict[str, Any]] = [
    {"name": f"{name} {number}", **fields}
    for number in range(4)
    for name, fields in (
        ("Zainab", {"owner": "sales", "language": "ur", "tags": ["VIP", "till"]}),
        ("بلال", {"owner": "manager", "language": "ur", "tags": ["vip"]}),
        ("Éva", {"language": "he"}),
        ("רות", {"owner": "sales", "language": "he", "tags": ["Vip"]}),
    )
]


class Desk:
    """A shop with customers, calls and reminders, whose ids are known by name."""

    def __init__(self) -> None:
        self.api = Api()
        self.ids = {person["name"]: customer(self.api, **person) for person in PEOPLE}
        self.names = {customer_id: name for name, customer_id in self.ids.items()}
        self.api.post("/staff", {"id": "manager", "name": "M", "email": "m@shop.example", "timezone": "Asia/Karachi"})
        for day, name in enumerate(("Zainab 2", "רות 1", "Éva 0", "Zainab 2"), start=1):
            call(self.api, self.ids[name], at=f"2026-02-0{day}T10:00:00Z")
        self.remind("רות 3", 5), self.remind("Zainab 1", 3), self.remind("רות 3", 2), self.remind("Éva 1", 4)
        self.remind("Zainab 1", 9, to="customer")
        self.group = group(self.api)

    def remind(self, name: str, day: int, to: str = "staff") -> str:
        """A reminder about a customer on a day of December 2030; the id."""
        asked = {"to": to, "customer_id": self.ids[name], "at": f"2030-12-0{day}T10:00", "subject": "Call"}
        made = self.api.post("/reminders", asked)
        assert made.status == 201, made.body
        return str(made.body["id"])

    def value(self, name: str) -> str:
        """A filter that leaves some."""
        return {"segment": self.group, "tag": "vip", "owner": "sales", "language": "ur"}[name]

    def listed(self, **query: str) -> list[str]:
        """The names of all pages, read with this query."""
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.api.get("/customers", query={**query, **cursor})
            assert answer.status == 200, answer.body
            found += [self.names[item["id"]] for item in answer.body["items"]]
            if answer.body["next"] is None:
                return found
            cursor = {"cursor": answer.body["next"]}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as monkeypatch, chosen(monkeypatch):
        # As by whoever comes seldom: whether the views are whole is looked at beside each read.
        monkeypatch.setattr(built, "LEASE_SECONDS", 0.0)
        found = Desk()
        flow.settle()
        assert found.api.get("/views/parked").body["items"] == []
        # The key that signs cursors is read once by each process.
        found.listed(limit="1")
        yield found


def expected(query: Mapping[str, str]) -> set[str]:
    """Who passes the filters, told from what was entered."""
    return {
        person["name"]
        for person in PEOPLE
        if person.get("owner") == query.get("owner", person.get("owner"))
        and person["language"] == query.get("language", person["language"])
        and ("tag" not in query or query["tag"] in {tag.lower() for tag in person.get("tags", [])})
        and (query.get("sort") != "next_reminder" or person["name"] in {"רות 3", "Zainab 1", "Éva 1"})
    }


def every_combination() -> Iterator[tuple[tuple[str, ...], str]]:
    for names in chain.from_iterable(combinations(FILTERS, size) for size in range(len(FILTERS) + 1)):
        for sort in SORTS:
            yield names, sort


def test_the_table_has_every_combination() -> None:
    assert {(tuple(sorted(names)), sort) for names, sort in every_combination()} == OFFERED.keys()


@pytest.mark.parametrize(("names", "sort"), [*every_combination()], ids=str)
def test_what_the_table_offers_is_complete_and_the_rest_is_refused_with_a_remedy(
    desk: Desk, names: tuple[str, ...], sort: str
) -> None:
    query = {"sort": sort, **{name: desk.value(name) for name in names}}
    if not OFFERED[tuple(sorted(names)), sort]:
        answer = desk.api.get("/customers", query=query)
        assert answer.status == 422, answer.body
        assert ": it would need a walk through all customers; " in answer.body["errors"][0]["reason"]
        return
    whole = desk.listed(**query)
    assert set(whole) == expected(query)
    assert len(whole) == len(set(whole))
    assert desk.listed(**query, limit="3") == whole
    trips = (2 if sort == "next_reminder" or ("segment" in names and sort != "name") else 1) + ("segment" in names)
    with metered() as cost:
        desk.api.get("/customers", query=query)
    assert cost.round_trips <= trips


def test_orders_have_a_natural_direction_and_the_other(desk: Desk) -> None:
    names = [person["name"] for person in PEOPLE]
    assert desk.listed(sort="newest") == names[::-1]
    assert desk.listed(sort="newest", order="asc") == names
    assert desk.listed() == desk.listed(sort="name") == desk.listed(order="desc")[::-1]
    assert desk.listed()[:5] == ["Éva 0", "Éva 1", "Éva 2", "Éva 3", "Zainab 0"]
    talked = desk.listed(sort="last_contact")[-3:]
    assert talked == ["רות 1", "Éva 0", "Zainab 2"]
    assert desk.listed(sort="last_contact", order="desc")[:3] == talked[::-1]
    assert desk.listed(sort="last_contact")[:2] == [name for name in names if name not in talked][:2]
    assert desk.listed(sort="last_contact", owner="sales")[-2:] == ["רות 1", "Zainab 2"]
    owners = [next(p for p in PEOPLE if p["name"] == name).get("owner", "~") for name in desk.listed(sort="owner")]
    assert owners == sorted(owners)


def test_a_customer_with_three_reminders_stands_once_at_the_next(desk: Desk) -> None:
    assert desk.listed(sort="next_reminder") == ["רות 3", "Zainab 1", "Éva 1"]
    assert desk.listed(sort="next_reminder", limit="1") == ["רות 3", "Zainab 1", "Éva 1"]
    assert desk.listed(sort="next_reminder", language="he", limit="1") == ["רות 3", "Éva 1"]
    first = desk.api.get("/customers", query={"sort": "next_reminder", "limit": "1"}).body["items"][0]
    assert first["next_reminder_at"] == "2030-12-02T05:00:00.000000Z"
    refused = desk.api.get("/customers", query={"sort": "next_reminder", "order": "desc"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "order")


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "age"}, {"order": "up"}, {"owner": "A#b"}, {"owner": "~"}, {"language": "#"}, {"tag": "#"},
        {"tag": "ﷺ" * 100}, {"segment": "x"}, {"search": "a", "sort": "name"}, {"search": "a", "order": "asc"},
        {"search": "a", "tag": "vip"}, {"search": "a", "segment": "x"}, {"cursor": "x"}, {"limit": "0"},
        {"sorted": "x"},
    ],
)  # fmt: skip
def test_nonsense_is_never_a_failure_of_ours(desk: Desk, query: dict[str, str]) -> None:
    assert desk.api.get("/customers", query=query).status in {200, 404, 422}


def test_a_cursor_opens_only_its_own_list(desk: Desk) -> None:
    cursor = desk.api.get("/customers", query={"limit": "1"}).body["next"]
    for query in ({"sort": "newest"}, {"order": "desc"}, {"tag": "vip"}, {"search": "z"}):
        assert desk.api.get("/customers", query={**query, "cursor": cursor}).status == 422
