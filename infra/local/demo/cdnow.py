"""The CDNOW sample: the purchases that 2,357 real customers of a music shop made in 18 months of 1997 and 1998.

Fader and Hardie published it; the PyPI package `lifetimes` ships the file. Names, languages, zones and birthdays are
ours, drawn from a fixed seed, since the file has none.
"""

import importlib.util
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

SEED = 1997
_NAMES = {
    "en": (
        "Anna Emma Liam Noah Olivia Jack Grace Henry Ruth Oscar",
        "Smith Jones Brown Taylor Wilson Clark Hall Young",
    ),
    "ur": ("عائشہ فاطمہ علی حسن زینب بلال سارہ عمر مریم یوسف", "خان احمد ملک قریشی شاہ بٹ صدیقی چودھری"),
    "bn": ("নাজমা রহিম করিম সুমি তানিয়া আরিফ মিতা জাহিদ রুনা ফারুক", "রহমান ইসলাম আহমেদ খাতুন চৌধুরী দাস হোসেন সরকার"),
    "ne": ("सुनीता राम सीता हरि गीता प्रकाश मीना कृष्ण अनिता दीपक", "श्रेष्ठ गुरुङ थापा राई तामाङ अधिकारी शर्मा लामा"),
    "he": ("שרה דוד רחל יוסף מרים אבנר נועה איתן תמר אורי", "כהן לוי מזרחי פרץ ביטון אברהם פרידמן שפירא"),
}
_ZONES = {
    "en": ("Europe/London", "America/New_York", "Australia/Sydney"),
    "ur": ("Asia/Karachi",),
    "bn": ("Asia/Dhaka",),
    "ne": ("Asia/Kathmandu",),
    "he": ("Asia/Jerusalem",),
}
_CALLED_SHARE = 0.15


class DatasetMissingError(RuntimeError):
    """The package that ships the file is not installed."""


@dataclass(frozen=True)
class Sale:
    """One line of the file: a purchase on a day, of some discs, for an amount in US dollars."""

    day: date
    discs: int
    amount: Decimal

    @property
    def at(self) -> str:
        return f"{self.day.isoformat()}T12:00:00Z"


@dataclass
class Buyer:
    """One customer of the file with what we gave them."""

    number: str
    name: str
    language: str
    timezone: str
    birthday: str
    sales: list[Sale] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    @property
    def spent(self) -> Decimal:
        return sum((sale.amount for sale in self.sales), Decimal(0))


def buyers() -> list[Buyer]:
    """All customers of the sample with their purchases, the same at every call."""
    chance = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    by_number: dict[str, Buyer] = {}
    for number, sale in _sales(dataset()):
        if number not in by_number:
            by_number[number] = _dressed(number, chance)
        buyer = by_number[number]
        buyer.sales.append(sale)
        if chance.random() < _CALLED_SHARE:
            buyer.calls.append(f"{(sale.day + timedelta(days=7)).isoformat()}T15:00:00Z")
    return list(by_number.values())


def dataset() -> Path:
    """Where the file lies. Raises DatasetMissingError."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        raise DatasetMissingError("the CDNOW file is not installed; `make demo` installs it")
    return Path(found.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"


def _sales(path: Path) -> Iterator[tuple[str, Sale]]:
    for line in path.read_text().splitlines():
        _, number, day, discs, amount = line.split()
        yield number, Sale(datetime.strptime(day, "%Y%m%d").date(), int(discs), Decimal(amount))  # noqa: DTZ007


def _dressed(number: str, chance: random.Random) -> Buyer:
    language = chance.choice(list(_NAMES))
    first, last = (chance.choice(names.split()) for names in _NAMES[language])
    # A leap year, so that 29 February is among the birthdays.
    born = date(1960, 1, 1) + timedelta(days=chance.randrange(40 * 365))
    birthday = f"--{born:%m-%d}" if chance.random() < 0.2 else born.isoformat()
    return Buyer(number, f"{first} {last}", language, chance.choice(_ZONES[language]), birthday)
