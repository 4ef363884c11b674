"""The fields of a customer as forms show them, block by block, and what a filled-in form says to the API's schemas."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from crm.access import roster
from crm.business import country
from crm.console import house
from crm.core import veil
from crm.core.actor import Actor
from crm.core.errors import FieldError, InvalidFields
from crm.core.purposes import PURPOSES
from crm.core.reason import Reason
from crm.core.text import ascii_digits
from crm.own_fields.rules import Definition

YES, NO = "yes", "no"
_CONSENT, _CUSTOM = "consent.", "custom."
_SAID = {YES: True, NO: False}
BLOCKS: Mapping[str, tuple[str, ...]] = {
    "who": ("name", "kind", "phone", "email", "address", "birthday", "language", "timezone"),
    "habits": (*("gender", "age_noted", "joined_on", "source", "income_band", "payment_method", "purchase_purpose"),),
    "care": ("owner", "tags"),
    "consent": tuple(_CONSENT + purpose for purpose in PURPOSES),
    "own": (),
}
"""The fields of each block; those of `own` are the business's."""
_DATES = ("birthday", "joined_on")
_MOST_DIGITS = 6


def fields(blocks: Iterable[str], actor: Actor, hidden: Collection[str]) -> list[str]:
    """The fields that somebody may fill in, of some blocks, without those that are `hidden` from them."""
    named = [name for block in blocks for name in (BLOCKS[block] or _own())]
    seen = [name for name in named if not veil.is_hidden(f"/{name.replace('.', '/')}", hidden)]
    return [name for name in seen if name != "owner" or actor.may("staff.read")]


def shown(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """What a record holds under each of the fields, as text."""
    return {name: _text(name, values) for name in names}


def told(changed: Mapping[str, str], *, emptied: bool) -> dict[str, Any]:
    """What was filled in as the schemas take it; an empty field is absent, or, where it is `emptied`, None."""
    found = dict[str, Any]()
    for name, text in changed.items():
        value = _value(name, text)
        if value is None and not emptied:
            continue
        whole, _, member = name.partition(".")
        if member:
            found.setdefault(whole, {})[member] = value
        else:
            found[name] = value
    return found


def knows_country() -> bool:
    """Whether numbers may be written as they are called where the business is."""
    return country.of(house.zone()) is not None


def owners(actor: Actor, now: str | None) -> list[str]:
    """Whom somebody may give a customer to: the members whose customers they may change, and who has them now."""
    known = {who for who, member in roster.current().members.items() if not member.get("inactive")}
    within = actor.within("customers.write")
    reached = {who for who in known if within is None or within.holds(who)}
    return sorted({*reached, *([now] if now else [])})


def require_owner(actor: Actor, changed: Mapping[str, str], now: str | None) -> None:
    """Raise InvalidFields where a form gives a customer to somebody whom it does not offer."""
    to = changed.get("owner")
    if to is None:
        return
    within = actor.within("customers.write")
    if to and to not in owners(actor, now):
        raise InvalidFields.one("/owner", Reason("is nobody to whom you can give customers"))
    if not to and within is not None and not within.unowned:
        raise InvalidFields.one("/owner", Reason("somebody has to look after them, else you would not see them again"))


def by_field(refused: InvalidFields) -> InvalidFields:
    """The same with the fields of a form: a wrong tag stands in the one field of all tags."""
    fields = tuple(FieldError(_of_form(one.pointer), one.reason) for one in refused.fields)
    return InvalidFields(refused.detail, fields=fields)


def definitions(names: Iterable[str]) -> Sequence[Definition]:
    """The business's own fields that are among these."""
    wanted = set(names)
    return [one for one in house.fields() if _CUSTOM + one.name in wanted]


def _own() -> Iterator[str]:
    return (_CUSTOM + one.name for one in house.fields())


def _of_form(pointer: str) -> str:
    return next((f"/{name}" for name in ("tags", "age_noted") if pointer.startswith(f"/{name}/")), pointer)


def _text(name: str, values: Mapping[str, Any]) -> str:
    whole, _, member = name.partition(".")
    value = (values.get(whole) or {}).get(member) if member else values.get(whole)
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case _ if name == "tags":
            return "\n".join(value)
        case _ if name == "age_noted":
            return str(int(value["years"]))
        case _:
            return str(value)


def _value(name: str, text: str) -> Any:
    if name == "tags":
        return [line.strip() for line in text.splitlines() if line.strip()] or None
    if not text:
        # A name is never taken away: the schema says so.
        return "" if name == "name" else None
    if name.startswith(_CONSENT) or _is_yes_no(name):
        return _SAID.get(text, text)
    if name == "age_noted":
        digits = ascii_digits(text)
        # Python reads no number of thousands of digits; what is that long the schema refuses in words.
        return int(digits) if digits.isdigit() and digits.isascii() and len(digits) <= _MOST_DIGITS else text
    if name == "phone":
        return _with_code(text)
    return ascii_digits(text) if name in _DATES else text


def _with_code(phone: str) -> str:
    """A number as it is called where the business is gets the code of that country, if it exists there."""
    # Here, as showing the form needs no tables of numbers.
    from crm.customers import phones

    home = country.of(house.zone())
    return phones.local(phone, home) or phone if home else phone


def _is_yes_no(name: str) -> bool:
    return any(one.type == "yes_no" and _CUSTOM + one.name == name for one in house.fields())
