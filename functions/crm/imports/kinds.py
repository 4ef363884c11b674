"""The kinds of records that a file can hold: a slice registers its own with its fields and the words for them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel

from crm.customers.schemas import NewCustomer
from crm.imports import synonyms
from crm.interactions.schemas import NewInteraction
from crm.purchases.schemas import NewPurchase
from crm.relations.schemas import NewRelation

Type = Literal[
    "text", "email", "phone", "date", "yearly", "instant", "money", "number", "whole", "yes_no", "tags", "choice",
    "language", "currency", "own",
]  # fmt: skip
"""`date` has its year, `yearly` may lack it; `instant` has a time of day, or stands for noon; `own`
is what an export writes of a field that nobody has defined: text, or JSON of a number, yes or no."""


_OWN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
Complete = Callable[[dict[str, Any], Mapping[str, str]], dict[str, Any]]


@dataclass(frozen=True)
class Field:
    """One thing that a column can hold.

    `name` is the pointer of the value in the schema, with dots (`consent.marketing`, `custom.size`). `part_of` and its
    place `order` are of pieces that stand in columns of their own and are joined. `about`: what the row says besides
    the values, see Translated. `past`: it cannot lie in the future. `choices`: (value, the words for it).
    """

    name: str
    type: Type = "text"
    synonyms: tuple[str, ...] = ()
    part_of: str = ""
    about: bool = False
    past: bool = False
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of record: its fields, and the schema that `values` of a row must satisfy.

    Of each group of `needs` one field at least must have a column. `called_by` is what holds names: where none has a
    column, though one of words is left over, people are asked. `complete` says, of the values of a row and what
    else the row says, what follows from them: no column has to repeat it. Columns called by `own` and a name
    (`custom.size`), as exports call them, hold fields of the business's own. `stand_in`: what is put in the place of
    values that every record has, where they are wrong, so that the rest of the row can be looked at.
    """

    name: str
    fields: tuple[Field, ...]
    schema: type[BaseModel]
    needs: tuple[tuple[str, ...], ...] = ()
    complete: Complete | None = None
    own: str = ""
    called_by: tuple[str, ...] = ()
    stand_in: tuple[tuple[str, str], ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        known = next((field for field in self.fields if field.name == name), None)
        return known or (Field(name, "own") if self.is_own(name) else None)

    def is_own(self, header: str) -> bool:
        """Whether a column of this header holds a field of the business's own."""
        return bool(self.own) and header.startswith(self.own) and bool(_OWN_NAME.fullmatch(header[len(self.own) :]))

    def with_fields(self, more: Sequence[Field]) -> "Kind":
        """The kind with further fields, such as a business's own (`custom.<name>`)."""
        return replace(self, fields=(*self.fields, *more))


def register(kind: Kind) -> None:
    """Make a kind known; a slice does so when it is composed (handlers), never when it is imported."""
    _KINDS[kind.name] = kind


def named(name: str) -> Kind | None:
    """The kind of that name."""
    return _KINDS.get(name)


def names() -> tuple[str, ...]:
    """The names of all kinds."""
    return tuple(_KINDS)


def _field(name: str, type_: Type = "text", **more: object) -> Field:
    return Field(name, type_, synonyms.of(name), **more)  # type: ignore[arg-type]


def _called_something(values: dict[str, Any], about: Mapping[str, str]) -> dict[str, Any]:
    """Who has no name in the file is called what they can be found by: people with only a phone are kept."""
    known = (values.get("phone"), values.get("email"), about.get("reference"))
    name = values.get("name") or next(filter(None, known), None)
    return values | ({"name": name} if name else {})


def _with_line(values: dict[str, Any], about: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG001
    """A product makes a line of the purchase; how many of what is not named is nothing that can be kept."""
    product, quantity = values.get("product"), values.get("quantity")
    rest = {name: value for name, value in values.items() if name not in {"product", "quantity"}}
    if not product:
        return rest
    line = {"product": product, "amount": rest.get("amount")} | ({"quantity": quantity} if quantity else {})
    return rest | {"lines": [line]}


_WHO = ("customer_reference", "customer_email", "customer_phone")
_WHOSE = (
    _field("customer_reference", about=True),
    _field("customer_email", "email", about=True),
    _field("customer_phone", "phone", about=True),
)
CUSTOMERS = Kind(
    "customers",
    (
        _field("name"),
        _field("given_name", part_of="name"),
        _field("middle_name", part_of="name"),
        _field("family_name", part_of="name"),
        _field("kind", "choice", choices=synonyms.KINDS_OF_CUSTOMERS),
        _field("email", "email"),
        _field("phone", "phone"),
        _field("birthday", "yearly", past=True),
        _field("joined_on", "date", past=True),
        _field("gender", "choice", choices=synonyms.GENDERS),
        _field("income_band"),
        _field("payment_method"),
        _field("purchase_purpose"),
        _field("language", "language"),
        _field("timezone"),
        _field("address"),
        _field("street", part_of="address"),
        _field("city", part_of="address"),
        _field("region", part_of="address"),
        _field("postcode", part_of="address"),
        _field("country", part_of="address"),
        _field("source"),
        _field("owner"),
        _field("tags", "tags"),
        _field("consent.greeting", "yes_no"),
        _field("consent.marketing", "yes_no"),
        _field("consent.service", "yes_no"),
        _field("age_noted", "whole"),
        _field("reference", about=True),
        _field("known_at", "instant", about=True, past=True),
    ),
    NewCustomer,
    (("name", "given_name", "family_name", "phone", "email", "reference"),),
    _called_something,
    own="custom.",
    called_by=("name", "given_name", "family_name"),
    stand_in=(("name", "?"),),
)
PURCHASES = Kind(
    "purchases",
    (
        *_WHOSE,
        _field("amount", "money"),
        _field("currency", "currency"),
        _field("at", "instant", past=True),
        _field("payment_method"),
        _field("purpose"),
        _field("place"),
        _field("product"),
        _field("quantity", "number"),
        _field("reference", about=True),
    ),
    NewPurchase,
    (("amount",), _WHO),
    _with_line,
    stand_in=(("amount", "0.00"),),
)
INTERACTIONS = Kind(
    "interactions",
    (
        *_WHOSE,
        _field("kind", "choice", choices=synonyms.KINDS_OF_INTERACTIONS),
        _field("summary"),
        _field("at", "instant", past=True),
        _field("channel"),
        _field("reference", about=True),
    ),
    NewInteraction,
    (("summary",), ("kind",), _WHO),
    stand_in=(("kind", "note"), ("summary", "?")),
)
RELATIONS = Kind(
    "relations",
    (
        *_WHOSE,
        _field("kind", "choice", choices=synonyms.KINDS_OF_RELATIONS),
        _field("other_reference", about=True),
        _field("other_email", "email", about=True),
        _field("other_phone", "phone", about=True),
        _field("roles", "tags"),
        _field("title"),
        _field("from", "date", past=True),
        _field("until", "date", past=True),
        _field("note"),
    ),
    NewRelation,
    (("kind",), _WHO),
    stand_in=(("kind", "household"),),
)
_KINDS = {kind.name: kind for kind in (CUSTOMERS, PURCHASES, INTERACTIONS, RELATIONS)}
