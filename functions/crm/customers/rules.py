"""What a customer's fields may say. Pure: the present day is passed in."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from crm.calendar import bikram_sambat
from crm.core.errors import InvalidFields, require_each
from crm.core.reason import Reason

OLDEST_YEARS = 130
NO_FACTS: Mapping[str, Any] = {"spent": Decimal(0), "purchases": 0, "interactions": 0}
_BIKRAM_SAMBAT_AHEAD = 57
_NEPAL = frozenset({"Asia/Kathmandu", "Asia/Katmandu"})
_MERGED = ("consent", "custom")
# By the kind of a customer the relations that only the other kind has (crm.relations.rules.KINDS).
_OF_KINDS = {
    "person": frozenset({"member", "branch", "branch_of", "business"}),
    "organisation": frozenset({"household", "member_of"}),
}


def require_possible(fields: Mapping[str, Any], *, today: date) -> None:
    """Check what only holds on a day: `today` is the latest calendar day anywhere on Earth. Raises InvalidFields."""
    require_each(
        lambda: _require_noted(fields.get("age_noted"), today),
        lambda: _require_joined(fields.get("joined_on"), today),
        lambda: _require_born(fields.get("birthday"), today),
    )


def _require_born(birthday: str | None, today: date) -> None:
    if not birthday or birthday.startswith("--"):
        return
    born = date.fromisoformat(birthday)
    if born > today:
        raise InvalidFields.one(
            "/birthday",
            Reason("{day} lies in the future; {remedy}", day=birthday, remedy=_future_remedy(born, today)),
        )
    if today.year - born.year > OLDEST_YEARS:
        raise InvalidFields.one(
            "/birthday",
            Reason(
                "more than {oldest_years} years ago; check the year, or leave it out: --MM-DD",
                oldest_years=OLDEST_YEARS,
            ),
        )


def _future_remedy(born: date, today: date) -> Reason:
    # Its years are 57 ahead for most of the year, so every birthday of the last decades looks like one to come.
    if born.year > today.year + _BIKRAM_SAMBAT_AHEAD:
        return Reason("check the year")
    asked = f'{{"calendar": "bikram_sambat", "date": "{born}"}}'
    return Reason(
        "check the year, or send it as {asked} if {year} is a year of Bikram Sambat", asked=asked, year=str(born.year)
    )


def in_bikram_sambat(fields: Mapping[str, Any], *, business_zone: str) -> str | None:
    """The birthday in Nepal's calendar for a customer who reads Nepali or lives in Nepal, where it is sure."""
    birthday, zone = fields.get("birthday"), fields.get("timezone") or business_zone
    nepali = (fields.get("language") or "").partition("-")[0] == "ne" or zone in _NEPAL
    if not nepali or not birthday or birthday.startswith("--"):
        return None
    return bikram_sambat.shown(date.fromisoformat(birthday))


def require_consistent(fields: Mapping[str, Any]) -> None:
    """Check what only holds of all fields together, and of the relations of a record. Raises InvalidFields."""
    unfit = sorted(_OF_KINDS.get(fields.get("kind", ""), frozenset()) & (fields.get("relations") or {}).keys())
    if unfit:
        remedy = Reason("remove them first: GET /customers/{id}/relations lists them")
        raise InvalidFields.one(
            "/kind",
            Reason(
                "this kind of customer has no relations of kind {unfit}; {remedy}",
                unfit=", ".join(unfit),
                remedy=remedy,
            ),
        )


def _require_noted(age: Any, today: date) -> None:
    if isinstance(age, Mapping) and date.fromisoformat(age["noted_on"]) > today:
        raise InvalidFields.one(
            "/age_noted/noted_on", Reason("{day} lies in the future; check the date", day=age["noted_on"])
        )


def _require_joined(joined_on: str | None, today: date) -> None:
    if joined_on and date.fromisoformat(joined_on) > today:
        raise InvalidFields.one("/joined_on", Reason("{day} lies in the future; check the date", day=joined_on))


def noted(fields: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """The fields with an age given as a bare number turned into the number and the day it was noted."""
    age = fields.get("age_noted")
    return (
        {**fields, "age_noted": {"years": age, "noted_on": today.isoformat()}} if isinstance(age, int) else {**fields}
    )


def merged(current: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The fields after a merge patch (RFC 7396): null empties, objects kept by key are merged by key."""
    result = {**current, **change}
    for name in _MERGED:
        if isinstance(change.get(name), Mapping):
            result[name] = without_none({**(current.get(name) or {}), **change[name]})
    return without_none(result)


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are known."""
    return {name: value for name, value in values.items() if value is not None}


def addresses(fields: Mapping[str, Any]) -> set[str]:
    """What identifies a customer to the contact items: e-mail and phone, and those of records merged into this one."""
    return {fields[name] for name in ("email", "phone") if fields.get(name)} | set(fields.get("other_addresses") or ())
