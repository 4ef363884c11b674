"""What the views should hold, counted by hand from the truth: without states, steps, or the projections of groups.

Members in all their orders, totals, lists, words and birthdays are counted from scratch. After that, everything at
all that stands in the views is held against what the projections say of each item now, to the last attribute.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm.core import table
from crm.core.projection import FLOW, SUM
from crm.views import reading, waking
from crm.views.registry import COMPANIONS, families_of
from tests.views.people import Person, people, predicate_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tests.support.memory import Memory
    from tests.views.people import Item, Key, Predicate

AGES = (0, 18, 25, 35, 45, 55, 65, 75)
# Partitions of what is no view: states, progress of jobs, findings, marks.
_NO_VIEWS = ("STATE#", "JOB#", "DRIFT#", "FLOWS", "VIEWS")
_LOOKED_AHEAD = (*range(1, 45), *range(45, 400, 5))


def require_no_drift(memory: Memory, *, day: date) -> None:
    """Raises AssertionError where the views say anything else than the truth does on a day."""
    truth, views = memory.tables["crm"], memory.tables["views"]
    everybody, groups = people(truth), _groups(truth)
    held = {key for key in views if not key[0].startswith(_NO_VIEWS)}
    assert not [key for key in held if key[0] == "PARKED"], "something is parked"
    _require("members", held, "SEGMENT#", _members(everybody, groups, day))
    count = truth["RULES", "EPOCH"].get("count", {"N": "0"})["N"]
    totals = _totals_held(views, count)
    groups_held = {pk: sums for (pk, name), sums in totals.items() if name == SUM and pk.startswith("TOTAL#SEGMENT#")}
    spread_held = {pk: sums for (pk, name), sums in totals.items() if name == "by"}
    sums, spread = _totals(everybody, groups, day)
    assert groups_held == sums, f"totals {groups_held} instead of {sums}"
    assert spread_held == spread, f"totals {spread_held} instead of {spread}"
    _require("lists", held, ("CUSTOMERS", "OWNER#", "LANGUAGE#"), _lists(everybody))
    _require("search", held, "SEARCH#", _search(everybody))
    _require("ends of words", held, "INSIDE#", _ends(everybody))
    _require("birthdays", held, "OCCASION#birthday#", _birthdays(everybody))
    _require("reminders", held, "REMINDERS_DUE", _reminders(truth))
    if ("JOB#rebuild", "RUN") not in views:
        # Views that were built anew count anew who comes and goes.
        require_flows_to_balance(views, count)
    _require_waking_in_time(held, everybody, groups, day)
    _require_as_projected(truth, views, held, totals)


def require_flows_to_balance(views: Mapping[Key, Item], count: str) -> None:
    """Who joined a group and has not left it is a member; also in groups that are gone."""
    balance: Counter[str] = Counter()
    for (pk, name), amounts in _totals_held(views, count, flows=True).items():
        if pk.startswith("TOTAL#SEGMENT#") and name == FLOW:
            balance[pk] += amounts.get("joined", 0) - amounts.get("left", 0)  # type: ignore[assignment]
        elif pk.startswith("TOTAL#SEGMENT#") and name == SUM:
            balance[pk] -= amounts.get("members", 0)  # type: ignore[assignment]
    assert not any(balance.values()), f"flows do not balance: {balance}"


def _require(what: str, held: set[Key], begins: str | tuple[str, ...], expected: set[Key]) -> None:
    found = {key for key in held if key[0].startswith(begins)}
    assert found == expected, f"{what}: too many {sorted(found - expected)}, missing {sorted(expected - found)}"


def _groups(truth: Mapping[Key, Item]) -> dict[int, Predicate]:
    """Who belongs, by the epoch under which a group is shown; each must be shown as it was last asked for."""
    stored = {key[1].removeprefix("SEGMENT#"): item for key, item in truth.items() if key[1].startswith("SEGMENT#")}
    rules = {group: item["rule"]["S"] for group, item in stored.items()}
    for group, item in stored.items():
        assert item["live_epoch"] == item["rule_epoch"], f"{group} was never shown under its rule"
        assert item["live_rule"] == item["rule"], f"{group} is shown under an old rule"
    return {int(item["live_epoch"]["N"]): predicate_of(rules[group], rules) for group, item in stored.items()}


def _members(everybody: Mapping[str, Person], groups: Mapping[int, Predicate], day: date) -> set[Key]:
    found = set()
    for epoch, belongs in groups.items():
        for one in everybody.values():
            if belongs(one, day):
                whole, _, part = one.spent.partition(".")
                contact = "-"
                found |= {
                    (f"SEGMENT#{epoch}#name", f"{one.name.lower()}#{one.id}"),
                    (f"SEGMENT#{epoch}#money", f"{whole.zfill(25)}.{part.ljust(4, '0')}#{one.id}"),
                    (f"SEGMENT#{epoch}#contact", f"{contact}#{one.id}"),
                }
    return found


def _totals(
    everybody: Mapping[str, Person], groups: Mapping[int, Predicate], day: date
) -> tuple[dict[str, dict[str, Decimal]], dict[str, dict[str, Decimal]]]:
    sums, spread = {}, {}
    for epoch, belongs in groups.items():
        members = [one for one in everybody.values() if belongs(one, day)]
        if members:
            pk = f"TOTAL#SEGMENT#{epoch}"
            amounts = {
                "members": Decimal(len(members)),
                "spent": sum((Decimal(one.spent) for one in members), Decimal(0)),
                "purchases": Decimal(sum(len(one.teas) for one in members)),
            }
            sums[pk] = {name: amount for name, amount in amounts.items() if amount}
            counts = Counter(name for one in members for name in _counted_under(one, day))
            spread[pk] = {name: Decimal(count) for name, count in counts.items()}
    return sums, spread


def _counted_under(one: Person, day: date) -> tuple[str, ...]:
    age = one.age(day)
    begun = [begins for begins in AGES if age is not None and begins <= age]
    following = [begins for begins in AGES if age is not None and begins > age]
    band = "unknown" if age is None else f"{begun[-1]}-{following[0] - 1}" if following else f"{begun[-1]}+"
    return f"language:{one.language or 'und'}", f"owner:{one.owner or '-'}", f"age:{band}", "income:unknown"


def _lists(everybody: Mapping[str, Person]) -> set[Key]:
    found = set()
    for one in everybody.values():
        # A blank, which comes before all letters: Anna stands before Anna Maria.
        by_name, never = f"{one.name.lower()} #{one.id}", f"-#{one.id}"
        found |= {("CUSTOMERS", by_name), ("CUSTOMERS#owner", f"{one.owner or '~'}#{by_name}")}
        found |= {("CUSTOMERS#newest", never), ("CUSTOMERS#last_contact", never), ("CUSTOMERS#changed", never)}
        if one.owner:
            found |= {(f"OWNER#{one.owner}#newest", never), (f"OWNER#{one.owner}#last_contact", never)}
        if one.language:
            found.add((f"LANGUAGE#{one.language}", by_name))
    return found


def _search(everybody: Mapping[str, Person]) -> set[Key]:
    return {
        (f"SEARCH#{word[0]}", f"{word}#{one.name.lower()}#{one.id}")
        for one in everybody.values()
        for word in one.name.lower().split()
    }


def _ends(everybody: Mapping[str, Person]) -> set[Key]:
    """Names here are of plain letters, and there are no numbers and addresses."""
    return {
        (f"INSIDE#{word[start]}", f"{word[start:]}#{one.name.lower()}#{one.id}")
        for one in everybody.values()
        for word in one.name.lower().split()
        for start in range(1, len(word) - 2)
    }


def _birthdays(everybody: Mapping[str, Person]) -> set[Key]:
    return {
        (f"OCCASION#birthday#{one.birthday[5:]}", f"{one.birthday[:4]}#-#{one.id}")
        for one in everybody.values()
        if one.birthday
    }


def _reminders(truth: Mapping[Key, Item]) -> set[Key]:
    return {
        ("REMINDERS_DUE", f"{item['due_at']['S']}#{pk}#{sk.removeprefix('REMINDER#')}")
        for (pk, sk), item in truth.items()
        if sk.startswith("REMINDER#") and item["state"]["S"] == "pending"
    }


def _require_waking_in_time(
    held: set[Key], everybody: Mapping[str, Person], groups: Mapping[int, Predicate], day: date
) -> None:
    """Nobody's groups or age band change before the day on which they are to be woken."""
    woken: dict[str, date] = {}
    for pk, sk in held:
        if pk.startswith("WAKING#"):
            due, _, customer, *_ = sk.split("#")
            assert customer not in woken, f"{customer} is woken twice"
            woken[customer] = day.fromisoformat(due)
            assert woken[customer] > day, f"{customer} was to be woken on {due}"

    def answer(one: Person, on: date) -> tuple[Any, ...]:
        mine = [epoch for epoch, belongs in groups.items() if belongs(one, on)]
        return mine, _counted_under(one, on) if mine else ()

    for one in everybody.values():
        now = answer(one, day)
        for later in _LOOKED_AHEAD:
            on = day + timedelta(days=later)
            if one.id in woken and on >= woken[one.id]:
                break
            assert answer(one, on) == now, f"{one} changes on {on} and nobody will know"


def _require_as_projected(
    truth: Mapping[Key, Item], views: Mapping[Key, Item], held: set[Key], totals: Mapping[Key, Any]
) -> None:
    """Each entry and each sum is what the projections say of the items as they are, and there is nothing else."""
    rules = reading.rules_at(reading.truth(()).stand)
    entries: dict[Key, dict[str, Any]] = {}
    sums: dict[Key, Counter[str]] = {}
    for key, raw in truth.items():
        for family, project in families_of(key[1]).items():
            beside = {
                sk.lower(): table.from_item(truth[key[0], sk])
                for sk in COMPANIONS.get(family, ())
                if sk in rules.companions and (key[0], sk) in truth
            }
            found = project({**table.from_item(raw), **beside}, rules)
            found = waking.with_entry(found, key=key, family=family, day=rules.day)
            of = "|".join((*key, family))
            entries |= {
                place: {name: value for name, value in {**entry, "of": of}.items() if value is not None}
                for place, entry in found.listings.items()
            }
            for place, amounts in found.totals.items():
                sums.setdefault(place, Counter()).update(amounts)
    shown = {key: table.from_item(views[key]) for key in held if not key[0].startswith("TOTAL#")}
    for key, item in shown.items():
        assert {name: value for name, value in item.items() if name not in {"pk", "sk"}} == entries.get(key), key
    assert entries.keys() == shown.keys(), f"missing {entries.keys() - shown.keys()}"
    expected = {place: {name: n for name, n in amounts.items() if n} for place, amounts in sums.items()}
    assert totals == {place: amounts for place, amounts in expected.items() if amounts}, "a sum drifts"


def _totals_held(views: Mapping[Key, Item], count: str, *, flows: bool = False) -> dict[Key, dict[str, Decimal]]:
    """The sums over their shards, without what comes to nothing and what stands under another number than `count`."""
    found: dict[Key, dict[str, Decimal]] = {}
    for (pk, sk), item in views.items():
        name, _, number = sk.rpartition("#")[0].partition("\x1f")
        if pk.startswith("TOTAL#") and ((number or "0") == count if name != FLOW else flows):
            sums = found.setdefault((pk, name), {})
            for part, value in item.items():
                if "N" in value:
                    sums[part] = sums.get(part, Decimal(0)) + Decimal(value["N"])
    held = {place: {name: amount for name, amount in sums.items() if amount} for place, sums in found.items()}
    return {place: sums for place, sums in held.items() if sums}
