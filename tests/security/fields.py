"""Every field of every request that takes text, found in the OpenAPI document, and a request that has one of them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.docs.pages import ROOT
from tests.questionnaires.asked import WHOLE
from tests.security.furnished import World
from tests.support.world import Answer

JSON = "application/json"
NAMED = "en"
"""Where somebody names the members: a language, which is a good name elsewhere, too."""
_DEEPEST = 8
_ARGUMENT = re.compile(r"\{\w+\+?\}")
# What the examples lack to be taken by this shop.
_FITTING: dict[str, dict[str, Any]] = {
    "PATCH /questionnaires/{questionnaire_id}": {"questions": WHOLE["questions"]},
    "PATCH /customers/{customer_id}/relations/{kind}/{other}": {"until": "2026-01-01"},
    "PATCH /segments/{segment_id}": {"name": "Tea time"},
    "POST /handovers": {"from": "other", "to": {"member": "m"}},
    "POST /reminders": {"staff": "m"},
    "POST /teams": {"id": "south"},
    "POST /templates": {"name": "thanks"},
}
_MISSING = "required; it is missing"


@dataclass(frozen=True)
class Field:
    """One place of a route that takes text: in its body by pointer, else in `query`, `path` or `header` by name."""

    route: str
    place: str
    name: str

    def __str__(self) -> str:
        return f"{self.route} {self.place} {self.name}"


@dataclass(frozen=True)
class Sample:
    """A request that the route takes, or nearly."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    def holding(self, field: Field, text: str) -> Sample:
        """The same with a text in one place."""
        if field.place == "query":
            return Sample(self.method, self.path, {**self.query, field.name: text}, self.headers, self.body)
        if field.place == "header":
            return Sample(self.method, self.path, self.query, {**self.headers, field.name: text}, self.body)
        body = deepcopy(self.body if isinstance(self.body, dict) else {})
        _put(body, field.name.split("/")[1:], text)
        return Sample(self.method, self.path, self.query, self.headers, body)

    def completed(self, answer: Answer) -> Sample | None:
        """The same with what the answer says is missing; None where it misses nothing."""
        told = answer.body["errors"] if answer.status == 422 else []
        missing = [one["pointer"] for one in told if one["reason"].startswith(_MISSING) and one["pointer"]]
        if not missing:
            return None
        body = deepcopy(self.body)
        for pointer in missing:
            steps = pointer.split("/")[1:]
            _put(body, [*steps, NAMED] if steps[-1] == "label" else steps, "Text")
        return Sample(self.method, self.path, self.query, self.headers, body)


def fields(document: Mapping[str, Any]) -> list[Field]:
    """All of them."""
    return [field for route, told in _operations(document) for field in _of(route, told, document)]


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, item in document["paths"].items():
        for verb, told in item.items():
            yield f"{verb.upper()} {path}", told


def _of(route: str, told: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Field]:
    for parameter in told.get("parameters", ()):
        is_text = any(one["type"] == "string" for one in _leaves(parameter["schema"], document, ""))
        if is_text and parameter["in"] in {"query", "header"}:
            yield Field(route, parameter["in"], parameter["name"])
    body = told.get("requestBody", {}).get("content", {}).get(JSON)
    if body:
        found = dict.fromkeys(one["at"] for one in _leaves(body["schema"], document, "") if one.get("type") == "string")
        yield from (Field(route, "body", pointer) for pointer in found)


def _leaves(
    schema: Mapping[str, Any], document: Mapping[str, Any], at: str, depth: int = 0
) -> Iterator[dict[str, Any]]:
    """The places within a schema that hold no others, each with its pointer. A list is looked at in its first place."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if depth > _DEEPEST:
        return
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    for branch in branches:
        yield from _leaves(branch, document, at, depth + 1)
    for name, inner in schema.get("properties", {}).items():
        yield from _leaves(inner, document, f"{at}/{name}", depth + 1)
    if isinstance(more := schema.get("additionalProperties"), dict):
        yield from _leaves(more, document, f"{at}/{NAMED}", depth + 1)
    if "items" in schema:
        yield from _leaves(schema["items"], document, f"{at}/0", depth + 1)
    if not branches and schema.get("type") not in {"object", "array"}:
        yield {"at": at, "type": schema.get("type", "string")}


def _put(body: Any, steps: list[str], text: str) -> None:
    """Put a text at a pointer, making what leads there."""
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        inner: Any = text if after is None else [] if after == "0" else {}
        if isinstance(body, list):
            body[:] = [*body[:1]] or [inner]
            if after is None or not isinstance(body[0], type(inner)):
                body[0] = inner
            body = body[0]
        else:
            if after is None or not isinstance(body.get(step), type(inner)):
                body[step] = inner
            body = body[step]


@lru_cache(maxsize=1)
def _examples() -> dict[tuple[str, str], Any]:
    """By route the body of a request as it stands under events/."""
    found: dict[tuple[str, str], Any] = {}
    for file in sorted((ROOT / "events" / "api").glob("*.json")):
        event = json.loads(file.read_text("utf-8"))
        text = event.get("body") or ""
        body = base64.b64decode(text).decode() if event.get("isBase64Encoded") else text
        if body.startswith("{"):
            verb, _, path = event["routeKey"].partition(" ")
            found.setdefault((verb, _ARGUMENT.sub("", path)), json.loads(body))
    return found


def sample(route: str, world: World) -> Sample:
    """A request for a route about what there is in the shop."""
    verb, _, path = route.partition(" ")
    body = _examples().get((verb, _ARGUMENT.sub("", path)))
    for argument, values in world.ids.items():
        # Fields have names and so have templates; nobody is related to themselves.
        which = int(argument == "other" or path.startswith("/templates"))
        path = path.replace(f"{{{argument}}}", values[which % len(values)])
    path = path.replace("{version}", "1").replace("{number}", "0").replace("{key}", "k").replace("{pair}", "p")
    told = world.document["paths"][route.partition(" ")[2]][verb.lower()]
    takes = {parameter["name"] for parameter in told.get("parameters", ())}
    query = {name: "true" for name in ("allow_duplicate", "allow_forgotten") if name in takes}
    headers = {"if-match": "*"} if "if-match" in takes else {}
    body = {**(body or {}), **_FITTING.get(route, {})} or ({} if verb == "PATCH" else None)
    return Sample(verb, path, query, headers, _of_the_shop(body, world))


def _of_the_shop(body: Any, world: World) -> Any:
    """The body with customers and groups that there are in the place of those in the example."""
    if not isinstance(body, dict):
        return body
    one, two, *_, firm, _ = world.ids["customer_id"]
    known = {"customer": firm if "roles" in body else two, "customer_id": one, "owner": "m", "staff": "m"}
    known |= {"into": one, "from": two} if "into" in body else {}
    known |= {"segment": world.ids["segment_id"][0], "questionnaire": world.ids["questionnaire_id"][0], "member": "m"}
    return _with(known, body)


def _with(known: Mapping[str, str], value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {inner: _with(known, one, inner) for inner, one in value.items()}
    if isinstance(value, list):
        return [_with(known, one) for one in value]
    return known.get(name, value) if isinstance(value, str) else value
