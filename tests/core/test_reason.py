"""A reason is its English text, and can be said in other words: it knows what it was made of."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from crm.core import invalid
from crm.core.errors import Conflict, InvalidFields, NotFound
from crm.core.reason import NONE, BadValue, Reason, all_of, any_of, kept, of

CRM = Path(__file__).parents[2] / "functions" / "crm"
WORDS = {
    "there is no group {name}": "kein Kreis {name}",
    "{one}; {other}": "{other} + {one}",
    "at most {most} levels": "höchstens {most}",
}
# Whose sentence is another's: each is a constant that stands somewhere as a literal, or has no translation.
MADE_ELSEWHERE = {
    "core/reason.py",
    "core/invalid.py",
    "core/errors.py",
    "core/named.py",
    "exports/chain.py",
    "greetings/checks.py",
    "questionnaires/service.py",
}
# Of what nobody has typed: an answer of the store, a signature, a file that we ship.
OF_NOBODY = {
    "access/rules.py",
    "calendar/places.py",
    "console/groups/rule_form/leaves.py",
    "core/author.py",
    "core/channel.py",
    "core/signing.py",
}


def said(reason: Reason) -> str:
    return reason.said(lambda text: WORDS.get(text, text), lambda part: f"<{part}>")


def test_a_reason_is_its_text_and_is_said_in_other_words() -> None:
    reason = Reason("there is no group {name}", name="{x}")
    assert reason == "there is no group {x}"
    assert said(reason) == "kein Kreis <{x}>"
    both = all_of([reason, Reason("at most {most} levels", most=10), reason])
    assert both == "there is no group {x}; at most 10 levels"
    assert said(both) == "höchstens <10> + kein Kreis <{x}>"
    assert any_of([reason]) is reason
    assert (all_of([]), all_of([]) == "") == (NONE, True)
    assert Reason('name one: {"rules": true}') == 'name one: {"rules": true}'


def test_a_reason_is_the_same_after_it_was_stored_and_copied() -> None:
    nested = Reason("{one}; {other}", one=Reason("at most {most} levels", most=3), other=Reason("is missing"))
    for reason in (nested, Reason("is missing"), Reason.meaning("their words", "at most {most} levels", most=7)):
        for again in (of(json.loads(json.dumps(kept(reason)))), copy.deepcopy(reason)):
            assert (again, said(again), type(again)) == (reason, said(reason), Reason)
    assert kept(Reason("is missing")) == "is missing"
    assert all(isinstance(one, Reason) for one in of(kept(nested)).parts.values())


def test_errors_say_what_happened_in_all_words_or_their_title() -> None:
    assert Conflict(Reason("at most {most} levels", most=3)).reason.parts == {"most": 3}
    assert NotFound("there is no x").reason.template == "There is no such thing"
    two = InvalidFields.one("/name", Reason("is missing"))
    assert (two.reason, said(two.reason)) == ("/name: is missing", "Name: is missing")


class Tree(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=3)] = "abc"
    rings: Annotated[int, Field(ge=1, le=9)] = 1
    birds: Annotated[list[str], Field(max_length=1)] = []
    kind: Annotated[str, AfterValidator(lambda _: _refuse())] = ""


def _refuse() -> str:
    raise BadValue(Reason("at most {most} levels", most=2))


@pytest.mark.parametrize(
    ("told", "text", "template"),
    [
        ({"name": "a"}, "String should have at least 2 characters", "must have at least {min_length} characters"),
        ({"name": "abcd"}, "String should have at most 3 characters", "must have at most {max_length} characters"),
        ({"rings": 0}, "Input should be greater than or equal to 1", "must be at least {ge}"),
        (
            {"birds": ["a", "b"]},
            "List should have at most 1 item after validation, not 2",
            "must have at most {max_length} entries",
        ),
        ({"kind": "x"}, "at most 2 levels", "at most {most} levels"),
    ],
)  # fmt: skip
def test_what_pydantic_finds_keeps_its_words_and_has_others(told: dict[str, Any], text: str, template: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Tree.model_validate(told)
    reason = invalid.said(refused.value.errors()[0])
    assert (reason, reason.template) == (text, template)
    assert "{" not in said(reason)


def test_each_sentence_for_pydantic_asks_for_what_pydantic_tells() -> None:
    told = {str(one["type"]): set(one["example_context"] or {}) for one in list_all_errors()}
    for kind, sentence in invalid.SENTENCES.items():
        asked = {part.partition("}")[0] for part in sentence.split("{")[1:]}
        assert asked <= told[kind], kind


FINDS: dict[str, frozenset[str]] = {
    "bool": frozenset({"bool_type"}),
    "datetime": frozenset({"datetime_type", "timezone_aware"}),
    "decimal": frozenset({"decimal_type", "decimal_parsing", "finite_number"}),
    "dict": frozenset({"dict_type"}),
    "enum": frozenset({"enum"}),
    "float": frozenset({"float_type", "finite_number"}),
    "int": frozenset({"int_type", "int_parsing_size"}),
    "is-instance": frozenset({"is_instance_of"}),
    "list": frozenset({"list_type"}),
    "literal": frozenset({"literal_error"}),
    "model": frozenset({"model_type"}),
    "model-fields": frozenset({"missing", "extra_forbidden"}),
    "str": frozenset({"string_type", "string_unicode"}),
}
# They only lead to another part of the schema, or say no themselves, with a reason.
LEAD_ON = {"nullable", "default", "any", "union", "no-info", "model-field", "definitions", "definition-ref"} | {
    "function-after",
    "function-before",
    "function-plain",
}
NO_BOUNDS = {"pattern", "multiple_of", "max_digits", "decimal_places"}


def test_every_kind_of_field_that_a_schema_has_is_refused_in_words(every_schema: list[type[BaseModel]]) -> None:
    spoken = {*invalid.SENTENCES, "missing", "extra_forbidden", "model_type", "dict_type", "is_instance_of"}
    seen: set[int] = set()
    for schema in every_schema:
        for node in _nodes(schema.__pydantic_core_schema__, seen):
            found = FINDS.get(node["type"], frozenset())
            assert found or node["type"] in LEAD_ON, f"{schema}: say in FINDS what pydantic finds wrong: {node['type']}"
            assert found <= spoken, node["type"]
            assert not NO_BOUNDS & node.keys(), f"{schema}: say in words why, as `Spelled` does"
    assert len(seen) > 1000


@pytest.fixture(scope="module")
def every_schema() -> list[type[BaseModel]]:
    from handlers import api, console  # noqa: F401, PLC0415 - they load all

    found: list[type[BaseModel]] = []
    left = [BaseModel]
    while left:
        left += (below := left.pop().__subclasses__())
        found += (one for one in below if one.__module__.startswith("crm."))
    return found


def _nodes(schema: Any, seen: set[int]) -> Iterator[dict[str, Any]]:
    if id(schema) in seen:
        return
    seen.add(id(schema))
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        # What is to be taken, or by default, is no schema.
        parts: Any = [value for name, value in schema.items() if name not in {"expected", "default", "metadata", "ref"}]
    else:
        parts = schema if isinstance(schema, (list, tuple)) else ()
    for part in parts:
        yield from _nodes(part, seen)


def test_every_reason_stands_where_the_catalogues_find_it() -> None:
    """A sentence that is put together, or refuses without one, could be said in English alone."""
    hidden = []
    for path in sorted(CRM.rglob("*.py")):
        place = str(path.relative_to(CRM))
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            at = {"Reason": 0, "Reason.meaning": 1}.get(name)
            if at is not None and place not in MADE_ELSEWHERE and not isinstance(call.args[at], ast.Constant):
                hidden.append(f"{place}: {ast.unparse(call)}")
            if name == "ValueError" and call.args and place not in OF_NOBODY:
                hidden.append(f"{place}: {ast.unparse(call)}; BadValue takes a reason")
    assert hidden == []
