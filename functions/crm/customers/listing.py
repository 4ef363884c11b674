"""Pages of customers: searched for, or listed in an order and under filters.

A page is one Query of a list whose entries hold what is shown, or of a list that only says who, and one read of those
profiles. A page that is filtered may be short and go on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from crm.core import items, views
from crm.core.paging import Page, PageRequest, filled
from crm.core.veil import visible
from crm.core.views import Sieve
from crm.customers import asking, reminded, searching
from crm.customers.asking import Asked, Sort
from crm.customers.models import PROFILE, partition
from crm.customers.searching import Stage
from crm.customers.words import Sought

Entry = Mapping[str, Any]
Found = tuple[list[dict[str, Any]], str | None]
"""Entries in order, and the place to go on after, if there may be more."""
# Looked through for a page that is filtered: a few hundred kilobytes.
_READS = 1000
# One read of the truth takes a hundred profiles.
_MOST_PROFILES = 100


@dataclass(frozen=True)
class Listed(Page[Entry]):
    """A page. `complete`, of similar names: whether all who could be meant were looked at and are shown; of others
    False while parts of words are not found yet, since the views of an older version are being extended.
    """

    complete: bool | None = None


def page(request: PageRequest, asked: Asked) -> Listed:
    """One page of entries.

    Raises InvalidFields for a combination that would need a scan, NotFound for an unknown segment and NotBuiltYet for
    one that is being filled for the first time.
    """
    if asked.search is not None:
        return _hits(request, asked, asked.search)
    asking.require_list(asked)
    found, place = _whole(request, asked, partial(_by_place, asked))
    return Listed(list(found), request.cursor_at(place))


def _whole(request: PageRequest, asked: Asked, ask: Callable[[str | None, int], searching.Found]) -> Found:
    """One answer for who sees everybody; a full page for who does not: see `paging.filled`."""
    return filled(ask, after=request.after, limit=request.limit, sees_all=asked.within is None and not asked.hidden)


def _by_place(asked: Asked, after: str | None, most: int) -> searching.Found:
    entries, place = _found(asked, after, most)
    return [(str(entry["sk"]), entry) for entry in entries], place


def _found(asked: Asked, after: str | None, limit: int) -> Found:
    most = _MOST_PROFILES if asked.filters or asked.within else min(limit, _MOST_PROFILES)
    if asked.by is Sort.NEXT_REMINDER:
        return _shown(*reminded.customers(after=after, most=most), asked=asked, limit=limit)
    if asked.segment is None:
        return _listed(asked, after, limit, *asking.listed_under(asked))
    # Here, as a search needs none of what groups are made of.
    from crm.segments import service as segment_service  # noqa: PLC0415 - a search needs none of what groups are made of

    members = segment_service.listing_key(segment_id=asked.segment, sort=_OF_SEGMENTS[asked.by], hidden=asked.hidden)
    if asked.by is Sort.NAME:
        return _listed(asked, after, limit, members, "", asked.where("owner", "language"))
    who = views.query(members, after=after, limit=most, downwards=asked.downwards, consistent=False)
    return _shown(*who, asked=asked, limit=limit)


_OF_SEGMENTS = {Sort.NAME: "name", Sort.LAST_CONTACT: "contact"}


def _hits(request: PageRequest, asked: Asked, search: str) -> Listed:
    """Whom the words fit; where they fit nobody, who bears a similar name, on one page."""
    looked_for, filters = searching.wanted(search), asked.where("owner", "language")
    asking.require_search(asked)
    has_ends = searching.has_ends(looked_for)
    ask = partial(searching.page, looked_for, filters, has_ends=has_ends, shows=_seen(asked, looked_for))
    found, place = _whole(request, asked, ask)
    if found or place or request.after:
        return Listed(list(found), request.cursor_at(place), None if has_ends else False)
    if asked.hidden:
        # How near two words are is found out by all words of a customer, also by hidden ones.
        return Listed([], None, complete=has_ends)
    similar, complete = searching.similar([one.begins for one in looked_for], filters=filters, limit=request.limit)
    return Listed([{**entry, "match": "similar"} for entry in similar], None, complete and has_ends)


def _seen(asked: Asked, looked_for: list[Sought]) -> Callable[[Stage, Entry], bool] | None:
    """Whom the words fit by what the one who asks sees of them; None for who sees all."""
    if not asked.hidden:
        return None
    return lambda stage, entry: searching.is_shown_in(stage, looked_for, visible(entry, asked.hidden))


def _listed(asked: Asked, after: str | None, limit: int, pk: str, prefix: str, left: asking.Left) -> Found:
    """Entries of a list that hold what is shown."""
    return views.query(
        pk,
        prefix=prefix,
        after=after,
        limit=limit,
        downwards=asked.downwards,
        sieve=Sieve(left, _READS) if left else None,
        consistent=False,
    )


def _shown(entries: list[dict[str, Any]], place: str | None, *, asked: Asked, limit: int) -> Found:
    """The profiles of these customers that pass the filters; who was deleted since is left out."""
    keys = [(partition(entry["id"]), PROFILE) for entry in entries]
    profiles, shown = items.many(keys, consistent=False), list[dict[str, Any]]()
    for key, entry in zip(keys, entries, strict=True):
        if len(shown) == limit:
            return shown, shown[-1]["sk"]
        if key in profiles and asked.passes(profiles[key]):
            shown.append({**profiles[key].get("facts", {}), **profiles[key], **entry})
    return shown, place
