"""Wrong variants of the product, each of which somebody might take for right. The generated runs must catch all."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from botocore.config import Config

from crm.calendar import rules as calendar_rules
from crm.greetings import due, outcomes
from crm.mail import allowances, changes, events, ledger, obstacles, queue, reconciling, ses, sources
from crm.mail import rules as mail_rules
from crm.mail import service as mailer
from crm.mail.models import Allowance, Message
from crm.mail.rules import Step
from crm.reminders import mailing as reminder_mail
from crm.reminders import outcomes as reminder_outcomes
from crm.reminders.models import Reminder
from crm.suppressions import service as suppressions
from handlers import mailer as mailer_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ANY_CHANGE = dict.fromkeys((None, *mail_rules.STATES), mail_rules.STATES)


@contextmanager
def replaced(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """These attributes are something else within."""
    with ExitStack() as stack:
        for owner, name, value in changes:
            stack.enter_context(mock.patch.object(owner, name, value))
        yield


def send_then_mark() -> Any:
    """Hands the mail over first and writes down afterwards that it does."""

    def hand_over(claimed: Message, mail: Any, address: str, source: Any) -> None:
        answer = ses.send(mail, to=address, key=claimed.order.key, purpose=str(claimed.purpose))
        handed = ledger.hand(claimed)
        if handed:
            ledger.raise_to(handed, answer.outcome, source=source, reason=answer.reason)

    return replaced((mailer, "_hand_over", hand_over))


def sdk_retries() -> Any:
    """Lets the SDK repeat SES calls, as it does unless it is told not to."""
    return replaced((ses, "client", lambda: boto3.client("sesv2", config=Config(retries={"max_attempts": 3}))))


def no_cap_in_the_claim() -> Any:
    """Looks at the cap, and claims whatever has happened since."""

    def write(transaction: Any, customer_id: str, *, read: Any, changed: Any) -> None:
        item = Allowance.keyed(customer_id)
        claims = [allowances._stored(claim) for claim in changed.claims]
        actions = [Allowance.entity.set(Allowance), Allowance.claims.set(claims)]
        transaction.update(item, [*actions, Allowance.revision.set(read.revision + 1)])

    return replaced((allowances, "write", write))


def no_consent_in_the_claim() -> Any:
    """Looks at consent, and claims whatever has happened since."""
    return replaced((ledger, "_still_willing", lambda *_: lambda _transaction: None))


def no_consent_at_all() -> Any:
    """Sends to everybody."""
    return replaced((obstacles, "unwilling", lambda *_: None), (ledger, "_still_willing", lambda *_: lambda _t: None))


def no_suppression_in_the_claim() -> Any:
    """Looks at the suppression, and claims whatever has happened since."""
    return replaced((suppressions, "require_open", lambda *_arguments, **_named: None))


def claim_without_condition() -> Any:
    """Writes a message whatever has become of it since it was read."""

    def put(transaction: Any, _: Message | None, changed: Message) -> None:
        transaction.save(changed)

    return replaced((changes, "_put", put))


def accepted_before_sending() -> Any:
    """Notes the message as accepted, then sends it."""

    def hand_over(claimed: Message, mail: Any, address: str, source: Any) -> None:
        handed = ledger.hand(claimed)
        if handed and ledger.raise_to(handed, "accepted", source=source):
            ses.send(mail, to=address, key=handed.order.key, purpose=str(handed.purpose))

    return replaced((mailer, "_hand_over", hand_over))


def unknown_is_due() -> Any:
    """Sends again what is in doubt, greetings as well."""
    step = mail_rules.step

    def mutated(stored: Any, **named: Any) -> Step:
        return Step.CLAIM if stored is not None and stored.state == "unknown" else step(stored, **named)

    return replaced((mail_rules, "step", mutated))


def handed_is_due() -> Any:
    """Takes what was being handed over when the mailer died for unsent."""
    step = mail_rules.step

    def mutated(stored: Any, **named: Any) -> Step:
        return Step.CLAIM if stored is not None and stored.state == "handed" else step(stored, **named)

    return replaced((mail_rules, "step", mutated), (mail_rules, "TRANSITIONS", ANY_CHANGE))


def event_makes_a_message() -> Any:
    """Writes SES's report down although there is no message (any more)."""
    receive = events.receive

    def mutated(body: str, *, sources: Any) -> None:
        event = events.read(body)
        if event and Message.read(event.order) is None:
            stamps: dict[str, Any] = {"created_at": "2026", "updated_at": "2026", "purpose": "greeting", "history": []}
            Message(
                event.order.pk, event.order.sk, revision=1, attempts=0, doubts=0, state=event.state, **stamps
            ).save()
        receive(body, sources=sources)

    return replaced((events, "receive", mutated))


def event_lowers_a_rank() -> Any:
    """Takes the report that came last for the latest."""
    return replaced(
        (mail_rules, "rises", lambda present, state: present != state), (mail_rules, "TRANSITIONS", ANY_CHANGE)
    )


def settled_ones_again() -> Any:
    """The tick orders whoever has the day, and the mailer takes an order for a reason to send."""
    return replaced(
        (outcomes, "_is_open", lambda _: True),
        (mail_rules, "step", lambda *_, **__: Step.CLAIM),
        (mail_rules, "TRANSITIONS", ANY_CHANGE),
    )


def day_closed_before_its_outcomes() -> Any:
    """Closes the day, then orders who is left."""
    look = due._look

    def mutated(look_: Any, desk: Any, known: Any, present: Any) -> Iterator[int]:
        if look_.closing:
            known.close(now=present.now)
        yield from look(look_, desk, known, present)

    return replaced((due, "_look", mutated))


def reminder_settled_before_sent() -> Any:
    """Takes a reminder for done when its mail is claimed."""
    draft = reminder_mail.draft

    def mutated(order: Any, recipient: Any, begun: bool) -> Any:
        found = draft(order, recipient, begun)
        if not isinstance(found, sources.Draft):
            return found
        reminder = Reminder.read(order.pk, order.rule)

        def settle(transaction: Any) -> None:
            transaction.update(reminder, [Reminder.state.set("sent")])

        return replace(found, still_true=settle)

    source = sources.Source(draft=mutated, follow=reminder_mail.follow)
    return replaced((mailer_handler, "SOURCES", {**mailer_handler.SOURCES, "reminder": source}))


def series_advanced_twice() -> Any:
    """Goes on to the next occurrence with every report about the one before."""
    settled = reminder_outcomes.settled

    def mutated(reminder: Any, *, occurrence: str, **named: Any) -> Any:
        return settled(reminder, occurrence=reminder.present if reminder.repeat else occurrence, **named)

    return replaced((reminder_outcomes, "settled", mutated))


def reconciler_sends_again() -> Any:
    """Puts what is in doubt back into the queue."""

    def doubt(message: Message, _: Any) -> bool:
        ledger.put_back(message, reason="no answer")
        queue.put([message.order])
        return True

    return replaced((reconciling, "_doubt", doubt))


def no_answer_is_not_sent() -> Any:
    """Takes an answer that was lost for a mail that was not sent."""
    send = ses.send

    def mutated(*arguments: Any, **named: Any) -> Any:
        answer = send(*arguments, **named)
        return replace(answer, outcome="not_now") if answer.outcome == "unknown" else answer

    return replaced((ses, "send", mutated))


def day_of_the_server() -> Any:
    """Takes the day on the server's clock for everybody's."""
    return replaced(
        (calendar_rules, "local_date", lambda moment, _zone: moment.astimezone(UTC).date()),
        (calendar_rules, "instant_of", lambda wall, _zone: wall.replace(tzinfo=UTC)),
    )


def bounces_forgotten() -> Any:
    """Notes a bounce with the message and goes on writing to the address."""
    return replaced((events, "_suppress", lambda *_: None))


def cap_forgotten() -> Any:
    """Claims without taking a place under the cap."""
    return replaced((ledger, "_place", lambda *_: lambda _transaction: None))


def report_for_an_answer() -> Any:
    """Leaves the mark to SES's report, and a message without one in the air."""
    raise_to = ledger.raise_to

    def mutated(message: Message, state: str, **named: Any) -> Any:
        return None if state in {"accepted", "unknown"} else raise_to(message, state, **named)

    return replaced((ledger, "raise_to", mutated))


QUICK: tuple[Callable[[], Any], ...] = (
    send_then_mark,
    no_consent_at_all,
    claim_without_condition,
    accepted_before_sending,
    handed_is_due,
    event_makes_a_message,
    event_lowers_a_rank,
    settled_ones_again,
    reminder_settled_before_sent,
    series_advanced_twice,
    day_of_the_server,
    cap_forgotten,
    report_for_an_answer,
)
"""Caught by the first forty runs."""

RARER: tuple[Callable[[], Any], ...] = (
    sdk_retries,
    unknown_is_due,
)
"""Caught within six hundred."""

RACES: Mapping[Callable[[], Any], str] = {
    no_answer_is_not_sent: "a greeting",
    day_closed_before_its_outcomes: "a day asleep",
    no_cap_in_the_claim: "a cap of one",
    bounces_forgotten: "three mails to an address that bounces",
    no_consent_in_the_claim: "a refusal meanwhile",
    no_suppression_in_the_claim: "three mails to an address that bounces",
    reconciler_sends_again: "SES reports late",
}
"""These need a fault or a meeting at one moment: they are looked for in the runs of one scenario alone."""
