"""Makes two records of one again: the switch, in one transaction.

Each record becomes what it was, except for what has changed since: that stays with the record that people worked on,
and is reported. What happened is counted anew from the events of each. A no that was said since holds for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.changes.rules import OBJECTS, SETS
from crm.core import outbox, table
from crm.core.author import Author
from crm.core.config import settings
from crm.customers import rules as customer_rules
from crm.customers.models import Merged, Profile, partition
from crm.merges import facts, raw
from crm.merges.models import Before, Merge
from crm.merges.moving import STAMP
from crm.merges.plans import plain, sources
from crm.merges.switching import put_sources, readdress
from crm.purchases import service as purchase_service
from crm.timeline.models import EVENT

Values = dict[str, Any]


@dataclass(frozen=True)
class Parting:
    """An undoing to be written: the merge, the record as it is now, what both were, by whom and when."""

    merge: Merge
    now: Profile
    into: Before
    old: Before
    after: Before
    by: str
    at: str

    def write(self, transaction: TransactWrite) -> None:
        """Put all of it into a transaction."""
        merge, into, old = self.merge, self.merge.into, self.merge.old
        mine, theirs = self._mine, self._theirs
        transaction.save(Profile.keyed(into, **mine), condition=Profile.revision == self.now.revision)
        transaction.save(Profile.keyed(old, **theirs), condition=Profile.pk.does_not_exist())
        mark = Merged.keyed(old)
        # Its stream record starts the way back.
        transaction.update(mark, [Merged.parting.set(self.at)], condition=Merged.merge == merge.merge_id)
        state: list[Action] = [Merge.state.set("undoing"), Merge.undone_by.set(self.by), Merge.report.set(self.report)]
        transaction.update(merge, state, condition=Merge.state == "done")
        for customer_id, before, after in ((into, plain(self.now), mine), (old, self.old.profile, theirs)):
            self._note(transaction, customer_id, before, after)
        self._sources(transaction)
        for customer_id, events in ((into, self._events[0]), (old, self._events[1])):
            purchase_service.put_recounted(
                transaction, customer_id=customer_id, kept=purchase_service.recounted(events)
            )
        known = customer_rules.addresses(plain(self.now))
        holds = {into: customer_rules.addresses(mine), old: customer_rules.addresses(theirs)}
        readdress(transaction, holds, also=known)

    @cached_property
    def report(self) -> Values:
        """What stays with the record that people worked on: fields changed since, and events recorded since."""
        since = [one for one in self._events[0] if one["recorded_at"] >= self.merge.at]
        return {"kept": sorted(self._kept), "events": len(since)}

    @cached_property
    def _events(self) -> tuple[list[Values], list[Values]]:
        """The events of the one and of the other."""
        mine, theirs = list[Values](), list[Values]()
        for item in raw.items(partition(self.merge.into), prefix=EVENT):
            event = table.from_item(item)
            came = event.get(STAMP, [])
            (theirs if came and came[-1] == self.merge.merge_id else mine).append(event)
        return mine, theirs

    @cached_property
    def _parted(self) -> tuple[Values, list[str]]:
        return parted(now=plain(self.now), before=self.into.profile, after=self.after.profile)

    @property
    def _kept(self) -> list[str]:
        return self._parted[1]

    @cached_property
    def _mine(self) -> Values:
        values, _ = self._parted
        back = change_rules.differences(plain(self.now), values)
        open_ = {one for one in self.now.conflicts or () if one not in back}
        open_ |= {one for one in self.into.profile.get("conflicts", ()) if one in back}
        values = {**values, "conflicts": open_ or None, "relations": plain(self.now).get("relations")}
        return {**values, **self._stamps(self.into.profile), "facts": self._facts(0, self.into, self.old)}

    @cached_property
    def _theirs(self) -> Values:
        values = dict(self.old.profile)
        refused = [purpose for purpose, said in (plain(self.now).get("consent") or {}).items() if said is False]
        held = (self.after.profile.get("consent") or {}).items()
        since = set(refused) - {purpose for purpose, said in held if said is False}
        if since:
            values["consent"] = {**(values.get("consent") or {}), **dict.fromkeys(since, False)}
        if values.get("groups"):
            # A group that was disbanded since has emptied itself of those who were there.
            values["groups"] = set(values["groups"]) & set(plain(self.now).get("groups") or ()) or None
        known = {name: value for name, value in values.items() if value is not None}
        return {**known, **self._stamps(values), "facts": self._facts(1, self.old, self.into)}

    def _stamps(self, before: Mapping[str, Any]) -> Values:
        other = self.merge.old if before is self.into.profile else self.merge.into
        counts = {"version": int(self.now.version) + 1, "revision": int(self.now.revision) + 1}
        made = {name: before.get(name) for name in ("created_at", "created_by", "request_hash")}
        return {**made, **counts, "updated_at": self.at, "merging": {"merge": self.merge.merge_id, "other": other}}

    def _facts(self, place: int, mine: Before, other: Before) -> Values:
        counted = facts.counted(self._events[place], reporting_currency=settings().reporting_currency)
        if place:
            return {**facts.uncounted(mine.profile["facts"]), **counted}
        return facts.parted(
            plain(self.now)["facts"], before=mine.profile["facts"], other=other.profile["facts"], counted=counted
        )

    def _note(self, transaction: TransactWrite, customer_id: str, before: Values, after: Values) -> None:
        change_service.note(
            transaction,
            customer_id=customer_id,
            place=change_rules.place(after["version"]),
            changes=change_rules.differences(before, after),
            author=Author(self.by, "undo", self.merge.merge_id),
            at=self.at,
        )
        if customer_id == self.merge.into:
            said = {"customer_id": customer_id, "merged_id": self.merge.old}
            outbox.tell(transaction, ("customer.unmerged", said))

    def _sources(self, transaction: TransactWrite) -> None:
        """Where the values of each were from, before the one had those of the other."""
        now, before = sources(self.merge.into), self.into.sources or {}
        back = change_rules.differences(plain(self.now), self._mine)
        mine = {name: said for name, said in now.items() if _field(name) not in back}
        mine |= {name: said for name, said in before.items() if _field(name) in back}
        put_sources(transaction, self.merge.into, mine, gone=now.keys() - mine.keys())
        put_sources(transaction, self.merge.old, self.old.sources or {}, gone=())


def _field(name: str) -> str:
    """The field that something said of a value is about."""
    return name[name.index("/") :]


def parted(*, now: Values, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Values, list[str]]:
    """A record without what a merge brought, and the names of the fields that stay because they changed since. Pure.

    `before` and `after` the merge; a value that is no longer what the merge made it is somebody's, and stays.
    """
    kept: list[str] = []
    found: Values = {}
    names = (now.keys() | before.keys()) - change_rules.KEEPING
    for name in sorted(names | {"kind"}):
        if name in SETS:
            found[name] = _set(name, now, before, after, kept)
        elif name in OBJECTS:
            found[name] = _object(name, now, before, after, kept)
        else:
            found[name] = _value(name, now.get(name), before.get(name), after.get(name), kept)
    return {name: value for name, value in found.items() if value not in (None, {}, set(), [])}, kept


def _value(name: str, now: Any, before: Any, after: Any, kept: list[str]) -> Any:
    if change_rules.same(now, after):
        return before
    kept.append(f"/{name}")
    return now


def _object(
    name: str, now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], kept: list[str]
) -> Values:
    one, two, three = (each.get(name) or {} for each in (now, before, after))
    members = sorted({*one, *two})
    found = {
        member: _value(f"{name}/{member}", one.get(member), two.get(member), three.get(member), kept)
        for member in members
    }
    return {member: value for member, value in found.items() if value is not None}


def _set(
    name: str, now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], kept: list[str]
) -> Any:
    """What was there before and has not been taken away since, and what has come since."""
    one, two, three = (list(each.get(name) or ()) for each in (now, before, after))
    came = [each for each in one if each not in three]
    gone = [each for each in three if each not in one]
    if came or gone:
        kept.append(f"/{name}")
    left = [*(each for each in two if each not in gone), *came]
    return left if name == "tags" else set(left)
