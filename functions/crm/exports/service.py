"""Use cases of exports: ask for one, see how far it is, get its link."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from pynamodb.pagination import ResultIterator

from crm.access import rules as access
from crm.core import clock, ids, links, table
from crm.core.actor import Actor
from crm.core.errors import Forbidden, InvalidFields, KeyReused, NotFound
from crm.core.paging import Page, PageRequest, filled
from crm.core.reason import Reason
from crm.exports import parts, sources
from crm.exports.models import PARTITION, Export

LINK_SECONDS = 900
KEPT = timedelta(days=7)
_ITEM_KEPT = timedelta(days=30)
_ROUTE = "POST /exports"


def begin(
    *, what: str, format_: str, asked: Mapping[str, str], by: Actor, idempotency_key: str | None = None
) -> Export:
    """Ask for an export of what the actor reaches and sees; the same again under the same key. The stream begins it.

    Raises InvalidFields for what no list answers or a format that does not fit, NotFound for an unknown segment,
    NotBuiltYet for one that is being filled, KeyReused.
    """
    _require_fitting(what, format_, asked, by=by)
    within = by.within("exports.make", "customers.read")
    export_id = ids.derived(caller=by.who, route=_ROUTE, idempotency_key=idempotency_key)
    hashed = ids.request_hash([what, format_, dict(asked)])
    now = clock.now()
    item = Export.keyed(
        export_id,
        state="running",
        what=what,
        format=format_,
        asked=dict(asked),
        created_at=clock.instant(now),
        created_by=by.who,
        within={"owners": sorted(within.owners), "unowned": within.unowned} if within else None,
        hidden=set(by.hidden) or None,
        contact={"purpose": by.purpose, "fields": sorted(by.contact)} if by.contact else None,
        request_hash=hashed,
        parts=0,
        rows=0,
        expires_at=int((now + _ITEM_KEPT).timestamp()),
    )
    try:
        table.commit(lambda transaction: transaction.save(item, condition=Export.pk.does_not_exist()))
    except table.ConditionFailed:
        item = get(export_id=export_id)
        if item.request_hash != hashed:
            raise KeyReused("send another Idempotency-Key for another export") from None
    return item


def get(*, export_id: str, by: Actor | None = None) -> Export:
    """An export as it is now. Raises NotFound, also for one that holds more than the actor sees."""
    found = Export.find(export_id)
    if found is None or (by and not _is_for(found, by)):
        raise NotFound(f"there is no export {export_id[:60]!a}; exports are listed for 30 days")
    return found


def owner_of(export_id: str) -> tuple[tuple[str]] | None:
    """Who asked for an export; None where there is none."""
    found = Export.find(export_id)
    return ((found.created_by,),) if found else None


def page(request: PageRequest, *, by: Actor) -> Page[Export]:
    """Exports by their ids, of those that hold no more than the actor sees."""
    found, place = filled(partial(_some, by), after=request.after, limit=request.limit, sees_all=False)
    return Page(found, request.cursor_at(place))


def _some(by: Actor, after: str | None, most: int) -> tuple[list[tuple[str, Export]], str | None]:
    begin_at = table.to_item({"pk": PARTITION, "sk": after}) if after else None
    found: ResultIterator[Export] = Export.query(
        PARTITION, Export.sk.startswith("EXPORT#"), limit=most, last_evaluated_key=begin_at
    )
    exports, last = list(found), found.last_evaluated_key
    return [(one.sk, one) for one in exports if _is_for(one, by)], last["sk"]["S"] if last else None


def _is_for(export: Export, by: Actor) -> bool:
    """Whether an export is the actor's to see, and holds no customer and no field that the actor does not see."""
    if export.what == "everything" and not by.may("exports.everything"):
        return False
    here, there = by.within("exports.make", "customers.read"), export.within
    if here is not None:
        is_theirs = export.created_by in {by.who, *(by.owners("exports.make") or ())}
        if not is_theirs or there is None or not set(there["owners"]) <= here.owners:
            return False
        if there["unowned"] and not here.unowned:
            return False
    shown = export.contact or {"purpose": by.purpose, "fields": []}
    is_shown = not by.hidden & set(shown["fields"]) or shown["purpose"] == by.purpose
    return is_shown and by.hidden <= set(export.hidden or ())


def state(export: Export) -> str:
    """Its state, of which one comes by itself: a file is kept for seven days."""
    until = kept_until(export)
    return "expired" if export.state == "done" and until and clock.stamp() > until else export.state


def kept_until(export: Export) -> str | None:
    """Until when the file is there; None for one that is not."""
    if export.state != "done" or export.ended_at is None:
        return None
    return clock.instant(datetime.fromisoformat(export.ended_at) + KEPT)


def file_name(export: Export) -> str:
    """What the file is called on the machine of who downloads it."""
    return f"{export.what}-{export.created_at[:10]}.{export.format}"


def link(export: Export) -> str | None:
    """A link that downloads the file for a quarter of an hour; None where there is no file."""
    if state(export) != "done":
        return None
    return links.download(parts.file_key(export), name=file_name(export), seconds=LINK_SECONDS)


def percent(export: Export) -> float | None:
    """How far it is, as far as anybody knows: collecting takes most of the time, writing the file the rest."""
    if export.state == "done":
        return 100.0
    if export.collected_at:
        return 90.0
    if not export.expected:
        return None
    return round(min(90.0, 90.0 * export.rows / export.expected), 1)


def _require_fitting(what: str, format_: str, asked: Mapping[str, str], *, by: Actor) -> None:
    if what == "everything":
        if not by.may("exports.everything"):
            raise access.lacking("exports.everything")
        if format_ != "jsonl":
            raise InvalidFields.one(
                "/format", Reason("everything has no common columns; ask for jsonl, or for customers")
            )
        if asked:
            name = sorted(asked)[0]
            raise InvalidFields.one(
                f"/{name}", Reason("everything is not narrowed down; leave it out, or ask for customers")
            )
    else:
        if what == "relations" and "/relations" in by.hidden:
            raise Forbidden
        sources.require_list(asked, hidden=by.hidden)
