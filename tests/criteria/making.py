"""Random rules and profiles, all that the language has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from crm.criteria import bought

FIRST_DAY = date(2026, 1, 1)
CUTS = {
    "recency": (Decimal(20), Decimal(60), Decimal(120), Decimal("300.5")),
    "frequency": (Decimal(1), Decimal(2), Decimal(3), Decimal(5)),
    "money": (Decimal(10), Decimal(20), Decimal(30), Decimal(50)),
}

days = st.one_of(
    st.dates(date(2019, 1, 1), date(2030, 12, 31)),
    st.sampled_from([date(2020, 2, 29), date(2024, 2, 29), date(2023, 2, 28), date(2023, 3, 1), date(2023, 1, 31)]),
)
born = st.one_of(st.dates(date(1940, 1, 1), date(2022, 12, 31)), st.just(date(2000, 2, 29)))
yearless = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"--{day:%m-%d}")
instants = st.datetimes(datetime(2019, 1, 1), datetime(2023, 1, 1)).map(  # noqa: DTZ001 - given its zone here
    lambda moment: moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
)
spans = st.one_of(
    st.integers(1, 400).map(lambda n: f"P{n}D"),
    st.integers(1, 52).map(lambda n: f"P{n}W"),
    st.integers(1, 14).map(lambda n: f"P{n}M"),
    st.sampled_from(["P1Y", "P2Y", "P1Y1M", "P1M1D", "P0Y0M1D"]),
)
short_spans = st.one_of(
    st.integers(1, 364).map(lambda n: f"P{n}D"),
    st.integers(1, 52).map(lambda n: f"P{n}W"),
    st.integers(1, 11).map(lambda n: f"P{n}M"),
)
numbers = st.one_of(st.integers(-2, 100), st.decimals(0, 100, places=1, allow_nan=False).map(str))
texts = st.sampled_from(["Asma", "asma", "gold", "silver", "علی", "Käthe", "2024-02-29", "7"])


def pairs(ends: st.SearchStrategy[Any], key: Any = lambda end: end) -> st.SearchStrategy[list[Any]]:
    return st.tuples(ends, ends).map(lambda both: sorted(both, key=key))


def condition(field: Any, op: str, value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = field if isinstance(field, st.SearchStrategy) else st.just(field)
    return st.builds(lambda name, wanted: {"field": name, "op": op, "value": wanted}, fields, value)


def compared(field: Any, literals: st.SearchStrategy[Any], key: Any) -> st.SearchStrategy[dict[str, Any]]:
    ordered = [condition(field, op, literals) for op in ("eq", "ne", "lt", "le", "gt", "ge")]
    several = condition(field, "in", st.lists(literals, min_size=1, max_size=3))
    return st.one_of(*ordered, several, condition(field, "between", pairs(literals, key)), known(field))


def known(field: Any) -> st.SearchStrategy[dict[str, Any]]:
    return condition(field, "exists", st.booleans())


def by_number(value: Any) -> Decimal:
    return Decimal(value)


AGING = st.sampled_from(["age", "patterns.recency", "patterns.lateness"])
GROWING = st.sampled_from(
    ["facts.spent", "facts.purchases", "patterns.frequency", "patterns.money", "facts.largest_purchase"]
)
DATES = st.sampled_from(["birthday", "joined_on", "custom.visit", "age_noted.noted_on"])
INSTANTS = st.sampled_from(["created_at", "facts.first_purchase_at", "facts.last_purchase_at", "facts.last_contact_at"])
TEXTS = st.sampled_from(["name", "gender", "custom.colour", "language", "email"])
periods = st.one_of(st.sampled_from(["day", "week", "month"]), st.integers(1, 12))

timed_conditions = st.one_of(
    compared(AGING, numbers, by_number),
    condition(DATES, "older_than", spans),
    condition(DATES, "within_last", spans),
    condition(DATES, "within_next", spans),
    condition(INSTANTS, "older_than", spans),
    condition(INSTANTS, "within_last", spans),
    condition(st.one_of(DATES, INSTANTS), "anniversary_in", periods),
    condition(st.one_of(DATES, INSTANTS), "anniversary_within_next", short_spans),
)


# Strategies that are composed anew for every draw are looked through anew for each: more work than all the rest.
_bought = compared("purchases", numbers, by_number).filter(lambda one: one["op"] != "exists")
_within = st.none() | spans.filter(lambda span: "Y" not in span and span not in {"P13M", "P14M"})
_product = st.none() | st.sampled_from(["Tea", "RICE"])
_measure = st.none() | st.sampled_from(bought.MEASURES)


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    rule, within, product, measure = draw(_bought), draw(_within), draw(_product), draw(_measure)
    extra = {"within": within, "product": product, "measure": measure}
    return rule | {name: value for name, value in extra.items() if value is not None}


static_conditions = st.one_of(
    compared(GROWING, numbers, by_number),
    compared("custom.size", st.integers(-2, 100), by_number),
    compared(DATES, days.map(date.isoformat), str),
    compared(INSTANTS, days.map(date.isoformat), str),
    condition(DATES, "between", st.lists(yearless, min_size=2, max_size=2)),
    *(condition(TEXTS, op, texts) for op in ("eq", "ne", "contains", "starts_with")),
    condition("tags", "contains", texts),
    condition("groups", "in", st.lists(texts, min_size=1, max_size=3)),
    condition("consent.marketing", "eq", st.booleans()),
    known(st.one_of(DATES, INSTANTS, TEXTS, st.just("groups"))),
)
conditions = st.one_of(timed_conditions, windows(), static_conditions)
rules = st.recursive(
    conditions,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=4).map(lambda all_of: {"all": all_of}),
        st.lists(parts, min_size=1, max_size=4).map(lambda any_of: {"any": any_of}),
        parts.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


_basket = st.dictionaries(
    st.sampled_from(["", "tea", "rice"]), st.tuples(*[st.integers(1, 40).map(Decimal)] * 3), min_size=1
)
_by_day = st.dictionaries(st.dates(date(2022, 1, 1), date(2023, 6, 30)), _basket, max_size=6)
baskets = st.none() | st.builds(
    lambda days, all_time: {"kept": bought.packed(bought.Bought(days, all_time))}, _by_day, _basket
)

_yes = st.booleans()
_purchases, _spent = st.integers(1, 9).map(Decimal), st.integers(0, 90).map(Decimal)
_full = st.one_of(born, days).map(date.isoformat)
_some: dict[str, st.SearchStrategy[Any]] = {
    "birthday": st.none() | _full | yearless,
    "joined_on": st.none() | _full,
    "age_noted": st.none() | _full.map(lambda day: {"years": Decimal(33), "noted_on": day}),
    "tags": st.none() | st.lists(texts, max_size=2),
    "groups": st.none() | st.lists(texts, max_size=2),
    "language": st.none() | st.sampled_from(["ur", "asma"]),
    "bought": baskets,
}
_own: dict[str, st.SearchStrategy[Any]] = {
    "visit": st.none() | _full | yearless | st.just("no date"),
    "size": st.none() | st.just(Decimal(38)) | st.just(True) | st.just("38"),
    "colour": st.none() | texts,
}


@st.composite
def profiles(draw: st.DrawFn) -> dict[str, Any]:
    first, last = sorted((draw(instants), draw(instants)))
    facts: dict[str, Any] = {"spent": Decimal(0), "purchases": Decimal(0), "interactions": Decimal(0)}
    if draw(_yes):
        facts |= {"first_purchase_at": first, "last_purchase_at": last, "purchases": draw(_purchases)}
        facts |= {"spent": draw(_spent), "last_contact_at": last}
    some = {name: draw(values) for name, values in _some.items()}
    own = {name: draw(values) for name, values in _own.items()}
    return {
        "pk": "CUSTOMER#a",
        "name": draw(texts),
        "created_at": first,
        "consent": {"marketing": draw(_yes)},
        "custom": {name: value for name, value in own.items() if value is not None},
        "facts": facts,
        **{name: value for name, value in some.items() if value is not None},
    }
