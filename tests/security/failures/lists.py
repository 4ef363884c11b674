"""Names of fields, orders and filters that come from outside, and what programs make of exported files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any

from crm.core import files, http
from crm.criteria import checking
from crm.exports import writers
from crm.segments import service as segments
from handlers import api as handler
from tests.security.failures.register import Without, known, put
from tests.security.furnished import OWNER, World
from tests.support.world import Answer

NAMES = (
    "name; DROP TABLE customers",
    "name) OR (1=1",
    "(SELECT CASE WHEN (1=1) THEN name ELSE email END)",
    "name DESC, (SELECT sleep(9))",
    "#pk = :pk",
    "attribute_exists(pk)",
    "__class__.__mro__",
    "pk",
    "name' UNION SELECT 1--",
)
_EXPRESSIONS = (
    "KeyConditionExpression",
    "FilterExpression",
    "ConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)


@contextmanager
def expressions(world: World) -> Any:
    """What is asked of the store meanwhile, by expressions and names of attributes."""
    asked: list[str] = []
    intercept = world.cloud.intercept

    def noted(operation: str, parameters: dict[str, Any], forward: Any) -> Any:
        asked.extend(str(parameters[name]) for name in _EXPRESSIONS if name in parameters)
        asked.extend(str(one) for one in parameters.get("ExpressionAttributeNames", {}).values())
        return intercept(operation, parameters, forward)

    world.cloud.intercept = noted
    try:
        yield asked
    finally:
        world.cloud.intercept = intercept


def refused(answer: Answer, where: str, name: str) -> None:
    assert answer.status == 422, (name, answer)
    assert where in [error["pointer"] for error in answer.body["errors"]], answer.body


def query_refused(world: World, path: str, parameter: str) -> None:
    """No such name is taken in this place, nor does one reach an expression."""
    for name in NAMES:
        with expressions(world) as asked:
            refused(world.api.get(path, query={parameter: name}, **OWNER), parameter, name)
        assert not [one for one in asked if name in one]


def unchecked(route: str, *parameters: str) -> Without:
    """The route takes any text for these parameters."""

    def take(patch: Any) -> None:
        verb, _, path = route.partition(" ")
        app: Any = handler.application()
        (found,) = [
            one for one in app._static_routes + app._dynamic_routes if (one.method, one.openapi_path) == (verb, path)
        ]
        for parameter in found.dependant.query_params:
            if parameter.name in parameters:
                patch.setattr(parameter, "validate", lambda value, *_, **__: (value, []))

    return take


def query_known(number: str, told: str, route: str, parameter: str, *, stands: str) -> None:
    def check(world: World) -> None:
        path = route.partition(" ")[2]
        for argument in ("customer_id", "segment_id", "import_id"):
            path = path.replace(f"{{{argument}}}", world.ids[argument][0])
        query_refused(world, path, parameter)

    known(number, told, stands=stands, without=unchecked(route, parameter))(check)


query_known(
    "CVE-2026-3105",
    "Mautic put the name of the sorting into SQL",
    "GET /customers",
    "sort",
    stands="an enumeration of orders in the route's own signature (`functions/crm/customers/api.py`)",
)
query_known(
    "CVE-2026-4776",
    "Mautic's API put the direction of the sorting into SQL",
    "GET /customers",
    "order",
    stands="`asc` and `desc` in the route's own signature (`functions/crm/customers/api.py`)",
)
query_known(
    "CVE-2024-36408",
    "SuiteCRM put a parameter of a list into SQL",
    "GET /segments/{segment_id}/customers",
    "sort",
    stands="an enumeration of orders in the route's own signature (`functions/crm/segments/api.py`)",
)
query_known(
    "CVE-2024-36409",
    "SuiteCRM put a parameter of a tree of records into SQL",
    "GET /segments/{segment_id}/customers",
    "order",
    stands="`asc` and `desc` in the route's own signature (`functions/crm/segments/api.py`)",
)
query_known(
    "CVE-2024-36410",
    "SuiteCRM put a parameter of its counters into SQL",
    "GET /inbox",
    "state",
    stands="an enumeration of states in the route's own signature (`functions/crm/inbox/api.py`)",
)
query_known(
    "CVE-2024-36411",
    "SuiteCRM put a parameter of a dashboard into SQL",
    "GET /imports/{import_id}/rows",
    "outcome",
    stands="an enumeration of outcomes in the route's own signature (`functions/crm/imports/api.py`)",
)


@known(
    "CVE-2024-36412",
    "SuiteCRM put a parameter of its events into SQL, before login",
    stands="unknown parameters are refused, and all without a login (`functions/crm/core/http.py`)",
    without=put(http, "handle", lambda app, event, context, **_: {"statusCode": 200, "body": "{}"}),
)
def before_login(world: World) -> None:
    for name in NAMES:
        with expressions(world) as asked:
            assert world.api.get("/customers", query={"sort": name}, caller=None).status == 401
            refused(world.api.get("/customers", query={"where": name}, **OWNER), "where", name)
        assert not [one for one in asked if name in one]


def _unchecked_rules(patch: Any) -> None:
    patch.setattr(checking, "problems", lambda *_, **__: ())
    patch.setattr(segments, "problems", lambda *_, **__: ())


def rule_refused(world: World, where: str, made: Any) -> None:
    for name in NAMES:
        with expressions(world) as asked:
            answer = world.api.post("/segments/preview", {"rule": made(name)}, **OWNER)
            refused(answer, f"/rule/{where}", name)
        assert not [one for one in asked if name in one]


@known(
    "CVE-2026-115191",
    "Mautic put names of fields in filters of groups into SQL",
    stands="fields of rules are looked up among those there are (`functions/crm/criteria/checking.py`)",
    without=_unchecked_rules,
)
def names_in_filters(world: World) -> None:
    rule_refused(world, "field", lambda name: {"field": name, "op": "eq", "value": "x"})


@known(
    "CVE-2026-53574",
    "EspoCRM took operators and fields of filters as they came",
    stands="operators of rules are looked up among those of the field (`functions/crm/criteria/checking.py`)",
    without=_unchecked_rules,
)
def operators_in_filters(world: World) -> None:
    rule_refused(world, "op", lambda name: {"field": "name", "op": name, "value": "x"})
    fits = lambda name: {"field": f"facts.{name}", "op": "ge", "value": 1}  # noqa: E731
    rule_refused(world, "field", fits)


FORMULAS = (
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    '=HYPERLINK("https://evil.example")',
    "＝1+1",
    "－1",
    "＠a",
)
HIDDEN = (" =1+1", "\u200f=1", "\u200b+1", "\ufeff=1", "\u00a0@a", "\u2066=1", " \u200e\u202a-1", "'=1+1", "''=1")
SKIPPED = " \u00a0\ufeff" + "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))))
FIELDS = ("gender", "payment_method", "purchase_purpose", "source", "address", "income_band")
_NO_GUARD = put(writers, "guarded", lambda cell: cell)


def exported(world: World, written: Iterable[str], *fields: str, **asked: Any) -> list[str]:
    """Every cell of an export of customers whose fields hold these texts."""
    kept = []
    for one in written:
        told = {"name": one, **dict.fromkeys(fields, one), "tags": [one]}
        answer = world.api.post("/customers", told, query={"allow_duplicate": "true"}, **OWNER)
        assert answer.status == 201, (one, answer.body)
        kept.append(answer.body["name"])
    world.cloud.settle()
    made = world.api.post("/exports", {"what": "customers", "format": "csv", **asked}, **OWNER)
    assert made.status == 202, made.body
    world.cloud.settle()
    text = files.get(f"exports/{made.body['id']}/file.csv").decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert all(any(one in cell for cell in cells) for one in kept), "each is in it"
    return cells


def harmless(cells: Iterable[str]) -> None:
    """None begins, behind what programs skip, with a sign that begins a formula."""
    for cell in cells:
        bare = cell.lstrip(
            " \u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
        )
        assert not bare.startswith(tuple("=+-@\t\r\n\0＝＋－＠")), repr(cell)


@known(
    "CVE-2021-25960",
    "SuiteCRM exported names that spreadsheets calculate",
    stands="every cell goes through `functions/crm/core/formulas.py`",
    without=_NO_GUARD,
)
def formulas_in_names(world: World) -> None:
    harmless(exported(world, FORMULAS))


@known(
    "CVE-2020-15301",
    "SuiteCRM exported formulas in any other field",
    stands="every cell of every column goes through `functions/crm/core/formulas.py`",
    without=_NO_GUARD,
)
def formulas_in_any_field(world: World) -> None:
    harmless(exported(world, FORMULAS, *FIELDS))


@known(
    "CVE-2022-50589",
    "SuiteCRM looked for formulas at the very beginning of a cell only",
    stands="what programs skip is skipped, and full-width signs are signs (`functions/crm/core/formulas.py`)",
    without=put(writers, "guarded", lambda cell: f"'{cell}" if cell[:1] in tuple("=+-@") else cell),
)
def formulas_behind_something(world: World) -> None:
    harmless(exported(world, HIDDEN, "address", "source"))
