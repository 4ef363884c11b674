"""Use cases of relations: make one, look at one, change it, end it. Listing them: crm.relations.listing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, table
from crm.core.author import Author
from crm.core.errors import Conflict, KeyReused, LimitReached, NotFound, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import changing
from crm.customers import service as customer_service
from crm.relations import chains, ends, rules, writing
from crm.relations.ends import Ends
from crm.relations.models import Relation, RelationReceipt
from crm.relations.rules import BUSINESS, KINDS, MOST_ORGANISATIONS, Said

_ROUTE = "POST /customers/{id}/relations"
_TRIES = 12


@dataclass(frozen=True)
class Wish:
    """A relation to be made, seen from the customer in the path; `other` is None for the business."""

    customer_id: str
    kind: str
    other: str | None
    said: Said


def relate(wish: Wish, *, author: Author, idempotency_key: str | None) -> Relation:
    """Relate two customers, or one with the business; the same request again answers with the relation.

    Raises NotFound, InvalidFields, Conflict (they are related so already), LimitReached, KeyReused.
    """
    request = _request(wish, author, idempotency_key)
    rules.require_said(wish.kind, wish.said, today=changing.latest_today())
    for _ in range(_TRIES):
        if request and (earlier := RelationReceipt.find(request[0])):
            return _replayed(earlier, wish, request[1])
        pair = ends.read(customer_id=wish.customer_id, kind=wish.kind, other=wish.other)
        stored = Relation.find(pair.own.customer_id, wish.kind, pair.other_id)
        if stored:
            raise Conflict(Reason("they are related so already; change it: PATCH {stored}", stored=address(stored)))
        hold = _held(pair, wish.said)
        relation = writing.new(pair, wish.said, author)
        try:
            table.commit(partial(writing.make, pair=pair, relation=relation, hold=hold, author=author, request=request))
        except table.ConditionFailed:
            continue
        return relation
    raise StoreUnavailable("these customers are being changed by many at once")


def get(*, customer_id: str, kind: str, other: str) -> tuple[Ends, Relation]:
    """One relation with both of its customers, as they are now. Raises NotFound, also while one is in the bin."""
    own = customer_service.get(customer_id=customer_id)
    if kind not in KINDS:
        raise NotFound(f"there is no kind of relation {kind[:60]!a}; there are {', '.join(KINDS)}")
    missing = NotFound(f"there is no relation {kind} with {other[:60]!a}")
    if KINDS[kind].mirror is None:
        found = Relation.find(own.customer_id, kind, BUSINESS) if other == BUSINESS else None
        if found is None:
            raise missing
        return Ends(kind, own, None), found
    try:
        known = customer_service.get(customer_id=other)
    except NotFound:
        raise missing from None
    # Under the id that it had: a merge of the other one may still be on its way to this relation.
    found = Relation.find(own.customer_id, kind, known.customer_id) or Relation.find(own.customer_id, kind, other)
    if found is None:
        raise missing
    return Ends(kind, own, known), found


def owner_of_other(other: str) -> Sequence[tuple[str | None]] | None:
    """Whose the other side of a relation is; nobody has to reach the business itself."""
    return () if other == BUSINESS else customer_service.owner_of(other)


def change(
    *, customer_id: str, kind: str, other: str, fields: Mapping[str, Any], expected_version: int | None, author: Author
) -> tuple[Ends, Relation]:
    """Say something else of a relation (None empties). Raises NotFound, StaleVersion, InvalidFields, Conflict."""
    for _ in range(_TRIES):
        pair, relation = _settled(customer_id, kind, other, expected_version)
        before = relation.said
        after = {name: value for name, value in {**before, **fields}.items() if value}
        if after == before:
            return pair, relation
        rules.require_said(kind, after, today=changing.latest_today())
        hold = _held(pair, after, had=before)
        moment = clock.stamp()
        write = partial(writing.rewrite, pair=pair, relation=relation, after=after, hold=hold, author=author, at=moment)
        try:
            table.commit(write)
        except table.ConditionFailed:
            continue
        return get(customer_id=customer_id, kind=kind, other=other)
    raise StoreUnavailable("these customers are being changed by many at once")


def remove(*, customer_id: str, kind: str, other: str, expected_version: int | None, author: Author) -> None:
    """Take a relation away from both. Raises NotFound, StaleVersion, Conflict."""
    for _ in range(_TRIES):
        pair, relation = _settled(customer_id, kind, other, expected_version)
        try:
            table.commit(partial(writing.take, pair=pair, relation=relation, author=author))
        except table.ConditionFailed:
            continue
        return
    raise StoreUnavailable("these customers are being changed by many at once")


def address(relation: Relation) -> str:
    """Where a relation is found."""
    return f"/customers/{relation.customer_id}/relations/{relation.kind}/{relation.other}"


def _request(wish: Wish, author: Author, key: str | None) -> tuple[str, str] | None:
    """The id and the hash of a request with a key."""
    if key is None:
        return None
    route = f"{_ROUTE}:{wish.customer_id}"
    hashed = ids.request_hash([wish.kind, wish.other, dict(wish.said)])
    return ids.derived(caller=author.who, route=route, idempotency_key=key), hashed


def _replayed(receipt: RelationReceipt, wish: Wish, request_hash: str) -> Relation:
    if receipt.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another relation")
    try:
        return get(customer_id=wish.customer_id, kind=wish.kind, other=wish.other or BUSINESS)[1]
    except NotFound:
        raise Conflict(Reason("it was made, and removed since; send another Idempotency-Key to make it anew")) from None


def _held(pair: Ends, after: Said, *, had: Said | None = None) -> Callable[[TransactWrite], None]:
    """What must hold, and still hold when it is written, for a relation to stand as it is wanted."""
    _require_room(pair)
    was = had is not None and rules.is_current(had)
    return chains.require_none(pair) if rules.is_current(after) and not was else lambda _: None


def _require_room(pair: Ends) -> None:
    person = next((profile for profile, kind, _ in pair.sides if kind == "member_of"), None)
    known = ((person and person.relations) or {}).get("member_of", {})
    if len(known) >= MOST_ORGANISATIONS and {pair.other_id, pair.own.customer_id}.isdisjoint(known):
        raise LimitReached(
            Reason(
                "a person belongs to {most} organisations at most; remove one first",
                most=MOST_ORGANISATIONS,
            )
        )


def _settled(customer_id: str, kind: str, other: str, expected: int | None) -> tuple[Ends, Relation]:
    pair, relation = get(customer_id=customer_id, kind=kind, other=other)
    for profile, _, _ in pair.sides:
        customer_service.require_whole(profile)
    if expected is not None and relation.version != expected:
        raise StaleVersion(f"it is at version {relation.version} now; read it again and repeat the change")
    return pair, relation
