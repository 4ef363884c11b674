"""Use cases around the members of staff."""

from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.access import roster
from crm.access.models import Roster
from crm.core import clock, ids, table
from crm.core.actor import Actor
from crm.core.errors import Conflict, InvalidFields, KeyReused, NotFound, StaleVersion, StoreUnavailable
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.staff import standing
from crm.staff.models import DIRECTORY, MEMBER, CalendarLink, DigestEntry, DirectoryEntry, Member, Receipt, partition

_ROUTE = "POST /staff"
_TRIES = 8


def enter(*, staff_id: str, fields: Mapping[str, Any], by: Actor, idempotency_key: str | None = None) -> Member:
    """Add a member of staff. The same request again answers with the member.

    Raises KeyReused: the key stood for another request; Conflict: the id is taken; what `standing.given` raises.
    """
    request_hash, now = ids.request_hash([staff_id, fields]), clock.stamp()
    member = Member(
        partition(staff_id), MEMBER, version=1, created_at=now, updated_at=now, request_hash=request_hash, **fields
    )
    receipt = _receipt(by.who, idempotency_key, request_hash)

    def write(transaction: TransactWrite) -> None:
        transaction.save(member, condition=Member.pk.does_not_exist())
        transaction.save(DirectoryEntry.of(staff_id))
        _list_for_digest(transaction, member)
        if receipt:
            transaction.save(receipt, condition=Receipt.pk.does_not_exist())

    if not _written(write, staff_id, fields, by=by):
        return _replayed_or_refused(staff_id, request_hash, receipt)
    return member


def get(*, staff_id: str) -> Member:
    """The member of staff as they are now. Raises NotFound."""
    try:
        return Member.read(staff_id)
    except Member.DoesNotExist as missing:
        raise NotFound(f"there is no member of staff {staff_id[:60]!a}") from missing


def owner_of(staff_id: str) -> tuple[tuple[str]]:
    """A member is their own: without a read, since who is out of reach answers like who is not there."""
    return ((staff_id,),)


def change(*, staff_id: str, fields: Mapping[str, Any], expected_version: int | None, by: Actor) -> Member:
    """Change fields; None empties one. Raises NotFound, StaleVersion, what `standing.given` raises."""
    member = get(staff_id=staff_id)
    if expected_version is not None and member.version != expected_version:
        raise StaleVersion(f"it is at version {int(member.version)} now; read it again and repeat the change")
    read_version = member.version
    for name, value in {**fields, "version": read_version + 1, "updated_at": clock.stamp()}.items():
        setattr(member, name, value)
    if member.inactive:
        # What comes to them by itself would still tell of customers.
        member.calendar = member.reminders = None

    def write(transaction: TransactWrite) -> None:
        transaction.save(member, condition=Member.version == read_version)
        _list_for_digest(transaction, member)

    if not _written(write, staff_id, fields, by=by):
        raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change")
    return member


def _written(write: table.Fill, staff_id: str, fields: Mapping[str, Any], *, by: Actor) -> bool:
    """Write a member, and the roster with it where it has to know; False where the member is not as they were."""
    told = standing.changes(fields)
    if told.get("substitute"):
        _require_member(told["substitute"])
    for _ in range(_TRIES):
        before = Roster.read() if told or "email" in fields else None
        after = standing.given(before, staff_id, told, by=by) if before else None

        def both(transaction: TransactWrite, before: Roster | None = before, after: Roster | None = after) -> None:
            write(transaction)
            if before and after:
                before.replace(transaction, by=after)

        try:
            table.commit(both)
        except table.ConditionFailed:
            # With the same roster it is the member, or the key, that was not as they were.
            if before is None or after is None or Roster.read().version == before.version:
                return False
            continue
        if after:
            roster.remember(after)
        return True
    raise StoreUnavailable("roles and teams are being changed by many at once")


def _require_member(staff_id: str) -> None:
    if _stored(staff_id) is None:
        raise InvalidFields.one("/substitute", Reason("there is no such member of staff"))


def _stored(staff_id: str) -> Member | None:
    try:
        return Member.read(staff_id)
    except Member.DoesNotExist:
        return None


def link_calendar(*, staff_id: str, caller: str, idempotency_key: str | None) -> str:
    """Make a new link to a member's calendar in place of the old one; its id. The same request again: the same link.

    Raises NotFound, StaleVersion, KeyReused (the link of this key was replaced since).
    """
    member = get(staff_id=staff_id)
    route = f"POST /staff/{staff_id}/calendar"
    link_id = ids.derived(caller=caller, route=route, idempotency_key=idempotency_key)
    if member.calendar == link_id:
        return link_id

    def write(transaction: TransactWrite) -> None:
        transaction.save(CalendarLink.keyed(link_id, staff_id=staff_id), condition=CalendarLink.pk.does_not_exist())
        changed: list[Action] = [Member.calendar.set(link_id), Member.version.set(member.version + 1)]
        changed.append(Member.updated_at.set(clock.stamp()))
        transaction.update(member, changed, condition=Member.version == member.version)

    try:
        table.commit(write)
    except table.ConditionFailed:
        now = get(staff_id=staff_id)
        if now.calendar == link_id:
            return link_id
        if now.version == member.version:
            raise KeyReused("its link was replaced since; send another Idempotency-Key for a new one") from None
        raise StaleVersion("somebody else changed the member meanwhile; ask again") from None
    return link_id


def digests() -> list[DigestEntry]:
    """Who gets their reminders once a day, when, and in which zone: one Query."""
    return DigestEntry.read_all()


def everybody() -> list[str]:
    """The ids of all members, also of who works here no more: one Query."""
    return [entry.sk for entry in DirectoryEntry.query(DIRECTORY, consistent_read=True)]


def page(request: PageRequest) -> Page[Member]:
    """All members by id."""
    after = request.after
    listed = DirectoryEntry.query(
        DIRECTORY, DirectoryEntry.sk > after if after else None, consistent_read=True, limit=request.limit + 1
    )
    staff_ids = [entry.sk for entry in listed]
    shown = staff_ids[: request.limit]
    members = {member.staff_id: member for member in Member.batch_get([(partition(one), MEMBER) for one in shown])}
    more = shown[-1] if len(staff_ids) > request.limit else None
    return Page([members[one] for one in shown if one in members], request.cursor_at(more))


def _list_for_digest(transaction: TransactWrite, member: Member) -> None:
    entry = DigestEntry.of(member)
    if member.reminders == "digest":
        transaction.save(entry)
    else:
        transaction.delete(entry)


def _receipt(caller: str, idempotency_key: str | None, request_hash: str) -> Receipt | None:
    if idempotency_key is None:
        return None
    receipt_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    return Receipt.keyed(receipt_id, request_hash=request_hash)


def _replayed_or_refused(staff_id: str, request_hash: str, receipt: Receipt | None) -> Member:
    earlier = Receipt.read(receipt.pk) if receipt else None
    if earlier and earlier.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another member")
    stored = get(staff_id=staff_id)
    if stored.request_hash != request_hash:
        raise Conflict(Reason("there is a member of staff with the id {staff_id} already", staff_id=staff_id))
    return stored
