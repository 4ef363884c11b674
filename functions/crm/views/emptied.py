"""Takes the words away that sums which came to nothing are still called by: a tag, a source, an income band.

A sum stands in shards that come to zero together and hardly ever one by one, so a projector that takes a person out of
a sum cannot know whether anybody is left in it. To readers that makes no difference, but it would be a word about
somebody who was erased. So all sums with such words are read, and what adds up to zero goes in one transaction, on the
condition that every amount is the one that was read: what somebody adds meanwhile is never lost. Nobody needs to know
what the person's words were, nor what they had been before a change.

Words stand in two places. The count of a group's members by their income band has them as attributes; these are taken
out of the shards. Sums of tags and sources are called by them; these go whole once nobody is counted in them, in all
shards that there can be, so that nobody joins unseen.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from crm.calendar import placeholders
from crm.core import table, views
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.places import Person
from crm.core.projection import FLOW, SUM
from crm.core.views import EXACT, ZERO, count_of, plain
from crm.customers import tags
from crm.customers.models import partition
from crm.segments import filling, totals
from crm.views import findings, reading, recount
from crm.views.sweep import refresh_all
from crm.views.transaction import SHARDS

CALLED_BY_WORDS: Mapping[str, str] = {tags.TOTALS: tags.COUNTED, placeholders.TOTALS: placeholders.COUNTED}
"""Partitions whose sums are called by words, and the attribute that everybody who is in one of them raises."""

LOOKED_THROUGH = ("VIEWS", "EMPTIED")
"""Up to which epoch rules were looked through (`until`), and which of them may have words in their sums (`open`)."""
_AT_ONCE = 20
_PROFILE = "PROFILE"
Shards = Mapping[str, Mapping[str, Decimal]]
"""The amounts of each shard of a sum by its sort key."""


def erase(person: Person) -> int:
    """Leave no word of a person's in any sum that nobody is counted in any more; how many words went.

    Raises the store's errors; call again then.
    """
    # What was only told by the stream may not have come yet.
    refresh_all((partition(customer_id), _PROFILE) for customer_id in person.ids)
    taken = sum(_clear(pk) for pk in CALLED_BY_WORDS) + _clear_groups()
    left = {pk: {plain(name) for name in _sums(pk)} for pk in CALLED_BY_WORDS}
    findings.forget_about(person.ids, is_gone=lambda sum_: sum_[1] not in left.get(sum_[0], {sum_[1]}))
    return taken


def _clear_groups() -> int:
    """Through the sums of all rules, also of groups that are gone or have another rule by now."""
    known = views.item(LOOKED_THROUGH) or {"until": ZERO, "open": []}
    now = reading.truth(()).stand.epoch
    epochs = {*map(int, known["open"]), *range(int(known["until"]) + 1, now + 1)}
    held = {rule.epoch for rule in filling.rules_to_hold()}
    taken = {epoch: _clear(totals.key(epoch)) for epoch in sorted(epochs)}
    # Rules never come again, so of a group that is gone and has no words left nobody need look any more.
    left = [epoch for epoch in sorted(epochs) if epoch in held or _has_words(totals.key(epoch))]
    place = dict(zip(("pk", "sk"), LOOKED_THROUGH, strict=True))
    item = table.to_item({**place, "until": now, "open": left})
    table.client().put_item(TableName=settings().views_table, Item=item)
    return sum(taken.values())


def _has_words(pk: str) -> bool:
    return any(amounts for shards in _sums(pk).values() for amounts in shards.values())


def _clear(pk: str) -> int:
    """Take away what came to nothing in a partition; how many words that were."""
    found, kept = _sums(pk), reading.truth(()).stand.counts
    # Of numbers that nobody reads any more: nothing is taken back from them.
    recount.forget_sums((pk, sk) for name, shards in found.items() if count_of(name) not in kept for sk in shards)
    return sum(_clear_sum(pk, name) for name in found if count_of(name) in kept)


def _clear_sum(pk: str, name: str) -> int:
    for pause in table.pauses():
        shards = _sums(pk).get(name, {})
        gone = sorted(_zeros(shards))
        whole = pk in CALLED_BY_WORDS and len(gone) == len({word for amounts in shards.values() for word in amounts})
        if not shards or not (gone or whole):
            return 0
        writes: Iterable[list[Any]] = _taking_out(pk, shards, gone)
        if whole:
            writes = [_without(pk, name, shards, CALLED_BY_WORDS[pk])]
        if all(map(_is_written, writes)):
            return 1 if whole else len(gone)
        time.sleep(pause)
    raise StoreUnavailable("these sums are being changed by many at once")


def _sums(pk: str) -> dict[str, Shards]:
    """The sums of a partition that may be called by words or hold some, by their names."""
    found: dict[str, dict[str, Mapping[str, Decimal]]] = {}
    for item in views.partition(pk):
        name = item["sk"].rpartition("#")[0]
        if plain(name) not in (SUM, FLOW):
            amounts = {word: amount for word, amount in item.items() if isinstance(amount, Decimal)}
            found.setdefault(name, {})[item["sk"]] = amounts
    return dict(found)


def _zeros(shards: Shards) -> set[str]:
    added: dict[str, Decimal] = {}
    for amounts in shards.values():
        for word, amount in amounts.items():
            added[word] = EXACT.add(added.get(word, ZERO), amount)
    return {word for word, amount in added.items() if not amount}


def _without(pk: str, name: str, shards: Shards, counted: str) -> list[Any]:
    """A whole sum away: in no shard may anybody have been counted since."""
    writes: list[Any] = []
    for sk in {f"{name}#{shard}" for shard in range(SHARDS)} | shards.keys():
        amount = shards.get(sk, {}).get(counted)
        condition = _same({} if amount is None else {counted: amount}, absent=counted if amount is None else None)
        writes.append({"Delete" if sk in shards else "ConditionCheck": {**_at(pk, sk), **condition}})
    return writes


def _taking_out(pk: str, shards: Shards, words: list[str]) -> Iterator[list[Any]]:
    """The attributes away, some in each transaction, out of all shards at once."""
    left = iter(words)
    while some := set(islice(left, _AT_ONCE)):
        known = {
            sk: {word: amount for word, amount in amounts.items() if word in some} for sk, amounts in shards.items()
        }
        yield [_removal(pk, sk, amounts) for sk, amounts in known.items() if amounts]


def _removal(pk: str, sk: str, amounts: Mapping[str, Decimal]) -> Any:
    names = ", ".join(f"#{place}" for place in range(len(amounts)))
    return {"Update": {**_at(pk, sk), "UpdateExpression": f"REMOVE {names}", **_same(amounts)}}


def _same(amounts: Mapping[str, Decimal], *, absent: str | None = None) -> dict[str, Any]:
    """The condition that a shard has these amounts, or has none called `absent`."""
    if absent is not None:
        return {"ConditionExpression": "attribute_not_exists(#0)", "ExpressionAttributeNames": {"#0": absent}}
    return {
        "ConditionExpression": " AND ".join(f"#{place} = :{place}" for place in range(len(amounts))),
        "ExpressionAttributeNames": {f"#{place}": word for place, word in enumerate(amounts)},
        "ExpressionAttributeValues": table.to_item({f":{place}": one for place, one in enumerate(amounts.values())}),
    }


def _at(pk: str, sk: str) -> dict[str, Any]:
    return {"TableName": settings().views_table, "Key": table.to_item({"pk": pk, "sk": sk})}


def _is_written(writes: list[Any]) -> bool:
    """Whether it could be written as it was read."""
    client = table.client()
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        codes = {reason.get("Code") for reason in reasons}
        if codes.isdisjoint({"ConditionalCheckFailed"} | table.PASSING_CODES):
            raise
        return False
    return True
