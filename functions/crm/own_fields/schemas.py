"""A business's own fields as they go in and out over HTTP."""

from typing import Annotated, Any

from pydantic import Field

from crm.core.fields import Document, Language, Line, ShortLine
from crm.core.names import CustomName, Id
from crm.own_fields.rules import FieldType

Labels = Annotated[dict[Language, ShortLine], Field(max_length=20)]
Help = Annotated[dict[Language, Line], Field(max_length=20)]
Order = Annotated[int, Field(ge=0, le=9999)]
Roles = Annotated[list[Id], Field(max_length=20)]
_HELP = "By language: what stands beside it in a form."
_REQUIRED = "New customers of the staff and of imports must have it, and nobody empties it."
_SEARCHABLE = "Customers are found by its words; text and link only."
_VISIBLE = "Roles that see it, beside whoever may define fields. Empty: everybody."


class ChoiceIn(Document):
    value: ShortLine = Field(description="What is stored; stays the same in all languages.")
    labels: Labels = {}


Choices = Annotated[list[ChoiceIn], Field(max_length=50)]


class NewField(Document):
    """A field to define."""

    name: CustomName = Field(description="As in the customer's `custom`, in rules and in templates.")
    type: FieldType
    labels: Labels = Field(default={}, description="By language: how it is called. Without any, by its name.")
    help: Help = Field(default={}, description=_HELP)
    choices: Choices = Field(default=[], description="Of type choice: what there is to choose from.")
    required: bool = Field(default=False, description=_REQUIRED)
    searchable: bool = Field(default=False, description=_SEARCHABLE)
    order: Order = Field(default=0, description="Where it stands in forms: by this number, then by name.")
    visible_to: Roles = Field(default=[], description=_VISIBLE)


class FieldChange(Document):
    """What to change (RFC 7396): absent stays, null goes back to the default; `labels` and `help` by language."""

    type: FieldType | None = Field(default=None, description="Cannot be changed; may be sent as it is.")
    labels: Annotated[dict[Language, ShortLine | None], Field(max_length=20)] | None = None
    help: Annotated[dict[Language, Line | None], Field(max_length=20)] | None = None
    choices: Choices | None = None
    required: bool | None = None
    searchable: bool | None = None
    order: Order | None = None
    visible_to: Roles | None = None


class FieldOut(Document):
    name: str
    version: int
    type: str
    labels: dict[str, str]
    help: dict[str, str]
    choices: list[dict[str, Any]]
    required: bool
    searchable: bool
    order: int
    visible_to: list[str]
    created_at: str
    created_by: str
    updated_at: str


class FieldList(Document):
    """All fields, in order: there are never so many that they need pages."""

    items: list[FieldOut]
