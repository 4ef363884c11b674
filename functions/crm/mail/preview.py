"""What a template looks like to somebody: rendered as mail is, with values to try it with, and sent to nobody."""

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from crm.business import service as business_service
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.mail import rendering
from crm.mail.recipients import Recipient
from crm.mail.rendering import Rendered
from crm.mail.sources import Draft, Value
from crm.templates import service as template_service
from crm.templates.placeholders import Known
from crm.templates.service import Words

_NOWHERE = "#"
_REMEDIES = {
    "text": Reason("must be a text of at most 200 characters"),
    "lines": Reason("must be a text of at most 4000 characters"),
    "number": Reason("must be a whole number from 0 to 9999"),
    "date": Reason("must be a date as YYYY-MM-DD"),
    "time": Reason("must be a time of day as HH:MM"),
}


def show(
    *,
    name: str,
    language: str | None = None,
    purpose: str | None = None,
    owner: str | None = None,
    values: Mapping[str, Any] | None = None,
    text: Mapping[str, str] | None = None,
) -> Rendered:
    """The mail that a template makes for a reader of `language`. Raises NotFound, InvalidFields.

    `values` replace those it is tried with, None: as if it were not known. `text`: unsaved sections to show instead.
    `owner`: the member of staff who would look after the reader.
    """
    business = business_service.current()
    tag = language or business.language
    words = template_service.words(name, languages=[tag, business.language])
    if text is not None:
        words = template_service.tried(name, text, tag=tag)
    tried = _values(values or {}, template_service.askable(name), but=frozenset({"owner"} if owner else ()))
    reader = Recipient("customer" if words.use in ("greeting", "reminder") else "staff", "preview", {"language": tag})
    if owner:
        reader = Recipient(reader.kind, reader.id, {**reader.profile, "owner": owner})
    draft = Draft(words.name, purpose or _usual(words), tried)
    return rendering.render(draft, reader, business=business, link=_NOWHERE, words=words)


def samples(name: str) -> dict[str, Value]:
    """The values that a template is tried with, of all that it may ask for."""
    return _values({}, template_service.askable(name), but=frozenset())


def _usual(words: Words) -> str:
    return "greeting" if words.use == "greeting" else "service"


def _values(given: Mapping[str, Any], known: Mapping[str, Known], *, but: frozenset[str]) -> dict[str, Value]:
    wrong = [
        FieldError(
            f"/values/{name}", Reason("this mail does not have it; it has {known}", known=", ".join(sorted(known)))
        )
        for name in given
        if name not in known
    ]
    values: dict[str, Value] = {name: one.sample for name, one in known.items() if one.sample and name not in but}
    for name in [name for name in given if name in known]:
        try:
            values[name] = None if given[name] is None else _READERS[known[name].kind](given[name])
        except ValueError:
            wrong.append(FieldError(f"/values/{name}", _REMEDIES[known[name].kind]))
    if wrong:
        raise InvalidFields("; ".join(f"{one.pointer} {one.reason}" for one in wrong[:5]), fields=tuple(wrong))
    return values


def _text(value: Any, *, longest: int = 200) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError
    return value


def _lines(value: Any) -> str:
    return _text(value, longest=4000)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10_000:
        raise ValueError
    return value


def _date(value: Any) -> date:
    return date.fromisoformat(_text(value, longest=10))


def _time(value: Any) -> time:
    return time.fromisoformat(_text(value, longest=5))


_READERS: Mapping[str, Callable[[Any], Value]] = {
    "text": _text,
    "lines": _lines,
    "number": _number,
    "date": _date,
    "time": _time,
}
