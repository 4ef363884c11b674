"""What customers are shown of themselves, and what they say of it. Pure.

Who they are and how they are reached: what staff think of them, such as tags, income or the business's own fields, is
not among it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from crm.core import text
from crm.core.reason import BadValue, Reason

FIELDS = ("name", "email", "phone", "address", "birthday", "language")
"""In the order in which they are asked."""
NEEDED = frozenset({"name", "email", "language"})
"""Cannot be emptied here; whoever wants no mail says so on the page for that."""
KIND: Literal["checkup"] = "checkup"
"""Of the entry in the timeline, after which nobody is asked again for a year."""
_LEAP_YEAR = 2000


@dataclass(frozen=True)
class Told:
    """What a form says: fields as typed, those that were wiped out, and by field what cannot be understood."""

    fields: Mapping[str, Any]
    empty: tuple[str, ...]
    problems: Mapping[str, str] = field(default_factory=dict)


def told(form: Mapping[str, str], stored: Mapping[str, Any]) -> Told:
    """What a form says of the values that are stored."""
    typed = {name: form.get(name, "").strip() for name in FIELDS if name != "birthday"}
    problems: dict[str, str] = {}
    try:
        typed["birthday"] = birthday(form)
    except ValueError:
        problems["birthday"] = "unclear"
    problems |= {name: "missing" for name in NEEDED if stored.get(name) and not typed.get(name)}
    fields = {name: value for name, value in typed.items() if value}
    empty = [name for name in FIELDS if name not in NEEDED | problems.keys() and stored.get(name) and not typed[name]]
    return Told(fields, tuple(empty), problems)


def birthday(form: Mapping[str, str]) -> str:
    """The day that was picked, with its year where one is typed: `YYYY-MM-DD`, `--MM-DD`, or "". Raises ValueError."""
    day, month = form.get("birthday_day", ""), form.get("birthday_month", "")
    year = text.ascii_digits(form.get("birthday_year", "").strip())
    if not (day or month or year):
        return ""
    if year and not (year.isascii() and year.isdigit() and len(year) == len("1990")):
        raise BadValue(Reason("must be a year of four digits"))
    whole = date.fromisoformat(f"{year or _LEAP_YEAR}-{month:0>2}-{day:0>2}")
    return whole.isoformat() if year else f"--{whole:%m-%d}"


def shown(stored: Mapping[str, Any]) -> dict[str, str]:
    """The stored values as a form has them."""
    found = {name: str(stored.get(name) or "") for name in FIELDS if name != "birthday"}
    found["language"] = found["language"].partition("-")[0]
    born = str(stored.get("birthday") or "")
    if born:
        year = "" if born.startswith("--") else born[:4]
        found |= {"birthday_year": year, "birthday_month": str(int(born[-5:-3])), "birthday_day": str(int(born[-2:]))}
    return found


def differing(fields: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """The fields of which something else is said than is stored."""
    return [name for name in FIELDS if name in fields and fields[name] != stored.get(name)]
