"""The state machine of a message: every pair of states is either allowed or not, on purpose."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from crm.mail import changes, orders, rules
from crm.mail.models import Message
from crm.mail.orders import Order
from tests.support.shop import Shop, birthday_of

# From the state in a row to those in the columns: x allowed. The first row: there is no message yet.
#               due cla han unk acc rej del bou com wit exp
TABLE = """
    none         x   x   .   .   .   .   .   .   .   x   x
    due          x   x   .   .   x   x   x   x   x   x   x
    claimed      x   x   x   .   x   x   x   x   x   x   x
    handed       x   .   .   x   x   x   x   x   x   .   .
    unknown      .   x   .   x   x   x   x   x   x   .   .
    accepted     .   .   .   .   .   x   x   x   x   .   .
    rejected     .   .   .   .   .   .   x   x   x   .   .
    delivered    .   .   .   .   .   .   .   x   x   .   .
    bounced      .   .   .   .   .   .   .   x   x   .   .
    complained   .   .   .   .   .   .   .   .   .   .   .
    withheld     .   .   .   .   .   .   .   .   .   .   .
    expired      .   .   .   .   .   .   .   .   .   .   .
"""
ROWS = {name: marks for name, *marks in (line.split() for line in TABLE.strip().splitlines())}
STATES = [name for name in ROWS if name != "none"]
COLUMNS = [*STATES[:9], "withheld", "expired"]
PAIRS = [(row, column, mark == "x") for row, marks in ROWS.items() for column, mark in zip(COLUMNS, marks, strict=True)]


@pytest.mark.parametrize(("present", "state", "allowed"), PAIRS)
def test_a_change_of_state_is_allowed_or_not(present: str, state: str, allowed: bool) -> None:
    assert rules.may_become(None if present == "none" else present, state) is allowed


def test_there_are_no_other_states() -> None:
    assert set(STATES) == rules.STATES


def test_what_the_table_does_not_allow_is_not_written(shop: Shop) -> None:
    shop.customer()
    order = birthday_of("sunita")
    for present, state, allowed in PAIRS:
        stored = None if present == "none" else message(order, present)
        if stored is None:
            for old in Message.query(order.pk, Message.sk == order.sk):
                old.delete()
        if allowed:
            written = changes.write(order, stored, {"state": state, "purpose": "service"})
            assert written is not None, f"{present} → {state}"
            assert shop.message(order).state == state
        else:
            with pytest.raises(changes.ImpossibleChange):
                changes.write(order, stored, {"state": state, "purpose": "service"})


def test_reports_in_any_order_end_in_the_same_state() -> None:
    reports = ("accepted", "delivered", "bounced", "complained")
    for order in permutations(reports):
        state = "handed"
        for report in order:
            state = report if rules.rises(state, report) else state
        assert state == "complained"


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("customer_abc_rule1_2027", "greeting"),
        ("customer_abc_rule1_5787", "greeting"),
        ("customer_abc_rule1_2027-03-14", "greeting"),
        ("customer_abc_visit_once", "reminder"),
        ("customer_abc_visit_20261201T1000", "reminder"),
        ("staff_bilal-2_visit_20261201T1000", "reminder"),
        ("staff_bilal-2_digest_2026-12-01", "digest"),
    ],
)
def test_every_kind_of_message_has_a_key_that_leads_back_to_it(key: str, kind: str) -> None:
    order = orders.of_key(key)
    assert (order.key, order.kind) == (key, kind)
    assert orders.of_item({"pk": order.pk, "sk": order.sk}) == order
    assert orders.read(order.text()) == order


def message(order: Order, state: str) -> Message:
    at = "2026-11-21T04:00:00.000000Z"
    known: dict[str, Any] = {"purpose": "service", "state": state, "created_at": at, "updated_at": at, "history": []}
    found = Message(order.pk, order.sk, revision=1, attempts=0, doubts=0, **known)
    found.save()
    return found
