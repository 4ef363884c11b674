"""An organisation with its people and branches, and what is recorded with all of them, added up when it is asked for.

From the facts of profiles, which are kept with each purchase and contact, by keys that relations name: reads grow with
the account and never with the number of customers. An account too large for that says that it is not complete.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from crm.core import table, text
from crm.core.actor import Within
from crm.core.errors import InvalidFields
from crm.core.paging import PageRequest
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.relations import listing, rules
from crm.relations.models import Relation
from crm.reminders import service as reminder_service

MOST_BRANCHES = 200
MOST_PEOPLE = 2000
_SHOWN = ("name", "kind", "owner", "facts", "relations")
_SUMMED = ("spent", "purchases", "interactions")
_LATEST = ("last_purchase_at", "last_contact_at")
Facts = Mapping[str, Any]


@dataclass
class Organisation:
    """The organisation or a branch: {id, name, facts, relations}, its place in the tree, and its people by id."""

    profile: Mapping[str, Any]
    level: int
    branch_of: str | None
    people: dict[str, Relation] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.profile["id"])

    def held(self, kind: str) -> int:
        """How many relations of a kind its profile knows."""
        return int((self.profile.get("relations") or {}).get(kind, 0))


@dataclass(frozen=True)
class Account:
    """What there is to show; `people` are {id, name, facts} by id, `shown` a page of (organisation, person)."""

    organisations: list[Organisation]
    people: Mapping[str, Mapping[str, Any]]
    shown: list[tuple[Organisation, str]]
    next: str | None
    open_reminders: int
    complete: bool

    def sums(self, one: Organisation) -> dict[str, Any]:
        """What an organisation and its people come to, without its branches."""
        return added([one.profile["facts"], *(self.people[person]["facts"] for person in one.people)])

    def totals(self) -> dict[str, Any]:
        """What all of them come to; who belongs to several of them counts once."""
        own = (one.profile["facts"] for one in self.organisations)
        return added([*own, *(person["facts"] for person in self.people.values())])


def read(*, customer_id: str, request: PageRequest, within: Within | None) -> Account:
    """The account of an organisation, of those who are in reach. Raises NotFound, InvalidFields for a person."""
    profile = customer_service.get(customer_id=customer_id)
    if profile.kind != "organisation":
        raise InvalidFields.one("id", Reason("is a person; ask for the account of one of their organisations"))
    root = {**table.from_item(profile.serialize()), "id": profile.customer_id}
    organisations, has_all_branches = _tree(Organisation(root, 0, None), within)
    people, has_all_people = _people(organisations, within)
    shown, following = _page(organisations, people, request)
    reminders = reminder_service.count_open(customer_id=profile.customer_id)
    return Account(organisations, people, shown, following, reminders, has_all_branches and has_all_people)


def added(facts: Iterable[Facts]) -> dict[str, Any]:
    """What the facts of several customers come to: sums, the first and the last of times."""
    several = list(facts)
    found: dict[str, Any] = {name: sum(one.get(name) or 0 for one in several) for name in _SUMMED}
    others: dict[str, Decimal] = {}
    for one in several:
        for currency, amount in (one.get("other_currencies") or {}).items():
            others[currency] = others.get(currency, Decimal(0)) + amount
    found["other_currencies"] = dict(sorted(others.items()))
    firsts = [one["first_purchase_at"] for one in several if one.get("first_purchase_at")]
    found["first_purchase_at"] = min(firsts, default=None)
    for name in _LATEST:
        found[name] = max((one[name] for one in several if one.get(name)), default=None)
    return found


def _tree(root: Organisation, within: Within | None) -> tuple[list[Organisation], bool]:
    """The organisation and all its branches, those of one level together; whether these are all."""
    found, level = {root.id: root}, [root]
    for depth in range(1, rules.MOST_LEVELS):
        below = [(one.other, head.id) for head in level if head.held("branch") for one in _current(head.id, "branch")]
        new = {branch: head for branch, head in below if branch not in found}
        room = MOST_BRANCHES + 1 - len(found)
        known = listing.others(islice(new, room), within=within, only=_SHOWN)
        level = [Organisation(known[branch], depth, new[branch]) for branch in new if branch in known]
        found |= {one.id: one for one in level}
        if len(new) > room:
            return list(found.values()), False
        if not level:
            return list(found.values()), True
    return list(found.values()), not any(one.held("branch") for one in level)


def _people(organisations: list[Organisation], within: Within | None) -> tuple[dict[str, dict[str, Any]], bool]:
    """All people of these by id; whether these are all. Those in the bin are left out."""
    wanted, is_all = dict[str, None](), True
    for one in organisations:
        if not one.held("member"):
            continue
        relations = list(islice(_current(one.id, "member"), MOST_PEOPLE + 1))
        room = MOST_PEOPLE - len(wanted)
        new = [each for each in relations if each.other not in wanted]
        left_out = {each.other for each in new[max(room, 0) :]}
        is_all = is_all and not left_out
        one.people = {each.other: each for each in relations if each.other not in left_out}
        wanted |= dict.fromkeys(one.people)
    known = listing.others(wanted, within=within, only=_SHOWN, consistent=False)
    for one in organisations:
        one.people = {known[person]["id"]: each for person, each in one.people.items() if person in known}
    return {person["id"]: person for person in known.values()}, is_all


def _page(
    organisations: list[Organisation], people: Mapping[str, Mapping[str, Any]], request: PageRequest
) -> tuple[list[tuple[Organisation, str]], str | None]:
    """The people by organisation and name, from behind the place where the page before ended."""
    after = json.loads(request.after) if request.after else None
    entries = [
        ([place, text.loose_key(people[person]["name"]), person], one)
        for place, one in enumerate(organisations)
        for person in one.people
    ]
    rest = sorted((entry for entry in entries if after is None or entry[0] > after), key=lambda entry: entry[0])
    page = rest[: request.limit]
    last = json.dumps(page[-1][0], ensure_ascii=False) if len(rest) > len(page) else None
    return [(one, str(key[2])) for key, one in page], request.cursor_at(last)


def _current(customer_id: str, kind: str) -> Iterable[Relation]:
    return (one for one in Relation.of(customer_id, kind) if rules.is_current(one.said))
