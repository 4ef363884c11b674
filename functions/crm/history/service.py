"""The changes of a record, newest first. They are kept as long as the record is; its erasure takes them."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.changes import rules as change_rules
from crm.changes.models import CHANGE, Change, partition
from crm.core import veil
from crm.core.errors import InvalidFields, NotFound
from crm.core.paging import LARGEST_LIMIT, Page, PageRequest, of_partition
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Profile


def page(*, customer_id: str, field: str | None, request: PageRequest, hidden: Collection[str] = ()) -> Page[Change]:
    """The changes of a customer, or those of one field (a pointer). Raises NotFound, InvalidFields."""
    if field is not None:
        require_field(field, named="field", hidden=hidden)
    pk = partition(customer_service.get(customer_id=customer_id).customer_id)
    found: list[Change] = []
    place = request.after
    while True:
        entries, place = of_partition(
            Change, pk, CHANGE, after=place, limit=request.limit if field is None else LARGEST_LIMIT, newest_first=True
        )
        found += [change for change in entries if field is None or concerns(change.changes, field)]
        if len(found) > request.limit or (len(found) == request.limit and place is not None):
            return Page(found[: request.limit], request.cursor_at(found[request.limit - 1].sk))
        if place is None:
            return Page(found, None)


def change_of(*, customer_id: str, version: int) -> Change:
    """The change that made a version. Raises NotFound."""
    try:
        place = change_rules.place(version)
        return Change.get(partition(customer_id), f"{CHANGE}{place}", consistent_read=True)
    except Change.DoesNotExist as missing:
        raise NotFound(f"no change that made version {version} is on record") from missing


def concerns(changes: Mapping[str, Any], field: str) -> bool:
    """Whether changes are about a field or a part of it."""
    return any(change_rules.within(pointer, field) for pointer in changes)


def require_field(field: str, *, named: str, hidden: Collection[str] = ()) -> None:
    """Raise InvalidFields where customers have no such field, or whoever asks does not see it: in the same words."""
    known = [name for name in _known() if not veil.is_hidden(f"/{name}", hidden)]
    if field.split("/")[1] not in known or veil.is_hidden(field, hidden):
        raise InvalidFields.one(
            named,
            Reason(
                "{field} is no field of a customer; there are {known}", field=ascii(field[:60]), known=", ".join(known)
            ),
        )


def _known() -> list[str]:
    # A relation is no field, but who related whom stands in the same history.
    return sorted(set(Profile.get_attributes()) - change_rules.KEEPING | {"relations"})
