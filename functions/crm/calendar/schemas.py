"""The calendar as it goes out over HTTP."""

from collections.abc import Collection
from typing import Self

from pydantic import Field

from crm.core.fields import Document
from crm.core.veil import is_hidden
from crm.core.veiled import Veiled


class FeastDay(Document):
    """A day of a feast, and the name of this occurrence: the year of the feast's own calendar."""

    date: str
    occurrence: str


class FeastOut(Document):
    """A feast in the asked year; without days where the sources do not agree on it."""

    id: str
    names: dict[str, str]
    days: list[FeastDay]
    agreed_from: int
    agreed_until: int
    left_out: list[int] = Field(description="Years between these two that the sources do not agree on.")
    note: str | None


class FeastList(Document):
    items: list[FeastOut]
    next: str | None


class PlaceholderOut(Veiled):
    """A day on which so many birthdays from one source fall that most of them are probably none."""

    source: str | None = Field(description="The customers' `source`; null: those without one.")
    day: str = Field(description="`YYYY-MM-DD`, or `--MM-DD`: that day in any (other) year.")
    customers: int
    birthdays: int = Field(description="All birthdays from this source.")

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return None if is_hidden("/birthday", hidden) else self


class PlaceholderList(Document):
    items: list[PlaceholderOut]
    next: str | None
