"""Fields of documents that several slices share: each refuses what it cannot mean and says the remedy."""

from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from crm.core import values


class Document(BaseModel):
    """Base of all that goes in and out over HTTP: unknown fields are refused, and so is guessing at types."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True, frozen=True)


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(values.line)]
ShortLine = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(values.line)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(values.lines)]
Amount = Annotated[Decimal, PlainSerializer(values.amount_text, return_type=str)]
"""Money going out: exact, as text, with at least two places."""
Money = Annotated[
    Amount,
    BeforeValidator(values.money),
    WithJsonSchema({"type": "string", "pattern": f"^{values.MONEY.pattern}$"}, mode="validation"),
]
"""Money coming in: as text only, since a JSON number has passed through somebody's floating point."""
Currency = Annotated[str, AfterValidator(values.currency)]
Language = Annotated[str, AfterValidator(values.language)]
Timezone = Annotated[str, AfterValidator(values.timezone)]
Hour = Annotated[str, AfterValidator(values.hour)]
CalendarDate = Annotated[str, AfterValidator(values.calendar_date)]
FullDate = Annotated[str, AfterValidator(values.full_date)]
"""A day of one year: one without it (`--MM-DD`) is neither taken nor offered."""
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(values.email)]
Instant = Annotated[AwareDatetime, BeforeValidator(values.instant)]
