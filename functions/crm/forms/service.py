"""Keeps the forms that come from public pages, until a job has taken them into a record."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.forms.models import Submission, Taken

_KEPT = timedelta(days=30)
_COUNTED = timedelta(days=2)


def keep(form_id: str, *, said: Mapping[str, Any], link: str, most: int) -> bool:
    """Keep a form and count it, together; False where `most` came by this link today.

    `said`: what it answers (`questionnaire`, `checkup`), `values`, `language`, and `customer` where the link is theirs.
    Of an anonymous form `customer` says who came of it: that stays when the form is sent again, so it is not in `said`.
    """
    now = clock.now()
    taken = Taken.keyed(link, now.date().isoformat())
    counted: list[Action] = [
        Taken.forms.add(1),
        Taken.expires_at.set(int((now + _COUNTED).timestamp())),
        Taken.entity.set(Taken),
    ]
    known = {**said, "given_at": clock.instant(now), "expires_at": int((now + _KEPT).timestamp())}
    actions = [
        *(getattr(Submission, name).set(value) for name, value in known.items()),
        Submission.entity.set(Submission),
    ]

    def write(transaction: TransactWrite) -> None:
        transaction.update(taken, counted, condition=Taken.pk.does_not_exist() | (Taken.forms < most))
        transaction.update(Submission.keyed(form_id), actions)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True


def waiting(form_id: str) -> Submission | None:
    """A form that has not been taken yet; None: it was, or there is none."""
    item = Submission.find(form_id)
    return item if item and item.values is not None else None


def finish(item: Submission, *, customer_id: str | None) -> None:
    """What was said goes; it stays known whose record it went into, for a form that is sent again."""
    actions: list[Action] = [Submission.values.remove()]
    if customer_id:
        actions.append(Submission.customer.set(customer_id))
    try:
        table.commit(
            lambda transaction: transaction.update(item, actions, condition=Submission.given_at == item.given_at)
        )
    except table.ConditionFailed:
        return  # sent again meanwhile, which its own record tells of
