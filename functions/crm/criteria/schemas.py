"""What the route of the rule language gives."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class RuleSchema(BaseModel):
    """A JSON Schema (2020-12) of the rules of groups."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, serialize_by_alias=True)

    dialect: str = Field(alias="$schema")
    definitions: dict[str, Any] = Field(alias="$defs")
