"""The mailer: sends one message once, or records why not. It may be killed anywhere and called again."""

from dataclasses import replace

from crm.core import clock
from crm.core.errors import StoreUnavailable
from crm.core.log import logger
from crm.mail import calling, ledger, pace, recipients, rendering, rules, ses, standings
from crm.mail.models import Message
from crm.mail.obstacles import Obstacle
from crm.mail.orders import Order
from crm.mail.reasons import PASSING, Code
from crm.mail.recipients import Recipient
from crm.mail.rules import Step
from crm.mail.sources import Draft, Source, Withheld
from crm.mail.standings import Standing

_TRIES = 6
# SES may take ten seconds to connect and answer, and a few to say why it refused; the writes around it take the rest.
_LONGEST_SENDING_MS = 18_000


def has_time(*, milliseconds: int) -> bool:
    """Whether a slow SES can still be waited for: killed meanwhile, a message would be in doubt."""
    return milliseconds >= _LONGEST_SENDING_MS


def send(order: Order, *, source: Source) -> None:
    """Carry out an order, once: what cannot go now stays due, and a tick orders it again.

    Raises StoreUnavailable: the same order may come again; all else is recorded.
    """
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
    if recipient is None or recipient.profile.get("merging"):
        # While two records become one, what the other has had is not all here yet; a tick orders it again.
        return True
    if recipient.id != order.id:
        # Merged into another since it was ordered, to whom the message goes over.
        send(replace(order, id=recipient.id), source=source)
        return True
    plan = source.draft(order, recipient, stored is not None)
    return plan is None or _decided(order, stored, plan, recipient, source)


def _decided(
    order: Order, stored: Message | None, plan: Draft | Withheld, recipient: Recipient, source: Source
) -> bool:
    standing = standings.read(recipient)
    if isinstance(plan, Withheld):
        return ledger.withhold(order, stored, because=_with_cause(plan, stored, order, standing), source=source)
    if final := standing.obstacle(order, plan):
        because = _because(final, order, plan, standing)
        to_call = calling.instead(order, plan, standing, code=final.code)
        return ledger.withhold(order, stored, because=because, source=source, to_call=to_call)
    if passing := standing.passing(plan):
        return ledger.postpone(order, stored, because=_because(passing, order, plan, standing))
    return _send(order, stored, plan, standing, source)


def _send(order: Order, stored: Message | None, plan: Draft, standing: Standing, source: Source) -> bool:
    # Rendered before the claim: a mail that cannot be rendered leaves no claim behind.
    mail = rendering.render(plan, standing.recipient, business=standing.business)
    pace.take_turn()
    claimed = ledger.claim(order, stored, draft=plan, mail=mail, standing=standing)
    if claimed is None:
        return False
    _hand_over(claimed, mail, str(standing.recipient.email), source)
    return True


def _because(found: Obstacle, order: Order, plan: Draft, standing: Standing) -> Withheld:
    record = standing.record(order, purpose=plan.purpose, template=plan.template)
    return Withheld(plan.purpose, found.code, found.reason, decision={**plan.decision, **record})


def _with_cause(plan: Withheld, stored: Message | None, order: Order, standing: Standing) -> Withheld:
    """What ran out of time because it was held back until then ends with what held it back."""
    record = standing.record(order, purpose=plan.purpose, template=None)
    known = replace(plan, decision={**plan.decision, **record})
    held = stored and stored.state == "due" and stored.reason_code in PASSING
    if plan.state != "expired" or not (stored and held):
        return known
    return replace(known, code=Code(stored.reason_code), reason=f"{plan.reason}; until then: {stored.reason}")


def _hand_over(claimed: Message, mail: rendering.Rendered, address: str, source: Source) -> None:
    handed = ledger.hand(claimed)
    if handed is None:
        return  # another attempt took the claim over, or an event has settled it
    answer = ses.send(mail, to=address, key=handed.order.key, purpose=str(handed.purpose))
    if answer.outcome == "not_now":
        # The order is done all the same: brought back by the queue, it would end among the dead letters long before
        # an account is out of the sandbox or has quota again.
        ledger.put_back(handed, reason=answer.reason, code=answer.code or Code.NOT_NOW)
        logger().warning("SES takes it later", message_key=handed.order.key, reason_code=answer.code)
        return
    # Nothing may stand between the answer and its mark.
    ledger.raise_to(handed, answer.outcome, source=source, reason=answer.reason, ses_message_id=answer.message_id)
    logger().info("mail handed to SES", message_key=handed.order.key, outcome=answer.outcome)
