"""What goes in and out over HTTP about keys of machines."""

from typing import Annotated, Literal

from pydantic import Field

from crm.core.fields import Document, ShortLine
from crm.core.names import Id

Rate = Annotated[int, Field(ge=1, le=6000, description="Requests a minute; one more is answered with 429.")]
Days = Annotated[int, Field(ge=1, le=730, description="How long it is good for.")]


class NewKey(Document):
    name: ShortLine = Field(description="What it is for: `Till 2`.")
    role: Id = Field(description="A built-in role such as `till`, or one of your own with just its rights.")
    rate: Rate = 120
    valid_days: Days = 365


class Rotation(Document):
    grace_hours: int = Field(default=24, ge=0, le=168, description="How long the secret before stays good.")


class KeyOut(Document):
    """A key, without what opens it. `state`: active, revoked, ended."""

    id: str
    name: str
    role: str
    rate: int
    state: Literal["active", "revoked", "ended"]
    version: int
    created_at: str
    created_by: str
    valid_until: str
    revoked_at: str | None
    rotated_at: str | None
    earlier_until: str | None = Field(description="Until then the secret before the last rotation is good, too.")
    last_used: str | None = Field(description="The minute of its last request.")


class KeyWithSecret(KeyOut):
    key: str | None = Field(description="What the machine sends; shown once, and null when the request is repeated.")


class KeyList(Document):
    items: list[KeyOut]
    next: str | None
