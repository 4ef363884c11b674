"""Customers as rows: readable JSON, and the same in columns that an import understands (crm.imports.kinds)."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.core.values import number
from crm.core.veil import is_hidden
from crm.customers.schemas import Facts

_PLAIN = (
    "kind", "name", "email", "phone", "birthday", "joined_on", "gender", "income_band", "payment_method",
    "purchase_purpose", "language", "timezone", "address", "source", "owner",
)  # fmt: skip
_NESTED = ("consent", "own_answers", "age_noted", "relations")
_SETS = ("groups", "other_addresses")
_PURPOSES = ("greeting", "marketing", "service")
_FACTS = ("spent", "purchases", "first_purchase_at", "last_purchase_at", "interactions", "last_contact_at")
_PARTS_TAGS = frozenset(",;|،؛*")
_CUSTOM = "custom."


def as_row(profile: Mapping[str, Any]) -> dict[str, Any]:
    """A stored profile (plain values) as JSON; nothing of how it is stored, and nothing that is not known."""
    row: dict[str, Any] = {"id": profile["pk"].partition("#")[2], "version": int(profile["version"])}
    row |= {name: profile[name] for name in (*_PLAIN, *_NESTED, "created_at", "updated_at") if profile.get(name)}
    row |= {name: sorted(profile[name]) for name in _SETS if profile.get(name)}
    row["tags"] = list(profile.get("tags") or ())
    row["custom"] = profile.get("custom") or {}
    row["facts"] = Facts.model_validate(profile["facts"], strict=False).model_dump(mode="json", exclude_none=True)
    return {name: plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """A stored value as JSON has it: sets sorted, numbers as numbers."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value))
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return number(value) if isinstance(value, Decimal) else value


def header(fields: Iterable[str], hidden: Collection[str] = ()) -> list[str]:
    """The columns, with one for each of the business's own fields, without those of hidden fields."""
    own = [f"{_CUSTOM}{name}" for name in sorted(fields)]
    consent = [f"consent.{purpose}" for purpose in _PURPOSES]
    people = ["tags", *consent, "age_noted", "member_of", *own]
    every = ["reference", *_PLAIN, *people, "updated_at", "created_at", *_FACTS, "other_addresses"]
    return [one for one in every if not is_hidden(f"/{one.replace('.', '/')}", hidden)]


def in_columns(row: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    """A row as the texts of its cells; what is not known is empty."""
    known = {name: str(row[name]) for name in (*_PLAIN, "created_at", "updated_at") if name in row}
    known["reference"] = row["id"]
    known["tags"] = _listed(row.get("tags", ()))
    known["other_addresses"] = _listed(row.get("other_addresses", ()))
    known |= {f"consent.{name}": "yes" if said else "no" for name, said in row.get("consent", {}).items()}
    known["member_of"] = _belongs(row.get("relations", {}).get("member_of", {}))
    known |= {f"{_CUSTOM}{name}": as_cell(value) for name, value in row.get("custom", {}).items()}
    known |= {name: str(row["facts"][name]) for name in _FACTS if name in row["facts"]}
    if "age_noted" in row:
        known["age_noted"] = str(row["age_noted"]["years"])
    return [known.get(column, "") for column in columns]


def as_cell(value: Any) -> str:
    """A value of an own field: text as it is, numbers and yes and no as JSON, text that reads like those in quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if _is_json(value) else value
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _listed(values: Iterable[str]) -> str:
    """Several values in one cell: with commas between, or as JSON where a value has a sign that parts them."""
    several = list(values)
    parted = any(_PARTS_TAGS & set(value) or value.startswith("[") for value in several)
    return json.dumps(several, ensure_ascii=False) if parted else ", ".join(several)


def _belongs(organisations: Mapping[str, Mapping[str, Any]]) -> str:
    """To which organisations (by id) a person belongs, as JSON with what is said of it; empty: to none."""
    said = [{"organisation": one, **organisations[one]} for one in sorted(organisations)]
    return json.dumps(said, ensure_ascii=False) if said else ""


RELATION_COLUMNS = (
    *("customer_reference", "customer_name", "kind", "other_reference", "other_name"),
    *("roles", "title", "from", "until", "note"),
)


@dataclass(frozen=True)
class Layout:
    """The columns of a file, and how a row becomes the texts of its cells."""

    columns: Sequence[str]
    texts: Callable[[Mapping[str, Any]], list[str]]


def layout(what: str, fields: Iterable[str], hidden: Collection[str] = ()) -> Layout:
    """Of customers with the business's own fields that are filled, without hidden ones, or of relations."""
    if what == "relations":
        return Layout(RELATION_COLUMNS, _of_relation)
    columns = header(fields, hidden)
    return Layout(columns, lambda row: in_columns(row, columns))


def _of_relation(row: Mapping[str, Any]) -> list[str]:
    return [_listed(row["roles"]) if name == "roles" else str(row.get(name, "")) for name in RELATION_COLUMNS]
