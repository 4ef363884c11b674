"""Use cases around reminders."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.calendar import rules as calendar_rules
from crm.core import clock, ids, table
from crm.core.config import settings
from crm.core.errors import Conflict, InvalidFields, KeyReused, NotFound, StaleVersion
from crm.core.paging import Page, PageRequest
from crm.mail import recipients
from crm.mail.models import Message
from crm.reminders import rules
from crm.reminders.models import END, POINTER, PREFIX, Reminder, ReminderPointer, partition

_ROUTE = "POST /reminders"


def make(*, fields: Mapping[str, Any], caller: str, idempotency_key: str | None) -> Reminder:
    """Store a new reminder and its pointer. Raises KeyReused, InvalidFields (unknown recipient, time that is over)."""
    reminder_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash(fields)
    # Looked up first: a repeated request is answered although its time may be over by now.
    known = ReminderPointer.read(reminder_id) if idempotency_key else None
    if known:
        return _replayed(known, reminder_id, request_hash)
    reminder = _new(reminder_id, fields, caller=caller)
    pointer = ReminderPointer(PREFIX + reminder_id, POINTER, owner_pk=reminder.pk, request_hash=request_hash)

    def write(transaction: TransactWrite) -> None:
        transaction.save(pointer, condition=ReminderPointer.pk.does_not_exist())
        transaction.save(reminder, condition=Reminder.pk.does_not_exist())
        for owner in _people(reminder):
            transaction.condition_check(table.CrmItem, *owner, condition=table.CrmItem.pk.exists())

    try:
        table.commit(write)
    except table.ConditionFailed:
        stored = ReminderPointer.read(reminder_id)
        if stored is None:
            raise Conflict("the recipient was removed meanwhile") from None
        return _replayed(stored, reminder_id, request_hash)
    return reminder


def get(*, reminder_id: str) -> Reminder:
    """The reminder as it is now. Raises NotFound."""
    pointer = ReminderPointer.read(reminder_id)
    reminder = pointer and Reminder.read(pointer.owner_pk, reminder_id)
    if not reminder:
        raise NotFound(f"there is no reminder {reminder_id[:60]!a}")
    return reminder


def page_of(owner: str, request: PageRequest, *, state: str | None) -> Page[Reminder]:
    """Reminders in the partition `owner`, read consistently; a page is in order of due time, pages in order of id."""
    after = PREFIX + request.after if request.after else PREFIX
    found = Reminder.query(
        owner,
        Reminder.sk.between(after, END),
        filter_condition=Reminder.state == state if state else None,
        consistent_read=True,
    )
    rest = (reminder for reminder in found if reminder.sk != after)
    shown = list(islice(rest, request.limit))
    more = shown[-1].reminder_id if next(rest, None) else None
    return Page(sorted(shown, key=lambda reminder: reminder.due_at), request.cursor_at(more))


def change(*, reminder_id: str, fields: Mapping[str, Any], expected_version: int | None) -> Reminder:
    """Change a pending reminder. Raises NotFound, StaleVersion, Conflict (no longer pending), InvalidFields."""
    reminder = get(reminder_id=reminder_id)
    _require_version(reminder, expected_version)
    if reminder.state != "pending":
        raise Conflict(f"only a pending reminder can be changed; this one is {reminder.state}")
    read_version = reminder.version
    for name, value in {**fields, **_timed(reminder, fields)}.items():
        setattr(reminder, name, value)
    reminder.version, reminder.updated_at = read_version + 1, clock.stamp()
    same = (Reminder.version == read_version) & (Reminder.state == "pending")
    _write(reminder, read_version, lambda transaction: transaction.save(reminder, condition=same))
    return reminder


def remove(*, reminder_id: str, expected_version: int | None) -> None:
    """Delete a reminder; a mail that it sent stays on record. Raises NotFound, StaleVersion, Conflict (on its way)."""
    reminder = get(reminder_id=reminder_id)
    _require_version(reminder, expected_version)

    def delete(transaction: TransactWrite) -> None:
        transaction.delete(reminder, condition=Reminder.version == reminder.version)
        transaction.save(ReminderPointer.of_deleted(reminder_id))

    _write(reminder, reminder.version, delete)


def settle(
    transaction: TransactWrite, reminder: Reminder, *, state: str, reason: str | None, retry: datetime | None
) -> None:
    """Put what became of the reminder's mail into a transaction, on the condition that the reminder is still there."""
    actions: list[Action] = [Reminder.state.set(state), Reminder.updated_at.set(clock.stamp())]
    actions.append(Reminder.reason.set(reason) if reason else Reminder.reason.remove())
    actions.append(Reminder.retry_at.set(clock.instant(retry)) if retry else Reminder.retry_at.remove())
    transaction.update(reminder, actions, condition=Reminder.pk.exists())


def still_open(reminder: Reminder) -> Condition:
    """The condition under which a mail that was rendered from `reminder` may still be claimed."""
    same: Condition = Reminder.version == reminder.version
    both: Condition = same & Reminder.state.is_in(*sorted(rules.OPEN))
    return both


def _new(reminder_id: str, fields: Mapping[str, Any], *, caller: str) -> Reminder:
    owner_id = fields["customer_id"] if fields["to"] == "customer" else fields.get("staff") or caller
    owner = _known(fields["to"], owner_id)
    if fields["to"] == "staff" and fields.get("customer_id"):
        _known("customer", fields["customer_id"])
    zone = fields.get("timezone") or owner.timezone or settings().business_timezone.key
    due = rules.due(fields["at"], calendar_rules.zone_of(zone, business=settings().business_timezone), now=clock.now())
    now = clock.stamp()
    values: dict[str, Any] = {name: fields.get(name) for name in ("to", "customer_id", "at", "subject", "message")}
    values |= {"timezone": zone, "due_at": clock.instant(due), "state": "pending"}
    values |= {"version": 1, "created_at": now, "updated_at": now, "created_by": caller}
    return Reminder(partition(fields["to"], owner_id), PREFIX + reminder_id, **values)


def _known(kind: str, recipient_id: str) -> recipients.Recipient:
    found = recipients.load(kind=kind, recipient_id=recipient_id)
    if found:
        return found
    if kind == "customer":
        raise InvalidFields.one("/customer_id", "there is no customer with this id")
    raise InvalidFields.one("/staff", f"{recipient_id!a} is not in the list of staff; add them with POST /staff")


def _timed(reminder: Reminder, fields: Mapping[str, Any]) -> dict[str, Any]:
    if not {"at", "timezone"} & set(fields):
        return {}
    kind, recipient_id = reminder.recipient
    business = settings().business_timezone
    zone = fields.get("timezone", reminder.timezone) or _known(kind, recipient_id).timezone or business.key
    at = fields.get("at", reminder.at)
    due = rules.due(at, calendar_rules.zone_of(zone, business=business), now=clock.now())
    return {"timezone": zone, "due_at": clock.instant(due)}


def _people(reminder: Reminder) -> list[tuple[str, str]]:
    """The items of whom it goes to and whom it is about; each once, as a transaction wants it."""
    about = [("customer", reminder.customer_id)] if reminder.customer_id else []
    return [recipients.place(*person) for person in dict.fromkeys([reminder.recipient, *about])]


def _write(reminder: Reminder, read_version: float, change: Callable[[TransactWrite], None]) -> None:
    """Commit a change, unless the reminder's mail is between claim and answer: it would go out as it was."""

    def write(transaction: TransactWrite) -> None:
        change(transaction)
        key = f"MAIL#{reminder.reminder_id}#once"
        idle = Message.pk.does_not_exist() | ~Message.state.is_in("claimed", "handed")
        transaction.condition_check(Message, reminder.pk, key, condition=idle)

    try:
        table.commit(write)
    except table.ConditionFailed:
        now = Reminder.read(reminder.pk, reminder.reminder_id)
        if now is None or now.version != read_version:
            raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None
        raise Conflict("its mail is on its way right now; look again in a few minutes") from None


def _replayed(pointer: ReminderPointer, reminder_id: str, request_hash: str) -> Reminder:
    if pointer.is_of_deleted:
        raise KeyReused("its reminder was deleted; send another Idempotency-Key for a new one")
    if pointer.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another reminder")
    return get(reminder_id=reminder_id)


def _require_version(reminder: Reminder, expected: int | None) -> None:
    if expected is not None and reminder.version != expected:
        raise StaleVersion(f"it is at version {int(reminder.version)} now; read it again and repeat the change")
