"""Relations upward form no circle: nobody is a branch of their own branch, or was referred by whom they referred.

What is walked through must be the same when the relation is written: of two circles at once one is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pynamodb.expressions.operand import Path
from pynamodb.transactions import TransactWrite

from crm.core.errors import Conflict, InvalidFields
from crm.core.reason import Reason
from crm.customers.models import Profile, followed
from crm.relations import ends
from crm.relations.ends import Ends
from crm.relations.rules import KINDS, MOST_LEVELS

_LOOKED_THROUGH = 20
"""So far a chain of referrals is followed: a transaction holds a hundred items."""


@dataclass(frozen=True)
class _Upward:
    """A relation as it is seen from below."""

    kind: str
    below: Profile
    above: Profile


def require_none(pair: Ends) -> Callable[[TransactWrite], None]:
    """Check that a relation that is to stand makes no circle, nor a second one upward; what to hold it to is returned.

    Raises InvalidFields.
    """
    if pair.other is None or not (KINDS[pair.kind].upward or KINDS[KINDS[pair.kind].mirror or ""].upward):
        return lambda _: None
    one = _seen_from_below(pair, pair.other)
    _require_single(pair, one)
    walked = _walk(one)

    def hold(transaction: TransactWrite) -> None:
        for profile, above in walked:
            path = Path(["relations", one.kind])
            same = path == above if above else path.does_not_exist()
            transaction.condition_check(type(profile), profile.pk, profile.sk, condition=same)

    return hold


def _seen_from_below(pair: Ends, other: Profile) -> _Upward:
    if KINDS[pair.kind].upward:
        return _Upward(pair.kind, pair.own, other)
    return _Upward(str(KINDS[pair.kind].mirror), other, pair.own)


def _require_single(pair: Ends, one: _Upward) -> None:
    had = (one.below.relations or {}).get(one.kind)
    if had and had != one.above.customer_id:
        pointer = "/kind" if one.below is pair.own else "/customer"
        remedy = Reason(
            "remove that first: DELETE /customers/{id}/relations/{kind}/{other}",
            id=one.below.customer_id,
            kind=one.kind,
            other=had,
        )
        words = Reason("a head office") if one.kind == "branch_of" else Reason("somebody who referred them")
        raise InvalidFields.one(
            pointer,
            Reason(
                "{name} has {words} already, {had}; {remedy}", name=one.below.name, words=words, had=had, remedy=remedy
            ),
        )


def _walk(one: _Upward) -> list[tuple[Profile, str | None]]:
    """The customers above the one above, each with whom stands above them."""
    found: list[tuple[Profile, str | None]] = []
    at: Profile | None = one.above
    for level in range(_LOOKED_THROUGH):
        above = (at.relations or {}).get(one.kind) if at else None
        if at and at is not one.above:
            found.append((at, above))
        if above is None:
            break
        if above == one.below.customer_id:
            raise InvalidFields.one("/customer", Reason("makes a circle: {why}", why=_circle(one)))
        if one.kind == "branch_of" and level + 2 >= MOST_LEVELS:
            raise InvalidFields.one(
                "/customer",
                Reason("there would be more than {most} levels of branches", most=MOST_LEVELS),
            )
        at = followed(above, ends.stands)
    return found


def _circle(one: _Upward) -> Reason:
    below, above = one.below.name, one.above.name
    if one.kind == "branch_of":
        return Reason(
            "{above} is a branch of {below}, or of one of its branches; remove that relation first",
            above=above,
            below=below,
        )
    return Reason(
        "{above} was referred by {below}, or by somebody whom they referred; correct that relation first",
        above=above,
        below=below,
    )


def require_none_of_one(into: Profile, old: Profile) -> None:
    """Check that no circle comes of making one record of two. Raises Conflict."""
    both = {into.customer_id, old.customer_id}
    for kind in (name for name, sides in KINDS.items() if sides.upward):
        heads = [(profile.relations or {}).get(kind) for profile in (into, old)]
        above = next((head for head in heads if head and head not in both), None)
        for _ in range(_LOOKED_THROUGH):
            at = followed(above, ends.stands) if above else None
            above = (at.relations or {}).get(kind) if at else None
            if at and above in both:
                remedy = Reason(
                    "remove that first: DELETE /customers/{id}/relations/{kind}/{other}",
                    id=at.customer_id,
                    kind=kind,
                    other=above,
                )
                raise Conflict(
                    Reason(
                        "{name} is above the one and below the other of these two ({kind}); {remedy}",
                        name=at.name,
                        kind=kind,
                        remedy=remedy,
                    )
                )
