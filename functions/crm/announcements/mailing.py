"""The mail that carries an announcement to one member, and when it is ordered."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from pynamodb.transactions import TransactWrite

from crm.access import roster
from crm.announcements import rules, service
from crm.announcements.models import Announcement, MailedAnnouncement, ReadReceipt
from crm.core import clock
from crm.core.log import logger
from crm.mail import queue
from crm.mail import rules as mail_rules
from crm.mail.models import Message
from crm.mail.orders import ANNOUNCEMENT, Order, of_key
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Source, Withheld, no_follow

PURPOSE = "service"
OVER = "it was withdrawn, is over, or is not for them any more"
READ_ALREADY = "they have read it"


def tick() -> int:
    """Order the mails of announcements that have not found their end; how many."""
    count = queue.put(orders(clock.now()))
    logger().info("mails of announcements ordered", orders=count)
    return count


def orders(now: datetime) -> Iterator[Order]:
    """One order for everybody whom an announcement of these days is for and who has not got it."""
    for mark in MailedAnnouncement.read_all():
        announcement = Announcement.find(mark.announcement_id)
        if announcement is None or mark.expires_at < now.timestamp():
            continue
        # What was withdrawn ends with its reason where a mail was begun.
        for staff_id in service.addressed(announcement):
            if staff_id == announcement.created_by:
                continue
            order = of_key(f"staff_{staff_id}_{ANNOUNCEMENT}_{announcement.announcement_id}")
            if _is_open(Message.read(order), now):
                yield order


def _is_open(message: Message | None, now: datetime) -> bool:
    if message is None or message.state in mail_rules.OPEN:
        return True
    retry = mail_rules.retry_at(message, kind=ANNOUNCEMENT)
    return bool(retry and now >= retry)


def draft(order: Order, recipient: Recipient, begun: bool) -> Draft | Withheld | None:
    """What the announcement says now; None where it is not for this member (any more), or they have read it."""
    announcement = Announcement.find(order.occurrence)
    told = roster.current().members.get(recipient.id, {})
    is_theirs = announcement is not None and not told.get("inactive") and service.is_up(announcement)
    if (
        announcement is None
        or not is_theirs
        or not rules.is_for(announcement, role=told.get("role"), teams=told.get("teams") or ())
    ):
        return Withheld(PURPOSE, Code.SWITCHED_OFF, OVER) if begun else None
    if ReadReceipt.of_member([order.occurrence], recipient.id):
        return Withheld(PURPOSE, Code.NOTHING_DUE, READ_ALREADY) if begun else None
    return Draft(
        template="announcement",
        purpose=PURPOSE,
        values={"subject": announcement.title, "message": announcement.text},
        still_true=partial(_still_true, announcement),
        decision={"version": int(announcement.version)},
        waits=False,
        why="announcement",
    )


def _still_true(announcement: Announcement, transaction: TransactWrite) -> None:
    is_still = Announcement.version == announcement.version
    transaction.condition_check(Announcement, announcement.pk, announcement.sk, condition=is_still)


SOURCE = Source(draft=draft, follow=no_follow)
