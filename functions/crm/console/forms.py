"""Forms of the pages: what was filled in, checked by the schemas of the API, and shown again where it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from crm.console.asked import Page
from crm.core.errors import CrmError, InvalidFields, KeyReused
from crm.core.reason import Reason
from crm.core.text import ascii_digits

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema = TypeVar("Schema", bound="BaseModel")
_MOST_DIGITS, _LONGEST_ONCE, _LONGEST_VERSION = 6, 40, 8
_ANEW = Reason("load the page anew")
FAULT = "data-fault"
"""What a summary (`problems` in `forms.html`) puts at each of its entries, with the id of the field."""
# Whoever filled in a form knows of no key by which it would be sent once.
SENT_ALREADY = Reason("this form has been sent already with something else in it")


def filled(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Those of the fields that hold more than spaces, without the spaces around it."""
    return {name: text for name in names if (text := form.get(name, "").strip())}


def checked(schema: type[Schema], told: Mapping[str, Any]) -> Schema:
    """What a form tells, by the schema that the API checks it with. Raises InvalidFields."""
    # Here and not above: most pages only show something.
    from pydantic import ValidationError

    from crm.core import invalid

    try:
        return schema.model_validate(dict(told))
    except ValidationError as refused:
        found = [{**one, "loc": (invalid.BODY, *one["loc"])} for one in refused.errors(include_url=False)]
        raise invalid.fields(found, body=told) from refused


def whole(name: str, text: str) -> int | None:
    """A whole number below a million in any digits; None where the field is empty. Raises InvalidFields."""
    digits = ascii_digits(text.strip())
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        raise InvalidFields.one(f"/{name}", Reason("must be a whole number"))
    return int(digits) if digits else None


def once(form: Mapping[str, str]) -> str:
    """By which a form that is sent again is known as the same one. Raises InvalidFields where it carries none."""
    sent = form.get("once", "")
    if not 0 < len(sent) <= _LONGEST_ONCE:
        raise InvalidFields.one("", _ANEW)
    return f"console {sent}"


def version(form: Mapping[str, str], name: str = "version") -> int:
    """Of what the form was made. Raises InvalidFields where it carries none."""
    sent = number(form.get(name))
    if sent is None:
        raise InvalidFields.one("", _ANEW)
    return sent


def number(text: str | None) -> int | None:
    """A version as our own pages write it; None where it is anything else."""
    is_one = text and text.isascii() and text.isdigit() and len(text) <= _LONGEST_VERSION
    return int(text) if text and is_one else None


def errors(refused: CrmError) -> dict[str, Reason]:
    """What is wrong by the field of the form: `/consent/marketing` is `consent.marketing`; "" is the form itself."""
    wrong: dict[str, Reason] = {}
    for one in refused.fields:
        wrong.setdefault(one.pointer.removeprefix("/").replace("/", "."), one.reason)
    return wrong or {"": SENT_ALREADY if isinstance(refused, KeyReused) else refused.reason}


def again(page: Page, refused: CrmError, named: Mapping[str, str] = MappingProxyType({})) -> Page:
    """The page with the form as it was filled in, and what is wrong beside each field.

    `named`: what the form calls a field, where that is not as the API does.
    """
    wrong = {named.get(name, name): reason for name, reason in errors(refused).items()}
    return replace(page, values={**page.values, "errors": wrong}, status=InvalidFields.status.value)
