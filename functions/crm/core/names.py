"""How ids and names are spelled that somebody types: each kind says in words what it wants."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from crm.core.reason import BadValue, Reason


@dataclass(frozen=True)
class Spelled:
    """Of a text that must be a `pattern` from its first to its last character; the refusal is `remedy`."""

    pattern: str
    remedy: Reason

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._fitting, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^{self.pattern}$"}

    def _fitting(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise BadValue(self.remedy)
        return value


Id = Annotated[
    str,
    Spelled(
        r"[a-z0-9][a-z0-9_-]{0,39}", Reason("must be an id: at most 40 of a-z, 0-9, - and _, a letter or digit first")
    ),
]
StaffId = Id
"""No dot: the id stands in a tag of SES, which takes letters, digits, "-" and "_" only."""
Name = Annotated[
    str, Spelled(r"[a-z][a-z0-9_]{0,39}", Reason("must be a name of at most 40 of a-z, 0-9 and _, with a letter first"))
]
"""Of what the business adds under a name of its own choice, such as a template."""
CustomName = Annotated[
    str,
    Spelled(
        r"[A-Za-z][A-Za-z0-9_]{0,39}", Reason("must be named with at most 40 of A-Z, a-z, 0-9 and _, a letter first")
    ),
]
"""The name of a field of the business's own, as in the customer's `custom`."""
