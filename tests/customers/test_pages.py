"""Whatever customers there are, and however pages are cut, each stands in them exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.core import table, text
from crm.core.projection import EMPTY_RULES
from crm.customers import words
from crm.views.registry import families_of
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = st.text("abاب১", min_size=1, max_size=4)
PERSON = st.fixed_dictionaries(
    {"name": st.lists(FEW, min_size=1, max_size=4).map(" ".join)},
    optional={
        "email": st.builds("{}@b.aa".format, st.text("ab1", min_size=1, max_size=3)),
        "phone": st.integers(1, 99).map(lambda rest: f"+92{rest:02}"),
        "owner": st.sampled_from(["a", "b"]),
        "language": st.sampled_from(["ur", "bn"]),
        "tags": st.lists(st.sampled_from(["A", "a", "b"]), max_size=3, unique=True),
        "at": st.sampled_from(["2026-01-02T03:04:05Z", "2026-02-02T03:04:05Z"]),
    },
)
PEOPLE = st.lists(PERSON, max_size=25)
SORTS = ["name", "newest", "last_contact", "owner"]


@pytest.fixture(scope="module")
def memory() -> Iterator[Memory]:
    found = Memory()
    with pytest.MonkeyPatch.context() as monkeypatch, in_memory(monkeypatch, memory=found, post=Post()):
        yield found


def enter(memory: Memory, people: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Profiles by id, and in the views exactly what the projections say of them."""
    memory.tables.clear()
    profiles = {}
    for number, person in enumerate(people):
        stamps = {"kind": "person", "created_at": f"2026-01-01T00:00:{number:02}Z"}
        facts = {"last_contact_at": person["at"]} if "at" in person else {}
        profile = {"pk": f"CUSTOMER#c{number}", "sk": "PROFILE", **stamps, **person, "facts": facts}
        profiles[f"c{number}"] = profile
        for family in ("lists", "contact", "search"):
            for (pk, sk), entry in families_of("PROFILE")[family](profile, EMPTY_RULES).listings.items():
                memory.tables["views"][pk, sk] = table.to_item({**entry, "pk": pk, "sk": sk})
    return profiles


def all_pages(query: dict[str, str]) -> list[str]:
    """The ids on all pages."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = Api().get("/customers", query={**query, **cursor})
        assert answer.status == 200, answer.body
        assert len(answer.body["items"]) <= int(query["limit"])
        found += [item["id"] for item in answer.body["items"] if item["match"] != "similar"]
        if answer.body["next"] is None:
            return found
        cursor = {"cursor": answer.body["next"]}


@settings(deadline=None, max_examples=60)
@given(PEOPLE, st.lists(FEW, min_size=1, max_size=3), st.integers(1, 7), st.sampled_from([None, 3, 40]))
def test_a_search_shows_exactly_those_whom_all_words_fit(
    memory: Memory, people: list[dict[str, Any]], typed: list[str], limit: int, cut: int | None
) -> None:
    profiles = enter(memory, people)
    memory.page = cut
    found = all_pages({"search": " ".join(typed), "limit": str(limit)})
    looked_for = words.sought(" ".join(typed))
    fitting = {customer_id for customer_id, profile in profiles.items() if fits(profile, looked_for, inside=True)}
    assert sorted(found) == sorted(fitting)
    begun = {customer_id for customer_id, profile in profiles.items() if fits(profile, looked_for, inside=False)}
    assert set(found[: len(begun)]) == begun, "whom beginnings fit come first"


def fits(profile: dict[str, Any], looked_for: list[words.Sought], *, inside: bool) -> bool:
    """Whether each word begins a word of the customer's, or stands inside of one; one at least of the name's or the
    address's, or behind the country's code, as it is the ends of those that are kept."""
    has = words.of_customer(profile)
    begun = [any(word.startswith(one.begins) for word in has) for one in looked_for]
    if all(begun) or not inside:
        return all(begun)
    asked = words.rarest_inside(looked_for)
    if asked is None:
        return False
    held = [any(one.inside in word for word in has) if one.inside else False for one in looked_for]
    ends = words.ends_of_customer(profile)
    is_found = any(word.startswith(asked.held_by) for word in ends) or begun[looked_for.index(asked)]
    return is_found and all(one or other for one, other in zip(begun, held, strict=True))


@settings(deadline=None, max_examples=60)
@given(PEOPLE, st.sampled_from(SORTS), st.sampled_from(["asc", "desc"]), st.integers(1, 7), st.data())
def test_a_list_shows_exactly_those_who_pass_in_order(
    memory: Memory, people: list[dict[str, Any]], sort: str, order: str, limit: int, data: st.DataObject
) -> None:
    profiles = enter(memory, people)
    memory.page = data.draw(st.sampled_from([None, 3]))
    filters = data.draw(st.fixed_dictionaries({}, optional={"owner": st.sampled_from("ab"), "language": st.just("ur")}))
    if sort == "name":
        filters |= data.draw(st.fixed_dictionaries({}, optional={"tag": st.sampled_from("Ab")}))
    if "owner" not in filters and sort != "name":
        filters = {}
    found = all_pages({"sort": sort, "order": order, "limit": str(limit), **filters})
    passing = [customer_id for customer_id, profile in profiles.items() if passes(profile, filters)]
    places = [place(profiles[customer_id], sort) for customer_id in found]
    assert sorted(found) == sorted(passing)
    assert places == sorted(places, reverse=order == "desc")


def passes(profile: dict[str, Any], filters: dict[str, str]) -> bool:
    tags = {tag.lower() for tag in profile.get("tags", [])}
    return all(profile.get(name) == filters.get(name, profile.get(name)) for name in ("owner", "language")) and (
        "tag" not in filters or filters["tag"].lower() in tags
    )


def place(profile: dict[str, Any], sort: str) -> Any:
    name = text.strict_key(profile["name"])
    return {
        "name": name,
        "newest": profile["created_at"],
        "last_contact": (profile["facts"].get("last_contact_at", ""), "at" in profile or profile["created_at"]),
        "owner": (profile.get("owner", "~"), name),
    }[sort]
