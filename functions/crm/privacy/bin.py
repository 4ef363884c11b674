"""The bin: customers who were deleted, gone for every reader, and can be restored for thirty days.

All that is theirs stays in their partition as it was. Nobody sees it and nothing goes out, because whoever reads or
writes there asks for the profile first, and the profile stands elsewhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from crm.changes import service as change_service
from crm.core import clock, outbox, table
from crm.core.actor import Within
from crm.core.author import Author
from crm.core.errors import NotFound, StoreUnavailable
from crm.core.paging import Page, PageRequest, filled
from crm.customers import contacts, duplicates
from crm.customers import service as customer_service
from crm.customers.models import BIN, Deleted, Erased, Erasing, InBin, Profile, followed
from crm.privacy import erasures
from crm.segments.models import Segment
from crm.suppressions import forgotten

KEPT = timedelta(days=30)
_TRIES = 8
_UPKEEP = Author(who="", way="upkeep")
# A transaction holds a hundred items, and a restoration has a few of its own.
_MOST_GROUPS = 80


@dataclass(frozen=True)
class Binned:
    """A deleted customer as the bin shows them, and from when on they cannot be restored (RFC 3339)."""

    profile: Deleted
    erased_from: str


def page(request: PageRequest, *, within: Within | None = None) -> Page[Binned]:
    """Who can be restored of those within reach, the last deleted first."""
    ask = partial(_binned, within)
    found, place = filled(ask, after=request.after, limit=request.limit, sees_all=within is None)
    return Page(found, request.cursor_at(place))


def find(customer_id: str) -> Binned | None:
    """Who is in the bin under this id, or under that of the record that they were merged into; None: nobody."""
    found = followed(customer_id, Deleted.find)
    # They stand there until their erasure is over, and can be restored no more.
    return None if found is None or Erasing.find(found.customer_id) else Binned(found, _erased_from(found.deleted_at))


def _binned(within: Within | None, after: str | None, most: int) -> tuple[list[tuple[str, Binned]], str | None]:
    begin = table.to_item({"pk": BIN, "sk": after}) if after else None
    found: ResultIterator[InBin] = InBin.query(
        BIN, scan_index_forward=False, limit=most, consistent_read=True, last_evaluated_key=begin
    )
    entries = list(found)
    last = found.last_evaluated_key
    keys = [(place.pk, place.sk) for place in (Deleted.keyed(entry.customer_id) for entry in entries)]
    profiles = {one.pk: one for one in Deleted.batch_get(keys, consistent_read=True)} if keys else {}
    there = [(entry.sk, profiles[pk]) for entry, (pk, _) in zip(entries, keys, strict=True) if pk in profiles]
    seen = [(sk, one) for sk, one in there if within is None or within.holds(one.owner)]
    return [(sk, Binned(one, _erased_from(one.deleted_at))) for sk, one in seen], last["sk"]["S"] if last else None


def restore(*, customer_id: str, caller: str, allow_duplicate: bool, allow_forgotten: bool) -> Profile:
    """Bring a customer back as they were when they were deleted; again, it answers with the customer.

    Raises NotFound for who is not in the bin, Duplicate with the candidates when somebody has the address by now,
    AddressForgotten when somebody else who had it was erased meanwhile.
    """
    for _ in range(_TRIES):
        deleted = followed(customer_id, Deleted.find)
        if deleted is None or Erasing.find(deleted.customer_id):
            return _restored_already(customer_id)
        profile = _profile(deleted)
        try:
            fill = partial(_write, deleted, profile, allow_duplicate, allow_forgotten)
            table.commit(partial(_noted, fill, deleted, profile, Author(caller, way="restore", of="bin")))
        except table.ConditionFailed:
            if not allow_forgotten:
                forgotten.refuse(erasures.addresses_of(deleted))
            if not allow_duplicate:
                duplicates.refuse(erasures.addresses_of(deleted))
        else:
            return profile
    raise StoreUnavailable("this customer is being changed by many at once")


def empty() -> None:
    """Begin the erasure of everybody whose time in the bin is over."""
    until = clock.instant(clock.now() - KEPT)
    due = [entry.customer_id for entry in InBin.query(BIN, InBin.sk < until, consistent_read=True)]
    for customer_id in due:
        erasures.begin(customer_id=customer_id, author=_UPKEEP)


def _write(deleted: Deleted, profile: Profile, shared: bool, allow_forgotten: bool, transaction: TransactWrite) -> None:
    transaction.delete(deleted, condition=Deleted.revision == deleted.revision)
    transaction.save(profile, condition=Profile.pk.does_not_exist())
    transaction.delete(InBin.keyed(profile.customer_id, deleted_at=deleted.deleted_at))
    transaction.delete(Erased.keyed(profile.customer_id))
    erasing = Erasing.keyed(profile.customer_id)
    transaction.condition_check(Erasing, erasing.pk, erasing.sk, condition=Erasing.pk.does_not_exist())
    for address in sorted(erasures.addresses_of(deleted)):
        contacts.claim(transaction, address, customer_id=profile.customer_id, shared=shared)
    heed = forgotten.remember if allow_forgotten else forgotten.require_unknown
    heed(transaction, erasures.addresses_of(deleted))
    for group in sorted(profile.groups or ())[:_MOST_GROUPS]:
        # A group that is deleted in this moment empties itself of those who are there: so nobody may come in.
        place = Segment.keyed(group)
        transaction.condition_check(Segment, place.pk, place.sk, condition=Segment.pk.exists())


def _noted(
    fill: Callable[[TransactWrite], None],
    deleted: Deleted,
    profile: Profile,
    author: Author,
    transaction: TransactWrite,
) -> None:
    """What the restoration writes, and in the history that they came back, and without which groups."""
    fill(transaction)
    before, after = deleted.restored().attribute_values, profile.attribute_values
    change_service.changed(transaction, profile.customer_id, before=before, after=after, author=author)
    outbox.tell(transaction, ("customer.restored", {"customer_id": profile.customer_id}))


def _profile(deleted: Deleted) -> Profile:
    stamps = {"version": int(deleted.version) + 1, "revision": int(deleted.revision) + 1, "updated_at": clock.stamp()}
    return deleted.restored(**stamps, groups=_standing(deleted.groups or ()) or None)


def _standing(groups: Iterable[str]) -> set[str]:
    """The hand-picked groups that there still are."""
    keys = [(place.pk, place.sk) for place in map(Segment.keyed, groups)]
    return {segment.segment_id for segment in Segment.batch_get(keys, consistent_read=True)} if keys else set()


def _restored_already(customer_id: str) -> Profile:
    try:
        return customer_service.get(customer_id=customer_id)
    except NotFound:
        raise NotFound(f"there is no customer {customer_id[:60]!a} in the bin") from None


def _erased_from(deleted_at: str) -> str:
    return clock.instant(datetime.fromisoformat(deleted_at) + KEPT)
