"""The mailer: sends one message once, or records why not. It may be killed anywhere and called again."""

from crm.core import clock
from crm.core.errors import StoreUnavailable, Unavailable
from crm.core.log import logger
from crm.mail import ledger, recipients, rendering, rules, ses
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.recipients import Recipient
from crm.mail.rules import Step
from crm.mail.sources import Draft, Source, Withheld

_TRIES = 6
# SES may take ten seconds to connect and answer; the writes before and after it take the rest.
_LONGEST_SENDING_MS = 14_000
NO_ADDRESS = "no e-mail address is known"
REFUSED = {
    "greeting": "the customer does not want greetings by mail",
    "service": "the customer does not want service mail",
}


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
    obstacle = plan.reason if isinstance(plan, Withheld) else _obstacle(plan, recipient)
    if isinstance(plan, Withheld) or obstacle or not recipient.email:
        reason = obstacle or NO_ADDRESS
        return ledger.withhold(order, stored, purpose=plan.purpose, reason=reason, source=source)
    # Rendered before the claim: a mail that cannot be rendered leaves no claim behind.
    mail = rendering.render(plan, recipient)
    address = recipient.email
    claimed = ledger.claim(order, stored, draft=plan, mail=mail, recipient=recipient, address=address)
    if claimed is None:
        return False
    _hand_over(claimed, mail, address, source)
    return True


def _obstacle(plan: Draft, recipient: Recipient) -> str | None:
    """Why a due mail cannot go to this recipient; None when it can."""
    if recipient.refuses(plan.purpose):
        return REFUSED.get(plan.purpose, "the customer does not want this mail")
    if not recipient.email:
        return NO_ADDRESS
    return recipients.suppression(recipient.email) if recipient.kind == "customer" else None


def _hand_over(claimed: Message, mail: rendering.Rendered, address: str, source: Source) -> None:
    handed = ledger.hand(claimed)
    if handed is None:
        return  # another attempt took the claim over, or an event has settled it
    answer = ses.send(mail, to=address, key=handed.order.key)
    if answer.outcome == "not_now":
        ledger.put_back(handed, reason=answer.reason)
        raise NotNow(answer.reason or "SES takes no mail right now")
    # Nothing may stand between the answer and its mark.
    ledger.raise_to(handed, answer.outcome, source=source, reason=answer.reason, ses_message_id=answer.message_id)
    logger().info("mail handed to SES", message_key=handed.order.key, outcome=answer.outcome)
