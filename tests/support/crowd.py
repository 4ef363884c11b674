"""Many customers at once, for figures: their entries in the calendar by the real projection, in batches of 25."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from crm.calendar import projection
from crm.core import table
from crm.core.config import settings
from crm.core.projection import EMPTY_RULES, Rules
from crm.segments import projection as groups
from crm.views import reading, waking
from crm.views.state import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BATCH = 25
_WRITERS = 4
CREATED_AT = "2026-01-01T00:00:00.000000Z"


def zones(count: int) -> list[str]:
    """So many names of time zones, always the same."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))[:count]


def add(count: int, *, zone_names: list[str], months: range = range(1, 7)) -> None:
    """So many customers more, with birthdays on all days of these months, spread over the zones."""
    batches = _chunks(_entries(count, zone_names, months))
    with ThreadPoolExecutor(_WRITERS) as pool:
        for done in pool.map(_write, batches):
            assert done


def add_profiles(profiles: Iterable[dict[str, Any]]) -> None:
    """Customers in the truth, and in the views what their groups hold because of them, by the real projection."""
    rules = reading.rules_at(reading.truth(()).stand)
    with ThreadPoolExecutor(_WRITERS) as pool:
        for chunk in _chunks(iter(profiles)):
            entries = [entry for profile in chunk for entry in _group_entries(profile, rules)]
            done = [pool.submit(_write, chunk, settings().crm_table)]
            done += [pool.submit(_write, part) for part in _chunks(iter(entries))]
            assert all(one.result() for one in done)


def _group_entries(profile: dict[str, Any], rules: Rules) -> Iterator[dict[str, Any]]:
    key = profile["pk"], profile["sk"]
    projected = waking.with_entry(groups.project(profile, rules), key=key, family="segments", day=rules.day)
    for (pk, sk), entry in projected.listings.items():
        yield {"pk": pk, "sk": sk, **entry, "of": source(key, "segments")}


def _entries(count: int, zone_names: list[str], months: range) -> Iterator[dict[str, Any]]:
    for number in range(count):
        month, day = months[number % len(months)], number // len(months) % 28 + 1
        profile = {
            "pk": f"CUSTOMER#crowd{number}",
            "sk": "PROFILE",
            "name": f"Customer {number}",
            "timezone": zone_names[number % len(zone_names)],
            "birthday": f"--{month:02}-{day:02}",
            "created_at": CREATED_AT,
        }
        for (pk, sk), entry in projection.project(profile, EMPTY_RULES).listings.items():
            yield {"pk": pk, "sk": sk, **entry}


def _chunks(found: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(found, _BATCH)):
        yield chunk


def _write(chunk: list[dict[str, Any]], name: str | None = None) -> bool:
    requests: Any = [{"PutRequest": {"Item": table.to_item(item)}} for item in chunk]
    answer = table.client().batch_write_item(RequestItems={name or settings().views_table: requests})
    return not answer.get("UnprocessedItems")
