"""Calls as they go in and out over HTTP."""

from collections.abc import Collection
from typing import Literal, Self

from pydantic import Field

from crm.core.fields import Document, Text
from crm.core.veil import is_hidden
from crm.core.veiled import OfCustomer


class CallDone(Document):
    """What came of a call; with a `summary` it is logged on the customer's timeline, too."""

    summary: Text | None = None


class Done(Document):
    """When a call was made, and by whom."""

    at: str
    by: str


class Call(OfCustomer):
    """Somebody to greet by voice today, since no mail reaches them."""

    key: str = Field(description="The key of the message that could not be sent, or came back.")
    customer_id: str
    name: str
    phone: str | None
    language: str | None
    owner: str | None
    date: str
    rule: str
    rule_name: str | None
    reason_code: Literal["no_address", "suppressed", "bounced"]
    say: str | None = Field(
        description="The greeting in the customer's language, as plain text; its subject, where the mail came back."
    )
    done: Done | None

    def veiled(self, hidden: Collection[str]) -> Self | None:
        # Most are greeted on their birthday.
        return None if is_hidden("/birthday", hidden) else super().veiled(hidden)


class CallList(Document):
    items: list[Call]
    next: str | None
