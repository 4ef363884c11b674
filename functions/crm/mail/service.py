"""The mailer: sends one message once, or records why not. It may be killed anywhere and called again."""

from crm.core import clock
from crm.core.errors import StoreUnavailable, Unavailable
from crm.core.log import logger
from crm.mail import ledger, recipients, rendering, rules, ses
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.rules import Step
from crm.mail.sources import Draft, Source, Withheld

_TRIES = 6
# SES may take ten seconds to connect and answer; the writes before and after it take the rest.
_LONGEST_SENDING_MS = 14_000
NO_ADDRESS = "no e-mail address is known"
REFUSED = {
    "greeting": "the customer does not want greetings by mail",
    "marketing": "the customer has not asked for advertising by mail",
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
    judged = plan if isinstance(plan, Withheld) else _judged(plan, recipient)
    if isinstance(judged, Withheld):
        return ledger.withhold(order, stored, because=judged, source=source)
    # Rendered before the claim: a mail that cannot be rendered leaves no claim behind.
    plan, address = judged
    mail = rendering.render(plan, recipient)
    claimed = ledger.claim(order, stored, draft=plan, mail=mail, recipient=recipient, address=address)
    if claimed is None:
        return False
    _hand_over(claimed, mail, address, source)
    return True


def _judged(plan: Draft, recipient: Recipient) -> tuple[Draft, str] | Withheld:
    """The draft and the address it may go to, or why it goes to none."""
    if recipient.refuses(plan.purpose):
        return Withheld(plan.purpose, Code.NO_CONSENT, REFUSED[plan.purpose])
    if not recipient.email:
        return Withheld(plan.purpose, Code.NO_ADDRESS, NO_ADDRESS)
    suppressed = recipients.suppression(recipient.email) if recipient.kind == "customer" else None
    return Withheld(plan.purpose, Code.SUPPRESSED, suppressed) if suppressed else (plan, recipient.email)


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
