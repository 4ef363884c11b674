"""What the demo shop puts into a day: reminders that wait, a greeting to speak, something that the team is told.

Nobody is mailed: a reminder is put in as one that its mail has not told. All but what the team is told stands with
customers of the demo, and goes with them.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.access import roster
from crm.announcements.models import Announcement, ReadReceipt
from crm.business import service as business_service
from crm.core import clock, ids, table
from crm.core.errors import InvalidFields
from crm.demo.people import SOURCE, UNTOLD
from crm.demo.tasks import CARD, NEWS, TASKS
from crm.mail import changes
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.reminders import service as reminder_service
from crm.staff import service as staff_service

_MOST_MEMBERS = 5
_KEPT_FOR = timedelta(days=400)


def plan(*, by: str, key: str, customers: Mapping[str, str], today: date) -> None:
    """For whoever put the demo shop in, and for some of who works here: one of yesterday, of today, and of tomorrow."""
    members = roster.current().members
    working = [one for one in staff_service.everybody() if not members.get(one, {}).get("inactive") and one != by]
    for member in [by, *working[: _MOST_MEMBERS - 1]]:
        language = _spoken(members.get(member, {}).get("language"))
        for number, task in enumerate(TASKS):
            at = f"{today + timedelta(days=task.days)}T{task.hour}"
            told = {"to": "staff", "staff": member, "customer_id": customers[task.about], "at": at}
            told |= {"subject": task.words[language], "timezone": business_service.current().timezone.key}
            # Who signs in without being on the list of staff is reminded of nothing.
            with suppress(InvalidFields):
                reminder_service.make(fields=told, caller=by, idempotency_key=f"{key} {member} {number}", untold=UNTOLD)


def greet(*, key: str, customers: Mapping[str, str], today: date) -> None:
    """A customer is to be greeted by voice today, as no mail may go to them."""
    rule = ids.derived(caller=SOURCE, route="greeting", idempotency_key=key)
    order = Order("customer", customers[CARD.about], rule, "greeting", str(today.year))
    call = {"on": today.isoformat(), "say": CARD.say}
    change: dict[str, Any] = {"state": "withheld", "purpose": "greeting", "reason": UNTOLD, "to_call": call}
    # Where it stands already it stays as it is: somebody may have called.
    changes.write(order, None, {**change, "reason_code": Code.SUPPRESSED.value, "decision": None})


def announce(*, key: str) -> None:
    """Something that nobody has read yet, in the language of the business."""
    title, text = NEWS[_spoken(business_service.current().language)]
    now = clock.now()
    stamps = {"created_at": clock.instant(now), "updated_at": clock.instant(now), "created_by": SOURCE}
    ends = int((now + _KEPT_FOR).timestamp())
    told = {"title": title, "text": text, "mail": False, "version": 1, "request_hash": key, "expires_at": ends}
    news = Announcement.keyed(_news_id(key), teams=[], roles=[], **stamps, **told)
    with suppress(table.ConditionFailed):
        table.commit(lambda transaction: transaction.save(news, condition=Announcement.pk.does_not_exist()))


def withdraw(*, key: str) -> None:
    """What the team was told goes, and who has read it."""
    news = Announcement.find(_news_id(key))
    for one in (*ReadReceipt.of(_news_id(key)), *([news] if news else [])):
        table.commit(partial(_delete, one))


def _delete(one: table.CrmItem, transaction: TransactWrite) -> None:
    transaction.delete(one)


def _news_id(key: str) -> str:
    return ids.derived(caller=SOURCE, route="announcement", idempotency_key=key)


def _spoken(language: str | None) -> str:
    code = (language or "en").partition("-")[0]
    return code if code in NEWS else "en"
