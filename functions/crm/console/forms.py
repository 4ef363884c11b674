"""Forms of the pages: what was filled in, checked by the schemas of the API, and shown again where it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from crm.console.asked import Page
from crm.core.errors import InvalidFields

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema = TypeVar("Schema", bound="BaseModel")


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


def errors(refused: InvalidFields) -> dict[str, str]:
    """What is wrong by the field of the form: `/consent/marketing` is `consent.marketing`; "" is the form itself."""
    wrong: dict[str, str] = {}
    for one in refused.fields:
        wrong.setdefault(one.pointer.removeprefix("/").replace("/", "."), one.reason)
    return wrong or {"": refused.detail}


def again(page: Page, refused: InvalidFields) -> Page:
    """The page with the form as it was filled in, and what is wrong beside each field."""
    return replace(page, values={**page.values, "errors": errors(refused)}, status=refused.status.value)
