"""A shop that sends mail: customers and staff as items, a clock that stands where it is put, ticks and the mailer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3

from crm.calendar import projection as calendar
from crm.core import clock, table
from crm.core.actor import Actor
from crm.core.config import settings
from crm.core.projection import EMPTY_RULES
from crm.customers.models import Profile
from crm.greetings.models import PARTITION, PREFIX, Greeting
from crm.mail import account, breaker, orders, pace, queue, ses
from crm.mail import projection as mail
from crm.mail.models import Message
from crm.reminders import projection as reminders
from crm.reminders.models import Reminder
from crm.staff import service as staff
from tests.support.world import Context

if TYPE_CHECKING:
    import pytest

    from crm.mail.orders import Order
    from tests.support.post import Post

NO_FACTS = {"spent": Decimal(0), "purchases": 0, "interactions": 0}


@dataclass
class Shop:
    """Everything a test of mail needs; views are made from the truth by the real projections, on demand."""

    post: Post
    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 4, 0, tzinfo=UTC))

    def __post_init__(self) -> None:
        queue._client.cache_clear()
        ses.client.cache_clear()
        account.forget()
        pace.forget()
        breaker.forget()

    def forget_settings(self) -> None:
        """Read the environment anew."""
        settings.cache_clear()

    def stop_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From here on the time is what `moment` says."""
        monkeypatch.setattr(clock, "now", lambda: self.moment)

    def at(self, instant: str) -> Shop:
        """Move the clock to an instant such as 2027-01-01T04:00Z."""
        self.moment = datetime.fromisoformat(instant).astimezone(UTC)
        return self

    def wait(self, **span: float) -> Shop:
        """Move the clock on."""
        self.moment += timedelta(**span)
        return self

    def customer(self, customer_id: str = "sunita", **fields: Any) -> str:
        """A customer with an address; `None` leaves a field out."""
        known = {"name": "Sunita Rai", "email": f"{customer_id}@example.org", "facts": NO_FACTS, **fields}
        values = {name: value for name, value in known.items() if value is not None}
        stamps = {"created_at": clock.stamp(), "updated_at": clock.stamp(), "created_by": "manager"}
        Profile.keyed(customer_id, version=1, revision=1, kind="person", **{**stamps, **values}).save()
        return customer_id

    def member(self, staff_id: str = "sales", **fields: Any) -> str:
        """A member of staff with an address."""
        known = {"name": "Bilal", "email": f"{staff_id}@shop.example", **fields}
        fields = {name: value for name, value in known.items() if value is not None}
        staff.enter(staff_id=staff_id, fields=fields, by=Actor("manager", "manager"))
        return staff_id

    def greeting(self, rule_id: str = "birthdays", **fields: Any) -> str:
        """An active rule for birthdays at nine."""
        known: dict[str, Any] = {
            "name": "Birthdays",
            "occasion": "birthday",
            "offset_days": 0,
            "send_at": "09:00",
            "active": True,
        }
        known |= {"template": fields.get("occasion", "birthday"), **fields}
        stamps: dict[str, Any] = {"version": 1, "created_at": clock.stamp(), "updated_at": clock.stamp()}
        stamps["request_hash"] = "-"
        Greeting(PARTITION, PREFIX + rule_id, **stamps, **known).save()
        return rule_id

    def reminder(self, owner: str = "CUSTOMER#sunita", reminder_id: str = "visit", **fields: Any) -> Order:
        """A reminder that is due now; the order to send it."""
        kind = owner.partition("#")[0].lower()
        known: dict[str, Any] = {
            "to": kind,
            "at": "2026-11-21T09:00",
            "timezone": "Asia/Karachi",
            "due_at": clock.stamp(),
        }
        known |= {"subject": "Your appointment", "message": "Tomorrow at ten.", "state": "pending", **fields}
        stamps: dict[str, Any] = {"version": 1, "created_at": clock.stamp(), "updated_at": clock.stamp()}
        stamps["created_by"] = "sales"
        Reminder(owner, f"REMINDER#{reminder_id}", **stamps, **known).save()
        occurrence = known.get("occurrence", "once")
        return orders.of_key(f"{kind}_{owner.partition('#')[2]}_{reminder_id}_{occurrence}")

    def views(self) -> Shop:
        """Make the views anew from the truth."""
        client, crm, views = table.client(), settings().crm_table, settings().views_table
        for old in client.scan(TableName=views)["Items"]:
            client.delete_item(TableName=views, Key={"pk": old["pk"], "sk": old["sk"]})
        totals: dict[tuple[str, str], dict[str, Decimal]] = {}
        for raw in client.scan(TableName=crm)["Items"]:
            item = table.from_item(raw)
            kinds = {"PROFILE": calendar.project, "REMINDER": reminders.project, "MAIL": mail.project}
            project = kinds.get(item["sk"].partition("#")[0])
            if project is None:
                continue
            found = project(item, EMPTY_RULES)
            for (pk, sk), entry in found.listings.items():
                client.put_item(TableName=views, Item=table.to_item({"pk": pk, "sk": sk, **entry}))
            for key, amounts in found.totals.items():
                summed = totals.setdefault(key, {})
                summed |= {name: summed.get(name, Decimal(0)) + amount for name, amount in amounts.items()}
        for (pk, name), summed in totals.items():
            client.put_item(TableName=views, Item=table.to_item({"pk": pk, "sk": f"{name}#3", **summed}))
        return self

    def tick(self) -> int:
        """The views are made, then both schedules fire; how many orders were queued. The mailer has not run yet."""
        return self.views().fire()

    def fire(self) -> int:
        """Both schedules fire on the views as they are."""
        from handlers import greetings, reminders  # noqa: PLC0415 - after the settings are in place

        return greetings.handler({}, Context())["ordered"] + reminders.handler({}, Context())["ordered"]

    def reconcile(self) -> dict[str, int]:
        """The views are made, then the reconciler's schedule fires."""
        return self.views().settle()

    def settle(self) -> dict[str, int]:
        """The reconciler's schedule fires on the views as they are."""
        from handlers import reconciler  # noqa: PLC0415 - after the settings are in place

        return reconciler.handler({}, Context())

    def deliver(self) -> None:
        """The mailer works off the queue; what it could not do stays there."""
        sqs, url = boto3.client("sqs"), settings().mail_queue_url
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            failed = self.mailer(*[message["Body"] for message in messages])
            for place, message in enumerate(messages):
                if str(place) not in failed:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def mailer(self, *bodies: str) -> set[str]:
        """The mailer gets these messages; the ids (places) of those that failed."""
        from handlers import mailer  # noqa: PLC0415 - after the settings are in place

        answer = mailer.handler(_sqs(bodies), Context())
        return {str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]}

    def happen(self, *events: str) -> set[str]:
        """SES events arrive; the ids (places) of those that failed."""
        from handlers import mail_events  # noqa: PLC0415 - after the settings are in place

        answer = mail_events.handler(_sqs(events), Context())
        return {str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]}

    def message(self, order: Order | str) -> Message:
        """The message as it is now."""
        found = Message.read(orders.of_key(order) if isinstance(order, str) else order)
        assert found is not None, "there is no message"
        return found

    def state_of(self, order: Order) -> str:
        """The state of a reminder."""
        found = Reminder.read(order.pk, order.rule)
        assert found is not None
        return found.state


def birthday_of(customer_id: str, year: int = 2026, rule: str = "birthdays") -> Order:
    """The order of a birthday greeting."""
    return orders.of_key(f"customer_{customer_id}_{rule}_{year}")


def _sqs(bodies: tuple[str, ...]) -> dict[str, Any]:
    blank = {"receiptHandle": "r", "attributes": {}, "messageAttributes": {}, "md5OfBody": "", "awsRegion": "eu-west-1"}
    source = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:mail"}
    records = [{"messageId": str(place), "body": body, **blank, **source} for place, body in enumerate(bodies)]
    return {"Records": records}
