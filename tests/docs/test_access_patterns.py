"""docs/access-patterns.md has every kind of item and every entry of a view, with their true keys."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any

import pytest

from crm.core.projection import Rules, SegmentRule
from crm.core.table import CrmItem
from tests.docs.pages import ROOT, table
from tests.support.samples import PROFILE

PAGE = (ROOT / "docs" / "access-patterns.md").read_text("utf-8")
TRUTH = {row[0]: row for row in table(PAGE, "CrmTable, the truth")}
VIEWS = table(PAGE, "ViewsTable, computed")
SLICES = ROOT / "functions" / "crm"
RULES = Rules(1, segments=(SegmentRule("vip", 1, {"field": "facts.spent", "op": "ge", "value": "1"}),))

REMINDER = {
    "pk": "STAFF#abc",
    "sk": "REMINDER#def",
    "state": "pending",
    "due_at": "2026-12-01T05:00:00.000000Z",
}
MESSAGE = {
    "pk": "CUSTOMER#abc",
    "sk": "MAIL#def#2027",
    "state": "handed",
    "updated_at": "2026-12-01T05:00:00.000000Z",
}
DOUBT = MESSAGE | {"state": "unknown", "doubts": 1}
CALL = {
    "pk": "CUSTOMER#abc",
    "sk": "MAIL#def#2026",
    "state": "withheld",
    "to_call": {"owner": "sales", "on": "2026-12-01"},
}
PAIR = {"pk": "DUPLICATE#abc_def", "sk": "PAIR", "state": "open", "score": 80}
FORM = {"pk": "ANSWERED#abc", "sk": "SUBMISSION", "given_at": "2026-12-01T05:00:00.000000Z", "values": {"name": "Sara"}}
SAMPLES: dict[str, dict[str, Any]] = {
    "calls": CALL,
    "forms": FORM,
    "reminders": REMINDER,
    "mail": MESSAGE,
    "project_pair": PAIR,
}
# Of these one item can stand in one place or another.
MORE: dict[str, list[dict[str, Any]]] = {"mail": [DOUBT]}


def models() -> dict[str, Any]:
    for path in SLICES.glob("*/models.py"):
        import_module(f"crm.{path.parent.name}.models")
    # What kinds have in common is none itself: no item is stored as that.
    named: Any = CrmItem.get_attributes()["entity"]
    stored = [model for model in below(CrmItem) if named.get_discriminator(model)]
    return {f"{model.__module__}:{model.__name__}": model for model in stored}


def below(kind: Any) -> list[Any]:
    """All kinds of items made of one, and of those in turn."""
    return [one for direct in kind.__subclasses__() for one in (direct, *below(direct))]


def shape(pattern: str) -> re.Pattern[str]:
    """A documented key as a pattern: `EVENT#<time>` stands for whatever the time is."""
    fixed = re.split(r"<[^>]*>", pattern)
    return re.compile(".+".join(re.escape(part) for part in fixed))


def named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def produced() -> dict[str, set[tuple[str, str]]]:
    """The keys that each slice's projections make of an item about which all is known."""
    made = {}
    for path in SLICES.glob("*/projection.py"):
        if path.parent.name != "core":
            for project in projections(import_module(f"crm.{path.parent.name}.projection")):
                sample = SAMPLES.get(project.__name__, SAMPLES.get(path.parent.name, PROFILE))
                found = [project(one, RULES) for one in (sample, *MORE.get(path.parent.name, ()))]
                made[reference(project)] = {key for one in found for key in (*one.listings, *one.totals)}
    return made


def projections(module: Any) -> list[Any]:
    """What a module has for the registry: `project`, and one `project_…` for each family more."""
    return [made for name, made in vars(module).items() if name == "project" or name.startswith("project_")]


def reference(function: Any) -> str:
    return f"{function.__module__}:{function.__name__}"


def test_every_kind_of_item_has_its_row_and_every_row_its_item() -> None:
    assert set(TRUTH) == {name for name in models() if name.startswith("crm.")}


@pytest.mark.parametrize("name", [name for name, model in models().items() if hasattr(model, "keyed")])
def test_an_item_has_the_documented_key(name: str) -> None:
    keyed = models()[name].keyed
    wanted = inspect.signature(keyed).parameters.values()
    values = {value.name: "x" for value in wanted if value.kind is not value.VAR_KEYWORD}
    item = keyed(**values)
    _, pk, sk, *_ = TRUTH[name]
    assert shape(pk).fullmatch(item.pk)
    assert shape(sk).fullmatch(item.sk)


@pytest.mark.parametrize("row", [*TRUTH.values(), *VIEWS], ids=lambda row: f"{row[1]} {row[2]}")
def test_what_a_row_names_exists(row: list[str]) -> None:
    maker, answer = row[0], row[4]
    assert callable(named(maker))
    assert callable(named(answer))


def test_every_entry_of_a_view_has_its_row_and_every_row_its_entry() -> None:
    for maker, keys in produced().items():
        rows = [(shape(pk), shape(sk)) for made_by, pk, sk, *_ in VIEWS if made_by == maker]
        undocumented = [
            key for key in keys if not any(pk.fullmatch(key[0]) and sk.fullmatch(key[1]) for pk, sk in rows)
        ]
        unused = [
            pk.pattern for pk, sk in rows if not any(pk.fullmatch(key[0]) and sk.fullmatch(key[1]) for key in keys)
        ]
        assert (maker, undocumented, unused) == (maker, [], [])
