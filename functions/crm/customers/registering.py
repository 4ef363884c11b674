"""The first word of a customer: the record, its contacts, its history and its owner, together or not at all."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.changes import service as change_service
from crm.core import clock, ids, table
from crm.core.author import Author
from crm.core.errors import InvalidFields, KeyReused, StoreUnavailable
from crm.customers import changing, contacts, duplicates, owning, refusals, rules, standing
from crm.customers.models import Erased, Merged, Profile
from crm.customers.refusals import Write
from crm.own_fields import service as own_field_service
from crm.own_fields.rules import Definition
from crm.routing import assigned
from crm.routing import service as routing_service
from crm.routing.service import Choice
from crm.suppressions import forgotten

_ROUTE = "POST /customers"
# So often a turn that somebody else took first is tried for again; then the lot decides, which nobody can take.
_TURNS = 5
_TRIES = 8


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
        owning.require_member(fields, author)
    except InvalidFields:
        # What was taken once is answered again, whatever the fields say since.
        if (stored := standing.read(customer_id)) and stored.request_hash == request_hash:
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


def id_of(*, caller: str, idempotency_key: str) -> str:
    """The id of the customer whom a registration makes that has a key."""
    return ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)


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
    heed_forgotten(transaction, rules.addresses(fields), allowed=allow_forgotten)


def _new(customer_id: str, fields: Mapping[str, Any], *, caller: str, request_hash: str) -> Profile:
    today = changing.latest_today()
    rules.require_possible(fields, today=today)
    now = clock.stamp()
    known = rules.merged({}, rules.noted(fields, today=today))
    rules.require_consistent(known)
    stamps = {"created_at": now, "updated_at": now, "created_by": caller, "request_hash": request_hash}
    return Profile.keyed(customer_id, version=1, revision=1, facts=dict(rules.NO_FACTS), **stamps, **known)


def _replayed_or_refused(customer_id: str, request_hash: str, fields: Mapping[str, Any]) -> Profile:
    stored = standing.read(customer_id)
    if stored is None:
        mark = Merged.read(customer_id)
        if mark and mark.request_hash == request_hash:
            return standing.get(customer_id=mark.into)
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


def heed_forgotten(transaction: TransactWrite, addresses: Iterable[str], *, allowed: bool) -> None:
    """Put into a transaction that nobody was erased who had one of these addresses, or that it is forgiven."""
    (forgotten.remember if allowed else forgotten.require_unknown)(transaction, addresses)
