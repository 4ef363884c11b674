"""What a cell says as a value of its field: one reader for each type."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from crm.core import text
from crm.core.reason import BadValue, Reason
from crm.customers import phones
from crm.imports import days, numbers, synonyms
from crm.imports.kinds import Field
from crm.imports.reading import ColumnUse, Mapping

_ERRORS = frozenset({"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?[\d.,]*\s*([AaPp])?\.?[Mm]?\.?\s*(.*)", re.ASCII)
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)", re.ASCII)
_UTC = frozenset({"z", "utc", "gmt"})
_PARTS_OF_TAGS = re.compile(r"[,;|،؛]|:::")
_SAME_DAY = time(12)


class Refused(BadValue):
    """The cell is no value of its field."""

    def __init__(self, reason: Reason, remedy: Reason) -> None:
        super().__init__(reason)
        self.remedy = remedy


def reader(field: Field, use: ColumnUse, *, mapping: Mapping, today: date) -> Callable[[str], Any]:
    """What turns a cell of the column into a value (JSON) of the field; it raises Refused."""
    found: dict[str, Callable[[str], Any]] = {
        "text": _text,
        "email": _email,
        "phone": partial(_phone, country=mapping.country),
        "date": partial(_date, field=field, use=use, today=today),
        "yearly": partial(_date, field=field, use=use, today=today),
        "instant": partial(_instant, field=field, use=use, today=today, zone=ZoneInfo(mapping.timezone)),
        "money": partial(_number, use=use),
        "number": partial(_number, use=use),
        "whole": partial(_whole, use=use),
        "yes_no": _yes_no,
        "tags": _tags,
        "choice": partial(_choice, field=field),
        "language": _language,
        "own": _own,
        "currency": lambda cell: numbers.currency(cell.upper()) or cell.upper(),
    }
    read = found[field.type]
    return partial(_checked, read=partial(_of_own, read=read) if field.name.startswith("custom.") else read)


def _checked(cell: str, *, read: Callable[[str], Any]) -> Any:
    if cell[0] == "#" and cell in _ERRORS:
        raise Refused(
            Reason("{cell} is the error of a formula", cell=cell), Reason("correct the formula, or type the value")
        )
    return read(cell)


def _text(cell: str) -> str:
    return cell


def _email(cell: str) -> str:
    return cell.removeprefix("mailto:")


def _phone(cell: str, *, country: str | None) -> str:
    if numbers.is_scientific(cell):
        raise Refused(
            Reason("{cell} {why}", cell=cell, why=numbers.SHORTENED),
            Reason("take the number from its source, and format the column as text before saving"),
        )
    try:
        return phones.parsed(cell, country)
    except phones.HasExtension as bad:
        raise Refused(Reason("{cell} {why}", cell=cell, why=bad.what), phones.WITHOUT_EXTENSION) from bad
    except BadValue as bad:
        raise Refused(
            Reason("{cell} {why}", cell=cell, why=bad.reason),
            Reason("write it with its country code, such as +92 300 1234567"),
        ) from bad


def _date(cell: str, *, field: Field, use: ColumnUse, today: date) -> str | None:
    day, at = days.parted(cell)
    if at and _moment(at)[1] and _moment(at)[0] != time():
        # Midnight in another zone is the day before here, or the day after: a birthday would slip by one.
        raise Refused(
            Reason("{cell} is a moment with a zone, and no day", cell=cell),
            Reason("write the day alone, as YYYY-MM-DD"),
        )
    found = _day(day, use, today)
    if found and found.startswith("--") and field.type == "date":
        raise Refused(Reason("{cell} has no year", cell=cell), Reason("write it as YYYY-MM-DD"))
    if found and field.past and not found.startswith("--") and found > today.isoformat():
        raise Refused(
            Reason("{cell} is read as {found}, which lies in the future", cell=cell, found=found),
            Reason("correct the year, or the order of dates"),
        )
    return found


def _day(day: str, use: ColumnUse, today: date) -> str | None:
    try:
        return days.read(day, order=use.dates, century=use.century, today=today)
    except days.NotThatDate as bad:
        raise Refused(Reason("{cell} {why}", cell=day, why=bad.reason), Reason("write it as YYYY-MM-DD")) from bad


def _instant(cell: str, *, field: Field, use: ColumnUse, today: date, zone: ZoneInfo) -> str | None:
    day, at = days.parted(cell)
    found = _day(day, use, today)
    if found is None:
        return None
    if found.startswith("--"):
        raise Refused(Reason("{cell} has no year", cell=cell), Reason("write it as YYYY-MM-DD"))
    wall, offset = _moment(at) if at else (_SAME_DAY, "")
    local = datetime.combine(date.fromisoformat(found), wall)
    moment = datetime.fromisoformat(local.isoformat() + offset) if offset else local.replace(tzinfo=zone)
    if field.past and moment.date() > today:
        raise Refused(
            Reason("{cell} is read as {found}, which lies in the future", cell=cell, found=found),
            Reason("correct the year, or the order of dates"),
        )
    return moment.isoformat()


def _moment(at: str) -> tuple[time, str]:
    """The time of day, and the offset from UTC if one is written."""
    found = _TIME.fullmatch(at)
    if not found:
        raise Refused(Reason("{at} is no time of day", at=at), Reason("write it as HH:MM"))
    hour = int(found[1]) % 12 + 12 * (found[5].lower() == "p") if found[5] else int(found[1])
    offset = _OFFSET.fullmatch(found[6])
    try:
        wall = time(hour, int(found[2]), int(found[3] or 0), int((found[4] or "").ljust(6, "0")[:6]))
    except ValueError:
        raise Refused(Reason("{at} is no time of day", at=at), Reason("write it as HH:MM")) from None
    if offset:
        return wall, f"{offset[1]}{offset[2]}:{offset[3]}"
    if found[6] and found[6].lower() not in _UTC:
        raise Refused(Reason("{at} has no offset from UTC that there is", at=at), Reason("write it as +05:00"))
    return wall, "+00:00" if found[6] else ""


def _number(cell: str, *, use: ColumnUse) -> str:
    try:
        return numbers.read(cell, style=use.numbers)
    except numbers.NotThatNumber as bad:
        raise Refused(
            Reason("{cell} {why}", cell=cell, why=bad.reason),
            Reason("write it with digits and one point, such as 1234.50"),
        ) from bad


def _whole(cell: str, *, use: ColumnUse) -> int:
    number = _number(cell, use=use)
    whole, _, decimals = number.partition(".")
    if decimals.strip("0") or len(whole) > 15:
        raise Refused(Reason("{cell} is no whole number", cell=cell), Reason("write it with digits alone"))
    return int(whole)


def _yes_no(cell: str) -> bool:
    word = text.loose_key(cell)
    if word in {text.loose_key(yes) for yes in synonyms.YES}:
        return True
    if word in {text.loose_key(no) for no in synonyms.NO}:
        return False
    raise Refused(Reason("{cell} is neither yes nor no", cell=cell), Reason("write yes or no, or leave it empty"))


def _of_own(cell: str, *, read: Callable[[str], Any]) -> Any:
    """Our own exports put text that looks like a number, yes or no in quotes, as JSON does."""
    if read is not _own and cell[0] == '"':
        said = _own(cell)
        return read(said if isinstance(said, str) and _own(said) != said else cell)
    return read(cell)


def _own(cell: str) -> Any:
    """As our own exports write it: JSON of a number, yes or no, or of text that looks like those; else text."""
    try:
        found = json.loads(cell, parse_float=Decimal)
    except ValueError:
        return cell
    return found if isinstance(found, (str, bool, int, Decimal)) else cell


def _tags(cell: str) -> list[str]:
    """Parted by any of the signs in use, or a JSON list, as our own exports write tags that hold such a sign."""
    if cell.startswith("["):
        listed = _own_list(cell)
        if listed is not None:
            return listed
    return [tag for part in _PARTS_OF_TAGS.split(cell) if (tag := part.strip(" *"))]


def _own_list(cell: str) -> list[str] | None:
    try:
        found = json.loads(cell)
    except ValueError:
        return None
    return found if isinstance(found, list) and all(isinstance(tag, str) for tag in found) else None


def _choice(cell: str, *, field: Field) -> str:
    word = text.loose_key(cell)
    found = (value for value, words in field.choices if word in {text.loose_key(known) for known in (value, *words)})
    return next(found, cell)


def _language(cell: str) -> str:
    word = text.loose_key(cell)
    for tag, names in synonyms.LANGUAGES.items():
        if word in {text.loose_key(name) for name in names.split("|")}:
            return tag
    parts = cell.replace("_", "-").split("-")
    return "-".join([parts[0].lower(), *(part.upper() if len(part) == 2 else part.title() for part in parts[1:])])
