"""What goes in and out over HTTP about webhooks."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm.core.fields import Document, ShortLine
from crm.webhooks.rules import Event

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        description="https, the name of a machine, port 443 or 8443; answers with a status of 200 to 299.",
    ),
]
Events = Annotated[list[Event], Field(min_length=1, max_length=20, description="Of what it is told: docs/events.md.")]


class NewWebhook(Document):
    name: ShortLine = Field(description="What it is for: `Newsletter`.")
    url: Url
    events: Events


class WebhookChange(Document):
    """What is absent stays."""

    name: ShortLine = ""
    url: Url = ""
    events: Events = Field(default=[])
    active: bool = True


class WebhookOut(Document):
    """A webhook, without its secret."""

    id: str
    name: str
    url: str
    events: list[str]
    state: Literal["active", "off"]
    off_because: str | None = Field(description="Why it was switched off, where nobody did it.")
    version: int
    created_at: str
    created_by: str
    rotated_at: str | None
    earlier_until: str | None = Field(description="Until then the secret before the last rotation signs as well.")
    failing_since: str | None = Field(description="The first of the attempts since which nothing has arrived.")


class WebhookWithSecret(WebhookOut):
    secret: str | None = Field(description="Signs what is sent; shown once, and null when the request is repeated.")


class WebhookList(Document):
    items: list[WebhookOut]
    next: str | None


class DeliveryOut(Document):
    """An event for a webhook. `answer`: a status of HTTP, or the step that failed."""

    id: str
    type: str
    timestamp: str
    state: Literal["due", "delivered", "failed"]
    attempts: int
    tried_at: str | None
    next_at: str | None = Field(description="When it is tried again.")
    answer: str | None
    data: dict[str, Any]


class DeliveryList(Document):
    items: list[DeliveryOut]
    next: str | None
