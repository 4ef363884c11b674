"""What becomes of each column: its field, the order of its dates, the style of its numbers; and whose phones are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from crm.business.rules import Business
from crm.imports import columns, countries, dates, days, numbers
from crm.imports.asking import Asking
from crm.imports.kinds import Field, Kind
from crm.imports.reading import Century, Choice, Column, ColumnUse, DateOrder, Guess, Mapping, NumberStyle, Row

_SAMPLES = 5
_DATED = frozenset({"date", "yearly", "instant"})
_NUMBERED = frozenset({"money", "number", "whole"})
_MEANINGS: dict[str, str] = {
    **dates.ORDERS,
    "serial": "days as Excel counts them",
    "serial1904": "days as old Excel for Macintosh counts them, from 1904",
    "bs": "Bikram Sambat: year, month, day",
}


@dataclass(frozen=True)
class Used:
    """The columns as guessed, the mapping as far as it is settled, and what people should know."""

    columns: tuple[Column, ...]
    mapping: Mapping
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Case:
    today: date
    nepali: bool
    asking: Asking


def found(
    headers: Sequence[str], sample: Sequence[Row], *, kind: Kind, today: date, business: Business, asking: Asking
) -> Used:
    """The uses of all columns, with a question for each that is not sure."""
    values = [[row.cells[i] for row in sample if row.cells[i]] for i in range(len(headers))]
    guesses = columns.fields(headers, values, kind)
    chosen = [_chosen(i, headers[i], guess, values[i], kind, asking) for i, guess in enumerate(guesses)]
    _require_needed(chosen, headers, values, kind, asking)
    _ask_for_names(chosen, headers, values, kind, asking)
    case = _Case(today, _is_nepali(business), asking)
    looked = [
        _column(i, header, values[i], guesses[i], kind.field(chosen[i]), case) for i, header in enumerate(headers)
    ]
    phones = [value for i, name in enumerate(chosen) if _type(kind, name) == "phone" for value in values[i]]
    country = countries.settled(phones, business=business, asking=asking)
    mapping = Mapping(tuple(use for _, use in looked), str(business.timezone), country)
    left_out = [headers[i] or f"column {i + 1}" for i, name in enumerate(chosen) if not name and values[i]]
    notes = (f"left out: {', '.join(left_out)}",) if left_out else ()
    return Used(tuple(column for column, _ in looked), mapping, notes)


def _chosen(index: int, header: str, guess: Guess[str], values: Sequence[str], kind: Kind, asking: Asking) -> str:
    first = [Choice(name, name or "leave it out") for name in dict.fromkeys((guess.value, *guess.others, ""))]
    others = [Choice(field.name, field.name) for field in kind.fields if field.name not in {c.value for c in first}]
    title = header or f"column {index + 1}"
    asks = f"What does {title!r} hold, for example {', '.join(values[:3])!r}?"
    return asking.settle(f"/mapping/columns/{index}/field", guess, asks, [*first, *others]) or ""


def _require_needed(
    chosen: list[str], headers: Sequence[str], values: Sequence[Sequence[str]], kind: Kind, asking: Asking
) -> None:
    """Ask for the column of a field without which no row can be taken."""
    for needed in kind.needs:
        pointer = f"/mapping/fields/{needed[0]}"
        free = [i for i, name in enumerate(chosen) if not name and values[i]]
        if set(needed) & set(chosen) or any(q.pointer.endswith("/field") for q in asking.questions):
            continue
        given = asking.answer(pointer, [str(i) for i in free])
        if given is not None:
            chosen[int(given)] = needed[0]
            continue
        choices = [Choice(str(i), f"{headers[i] or f'column {i + 1}'}: {', '.join(values[i][:3])}") for i in free]
        asking.ask(pointer, f"Which column holds {' or '.join(needed)}?", choices)


def _ask_for_names(
    chosen: list[str], headers: Sequence[str], values: Sequence[Sequence[str]], kind: Kind, asking: Asking
) -> None:
    """Ask for the column of names where none is known by its header: people are called by their phone else."""
    free = [i for i, name in enumerate(chosen) if not name and _are_words(values[i])]
    asked_already = any(q.pointer.startswith(("/mapping/columns/", "/mapping/fields/")) for q in asking.questions)
    if not kind.called_by or not free or set(kind.called_by) & set(chosen) or asked_already:
        return
    name = kind.called_by[0]
    choices = [Choice(str(i), f"{headers[i] or f'column {i + 1}'}: {', '.join(values[i][:3])}") for i in free]
    choices.append(Choice("", "none: call them by phone number, e-mail address or key"))
    given = asking.answer(f"/mapping/fields/{name}", [choice.value for choice in choices])
    if given:
        chosen[int(given)] = name
    elif given is None:
        asking.ask(f"/mapping/fields/{name}", "Which column holds the names?", choices, choices[0].value)


def _are_words(values: Sequence[str]) -> bool:
    return bool(values) and sum(any(map(str.isalpha, value)) for value in values) * 2 > len(values)


def _column(
    index: int, header: str, values: Sequence[str], guess: Guess[str], field: Field | None, case: _Case
) -> tuple[Column, ColumnUse]:
    samples = tuple(value[:200] for value in dict.fromkeys(values))[:_SAMPLES]
    name = field.name if field else ""
    if field and field.type in _DATED and values:
        order = dates.guess(values, today=case.today, past=field.past, nepali=case.nepali)
        settled, century = _order(index, header, order, values, case), _century(index, header, values, case)
        use = ColumnUse(name, dates=settled, century=century)
        return Column(index, header, samples, guess, dates=order), use
    if field and field.type in _NUMBERED and values:
        style = numbers.guess(values)
        use = ColumnUse(name, numbers=_style(index, header, style, values, case))
        return Column(index, header, samples, guess, numbers=style), use
    return Column(index, header, samples, guess), ColumnUse(name)


def _order(index: int, header: str, guess: Guess[str], values: Sequence[str], case: _Case) -> DateOrder | None:
    likely = dict.fromkeys(order for order in (guess.value, *guess.others, *dates.ORDERS) if order)
    example = next(iter(dates.days_of(values)), "")
    meant = {str(order): day for order, day in days.fits(example).items()}
    choices = [
        Choice(order, f"{_MEANINGS[order]}: {example} is {meant.get(order, 'no such date')}")
        for order in (*likely, *(order for order in _MEANINGS if order not in likely))
    ]
    asks = f"In which order are the dates of {header!r} written?"
    pointer = f"/mapping/columns/{index}/dates"
    return cast("DateOrder | None", case.asking.settle(pointer, guess, asks, choices) or None)


def _century(index: int, header: str, values: Sequence[str], case: _Case) -> Century | None:
    short = [value for value in dates.days_of(values) if days.has_short_years(value)]
    pointer = f"/mapping/columns/{index}/century"
    choices = [
        Choice("past", "each the latest year that is not to come"),
        Choice("1900", "all in 1900 to 1999"),
        Choice("2000", "all in 2000 to 2099"),
    ]
    guess = Guess("past" if short else "", 0.6 if short else 1.0, "years have two digits")
    asks = f"The years of {header!r} have two digits, as in {short[0]!r}: of which century?" if short else ""
    return cast("Century | None", case.asking.settle(pointer, guess, asks, choices) or None)


def _style(index: int, header: str, guess: Guess[str], values: Sequence[str], case: _Case) -> NumberStyle | None:
    example = next((value for value in values if len(set(numbers.fits(value).values())) > 1), values[0])
    meant = numbers.fits(example)
    choices = [
        Choice(style, f"as in {written}: {example} is {meant.get(style, 'no number')}")
        for style, written in numbers.STYLES.items()
    ]
    asks = f"What parts the decimals in the numbers of {header!r}?"
    pointer = f"/mapping/columns/{index}/numbers"
    return cast("NumberStyle | None", case.asking.settle(pointer, guess, asks, choices) or None)


def _type(kind: Kind, name: str) -> str:
    field = kind.field(name)
    return field.type if field else ""


def _is_nepali(business: Business) -> bool:
    return business.language.partition("-")[0] == "ne" or str(business.timezone) in {"Asia/Kathmandu", "Asia/Katmandu"}
