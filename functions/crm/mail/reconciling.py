"""Messages that a dead mailer left behind: found by the time since which they wait, whoever else asks for them.

What was handed to SES and has neither an answer nor a report after a while is in doubt, and says so; SES's report
settles it whenever it comes. What was only claimed was certainly not sent, and is ordered again; so is what was held
back and has had no outcome for a day: the mailer then finds that nothing is due any more, and says so.
"""

from collections.abc import Iterator
from itertools import islice

from crm.core import clock, views
from crm.core.log import logger
from crm.mail import ledger, orders, queue, rules
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.projection import IN_FLIGHT, waits_since
from crm.mail.reasons import Code
from crm.mail.sources import Sources

_CHUNK = 100


def reconcile(*, sources: Sources) -> dict[str, int]:
    """Settle what has been in flight for too long; how many messages are `in_doubt` now and how many `ordered`."""
    doubted = ordered = 0
    waiting = left_behind()
    # In chunks: whoever runs out of time has ordered and settled what came before.
    while chunk := list(islice(waiting, _CHUNK)):
        doubted += sum(_doubt(message, sources) for message in chunk if message.state == "handed")
        ordered += queue.put([message.order for message in chunk if message.state in rules.UNSENT])
    logger().info("mail in flight reconciled", in_doubt=doubted, orders=ordered)
    return {"in_doubt": doubted, "ordered": ordered}


def _doubt(message: Message, sources: Sources) -> bool:
    source = sources[message.order.kind]
    why = {"reason": rules.NO_ANSWER, "reason_code": Code.NO_ANSWER.value}
    return ledger.raise_to(message, "unknown", source=source, also=None, **why) is not None


def left_behind() -> Iterator[Message]:
    """The messages as they are now that have been in flight for longer than SES and a mailer take."""
    until = clock.instant(clock.now() - rules.RETRY_AFTER)
    for entry in views.each(IN_FLIGHT, until=until + "~"):
        message = Message.read(_order(str(entry["sk"])))
        # The view lags: by now it may have been settled, erased, or begun anew.
        if message is not None and waits_since(message.state, message.updated_at) <= until:
            yield message


def _order(place: str) -> Order:
    _, kind, recipient_id, sk = place.split("#", 3)
    return orders.of_item({"pk": f"{kind}#{recipient_id}", "sk": sk})
