"""Erasures from their request to their receipt: from the request on a customer cannot be restored any more.

The record stands under the customer's own random id, so a request that is repeated finds it. All work is a job that
may die anywhere: `ERASING` in the partition brings it back, and goes last.
"""

from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from crm.changes.models import CHANGE, Change
from crm.core import clock, table
from crm.core.author import Author
from crm.core.errors import NotFound, StoreUnavailable
from crm.core.paging import Page, PageRequest
from crm.customers import contacts, rules
from crm.customers import service as customer_service
from crm.customers.models import Contact, Deleted, Erasing, InBin, Profile, followed
from crm.privacy import partition
from crm.privacy.models import ERASURES, Erasure
from crm.suppressions import forgotten

_TRIES = 8


def begin(*, customer_id: str, author: Author) -> Erasure:
    """Have all of a customer erased, in the bin or not; the record, the same when it is asked for again.

    Whose own wish it was does not come back by a file: their addresses are known by a keyed hash, but for those that
    somebody else has as well. Whose time in the bin was over (`way` "upkeep") may. Raises NotFound.
    """
    for _ in range(_TRIES):
        earlier = followed(customer_id, Erasure.find)
        if earlier:
            return earlier
        deleted = followed(customer_id, Deleted.find) or _deleted_now(customer_id, author)
        erasure = deleted and _begun(deleted, author)
        if erasure:
            return erasure
    raise StoreUnavailable("this customer is being changed by many at once")


def get(*, erasure_id: str) -> Erasure:
    """One erasure. Raises NotFound."""
    found = Erasure.find(erasure_id)
    if found is None:
        raise NotFound(f"there is no erasure {erasure_id[:60]!a}")
    return found


def page(request: PageRequest) -> Page[Erasure]:
    """All erasures there ever were, in no order that says anything."""
    after = table.to_item({"pk": ERASURES, "sk": request.after}) if request.after else None
    found: ResultIterator[Erasure] = Erasure.query(
        ERASURES, limit=request.limit, consistent_read=True, last_evaluated_key=after
    )
    erasures, last = list(found), found.last_evaluated_key
    return Page(erasures, request.cursor_at(last["sk"]["S"] if last else None))


def addresses_of(profile: Profile) -> set[str]:
    """What identifies a customer: e-mail and phone, also of records that were merged into theirs."""
    return rules.addresses({name: getattr(profile, name) for name in ("email", "phone", "other_addresses")})


def _known(deleted: Deleted) -> tuple[set[str], set[str]]:
    """All addresses and all names that the customer has, or had before a change or in a record merged into theirs."""
    addresses, names = addresses_of(deleted), {deleted.name}
    for record in partition.records_before_merges(deleted.customer_id):
        addresses |= rules.addresses(record)
        names.add(record["name"])
    for change in Change.query(deleted.pk, Change.sk.startswith(CHANGE), consistent_read=True):
        said = {field: [*values.values()] for field, values in change.changes.items() if isinstance(values, dict)}
        addresses |= {value for field in ("/email", "/phone") for value in said.get(field, ()) if value}
        names |= {value for value in said.get("/name", ()) if value}
    return addresses, names


def _deleted_now(customer_id: str, author: Author) -> Deleted | None:
    known = customer_service.get(customer_id=customer_id).customer_id
    customer_service.remove(customer_id=known, expected_version=None, caller=author.who)
    return Deleted.find(known)


def _begun(deleted: Deleted, author: Author) -> Erasure | None:
    addresses, names = _known(deleted)
    own = {address for address in addresses if not contacts.holders([address])}
    barred = own if author.way != "upkeep" else set[str]()
    erasure = _record(deleted, author, marks=[forgotten.fingerprint(address) for address in sorted(barred)])
    erasure.shared_addresses = len(addresses - own)
    merged = {old for _, old in partition.merged_into(deleted.customer_id)}
    known = {"addresses": addresses or None, "names": names, "merged": merged or None}
    erasing = Erasing.keyed(deleted.customer_id, requested_at=erasure.requested_at, **known)

    def write(transaction: TransactWrite) -> None:
        same = Deleted.revision == deleted.revision
        transaction.condition_check(Deleted, deleted.pk, deleted.sk, condition=same)
        transaction.delete(InBin.keyed(deleted.customer_id, deleted_at=deleted.deleted_at))
        transaction.save(erasing)
        transaction.save(erasure, condition=Erasure.pk.does_not_exist())
        forgotten.forget(transaction, erasure.prints)
        for address in sorted(barred):
            contact = Contact.keyed(address)
            nobody = Contact.customers.does_not_exist()
            transaction.condition_check(Contact, contact.pk, contact.sk, condition=nobody)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return None
    return erasure


def _record(deleted: Deleted, author: Author, *, marks: list[tuple[str, str]]) -> Erasure:
    erasure = Erasure.keyed(deleted.customer_id)
    erasure.requested_at, erasure.requested_by, erasure.way = clock.stamp(), author.who or None, author.way
    erasure.state, erasure.erased = "running", {}
    erasure.marks = {printed: key_id for key_id, printed in marks}
    return erasure
