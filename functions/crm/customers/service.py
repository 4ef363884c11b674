"""Use cases around the customer's record."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.core import clock, ids, items, outbox, table
from crm.core.author import Author
from crm.core.errors import Conflict, InvalidFields, KeyReused, NotFound, StaleVersion, StoreUnavailable
from crm.customers import changing, contacts, duplicates, refusals, rules
from crm.customers.changing import Draft, OnConflict
from crm.customers.models import PROFILE, Deleted, Erased, InBin, Merged, Profile, followed, partition
from crm.customers.refusals import Write
from crm.own_fields import service as own_field_service
from crm.own_fields.rules import Definition
from crm.routing import assigned
from crm.routing import service as routing_service
from crm.routing.service import Choice
from crm.suppressions import forgotten

_ROUTE = "POST /customers"
_TRIES = 8
# So often a turn that somebody else took first is tried for again; then the lot decides, which nobody can take.
_TURNS = 5


def register(
    *,
    fields: Mapping[str, Any],
    author: Author,
    idempotency_key: str | None,
    allow_duplicate: bool,
    allow_forgotten: bool = False,
    also: Callable[[str], Write] | None = None,
    definitions: tuple[Definition, ...] | None = None,
    routed: bool = True,
) -> Profile:
    """Store a new customer, claim the customer's contacts and begin the history, in one transaction.

    `also`: what else is written about the customer of an id, then or, for a request that comes again, by itself.
    `definitions`: the business's own fields, where the caller has just read them. `routed`: whether whom nobody owns is
    given to somebody by the rules of the business.
    Raises Duplicate with the candidates when somebody has the e-mail or phone already, AddressForgotten when
    whoever had it was erased, KeyReused when the key belongs to another request, InvalidFields, StoreUnavailable or
    table.ConditionFailed when a condition of `also` does not hold.
    """
    customer_id = ids.derived(caller=author.who, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash([fields, allow_duplicate])
    try:
        fields = own_field_service.fitted(fields, stored=None, author=author, defined=definitions)
    except InvalidFields:
        # What was taken once is answered again, whatever the fields say since.
        if (stored := _read(customer_id)) and stored.request_hash == request_hash:
            return stored
        raise
    profile = _new(customer_id, refusals.heeded(fields), caller=author.who, request_hash=request_hash)
    is_owned = profile.owner is not None or not routed
    for number in range(_TRIES):
        choice = None if is_owned else _choice(profile, author, in_turn=number < _TURNS)
        profile.owner = choice.owner if choice else profile.owner
        write = partial(
            _register,
            profile=profile,
            fields=fields,
            author=author,
            choice=choice,
            is_repeatable=idempotency_key is not None,
            shared=allow_duplicate,
            allow_forgotten=allow_forgotten,
        )
        others = [also(customer_id)] if also else []
        try:
            table.commit(partial(_all, [write, *others]))
        except table.ConditionFailed:
            if choice and choice.is_overtaken():
                continue
            stored = _replayed_or_refused(customer_id, request_hash, fields)
            if also:
                table.commit(also(stored.customer_id))
            return stored
        return profile
    raise StoreUnavailable("many customers are being registered at once; try again")


def _choice(profile: Profile, author: Author, *, in_turn: bool) -> Choice | None:
    """Whom somebody new goes to. Of a file's rows, which come many at once, each is given by lot."""
    plain = changing.fields_of(profile)
    in_turn = in_turn and author.way != "import"
    return routing_service.choose(plain, customer_id=profile.customer_id, in_turn=in_turn)


def _all(writes: Iterable[Write], transaction: TransactWrite) -> None:
    for write in writes:
        write(transaction)


def _register(
    transaction: TransactWrite,
    *,
    profile: Profile,
    fields: Mapping[str, Any],
    author: Author,
    choice: Choice | None,
    is_repeatable: bool,
    shared: bool,
    allow_forgotten: bool,
) -> None:
    customer_id = profile.customer_id
    transaction.save(profile, condition=Profile.pk.does_not_exist())
    known, by_rule = changing.fields_of(profile), choice.rule if choice else None
    change_service.registered(transaction, customer_id=customer_id, fields=known, author=author, by_rule=by_rule)
    if choice:
        choice.write(transaction)
    assigned.note(transaction, customer_id=customer_id, before=None, after=profile.owner, by=author.who)
    if is_repeatable:
        for gone in (Erased.keyed(customer_id), Merged.keyed(customer_id)):
            transaction.condition_check(type(gone), gone.pk, gone.sk, condition=type(gone).pk.does_not_exist())
    for address in rules.addresses(fields):
        contacts.claim(transaction, address, customer_id=customer_id, shared=shared)
    _heed_forgotten(transaction, rules.addresses(fields), allowed=allow_forgotten)


def get(*, customer_id: str) -> Profile:
    """The customer's profile as it is now; under an id that was merged away, that of the other. Raises NotFound."""
    profile = followed(customer_id, _read)
    if profile is None:
        raise NotFound(f"there is no customer {customer_id[:60]!a}")
    return profile


def owners(customer_ids: Iterable[str]) -> dict[str, str | None]:
    """By id whose each of these customers is; who is not there under this very id is left out. One read."""
    keys = [(partition(one), PROFILE) for one in sorted(set(customer_ids))]
    found = items.many(keys, only=("owner",)) if keys else {}
    return {pk.partition("#")[2]: profile.get("owner") for (pk, _), profile in found.items()}


def owner_of(customer_id: str) -> tuple[tuple[str | None]] | None:
    """Whose a customer is, also one in the bin; None where there is nobody of this id."""
    found = followed(customer_id, _read) or followed(customer_id, Deleted.find)
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
    heed = partial(_heed_forgotten, addresses=new, allowed=allow_forgotten)
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
        raise Conflict("a merge of this customer is still under way; try again in a minute")


def _read(customer_id: str) -> Profile | None:
    try:
        return Profile.read(customer_id)
    except Profile.DoesNotExist:
        return None


def _new(customer_id: str, fields: Mapping[str, Any], *, caller: str, request_hash: str) -> Profile:
    today = changing.latest_today()
    rules.require_possible(fields, today=today)
    now = clock.stamp()
    known = rules.merged({}, rules.noted(fields, today=today))
    rules.require_consistent(known)
    stamps = {"created_at": now, "updated_at": now, "created_by": caller, "request_hash": request_hash}
    return Profile.keyed(customer_id, version=1, revision=1, facts=dict(rules.NO_FACTS), **stamps, **known)


def _replayed_or_refused(customer_id: str, request_hash: str, fields: Mapping[str, Any]) -> Profile:
    stored = _read(customer_id)
    if stored is None:
        mark = Merged.read(customer_id)
        if mark and mark.request_hash == request_hash:
            return get(customer_id=mark.into)
        if mark:
            raise KeyReused("send another Idempotency-Key for another customer")
        if Erased.stands(customer_id):
            raise KeyReused("its customer was deleted; send another Idempotency-Key for a new one")
        forgotten.refuse(rules.addresses(fields))
        duplicates.refuse(rules.addresses(fields))
        raise StoreUnavailable("another request for the same contact was under way; try again")
    if stored.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another customer")
    return stored


def _heed_forgotten(transaction: TransactWrite, addresses: Iterable[str], *, allowed: bool) -> None:
    (forgotten.remember if allowed else forgotten.require_unknown)(transaction, addresses)


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
