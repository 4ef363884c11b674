"""What a rule of greetings may hold, beyond the form of its fields. Pure: what there is to choose from is passed in."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.greetings import rules

_FARTHEST = 60


def require(
    values: Mapping[str, Any], *, last_start: str, feasts: Collection[str], has_template: Callable[[str], bool]
) -> None:
    """See that a whole rule makes sense. Raises InvalidFields, which names every wrong field."""
    found = tuple(_problems(values, last_start, feasts)) + tuple(_of_template(values, has_template))
    if found:
        raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in found), fields=found)


def _problems(values: Mapping[str, Any], last_start: str, feasts: Collection[str]) -> Iterator[FieldError]:
    yield from _of_details(values)
    yield from _of_offset(values)
    if values.get("feast") and values["feast"] not in feasts:
        yield FieldError("/feast", Reason("must be one of {expected}", expected=", ".join(sorted(feasts))))
    if values["send_at"] > last_start:
        why = Reason("a greeting that begins later would not go out before the latest hour of the business")
        yield FieldError("/send_at", Reason("must be {last_start} or earlier: {why}", last_start=last_start, why=why))
    if values.get("starts_on") and values.get("ends_on") and values["ends_on"] < values["starts_on"]:
        yield FieldError("/ends_on", Reason("must not be before starts_on, {starts_on}", starts_on=values["starts_on"]))


def _of_details(values: Mapping[str, Any]) -> Iterator[FieldError]:
    needed = rules.details(values["occasion"], values.get("event"))
    for name in rules.ALL_DETAILS:
        if name in needed and values.get(name) is None:
            yield FieldError(f"/{name}", Reason(rules.MISSING.template, occasion=values["occasion"]))
        if name not in needed and values.get(name) is not None:
            yield FieldError(
                f"/{name}",
                Reason("has no meaning for the occasion {occasion}; leave it out", occasion=values["occasion"]),
            )
    if values.get("min_amount") is not None and values["min_amount"] <= 0:
        yield FieldError("/min_amount", Reason("must be more than 0"))


def _of_offset(values: Mapping[str, Any]) -> Iterator[FieldError]:
    if values["occasion"] == rules.DAYS_AFTER:
        if values["offset_days"] < 0:
            yield FieldError("/offset_days", Reason("must be from 0 to 3650: days after the event"))
    elif values["offset_days"] > _FARTHEST:
        yield FieldError(
            "/offset_days",
            Reason(
                "must be from -{farthest} to {farthest} for the occasion {occasion}",
                farthest=_FARTHEST,
                occasion=values["occasion"],
            ),
        )


def _of_template(values: Mapping[str, Any], has_template: Callable[[str], bool]) -> Iterator[FieldError]:
    name = values.get("template")
    if name is None:
        yield FieldError("/template", Reason("required: there is no usual template for this occasion"))
    elif not has_template(name):
        yield FieldError("/template", Reason("there is no template {name}", name=ascii(name[:40])))
