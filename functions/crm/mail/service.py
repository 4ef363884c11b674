"""The mailer: sends one message once, or records why not. It may be killed anywhere and called again."""

from dataclasses import replace

from crm.core import clock
from crm.core.errors import StoreUnavailable, Unavailable
from crm.core.log import logger
from crm.mail import ledger, recipients, rendering, rules, ses, standings
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.rules import Step
from crm.mail.sources import Draft, Source, Withheld
from crm.mail.standings import Standing

_TRIES = 6
# SES may take ten seconds to connect and answer; the writes before and after it take the rest.
_LONGEST_SENDING_MS = 14_000


class NotNow(Unavailable):
    """SES takes no mail at the moment; the message is due as before and its order goes back to the queue."""

    slug = "mail-not-now"
    title = "SES takes no mail right now"


def require_time(*, milliseconds: int) -> None:
    """See that a slow SES can still be waited for: killed meanwhile, the message would be in doubt. Raises NotNow."""
    if milliseconds < _LONGEST_SENDING_MS:
        raise NotNow("too little time is left in this invocation")


def send(order: Order, *, source: Source) -> None:
    """Carry out an order. Raises NotNow, StoreUnavailable: the same order may come again; all else is recorded."""
    for _ in range(_TRIES):
        stored = Message.read(order)
        todo = rules.step(stored, kind=order.kind, now=clock.now())
        if todo is Step.LEAVE:
            return
        if stored and todo is Step.DOUBT:
            ledger.raise_to(stored, "unknown", source=source, reason=rules.NO_ANSWER)
        elif _attempt(order, stored, source):
            return
    raise StoreUnavailable(f"the message {order.key} is being changed by many at once")


def _attempt(order: Order, stored: Message | None, source: Source) -> bool:
    """One attempt; False when what it was decided on has changed meanwhile, so that it is decided anew."""
    recipient = recipients.load(kind=order.recipient, recipient_id=order.id)
    plan = source.draft(order, recipient, stored is not None) if recipient else None
    if recipient is None or plan is None:
        return True
    standing = standings.read(recipient)
    judged = plan if isinstance(plan, Withheld) else _judged(order, plan, standing)
    if isinstance(judged, Withheld):
        record = standing.record(order, purpose=judged.purpose, template=None)
        known = replace(judged, decision={**judged.decision, **record})
        return ledger.withhold(order, stored, because=known, source=source)
    # Rendered before the claim: a mail that cannot be rendered leaves no claim behind.
    mail = rendering.render(judged, recipient, business=standing.business)
    claimed = ledger.claim(order, stored, draft=judged, mail=mail, standing=standing)
    if claimed is None:
        return False
    _hand_over(claimed, mail, str(recipient.email), source)
    return True


def _judged(order: Order, plan: Draft, standing: Standing) -> Draft | Withheld:
    """The draft if it may go out, or why not."""
    found = standing.obstacle(order, purpose=plan.purpose, occasion=plan.occasion)
    return Withheld(plan.purpose, found.code, found.reason, decision=plan.decision) if found else plan


def _hand_over(claimed: Message, mail: rendering.Rendered, address: str, source: Source) -> None:
    handed = ledger.hand(claimed)
    if handed is None:
        return  # another attempt took the claim over, or an event has settled it
    answer = ses.send(mail, to=address, key=handed.order.key, purpose=str(handed.purpose))
    if answer.outcome == "not_now":
        ledger.put_back(handed, reason=answer.reason)
        raise NotNow(answer.reason or "SES takes no mail right now")
    # Nothing may stand between the answer and its mark.
    ledger.raise_to(handed, answer.outcome, source=source, reason=answer.reason, ses_message_id=answer.message_id)
    logger().info("mail handed to SES", message_key=handed.order.key, outcome=answer.outcome)
