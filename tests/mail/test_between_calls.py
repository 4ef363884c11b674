"""Whatever happens between any two calls of the mailer: until the claim it counts, and the reason on record is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from botocore.exceptions import EndpointConnectionError

from crm.business.models import PARTITION as BUSINESS
from crm.business.models import SORT as CUSTOMS
from crm.business.models import Customs
from crm.core import clock, table
from crm.core.config import settings
from crm.greetings.models import PARTITION, PREFIX, Greeting
from crm.mail import allowances, links, rules
from crm.mail.links import Link
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.suppressions import service as suppressions
from tests.mail.test_crashes import all_faults
from tests.support import faults, forgetting
from tests.support.post import event
from tests.support.rows import all_items
from tests.support.shop import Shop, birthday_of
from tests.support.visitor import visit
from tests.support.world import Api

MOST_CALLS = 40
Outcome = tuple[str, str | None] | None


@dataclass(frozen=True)
class Happening:
    """What somebody else does to a customer meanwhile, and the outcome of a message that was not claimed before."""

    name: str
    act: Callable[[Shop, str], object]
    outcome: Outcome

    def __str__(self) -> str:
        return self.name


def opt_out(shop: Shop, customer: str) -> None:
    path = links.unsubscribe(Link(customer, "greeting")).removeprefix("https://crm.example")
    assert visit("POST", path)["status"] == 200


def delete(shop: Shop, customer: str) -> None:
    assert Api().delete(f"/customers/{customer}", headers={"if-match": "*"}).status == 204


def switch_off(shop: Shop, customer: str) -> None:
    version = {"if-match": str(int(Greeting.get(PARTITION, PREFIX + customer).version))}
    assert Api().patch(f"/greetings/{customer}", {"active": False}, headers=version).status == 200


def bounce(shop: Shop, customer: str) -> None:
    address = f"{customer}@example.org"
    table.commit(lambda transaction: suppressions.stop(transaction, address, kind="hard_bounce", reason="gone"))


def merge(shop: Shop, customer: str) -> None:
    table.client().update_item(
        TableName=settings().crm_table,
        Key=table.to_item({"pk": f"CUSTOMER#{customer}", "sk": "PROFILE"}),
        UpdateExpression="SET merged_into = :other",
        ExpressionAttributeValues=table.to_item({":other": "another"}),
    )


def greet_by(rule: str, shop: Shop, customer: str) -> None:
    assert shop.mailer(birthday_of(customer, rule=rule).text()) == set()


HAPPENINGS = [
    Happening("opt-out", opt_out, ("withheld", "no_consent")),
    Happening("deletion", delete, None),
    Happening("rule switched off", switch_off, None),
    Happening("bounce", bounce, ("withheld", "suppressed")),
    Happening("merge", merge, ("withheld", "merged")),
    Happening("cap reached", partial(greet_by, "joined"), ("withheld", "cap")),
    Happening("same occasion", partial(greet_by, "eve"), ("withheld", "same_occasion")),
]


@pytest.fixture
def day(quick_shop: Shop) -> Shop:
    """A day in a shop where one greeting a week is enough, and every customer has a rule of their own."""
    shop = quick_shop
    Customs(BUSINESS, CUSTOMS, version=1, updated_at=clock.stamp(), cap_mails=1, cap_days=7).save()
    shop.greeting("joined", occasion="joined_anniversary", template="birthday")
    shop.greeting("eve", offset_days=-1)
    # The first call of a process also makes clients and reads keys.
    shop.mailer(due(shop, "first").text())
    return shop


def due(shop: Shop, name: str) -> Order:
    shop.greeting(name, offset_days=-1)
    return birthday_of(shop.customer(name, birthday="--11-22", joined_on="2020-11-21"), rule=name)


@pytest.mark.parametrize("happening", HAPPENINGS, ids=str)
def test_until_the_claim_it_counts_and_after_it_the_mail_goes_once(day: Shop, happening: Happening) -> None:
    for call in range(1, MOST_CALLS):
        order = due(day, f"c{call}")
        with faults.interrupted(at=call, by=partial(happening.act, day, order.id)) as calls:
            assert day.mailer(order.text()) == set()
        day.mailer(order.text())  # and once more
        claim = calls.index("TransactWriteItems") + 1 if "TransactWriteItems" in calls else len(calls)
        sent, before = day.post.keys().count(order.key), call <= claim
        if len(calls) < call:
            return
        assert (sent, outcome(order)) == ((0, happening.outcome) if before else (1, ("accepted", None))), (
            f"at call {call}"
        )
    raise AssertionError("the mailer makes more calls than expected")


def outcome(order: Order) -> Outcome:
    found = Message.read(order)
    return (found.state, found.reason_code) if found else None


def test_a_message_has_a_place_under_the_cap_unless_it_certainly_did_not_go_out(quick_shop: Shop) -> None:
    shop, tried = quick_shop, 0
    shop.greeting()
    for number, fault in enumerate(all_faults()):
        shop.at("2026-11-21T04:00Z")
        order = birthday_of(shop.customer(f"c{number}", birthday="--11-21"))
        # Refused once, so that a place is also given back and taken again.
        shop.post.refusals = [EndpointConnectionError(endpoint_url="https://ses.example")]
        fault.strike(partial(shop.mailer, order.text()))
        for _ in range(3):
            found = Message.read(order)
            certainly_not = found is None or found.state in rules.PLACELESS
            assert allowances.read(order.id).has(order.key) is not certainly_not, str(fault)
            shop.wait(minutes=16).reconcile()
            shop.fire()
            shop.mailer(order.text())
        assert shop.message(order).state in {"accepted", "unknown"}
        tried += fault.reached
    assert tried > 20


def test_a_mail_that_ses_rejects_leaves_its_place_to_another(day: Shop) -> None:
    order = due(day, "sunita")
    day.mailer(order.text())
    day.happen(event(day.post.accepted[-1], "Reject", reason="Bad content"))
    greet_by("joined", day, "sunita")
    assert [outcome(one) for one in (order, birthday_of("sunita", rule="joined"))] == [
        ("rejected", "refused_by_ses"),
        ("accepted", None),
    ]


def test_an_erasure_takes_the_allowance_and_leaves_the_refusal(shop: Shop) -> None:
    shop.greeting()
    order = birthday_of(shop.customer(birthday="--11-21"))
    shop.mailer(order.text())
    opt_out(shop, "sunita")
    assert allowances.read("sunita").has(order.key)
    delete(shop, "sunita")
    forgetting.empty("sunita")
    assert not [item for item in forgetting.but_the_audit(all_items()) if "CUSTOMER#sunita" in str(item)]
    assert suppressions.read("sunita@example.org").refused == {"greeting", "marketing"}
