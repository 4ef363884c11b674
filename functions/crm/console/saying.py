"""Days, times, numbers and money as the reader of a page writes them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from crm.console import house
from crm.mail import languages
from crm.mail.languages import Language

_PLACES = 2


@dataclass(frozen=True)
class Saying:
    """In a language, by the clocks of the business."""

    language: Language

    @cached_property
    def zone(self) -> ZoneInfo:
        return house.zone()

    @cached_property
    def today(self) -> date:
        return house.today()

    def day(self, text: str) -> str:
        """A date (`2026-11-21`), a day of the year (`--11-21`, `11-21`) or the day of an instant."""
        if len(text) < len("2026-11-21"):
            return languages.month_day(text[-5:], self.language)
        if len(text) > len("2026-11-21"):
            return languages.shown(self._local(text).date(), self.language)
        return languages.shown(date.fromisoformat(text), self.language)

    def month(self, number: int) -> str:
        """The name of a month, 1 to 12."""
        return languages.month(number, self.language)

    def weekday(self, text: str) -> str:
        """A date with the day of the week before it."""
        return languages.shown(datetime.fromisoformat(text), self.language)

    def hour(self, text: str) -> str:
        """A time of day, `HH:MM`."""
        return languages.shown(time.fromisoformat(text), self.language)

    def moment(self, text: str) -> str:
        """An instant, or a wall time, with its hour."""
        local = self._local(text)
        parts = (languages.shown(part, self.language) for part in (local.date(), local.time()))
        return languages.between(self.language.code).join(parts)

    def number(self, value: Any) -> str:
        """A whole number."""
        return languages.shown(int(value), self.language)

    def tenths(self, value: Any) -> str:
        """A number with one decimal place, as an average has it."""
        return languages.decimal(round(Decimal(str(value)), 1), self.language, places=1)

    def money(self, amount: Any, currency: str) -> str:
        """An amount with its currency; what is no number as it stands."""
        try:
            return f"{languages.decimal(Decimal(str(amount)), self.language, places=_PLACES)} {currency}"
        except InvalidOperation:
            return f"{amount} {currency}"

    def _local(self, text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is None else moment.astimezone(self.zone)
