"""A greeting that no mail can carry becomes a call: by whom, on which day, in which words.

It is kept with the message, in the customer's own partition, so it is gone when the customer is. The words are made
when the mail is withheld, since only the mailer carries the library for local digits and dates.
"""

from typing import Any

from crm.core.errors import NotFound
from crm.mail import rendering
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.sources import Draft
from crm.mail.standings import Standing

# Who said no is left alone; who cannot be reached by mail is not forgotten.
_UNREACHABLE = frozenset({Code.NO_ADDRESS, Code.SUPPRESSED})


def instead(order: Order, plan: Draft, standing: Standing, *, code: Code) -> dict[str, Any] | None:
    """What to keep with a message that is withheld because of `code`; None where nobody should call."""
    if code not in _UNREACHABLE or plan.purpose != "greeting" or order.recipient != "customer":
        return None
    owner = standing.recipient.profile.get("owner")
    call = {"owner": owner, "on": standing.on.isoformat(), "say": _words(plan, standing)}
    return {name: value for name, value in call.items() if value is not None}


def _words(plan: Draft, standing: Standing) -> str | None:
    try:
        return rendering.spoken(plan, standing.recipient, business=standing.business)
    except NotFound:  # a template that was deleted keeps nobody from calling
        return None
