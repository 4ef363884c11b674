"""Where rows come from: a list of customers page by page, or the whole table in parallel segments."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from crm.core import items, table
from crm.core.actor import Within
from crm.core.config import settings
from crm.core.errors import InvalidFields
from crm.core.paging import PageRequest
from crm.core.purposes import allows
from crm.core.veil import visible
from crm.customers import listing
from crm.customers.asking import Asked, Direction, Sort
from crm.customers.models import PROFILE, partition
from crm.exports import kinds
from crm.exports.cells import as_row
from crm.exports.models import Export
from crm.exports.parts import Part
from crm.relations import telling
from crm.segments import service as segment_service

RowsOf = Callable[[list[dict[str, Any]], Within | None], list[dict[str, Any]]]
ROWS = 2000
SEGMENTS = 4
_PAGE = 100
_ITEMS = 2000


def require_list(asked: Mapping[str, str], *, hidden: frozenset[str]) -> None:
    """Raise where no list answers this: InvalidFields, NotFound, NotBuiltYet. Looks at one entry of it."""
    try:
        listing.page(PageRequest("export", 1), replace(_asked(asked), hidden=hidden))
    except InvalidFields as refused:
        # What stands in an address for a list stands in the body here, and is named as that.
        fields = tuple(replace(one, pointer=f"/{one.pointer}") for one in refused.fields)
        raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in fields), fields=fields) from refused


def expected(what: str, asked: Mapping[str, str]) -> int | None:
    """About how many rows there will be; None where nothing counts them.

    DynamoDB's own count of a table is up to six hours old.
    """
    if what == "everything":
        counted = table.client().describe_table(TableName=settings().crm_table)["Table"].get("ItemCount", 0)
        return counted or None
    is_whole_segment = "segment" in asked and set(asked) <= {"segment", "sort", "order"}
    return segment_service.size(segment_id=asked["segment"]) if is_whole_segment else None


def part(export: Export) -> Part:
    """The rows after the place where the export stands. Raises what the list raises, and the store's errors."""
    if export.what == "everything":
        return _everything(export)
    return _relations(export) if export.what == "relations" else _customers(export)


def _customers(export: Export) -> Part:
    """Profiles as they are now, in the order of the list; who was deleted meanwhile is left out."""
    rows, place = _collected(
        export, lambda profiles, _: [visible(as_row(one), _hidden(export, one)) for one in profiles]
    )
    return Part(rows, place, tuple(sorted({name for row in rows for name in row.get("custom", ())})))


def never_seen(export: Export) -> frozenset[str]:
    """The fields that stand in no row of an export."""
    return frozenset(export.hidden or ()) - frozenset((export.contact or {}).get("fields", ()))


def _hidden(export: Export, profile: Mapping[str, Any]) -> frozenset[str]:
    """The fields that do not stand in the row of one customer: some are for those who allow a purpose."""
    hidden, contact = frozenset(export.hidden or ()), export.contact
    return never_seen(export) if contact and allows(profile.get("consent"), contact["purpose"]) else hidden


def _relations(export: Export) -> Part:
    """The relations of the customers of a list, each once (crm.relations.telling)."""
    return Part(*_collected(export, lambda profiles, within: telling.rows(profiles, within=within)))


def _collected(export: Export, rows_of: RowsOf) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The rows of some pages of customers, and the place after them."""
    told = export.within
    within = Within(frozenset(told["owners"]), told["unowned"]) if told else None
    hidden = frozenset(export.hidden or ())
    asked = replace(_asked(export.asked), within=within, hidden=hidden)
    cursor = (export.place or {}).get("cursor")
    rows: list[dict[str, Any]] = []
    while len(rows) < ROWS:
        found = listing.page(PageRequest(f"export:{export.export_id}", _PAGE, cursor), asked)
        keys = [(partition(entry["id"]), PROFILE) for entry in found.items]
        profiles = items.many(keys) if keys else {}
        rows += rows_of([profiles[key] for key in keys if key in profiles], within)
        cursor = found.next
        if cursor is None:
            break
    return rows, {"cursor": cursor} if cursor else None


def _everything(export: Export) -> Part:
    """A page of each segment of the table that is not at its end."""
    places = (export.place or {"segments": [{}] * SEGMENTS})["segments"]
    with ThreadPoolExecutor(SEGMENTS) as pool:
        pages = list(pool.map(lambda one: _scanned(one[0], len(places), one[1]), enumerate(places)))
    rows = [row for found, _ in pages for row in found]
    after = [place for _, place in pages]
    return Part(rows, None if after == [None] * len(after) else {"segments": after})


def _scanned(segment: int, segments: int, place: Mapping[str, str] | None) -> tuple[list[dict[str, Any]], Any]:
    if place is None:
        return [], None
    asked: dict[str, Any] = {"ExclusiveStartKey": table.to_item(place)} if place else {}
    found = table.client().scan(
        TableName=settings().crm_table,
        ConsistentRead=True,
        Limit=_ITEMS,
        Segment=segment,
        TotalSegments=segments,
        **asked,
    )
    last = found.get("LastEvaluatedKey")
    rows = [row for item in found["Items"] if (row := kinds.readable(table.from_item(item)))]
    return rows, table.from_item(last) if last else None


def _asked(asked: Mapping[str, str]) -> Asked:
    known: dict[str, Any] = dict(asked)
    sort, order = known.pop("sort", None), known.pop("order", None)
    return Asked(**known, sort=Sort(sort) if sort else None, order=Direction(order) if order else None)
