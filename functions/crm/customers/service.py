"""Use cases around the customer's record."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.core import clock, items, outbox, table
from crm.core.author import Author
from crm.core.errors import Conflict, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import changing, contacts, duplicates, owning, refusals, registering, rules, standing
from crm.customers.changing import Draft, OnConflict
from crm.customers.models import PROFILE, Deleted, Erased, InBin, Merged, Profile, followed, partition
from crm.customers.refusals import Write
from crm.own_fields import service as own_field_service
from crm.suppressions import forgotten

_TRIES = 8
get = standing.get
register = registering.register
id_of = registering.id_of


def owners(customer_ids: Iterable[str]) -> dict[str, str | None]:
    """By id whose each of these customers is; who is not there under this very id is left out. One read."""
    return _each(customer_ids, "owner")


def names(customer_ids: Iterable[str]) -> dict[str, str]:
    """By id what each of these customers is called; who is not there under this very id is left out. One read."""
    return _each(customer_ids, "name")


def _each(customer_ids: Iterable[str], field: str) -> dict[str, Any]:
    keys = [(partition(one), PROFILE) for one in sorted(set(customer_ids))]
    found = items.many(keys, only=(field,)) if keys else {}
    return {pk.partition("#")[2]: profile.get(field) for (pk, _), profile in found.items()}


def owner_of(customer_id: str) -> tuple[tuple[str | None]] | None:
    """Whose a customer is, also one in the bin; None where there is nobody of this id."""
    found = followed(customer_id, standing.read) or followed(customer_id, Deleted.find)
    return ((found.owner,),) if found else None


def change(
    *,
    customer_id: str,
    fields: Mapping[str, Any],
    author: Author,
    expected_version: int | None,
    allow_duplicate: bool = False,
    on_conflict: OnConflict = "replace",
    request: str | None = None,
    allow_forgotten: bool = False,
) -> Profile:
    """Merge `fields` into the profile; what says nothing new writes nothing. `request`: kept with the change.

    Only what replaces can empty a field, lose a tag or take back what a person refused. Raises NotFound, StaleVersion,
    Duplicate, AddressForgotten, InvalidFields.
    """
    for _ in range(_TRIES):
        profile = get(customer_id=customer_id)
        require_version(profile, expected_version)
        fields = own_field_service.fitted(fields, stored=profile.custom or {}, author=author)
        owning.require_member(fields, author, before=profile.owner)
        draft = changing.draft(profile, fields, author, on_conflict=on_conflict, request=request)
        also = refusals.taken_back(draft.after, fields) if on_conflict == "replace" else None
        if not (also or draft.says_something()):
            return profile
        if written(draft, also=also, allow_duplicate=allow_duplicate, allow_forgotten=allow_forgotten):
            return draft.after
    raise StoreUnavailable("this customer is being changed by many at once")


def written(draft: Draft, *, also: Write | None, allow_duplicate: bool, allow_forgotten: bool = False) -> bool:
    """Write a change; False when the profile is not as it was read any more: then it is read and drafted again.

    Raises AddressForgotten, Duplicate, where a new address is another person's.
    """
    had, has = changing.fields_of(draft.before), changing.fields_of(draft.after)
    new = rules.addresses(has) - rules.addresses(had)
    heed = partial(registering.heed_forgotten, addresses=new, allowed=allow_forgotten)
    if changing.write(draft, allow_duplicate=allow_duplicate, also=(heed, also)):
        return True
    if not allow_forgotten:
        forgotten.refuse(new)
    if not allow_duplicate:
        duplicates.refuse(new)
    return False


def advance(transaction: TransactWrite, profile: Profile, *, facts: Mapping[str, Any]) -> None:
    """Put new facts of the profile into a transaction, on the condition that nothing has changed since it was read."""
    actions: list[Action] = [Profile.facts.set(dict(facts)), Profile.revision.set(int(profile.revision) + 1)]
    transaction.update(profile, actions, condition=Profile.revision == profile.revision)


def remove(*, customer_id: str, expected_version: int | None, caller: str) -> None:
    """Put a customer into the bin: gone for every reader at once, with all that is theirs left as it is.

    They can be restored for a while (crm.privacy.bin), and are erased then. Raises NotFound, StaleVersion, Conflict
    (while a merge moves what belongs to them).
    """
    for _ in range(_TRIES):
        profile = get(customer_id=customer_id)
        require_version(profile, expected_version)
        require_whole(profile)
        try:
            table.commit(_removal(profile, caller=caller))
        except table.ConditionFailed:
            continue
        return
    raise StoreUnavailable("this customer is being changed by many at once")


def known_as(profile: Profile, *, customer_id: str) -> list[str]:
    """The other ids under which items of a customer may stand, who was asked for by `customer_id`, the nearest last.

    Those of records that were merged into this one on the way from the id asked for, and the other end of a merge, or
    of one that is undone, while it lasts. Nothing is read for a record that stands by itself.
    """
    found, one = dict[str, None](), customer_id
    while one != profile.customer_id and (mark := Merged.read(one)):
        found[one] = None
        one = mark.into
    if profile.merging:
        found[profile.merging["other"]] = None
    found.pop(profile.customer_id, None)
    return list(found)


def require_whole(profile: Profile) -> None:
    """Raise Conflict while what belongs to the customer is on its way from or to another record."""
    if profile.merging:
        raise Conflict(Reason("a merge of this customer is still under way; try again in a minute"))


def require_version(profile: Profile, expected: int | None) -> None:
    """Raise StaleVersion unless the profile is at this version; None: whichever it is at."""
    if expected is not None and profile.version != expected:
        raise StaleVersion(f"it is at version {int(profile.version)} now; read it again and repeat the change")


def _removal(profile: Profile, *, caller: str) -> Callable[[TransactWrite], None]:
    now = clock.stamp()

    def write(transaction: TransactWrite) -> None:
        transaction.delete(profile, condition=Profile.revision == profile.revision)
        transaction.save(Deleted.of(profile, at=now, by=caller))
        transaction.save(InBin.keyed(profile.customer_id, deleted_at=now))
        transaction.save(Erased.keyed(profile.customer_id))
        change_service.note(
            transaction,
            customer_id=profile.customer_id,
            place=change_rules.place(int(profile.version), revision=int(profile.revision) + 1),
            changes={},
            author=Author(caller, of="bin"),
            at=now,
        )
        outbox.tell(transaction, ("customer.deleted", {"customer_id": profile.customer_id}))
        for address in sorted(rules.addresses(changing.fields_of(profile))):
            contacts.release(transaction, address, customer_id=profile.customer_id)

    return write
