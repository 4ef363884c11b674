"""What people do with a reminder: snooze it, complete it, reopen it, give it to somebody else.

Each takes the version it is based on, and a key under which it may be repeated: the receipt is written with the change,
so a request whose answer was lost is answered when it comes again, and nothing is done twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, table
from crm.core.errors import Conflict, InvalidFields, KeyReused, StaleVersion
from crm.core.reason import Reason
from crm.mail import changes as mail_changes
from crm.mail import recipients
from crm.reminders import changing, outcomes, rules, service, timing
from crm.reminders.changing import Change
from crm.reminders.models import About, ActionReceipt, Reminder, ReminderPointer, partition

_DONE = "its reminder was completed before it went out"
_ELSEWHERE = "its reminder was given to somebody else before it went out"
_KEPT = timedelta(days=30)
_TOLD = frozenset({"sent", "failed", "in_doubt", "withheld"})


@dataclass(frozen=True)
class Asked:
    """An action as it was asked for: on which reminder and version (None: whichever), by whom, and under which key."""

    reminder_id: str
    action: str
    body: Mapping[str, Any]
    expected_version: int | None
    caller: str
    idempotency_key: str | None

    def receipt(self) -> ActionReceipt | None:
        """What says afterwards that it was done; None without a key."""
        if self.idempotency_key is None:
            return None
        route = f"POST /reminders/{self.reminder_id}/{self.action}"
        receipt_id = ids.derived(caller=self.caller, route=route, idempotency_key=self.idempotency_key)
        until = clock.now() + _KEPT
        return ActionReceipt.keyed(
            self.reminder_id, receipt_id, request_hash=ids.request_hash(self.body), expires_at=int(until.timestamp())
        )


def snooze(asked: Asked) -> Reminder:
    """Have it come (again) at another time; a series goes on after that. Raises as `_done`."""
    return _done(asked, lambda reminder, also: changing.commit(reminder, _snoozed(reminder, asked.body), also))


def complete(asked: Asked) -> Reminder:
    """Call an occurrence done: the one that is named, else the one that was told last, else the present one."""
    return _done(asked, lambda reminder, also: _complete(reminder, asked.body, also))


def reopen(asked: Asked) -> Reminder:
    """Take the completion back, as long as nothing else has happened since. Raises as `_done`."""
    return _done(asked, lambda reminder, also: changing.commit(reminder, _reopened(reminder), also))


def reassign(asked: Asked) -> Reminder:
    """Give a reminder to another member of staff; mails that were sent stay with whom they went to."""
    return _done(asked, lambda reminder, also: _given(reminder, asked.body["staff"], also))


def _done(asked: Asked, act: Callable[[Reminder, changing.Also], Reminder]) -> Reminder:
    """Act once. Raises NotFound, StaleVersion, Conflict, KeyReused, InvalidFields."""
    receipt = asked.receipt()
    if receipt and _was_done(receipt):
        return service.get(reminder_id=asked.reminder_id)
    reminder = service.get(reminder_id=asked.reminder_id)
    service.require_version(reminder, asked.expected_version)

    def also(transaction: TransactWrite) -> None:
        if receipt:
            transaction.save(receipt, condition=ActionReceipt.pk.does_not_exist())

    try:
        return act(reminder, also)
    except (StaleVersion, Conflict):
        if receipt and _was_done(receipt):
            return service.get(reminder_id=asked.reminder_id)
        raise


def _was_done(receipt: ActionReceipt) -> bool:
    earlier = ActionReceipt.read(receipt.pk, receipt.sk)
    if earlier and earlier.request_hash != receipt.request_hash:
        raise KeyReused("send another Idempotency-Key for another request")
    return earlier is not None


def _snoozed(reminder: Reminder, body: Mapping[str, Any]) -> Change:
    if reminder.state == rules.COMPLETED:
        raise Conflict(Reason("it is completed; reopen it first"))
    there = timing.put_off(reminder, until=body.get("until"), span=body.get("span"))
    change = {**there, "state": "pending", "reason": None, "retry_at": None, "told_by": None}
    # The occurrence that is put off stays the same; what comes once more, or before it, is one of its own.
    if reminder.state == "pending" and (not reminder.repeat or there["due_at"] >= reminder.due_at):
        return change
    told = {} if reminder.state == "pending" else {"since": reminder.due_at}
    occurrence = outcomes.free_occurrence(reminder, there["at"], repeats=bool(reminder.repeat))
    return {**change, **told, "occurrence": occurrence}


def _complete(reminder: Reminder, body: Mapping[str, Any], also: changing.Also) -> Reminder:
    change = _completed(reminder, body)
    # Of the occurrence that was told last no mail is held back; the present one's would say that it still comes.
    held = mail_changes.called_off(reminder.order, reason=_DONE, for_good=False) if "state" in change else None
    return changing.commit(reminder, change, also, mail=held)


def _completed(reminder: Reminder, body: Mapping[str, Any]) -> Change:
    occurrence, last = body.get("occurrence"), reminder.last
    ahead = reminder.state == "pending" and reminder.due_at > clock.stamp()
    told = last if last and last["state"] in _TOLD else None
    if told and (occurrence == told["occurrence"] or (occurrence is None and ahead)):
        return {"last": {**told, "state": rules.COMPLETED}, "undo": {"last": told}}
    if occurrence not in (None, reminder.present):
        raise InvalidFields.one(
            "occurrence", Reason("it is at {present} now; leave it out, or read it again", present=reminder.present)
        )
    if reminder.state == rules.COMPLETED:
        raise Conflict(Reason("it is completed already"))
    change = outcomes.onward(reminder, state=rules.COMPLETED)
    before = {name: reminder.attribute_values.get(name) for name in change if name not in ("undo", "version")}
    return {**change, "undo": before}


def _reopened(reminder: Reminder) -> Change:
    if not reminder.undo:
        raise Conflict(Reason("it was not completed, or has gone on since; snooze it to have it come again"))
    return {**reminder.undo, "undo": None}


def _given(reminder: Reminder, staff_id: str, also: changing.Also) -> Reminder:
    owner = partition("staff", staff_id)
    if reminder.to != "staff":
        raise Conflict(Reason("it goes to a customer; only reminders to staff can be reassigned"))
    if reminder.state == rules.COMPLETED:
        # What is kept for reopening it is about mails to the one who has it.
        raise Conflict(Reason("it is completed; reopen it first"))
    if owner == reminder.pk:
        raise InvalidFields.one("/staff", Reason("it is theirs already"))
    service.known("staff", staff_id)
    if reminder.customer_id and not recipients.load(kind="customer", recipient_id=reminder.customer_id):
        raise Conflict(Reason("the customer it is about was deleted, and it goes with them"))
    moved = _moved(reminder, owner)

    def write(transaction: TransactWrite) -> None:
        transaction.delete(reminder, condition=reminder.unchanged)
        transaction.save(moved, condition=Reminder.pk.does_not_exist())
        pointer = ReminderPointer.keyed(reminder.reminder_id)
        same = ReminderPointer.owner_pk == reminder.pk
        transaction.update(pointer, [ReminderPointer.owner_pk.set(owner)], condition=same)
        place = recipients.place("staff", staff_id)
        transaction.condition_check(table.CrmItem, *place, condition=table.CrmItem.pk.exists())
        _keep_findable(transaction, moved)
        also(transaction)

    held = mail_changes.called_off(reminder.order, reason=_ELSEWHERE, for_good=True)
    changing.commit_whole(reminder, write, mail=held)
    return moved


def _keep_findable(transaction: TransactWrite, moved: Reminder) -> None:
    """The customer's erasure finds it with the new member, too: the mark is there before the erasure begins, or never.

    The mark of the one before stays, since their mails do.
    """
    about = About.of(moved)
    if about:
        transaction.save(about)
        place = recipients.place("customer", moved.customer_id)
        transaction.condition_check(table.CrmItem, *place, condition=table.CrmItem.pk.exists())


def _moved(reminder: Reminder, owner: str) -> Reminder:
    values = {name: value for name, value in reminder.attribute_values.items() if name not in ("pk", "sk", "entity")}
    values |= {"version": int(reminder.version) + 1, "revision": (reminder.revision or 0) + 1}
    values |= {"updated_at": clock.stamp(), "undo": None}
    if reminder.state in rules.OPEN:
        # Whether mail to the one before arrived does not matter to the new one, who has had none.
        occurrence = outcomes.free_occurrence(reminder, reminder.at, repeats=bool(reminder.repeat), pk=owner)
        values |= {"state": "pending", "reason": None, "retry_at": None, "told_by": None, "occurrence": occurrence}
    return Reminder(owner, reminder.sk, **values)
