"""Use cases around reminders."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, items, table
from crm.core.config import settings
from crm.core.errors import Conflict, InvalidFields, KeyReused, NotFound, StaleVersion
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.mail import changes as mail_changes
from crm.mail import recipients
from crm.reminders import changing, outcomes, rules, timing
from crm.reminders.models import ABOUT, END, POINTER, PREFIX, About, Reminder, ReminderPointer, partition
from crm.templates import service as template_service

_ROUTE = "POST /reminders"
_DELETED = "its reminder was deleted before it went out"
# Templates for mail to customers can name who looks after them.
_TO_CUSTOMERS = frozenset({"owner"})
_GIVEN = ("to", "customer_id", "subject", "message", "unless_contact", "template", "private_link")


def make(*, fields: Mapping[str, Any], caller: str, idempotency_key: str | None, untold: str | None = None) -> Reminder:
    """Store a new reminder and its pointer. A `private_link` comes from other slices alone, never from a request.

    So does `untold`: why no mail tells it. Its time may be over.

    Raises KeyReused, InvalidFields (unknown recipient, time that is over).
    """
    reminder_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash(fields)
    # Looked up first: a repeated request is answered although its time may be over by now.
    earlier = ReminderPointer.read(reminder_id) if idempotency_key else None
    if earlier:
        return _replayed(earlier, reminder_id, request_hash)
    reminder = _new(reminder_id, fields, caller=caller, untold=untold)
    pointer = ReminderPointer(PREFIX + reminder_id, POINTER, owner_pk=reminder.pk, request_hash=request_hash)
    about = About.of(reminder)

    def write(transaction: TransactWrite) -> None:
        transaction.save(pointer, condition=ReminderPointer.pk.does_not_exist())
        transaction.save(reminder, condition=Reminder.pk.does_not_exist())
        if about:
            transaction.save(about)
        for owner in _people(reminder):
            transaction.condition_check(table.CrmItem, *owner, condition=table.CrmItem.pk.exists())

    try:
        table.commit(write)
    except table.ConditionFailed:
        stored = ReminderPointer.read(reminder_id)
        if stored is None:
            raise Conflict(Reason("the recipient was removed meanwhile")) from None
        return _replayed(stored, reminder_id, request_hash)
    return reminder


def get(*, reminder_id: str) -> Reminder:
    """The reminder as it is now. Raises NotFound."""
    pointer = ReminderPointer.read(reminder_id)
    reminder = pointer and Reminder.find(pointer.owner_pk, reminder_id)
    if not reminder or reminder.silent:
        raise NotFound(f"there is no reminder {reminder_id[:60]!a}")
    return reminder


def owner_of(reminder_id: str) -> tuple[tuple[str | None, ...]] | None:
    """Whose a reminder is: of whom it goes to, or of that customer's owner, and of who made it; None: there is none."""
    pointer = ReminderPointer.read(reminder_id)
    reminder = pointer and Reminder.find(pointer.owner_pk, reminder_id)
    return (owners([reminder])[reminder.reminder_id],) if reminder else None


def owners(reminders: Iterable[Reminder]) -> dict[str, tuple[str | None, ...]]:
    """By id whose each of some reminders is: see `owner_of`. One read of the customers whom they go to."""
    found = {one.reminder_id: (one, *one.recipient) for one in reminders}
    customers = {recipient for _, kind, recipient in found.values() if kind == "customer"}
    profiles = items.many(recipients.place("customer", one) for one in sorted(customers))
    of_customer = {pk.partition("#")[2]: profile.get("owner") for (pk, _), profile in profiles.items()}
    return {
        name: (of_customer.get(recipient) if kind == "customer" else recipient, one.created_by)
        for name, (one, kind, recipient) in found.items()
    }


def upcoming(reminder: Reminder) -> list[str]:
    """The wall times of the next occurrences after the present one, a few; none where it is settled for good."""
    if reminder.state not in rules.OPEN:
        return []
    zone, after = outcomes.zone_of(reminder), max(clock.now(), datetime.fromisoformat(reminder.due_at))
    return rules.upcoming(reminder.repeat, start=outcomes.start_of(reminder), zone=zone, after=after)


def page_of(owner: str, request: PageRequest, *, state: str | None) -> Page[Reminder]:
    """Reminders in the partition `owner`, read consistently; a page is in order of due time, pages in order of id."""
    after = PREFIX + request.after if request.after else PREFIX
    shown: Condition = Reminder.silent.does_not_exist()
    found = Reminder.query(
        owner,
        Reminder.sk.between(after, END),
        filter_condition=shown & (Reminder.state == state) if state else shown,
        consistent_read=True,
    )
    rest = (reminder for reminder in found if reminder.sk != after)
    found_here = list(islice(rest, request.limit))
    more = found_here[-1].reminder_id if next(rest, None) else None
    return Page(sorted(found_here, key=lambda reminder: reminder.due_at), request.cursor_at(more))


def page_of_customer(customer_id: str, request: PageRequest, *, state: str | None) -> Page[Reminder]:
    """The same of a customer; of one who was merged into another, the other's."""
    found = page_of(partition("customer", customer_id), request, state=state)
    if found.items or request.cursor:
        return found
    customer = recipients.load(kind="customer", recipient_id=customer_id)
    if customer is None or customer.id == customer_id:
        return found
    return page_of(partition("customer", customer.id), request, state=state)


def count_open(*, customer_id: str) -> int:
    """How many reminders to a customer, or about them, are not settled: two queries, and those about them by key."""
    own = Reminder.query(partition("customer", customer_id), Reminder.sk.startswith(PREFIX), consistent_read=True)
    about = About.query(partition("customer", customer_id), About.sk.startswith(ABOUT), consistent_read=True)
    places = (one.sk.split("#")[1:] for one in about)
    keys = [(partition("staff", staff_id), f"{PREFIX}{reminder_id}") for reminder_id, staff_id in places]
    known = Reminder.batch_get(keys, consistent_read=True) if keys else ()
    return sum(one.state in rules.OPEN and not one.silent for one in (*own, *known))


def change(*, reminder_id: str, fields: Mapping[str, Any], expected_version: int | None) -> Reminder:
    """Change a pending reminder. Raises NotFound, StaleVersion, Conflict (no longer pending), InvalidFields."""
    reminder = get(reminder_id=reminder_id)
    require_version(reminder, expected_version)
    if reminder.state != "pending":
        raise Conflict(Reason("only a pending reminder can be changed; this one is {state}", state=reminder.state))
    _require_template(fields.get("template"), to=reminder.to)
    if fields.get("unless_contact") and not reminder.customer_id:
        raise InvalidFields.one("/unless_contact", Reason("needs a customer that the reminder is about"))
    return changing.commit(reminder, {**fields, **_timed(reminder, fields)})


def remove(*, reminder_id: str, expected_version: int | None) -> None:
    """Delete a reminder; a mail that it sent stays on record. Raises NotFound, StaleVersion, Conflict (on its way)."""
    reminder = get(reminder_id=reminder_id)
    require_version(reminder, expected_version)

    def delete(transaction: TransactWrite) -> None:
        transaction.delete(reminder, condition=reminder.unchanged)
        transaction.save(ReminderPointer.of_deleted(reminder_id))

    held = mail_changes.called_off(reminder.order, reason=_DELETED, for_good=True)
    changing.commit_whole(reminder, delete, mail=held)


def known(kind: str, recipient_id: str) -> recipients.Recipient:
    """A recipient who is there. Raises InvalidFields."""
    found = recipients.load(kind=kind, recipient_id=recipient_id)
    if found:
        return found
    if kind == "customer":
        raise InvalidFields.one("/customer_id", Reason("there is no customer with this id"))
    raise InvalidFields.one(
        "/staff",
        Reason(
            "{recipient_id} is not in the list of staff; add them with POST /staff", recipient_id=ascii(recipient_id)
        ),
    )


def require_version(reminder: Reminder, expected: int | None) -> None:
    """Raises StaleVersion when somebody has changed the reminder since the version `expected`."""
    if expected is not None and reminder.version != expected:
        raise StaleVersion(f"it is at version {int(reminder.version)} now; read it again and repeat the change")


def _new(reminder_id: str, fields: Mapping[str, Any], *, caller: str, untold: str | None) -> Reminder:
    owner_id = fields["customer_id"] if fields["to"] == "customer" else fields.get("staff") or caller
    owner = known(fields["to"], owner_id)
    about = known("customer", fields["customer_id"]) if fields.get("customer_id") else None
    meant = {"customer_id": about.id} if about else {}
    _require_template(fields.get("template"), to=fields["to"])
    zone = fields.get("timezone") or owner.timezone or settings().business_timezone.key
    now = clock.stamp()
    values: dict[str, Any] = {name: fields.get(name) for name in _GIVEN} | meant
    values |= {"timezone": zone, "state": "withheld" if untold else "pending", "reason": untold, "since": now}
    values |= {"version": 1, "revision": 1, "created_at": now, "updated_at": now, "created_by": caller}
    values |= timing.first(at=fields["at"], timezone=zone, repeat=None, now=rules.BEGINNING) if untold else {}
    values |= {} if untold else _planned(fields, about, zone)
    return Reminder(partition(fields["to"], owner.id), PREFIX + reminder_id, **values)


def _planned(fields: Mapping[str, Any], about: recipients.Recipient | None, zone: str) -> dict[str, Any]:
    """When a new reminder is due first, at the time given or so long after an event. Raises InvalidFields."""
    if about is None or "after" not in fields:
        return timing.first(at=fields["at"], timezone=zone, repeat=fields.get("repeat"))
    began, at = timing.counted(fields["after"], about.profile, timezone=zone)
    return {**timing.first(at=at, timezone=zone, repeat=fields.get("repeat"), given="/after"), "began_on": str(began)}


def _require_template(name: str | None, *, to: str) -> None:
    if name is None:
        return
    if to != "customer":
        raise InvalidFields.one("/template", Reason("is for mail to a customer; leave it out"))
    if not template_service.exists(name) or not template_service.values_of(name).keys() & _TO_CUSTOMERS:
        raise InvalidFields.one(
            "/template",
            Reason("there is no template {name} for mail to customers; GET /templates", name=ascii(name[:40])),
        )


def _timed(reminder: Reminder, fields: Mapping[str, Any]) -> dict[str, Any]:
    if not timing.ABOUT_TIME & set(fields):
        return {}
    kind, recipient_id = reminder.recipient
    zone = fields.get("timezone", reminder.timezone) or known(kind, recipient_id).timezone
    return timing.moved(reminder, fields, timezone=zone or settings().business_timezone.key)


def _people(reminder: Reminder) -> list[tuple[str, str]]:
    """The items of whom it goes to and whom it is about; each once, as a transaction wants it."""
    about = [("customer", reminder.customer_id)] if reminder.customer_id else []
    return [recipients.place(*person) for person in dict.fromkeys([reminder.recipient, *about])]


def _replayed(pointer: ReminderPointer, reminder_id: str, request_hash: str) -> Reminder:
    if pointer.is_of_deleted:
        raise KeyReused("its reminder was deleted; send another Idempotency-Key for a new one")
    if pointer.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another reminder")
    return get(reminder_id=reminder_id)
