"""What a change makes of a profile, and the transaction that writes it with all that goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pynamodb.transactions import TransactWrite

from crm.changes import reading
from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.changes.service import NOTHING, Beside
from crm.core import clock, table
from crm.core.author import Author
from crm.customers import contacts, contested, rules
from crm.customers.models import Profile
from crm.customers.refusals import Write
from crm.routing import assigned

OnConflict = Literal["replace", "note", "newer"]
"""What becomes of a field that holds another value already: it is replaced; it stays, and the other value is kept to be
decided about; it is replaced if it is the older, by what their sources say, and else stays."""
# Somewhere on Earth it is this many hours later than UTC, so "today" has come there first.
_EARLIEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True)
class Draft:
    """A profile as it was read and as it is to become."""

    before: Profile
    after: Profile
    author: Author
    beside: Beside = NOTHING

    def says_something(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.beside.told or change_rules.differences(fields_of(self.before), fields_of(self.after)))


def draft(
    profile: Profile,
    fields: Mapping[str, Any],
    author: Author,
    *,
    on_conflict: OnConflict = "replace",
    request: str | None = None,
) -> Draft:
    """What `fields` make of a profile. Raises InvalidFields."""
    before = fields_of(profile)
    today = latest_today()
    rules.require_possible(fields, today=today)
    wanted = rules.merged(before, rules.noted(fields, today=today))
    if on_conflict != "replace":
        return _beside(profile, before, wanted, author, newer=on_conflict == "newer")
    rules.require_consistent(wanted)
    return Draft(profile, advanced(before, wanted), author, Beside(request=request))


def advanced(before: Mapping[str, Any], wanted: Mapping[str, Any], *, decided: tuple[str, ...] = ()) -> Profile:
    """The profile of the next version with the wanted fields; of what these set nothing is left to decide."""
    changes = change_rules.differences(before, wanted)
    left = change_rules.still_open(before.get("conflicts"), (*changes, *decided)) or None
    return _profile(
        {
            **wanted,
            "conflicts": left,
            "version": before["version"] + 1,
            "revision": before["revision"] + 1,
            "updated_at": clock.stamp(),
        }
    )


def write(draft: Draft, *, allow_duplicate: bool, also: tuple[Write | None, ...] = ()) -> bool:
    """Write it with its contacts and its history; False when the profile is not as it was read any more."""
    before, after = fields_of(draft.before), fields_of(draft.after)
    had, has = rules.addresses(before), rules.addresses(after)
    customer_id = draft.before.customer_id

    def fill(transaction: TransactWrite) -> None:
        transaction.save(draft.after, condition=Profile.revision == draft.before.revision)
        is_new = after["version"] != before["version"]
        change_service.changed(
            transaction,
            customer_id,
            before=before,
            after=after,
            author=draft.author,
            at=None if is_new else clock.stamp(),
            beside=draft.beside,
        )
        owners = before.get("owner"), after.get("owner")
        assigned.note(transaction, customer_id=customer_id, before=owners[0], after=owners[1], by=draft.author.who)
        for address in sorted(has - had):
            contacts.claim(transaction, address, customer_id=customer_id, shared=allow_duplicate)
        for address in sorted(had - has):
            contacts.release(transaction, address, customer_id=customer_id)
        for one in filter(None, also):
            one(transaction)

    try:
        table.commit(fill)
    except table.ConditionFailed:
        return False
    return True


def fields_of(profile: Profile) -> dict[str, Any]:
    """All that a profile holds, without what is empty."""
    return {name: value for name, value in profile.attribute_values.items() if value is not None}


def latest_today() -> date:
    """The latest calendar day anywhere on Earth."""
    return (clock.now() + _EARLIEST_ZONE).date()


def _beside(
    profile: Profile, before: Mapping[str, Any], wanted: Mapping[str, Any], author: Author, *, newer: bool
) -> Draft:
    """What may be taken at once; the rest is told beside it."""
    state, against = contested.parted(before, wanted, gives_way=lambda _: False)
    if not against:
        return _taken(profile, before, state, author)
    known, said_at = reading.read(profile.customer_id), author.said_at(clock.stamp())
    if newer:

        def gives_way(pointer: str) -> bool:
            # Of what is from before sources were kept only this is sure: nobody changed it later.
            source = known.source(pointer) or {"at": before["updated_at"]}
            return said_at > str(source["at"])

        return _taken(profile, before, contested.parted(before, wanted, gives_way=gives_way)[0], author)
    noted = contested.open_beside(known, against, marks={**author.marks(), "at": said_at})
    told = {pointer: {"other": said[-1]["value"]} for pointer, said in noted.items()}
    return _taken(profile, before, state, author, Beside(open=noted, told=told))


def _taken(
    profile: Profile, before: Mapping[str, Any], state: Mapping[str, Any], author: Author, beside: Beside = NOTHING
) -> Draft:
    rules.require_consistent(state)
    if change_rules.differences(before, state):
        after = advanced(before, state)
    else:
        after = _profile({**before, "revision": before["revision"] + 1})
    after.conflicts = {*(after.conflicts or ()), *beside.open} or None
    return Draft(profile, after, author, beside)


def _profile(values: Mapping[str, Any]) -> Profile:
    return Profile(**{name: value for name, value in values.items() if name != "entity"})
