"""Rules of routing as they go in and out over HTTP."""

from typing import Annotated, Any

from pydantic import Field

from crm.core.fields import Document, ShortLine
from crm.core.names import Id, StaffId

_WHEN = (
    "Whom it is for, as rules of groups have it (docs/rules.md): by language, address, telephone, tags, a group, "
    "fields of the business's own. null: everybody."
)


class TargetOut(Document):
    """To whom: to one member, or to a team, whose members take turns."""

    member: StaffId | None = None
    team: Id | None = None


class RoutingRule(Document):
    """Who new customers go to that nobody owns."""

    id: Id
    name: ShortLine
    when: Any = Field(default=None, description=_WHEN)
    to: TargetOut


class RoutingChange(Document):
    """All rules, in the order in which they are asked; the first that fits and has somebody there decides."""

    rules: Annotated[list[RoutingRule], Field(max_length=50)]


class RoutingOut(RoutingChange):
    version: int
    updated_at: str | None
    updated_by: str | None
