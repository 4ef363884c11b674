"""A business defines fields of its customers; from then on their values are checked, by whichever way they come."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.core.author import Author
from crm.core.errors import InvalidFields
from crm.customers import service as customer_service
from crm.own_fields import rules, service, values
from crm.own_fields.rules import Choice, Definition
from crm.own_fields.values import ValueRefused
from tests.support import faults
from tests.support.meter import metered
from tests.support.world import Answer, Api

ANY = {"if-match": "*"}
MEMBERSHIP = {
    "name": "membership",
    "type": "choice",
    "labels": {"en": "Membership", "ur": "رکنیت", "ne": "सदस्यता"},
    "choices": [
        {"value": "gold", "labels": {"ur": "سونا", "ne": "सुन"}},
        {"value": "silver", "labels": {"ur": "چاندی", "ne": "चाँदी"}},
    ],
}


def define(api: Api, **fields: Any) -> Answer:
    made = api.post("/fields", fields)
    assert made.status == 201, made.body
    return made


def customer(api: Api, **custom: Any) -> str:
    made = api.post("/customers", {"name": "Sunita", **({"custom": custom} if custom else {})})
    assert made.status == 201, made.body
    return str(made.headers["location"])


def reasons(answer: Answer) -> dict[str, str]:
    assert answer.status == 422, answer.body
    return {error["pointer"]: error["reason"] for error in answer.body["errors"]}


def test_a_field_comes_back_as_it_was_defined(api: Api) -> None:
    made = define(api, **MEMBERSHIP, order=3, help={"en": "Ask for the card"}, visible_to=["sales"])
    assert made.headers["location"] == "/fields/membership"
    read = api.get("/fields/membership")
    assert read.body == made.body
    assert read.body.items() >= {**MEMBERSHIP, "order": 3, "required": False, "visible_to": ["sales"]}.items()
    assert read.headers["etag"] == '"1"'


def test_fields_are_listed_in_their_order(api: Api) -> None:
    for name, order in (("size", 2), ("card", 1), ("age_group", 2)):
        define(api, name=name, type="text", order=order)
    assert [field["name"] for field in api.get("/fields").body["items"]] == ["card", "age_group", "size"]


def test_a_definition_repeated_is_answered_and_another_of_that_name_refused(api: Api) -> None:
    first, again = (define(api, name="card", type="text") for _ in range(2))
    assert first.body == again.body
    other = api.post("/fields", {"name": "card", "type": "number"})
    assert (other.status, other.body["type"]) == (409, "urn:crm:problem:conflict")
    assert "PATCH /fields/card" in other.body["detail"]


def test_a_definition_killed_anywhere_and_repeated_defines_one_field(api: Api) -> None:
    tried = 0
    for n, crash in enumerate(faults.crash_points()):
        with crash:
            api.post("/fields", {"name": f"f{n}", "type": "text"})
        define(api, name=f"f{n}", type="text")
        tried = n + 1
        assert len(api.get("/fields").body["items"]) == tried, str(crash)
        assert len(service.definitions()) == tried, str(crash)
    assert tried >= 3


def test_there_are_at_most_sixty_and_a_deleted_one_makes_room(api: Api) -> None:
    for n in range(service.MOST):
        define(api, name=f"f{n}", type="text")
    refused = api.post("/fields", {"name": "more", "type": "text"})
    assert refused.body["type"].endswith("limit-reached")
    assert "DELETE /fields/" in refused.body["detail"]
    assert api.delete("/fields/f7", headers=ANY).status == 204
    define(api, name="more", type="text")


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ({"type": "choice"}, "/choices"),
        ({"type": "text", "choices": [{"value": "a"}]}, "/choices"),
        ({"type": "choice", "choices": [{"value": "a"}, {"value": "A"}]}, "/choices/1"),
        ({"type": "choice", "choices": [{"value": "a", "labels": {"en": "b"}}, {"value": "b"}]}, "/choices/1"),
        ({"type": "choice", "choices": [{"value": "a"}, {"value": "a"}]}, "/choices"),
        ({"type": "number", "searchable": True}, "/searchable"),
        ({"type": "colour"}, "/type"),
        ({"type": "text", "labels": {"xx!": "x"}}, "/labels/xx!"),
        ({"type": "choice", "choices": [{"value": f"{'न' * 55}{n}"} for n in range(50)], "help": {}}, None),
        (
            {
                "type": "choice",
                "choices": [
                    {"value": f"{n}", "labels": {"ne": f"{n}{'न' * 55}", "ur": f"{n}{'ا' * 55}"}} for n in range(50)
                ],
            },
            "/labels",
        ),
    ],
)
def test_what_makes_no_field_is_refused_with_its_place(api: Api, field: dict[str, Any], pointer: str | None) -> None:
    answer = api.post("/fields", {"name": "x", **field})
    assert answer.status == 201 if pointer is None else pointer in reasons(answer)
    assert len(api.get("/fields").body["items"]) == (pointer is None)


def test_without_any_definition_every_name_is_free(api: Api) -> None:
    path = customer(api, shoe_size=38, motto="x")
    assert api.get(path).body["custom"] == {"shoe_size": 38, "motto": "x"}


def test_from_the_first_definition_on_other_names_are_refused_with_the_remedy(api: Api) -> None:
    define(api, name="card", type="text")
    refused = reasons(api.post("/customers", {"name": "A", "custom": {"card": "1", "shoe": 3}}))
    assert refused.keys() == {"/custom/shoe"}
    assert "POST /fields" in refused["/custom/shoe"]
    assert "card" in refused["/custom/shoe"]


def test_what_was_stored_before_a_definition_stays_and_can_be_emptied(api: Api) -> None:
    path = customer(api, shoe=38, card=7)
    define(api, name="card", type="text")
    kept = api.patch(path, {"custom": {"shoe": 38, "card": 7}, "gender": "female"}, headers=ANY)
    assert (kept.status, kept.body["custom"]) == (200, {"shoe": 38, "card": 7})
    assert reasons(api.patch(path, {"custom": {"shoe": 39}}, headers=ANY)).keys() == {"/custom/shoe"}
    assert reasons(api.patch(path, {"custom": {"card": 8}}, headers=ANY)).keys() == {"/custom/card"}
    assert api.patch(path, {"custom": {"shoe": None, "card": None}}, headers=ANY).body["custom"] == {}


def test_values_of_a_deleted_field_stay_and_the_name_can_be_given_anew(api: Api) -> None:
    define(api, name="card", type="text")
    define(api, name="size", type="number")
    path = customer(api, card="A-1", size=38)
    assert api.delete("/fields/card", headers={"if-match": "1"}).status == 204
    assert api.get(path).body["custom"] == {"card": "A-1", "size": 38}
    assert reasons(api.patch(path, {"custom": {"card": "A-2"}}, headers=ANY)).keys() == {"/custom/card"}
    define(api, name="card", type="number")
    assert api.patch(path, {"custom": {"card": "۴۲"}}, headers=ANY).body["custom"] == {"card": 42, "size": 38}


def test_when_the_last_definition_is_gone_all_names_are_free_again(api: Api) -> None:
    define(api, name="card", type="text")
    api.delete("/fields/card", headers=ANY)
    customer(api, anything="x")


@pytest.mark.parametrize(
    ("type_", "given_", "stored"),
    [
        ("text", "  A-42 ", "A-42"),
        ("number", "٣٨", 38),
        ("number", "१२.५", 12.5),
        ("number", 12.5, 12.5),
        ("number", "١٢٫٥", 12.5),
        ("money", "۱۲۳۴.50", 1234.5),
        ("date", "۲۰۲۶-۱۱-۲۱", "2026-11-21"),
        ("yearly_date", "--০৫-১৭", "--05-17"),
        ("yearly_date", "1999-02-28", "1999-02-28"),
        ("choice", "GOLD", "gold"),
        ("choice", "چاندی", "silver"),
        ("choice", "चाँदी", "silver"),
        ("yes_no", False, False),
        ("link", "https://shop.example/سارہ?a=1", "https://shop.example/سارہ?a=1"),
    ],
)
def test_a_value_is_stored_in_its_normal_form(api: Api, type_: str, given_: Any, stored: Any) -> None:
    define(api, name="x", type=type_, choices=MEMBERSHIP["choices"] if type_ == "choice" else [])
    assert api.get(customer(api, x=given_)).body["custom"] == {"x": stored}


@pytest.mark.parametrize(
    ("type_", "given_", "remedy"),
    [
        ("text", 42, "text in quotes"),
        ("text", " ", "send null"),
        ("text", "a\x00b", "control"),
        ("number", "1,234", "without signs"),
        ("number", "many", "a number such as"),
        ("number", True, "a number such as"),
        ("number", "1234567890.1234567", "at most 15 digits"),
        ("money", "1.23456", "at most 4 digits"),
        ("date", "2026-02-29", "YYYY-MM-DD"),
        ("date", "--02-28", "YYYY-MM-DD"),
        ("date", "21/11/2026", "YYYY-MM-DD"),
        ("yearly_date", "05-17", "--MM-DD"),
        ("choice", "bronze", "gold, silver"),
        ("choice", 1, "gold, silver"),
        ("yes_no", "yes", "true or false"),
        ("link", "javascript:alert(1)", "https://"),
        ("link", "https://a:b@shop.example", "https://"),
        ("link", "shop.example", "https://"),
        ("link", "https://shop.example/a b", "https://"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_place(api: Api, type_: str, given_: Any, remedy: str) -> None:
    define(api, name="x", type=type_, choices=MEMBERSHIP["choices"] if type_ == "choice" else [])
    for refused in (
        api.post("/customers", {"name": "A", "custom": {"x": given_}}),
        api.patch(customer(api), {"custom": {"x": given_}}, headers=ANY),
    ):
        assert remedy in reasons(refused)["/custom/x"]


def test_what_is_required_is_asked_of_new_customers_and_not_emptied(api: Api) -> None:
    old = customer(api)
    define(api, name="card", type="text", required=True, labels={"en": "Card number"})
    assert "Card number" in reasons(api.post("/customers", {"name": "A"}))["/custom/card"]
    path = customer(api, card="1")
    for emptying in ({"custom": {"card": None}}, {"custom": None}):
        assert reasons(api.patch(path, emptying, headers=ANY)).keys() == {"/custom/card"}
    assert api.patch(old, {"gender": "female", "custom": {}}, headers=ANY).status == 200
    assert api.patch(old, {"custom": {"card": "2"}}, headers=ANY).status == 200


@pytest.mark.usefixtures("world")
def test_a_lead_from_a_mail_is_not_lost_for_a_required_field(api: Api) -> None:
    define(api, name="card", type="text", required=True)
    lead = {"fields": {"name": "A", "kind": "person"}, "idempotency_key": None, "allow_duplicate": False}
    customer_service.register(author=Author("", "mail"), **lead)  # type: ignore[arg-type]
    with pytest.raises(InvalidFields, match="/custom/card"):
        customer_service.register(author=Author("", "import"), **lead)  # type: ignore[arg-type]


def test_a_registration_taken_once_is_answered_again_whatever_was_defined_since(api: Api) -> None:
    sent: dict[str, Any] = {"body": {"name": "A", "custom": {"shoe": 38}}, "headers": {"idempotency-key": "k"}}
    first = api.post("/customers", **sent)
    define(api, name="card", type="text", required=True)
    again = api.post("/customers", **sent)
    assert (again.status, again.body) == (201, first.body)


def test_a_change_of_a_field_holds_for_the_next_value(api: Api) -> None:
    define(api, **MEMBERSHIP)
    assert "/custom/membership" in reasons(api.post("/customers", {"name": "A", "custom": {"membership": "bronze"}}))
    more = [*MEMBERSHIP["choices"], {"value": "bronze"}]
    changed = api.patch("/fields/membership", {"choices": more, "labels": {"ne": None, "bn": "সদস্যপদ"}}, headers=ANY)
    assert changed.body["version"] == 2
    assert changed.body["labels"] == {"en": "Membership", "ur": "رکنیت", "bn": "সদস্যপদ"}
    path = customer(api, membership="Bronze")
    fewer = {"choices": MEMBERSHIP["choices"]}
    assert api.patch("/fields/membership", fewer, headers={"if-match": "1"}).status == 412
    assert api.patch("/fields/membership", fewer, headers={"if-match": "2"}).status == 200
    assert api.patch(path, {"gender": "female", "custom": {"membership": "bronze"}}, headers=ANY).status == 200
    assert reasons(api.post("/customers", {"name": "A", "custom": {"membership": "bronze"}}))


def test_the_type_of_a_field_stays(api: Api) -> None:
    define(api, name="card", type="text")
    assert api.patch("/fields/card", {"type": "text", "order": 5}, headers=ANY).body["order"] == 5
    refused = reasons(api.patch("/fields/card", {"type": "number"}, headers=ANY))
    assert "another name" in refused["/type"]


def test_a_field_that_is_not_there(api: Api) -> None:
    for answer in (
        api.get("/fields/none"),
        api.patch("/fields/none", {"order": 1}, headers=ANY),
        api.delete("/fields/none", headers=ANY),
    ):
        assert answer.status == 404


def test_a_value_costs_one_read_unit_more_and_a_change_without_any_nothing(api: Api) -> None:
    for n in range(20):
        define(api, name=f"f{n}", type="text", help={"en": "x" * 200})
    path = customer(api, f1="x")
    with metered() as plain:
        api.patch(path, {"gender": "female"}, headers=ANY)
    with metered() as own:
        api.patch(path, {"custom": {"f1": "y"}}, headers=ANY)
    assert own.read_units - plain.read_units <= 1


DEFINITIONS = [
    Definition("t", "text", {}, {}),
    Definition("n", "number", {}, {}),
    Definition("m", "money", {}, {}),
    Definition("d", "date", {}, {}),
    Definition("y", "yearly_date", {}, {}),
    Definition("c", "choice", {}, {}, (Choice("gold", {"ur": "سونا"}), Choice("silver", {}))),
    Definition("b", "yes_no", {}, {}),
    Definition("l", "link", {}, {}),
]
ANYTHING = st.one_of(
    st.text(max_size=40),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates().map(str),
    st.dates().map(lambda day: f"-{str(day)[4:]}"),
    st.sampled_from(
        ["gold", "SILVER", "سونا", "https://a.example", "http://[", "https://a.b:0", "۱۲", "1e5", "--02-29"]
    ),
    st.integers(-(10**15), 10**15).map(str),
    st.none(),
)


@settings(deadline=None)
@given(st.sampled_from(DEFINITIONS), ANYTHING)
def test_whatever_is_taken_is_taken_again_as_it_is(definition: Definition, value: Any) -> None:
    try:
        taken = definition.take(value)
    except ValueRefused:
        pass
    else:
        assert definition.take(taken) == taken
        assert type(definition.take(taken)) is type(taken)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("tnmdycblx"), ANYTHING), st.dictionaries(st.sampled_from("tnmdycblx"), ANYTHING))
def test_all_mistakes_are_told_at_once_and_what_is_stored_passes(
    custom: dict[str, Any], stored: dict[str, Any]
) -> None:
    known = {name: value for name, value in stored.items() if value is not None}
    assert rules.fitted(known, DEFINITIONS, stored=known) == known
    try:
        rules.fitted(custom, DEFINITIONS, stored=known)
    except InvalidFields as refused:
        wrong = {error.pointer.removeprefix("/custom/") for error in refused.fields}
        fitting = {name: value for name, value in custom.items() if name not in wrong}
        rules.fitted(fitting, DEFINITIONS, stored=known)


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_a_number_keeps_its_worth_to_the_last_digit(amount: Decimal) -> None:
    digits = "۰۱۲۳۴۵۶۷۸۹"
    written = "".join(digits[int(c)] if c.isdigit() else c for c in format(amount, "f"))
    assert values.money(written) == values.number(amount) == amount
