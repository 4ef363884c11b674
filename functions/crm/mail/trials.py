"""A mail to oneself: a template as it is stored, in a mailbox of one's own, with the values that it is tried with.

It goes the way of every mail, to the address of whoever asks; nothing of a customer stands in it. One that came into
doubt does not go again: whoever misses it asks once more.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, table
from crm.core.errors import InvalidFields, KeyReused, LimitReached, NotFound
from crm.core.reason import Reason
from crm.mail import queue, recipients
from crm.mail.models import Message, Trial
from crm.mail.orders import TRIAL, Order, of_key
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Source, Withheld, no_follow
from crm.templates import service as template_service

PURPOSE = "service"
MOST = 10
"""So many may somebody ask for within `WITHIN`."""
WITHIN = timedelta(hours=1)
OVER = "it was asked for more than a day ago, or its template is gone"
_KEPT = timedelta(days=1)
_ROUTE = "trial of a template"


def ask(*, staff_id: str, template: str, language: str, idempotency_key: str) -> Order:
    """Order the mail; again under the same key, it is the same one.

    Raises NotFound (no such template), InvalidFields (there is no address to send it to), LimitReached, KeyReused and
    StoreUnavailable: the queue does not take it, and the same may be asked again.
    """
    if not template_service.exists(template):
        raise NotFound(f"there is no template {template[:60]!a}")
    to = recipients.load(kind="staff", recipient_id=staff_id)
    if to is None or not to.email:
        raise InvalidFields.one("/try", Reason("there is no e-mail address of yours in the list of the staff"))
    trial_id = ids.derived(caller=staff_id, route=_ROUTE, idempotency_key=idempotency_key)
    _keep(Trial.keyed(staff_id, trial_id, template=template, language=language, **_stamps()), clock.now())
    order = of_key(f"staff_{staff_id}_{TRIAL}_{trial_id}")
    queue.put([order])
    return order


def draft(order: Order, recipient: Recipient, begun: bool) -> Draft | Withheld | None:
    """The template with the values that it is tried with; None, or withheld, where its time is over."""
    trial = Trial.find(recipient.id, order.occurrence)
    is_over = trial is None or trial.expires_at <= clock.now().timestamp()
    if trial is None or is_over or not template_service.exists(trial.template):
        return Withheld(PURPOSE, Code.SWITCHED_OFF, OVER) if begun else None
    # Here, as only the mailer makes mails.
    from crm.mail import preview  # noqa: PLC0415

    return Draft(
        template=trial.template,
        purpose=PURPOSE,
        values=preview.samples(trial.template),
        language=trial.language,
        waits=False,
        why="trial",
    )


def message(*, staff_id: str, trial_id: str) -> Message | None:
    """What became of one; None before a mailer has begun it."""
    return Message.read(of_key(f"staff_{staff_id}_{TRIAL}_{trial_id}"))


SOURCE = Source(draft=draft, follow=no_follow)


def _stamps() -> dict[str, str | int]:
    return {"created_at": clock.stamp(), "expires_at": int((clock.now() + _KEPT).timestamp())}


def _keep(trial: Trial, now: datetime) -> None:
    """Store it, unless it is there. Raises LimitReached, KeyReused."""
    known = Trial.of(trial.staff_id)
    same = next((one for one in known if one.trial_id == trial.trial_id), None)
    if same is None:
        _require_few(known, now)

        def write(transaction: TransactWrite) -> None:
            transaction.save(trial, condition=Trial.pk.does_not_exist())

        try:
            table.commit(write)
        except table.ConditionFailed:
            same = Trial.find(trial.staff_id, trial.trial_id)
    if same is not None and (same.template, same.language) != (trial.template, trial.language):
        raise KeyReused("send another Idempotency-Key for another mail")


def _require_few(known: Iterable[Trial], now: datetime) -> None:
    since = clock.instant(now - WITHIN)
    if sum(one.created_at > since for one in known) >= MOST:
        raise LimitReached(
            Reason("{most} mails to oneself within an hour are all there can be; wait a while", most=MOST)
        )
