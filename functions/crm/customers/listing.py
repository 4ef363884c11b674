"""Lists of customers, read from the views: by name, by owner, by word; each is one Query per page."""

from collections.abc import Callable
from typing import Any

from crm.core import table, text
from crm.core.config import settings
from crm.core.errors import InvalidFields
from crm.core.paging import Page, PageRequest
from crm.customers.projection import EVERYBODY, owned_by, searched_under

_PHONE_PUNCTUATION = " +-()./"
_SHOWN = ("id", "name", "kind", "email", "phone", "language", "owner")


def page(request: PageRequest, *, search: str | None, owner: str | None) -> Page[dict[str, Any]]:
    """One page, by name or, for a search, by word. Raises InvalidFields for a combination that would need a scan."""
    if search is not None:
        return _found(request, wanted=_words(search), owner=owner)
    return _entries(request, EVERYBODY if owner is None else owned_by(owner), prefix="", fits=lambda _: True)


def _words(search: str) -> list[str]:
    """The words looked for, longest first: the longest is the rarest. A phone number is one word."""
    digits = text.ascii_digits(search)
    if not any(c.isalpha() for c in digits):
        digits = "".join(c for c in digits if c not in _PHONE_PUNCTUATION)
    found = sorted(set(text.words(digits)), key=len, reverse=True)
    if not found:
        raise InvalidFields.one("search", "give at least one letter or digit")
    return found


def _found(request: PageRequest, *, wanted: list[str], owner: str | None) -> Page[dict[str, Any]]:
    def fits(entry: dict[str, Any]) -> bool:
        return _is_hit(entry, wanted) and (owner is None or entry.get("owner") == owner)

    return _entries(request, searched_under(wanted[0]), prefix=wanted[0], fits=fits)


def _is_hit(entry: dict[str, Any], wanted: list[str]) -> bool:
    """Whether every word looked for begins a word of the entry; of several entries of one customer only the first."""
    words: list[str] = entry["words"]
    first = min(word for word in words if word.startswith(wanted[0]))
    return entry["sk"] == f"{first}#{entry['id']}" and all(
        any(word.startswith(prefix) for word in words) for prefix in wanted
    )


def _entries(
    request: PageRequest, pk: str, *, prefix: str, fits: Callable[[dict[str, Any]], bool]
) -> Page[dict[str, Any]]:
    chosen: list[dict[str, Any]] = []
    place = request.after
    while True:
        entries, place = _query(pk, prefix=prefix, after=place, limit=request.limit - len(chosen))
        chosen += [_shown(entry) for entry in entries if fits(entry)]
        if place is None or len(chosen) == request.limit:
            return Page(chosen, request.cursor_at(place))


def _query(pk: str, *, prefix: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    start: dict[str, Any] = {"ExclusiveStartKey": table.to_item({"pk": pk, "sk": after})} if after else {}
    condition, values = "pk = :pk", {":pk": pk}
    if prefix:
        condition, values = condition + " AND begins_with(sk, :prefix)", {**values, ":prefix": prefix}
    answer = table.client().query(
        TableName=settings().views_table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=table.to_item(values),
        Limit=limit,
        **start,
    )
    last = answer.get("LastEvaluatedKey")
    return [table.from_item(item) for item in answer["Items"]], last["sk"]["S"] if last else None


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in _SHOWN if name in entry}
