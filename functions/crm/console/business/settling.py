"""The settings of the business as the fields of a form, and back."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.business.rules import WEEKDAYS
from crm.business.service import Standing
from crm.console.forms import checked, whole
from crm.console.overtaken import Edit
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.core.text import ascii_digits

YES = "yes"
_WEEKEND = "weekend."
_PLACE = ("place.latitude", "place.longitude")
_NUMBERS = ("cap_mails", "cap_days")
_TEXTS = (
    "leap_day", "earliest_hour", "latest_hour",
    "sender_name", "reply_to", "logo_url", "postal_address", "advertising_label",
)  # fmt: skip
_SAME = (*_TEXTS, *_NUMBERS)
_AS_ONE = ("holidays", "weekend")
# From when on a change holds differs by what it is about.
_KINDS: Mapping[str, frozenset[str]] = {
    "hours": frozenset({"earliest_hour", "latest_hour", "sabbath", *_PLACE}),
    "days": frozenset({"holidays", *(f"{_WEEKEND}{day}" for day in WEEKDAYS)}),
    "leap_day": frozenset({"leap_day"}),
    "caps": frozenset(_NUMBERS),
    "mail": frozenset({"sender_name", "reply_to", "logo_url", "postal_address", "advertising_label"}),
}


def shown(standing: Standing) -> dict[str, str]:
    """What holds, by the fields of the form."""
    business, place = standing.business, standing.business.place
    degrees = (str(place.latitude), str(place.longitude)) if place else ("", "")
    return {
        **{name: str(getattr(business, name) or "") for name in _SAME},
        **{f"{_WEEKEND}{day}": YES if number in business.weekend else "" for number, day in enumerate(WEEKDAYS, 1)},
        "holidays": "\n".join(sorted(business.holidays)),
        "sabbath": YES if business.sabbath else "",
        **dict(zip(_PLACE, degrees, strict=True)),
    }


def decisions(edit: Edit) -> dict[str, Any]:
    """What the form decides anew, as `crm.business.service` takes it; empty is None. Raises InvalidFields."""
    # Here and not above: to look at the settings no schema is needed.
    from crm.business.schemas import BusinessChange

    found = checked(BusinessChange, dict(_told(edit))).model_dump(exclude_unset=True)
    if found.get("weekend") is not None:
        found["weekend"] = [WEEKDAYS.index(day) + 1 for day in found["weekend"]]
    return found


def kinds(changed: Iterable[str]) -> list[str]:
    """What a change is about: of each kind the page says from when on it holds."""
    names = set(changed)
    return [kind for kind, fields in _KINDS.items() if fields & names]


def by_field(refused: InvalidFields) -> InvalidFields:
    """The same with the fields of the form: a wrong holiday stands in the one field of all holidays."""
    found = ((one.pointer.split("/")[1], one) for one in refused.fields if one.pointer)
    fields = tuple(FieldError(f"/{name}" if name in _AS_ONE else one.pointer, one.reason) for name, one in found)
    return InvalidFields(refused.detail, fields=fields)


def _told(edit: Edit) -> Iterator[tuple[str, Any]]:
    changed = edit.changed
    yield from ((name, changed[name] or None) for name in _TEXTS if name in changed)
    yield from ((name, whole(name, changed[name])) for name in _NUMBERS if name in changed)
    if "holidays" in changed:
        lines = [ascii_digits(line.strip()) for line in changed["holidays"].splitlines()]
        yield "holidays", [line for line in lines if line] or None
    if "sabbath" in changed:
        yield "sabbath", True if changed["sabbath"] else None
    if any(name.startswith(_WEEKEND) for name in changed):
        # All of them, as the reader saw them: a weekend is decided as one.
        yield "weekend", [day for day in WEEKDAYS if edit.shown[f"{_WEEKEND}{day}"]]
    if any(name in changed for name in _PLACE):
        degrees = {name.partition(".")[2]: edit.shown[name] for name in _PLACE}
        yield "place", {name: _degrees(name, text) for name, text in degrees.items()} if any(degrees.values()) else None


def _degrees(name: str, text: str) -> Decimal:
    try:
        found = Decimal(ascii_digits(text))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise InvalidFields.one(f"/place/{name}", Reason("must be a number of degrees, such as 24.86"))
    return found
