"""A shop of which one member sees nobody but by name, and values planted where they do not see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crm.access import roster, rules
from crm.access.models import PARTITION, ROSTER, Roster
from crm.reminders import service as reminders
from tests.access.world_of_two import Two
from tests.inbox.test_inbox import arrive, letter
from tests.support.flow import settle
from tests.support.world import Answer, Api
from tests.support.worlds import chosen

POLICY = rules.policy()
PLANTED: dict[str, Any] = {
    "email": "canarymail@hidden.example",
    "phone": "+923339998887",
    "birthday": "1961-07-13",
    "joined_on": "2011-07-14",
    "gender": "canarygender",
    "income_band": "canaryincome",
    "payment_method": "canarypayment",
    "purchase_purpose": "canarypurpose",
    "language": "ne",
    "timezone": "Asia/Kathmandu",
    "address": "canarystreet 7",
    "source": "canarysource",
    "tags": ["canarytag"],
    "consent": {"marketing": True},
    "custom": {"shoe": "canaryshoe"},
}
SHOE = {"name": "shoe", "type": "text", "labels": {"en": "Canaryshoes"}, "required": True}
ASKED = {
    "title": {"en": "Talk"},
    "questions": [
        {"id": "name", "kind": "text", "label": {"en": "Name"}, "fills": "name"},
        {"id": "band", "kind": "text", "label": {"en": "Canaryband"}, "fills": "income_band"},
        {"id": "size", "kind": "text", "label": {"en": "Canarysize"}, "custom": "shoe"},
        {"id": "mark", "kind": "yes_no", "label": {"en": "Canarymark"}, "tag": "canarytag"},
    ],
}
CANARIES = ("canary", "Canary", "shoe", "9998887", "1961-07-13", "07-13", "2011-07-14", "Kathmandu")
WHOLE = {"says": "Sees everybody, and nothing of them but the name.", "all": list(POLICY.permissions)}


def blind(*hidden: str) -> None:
    """`ravi` may everything that somebody may from whom these fields are hidden."""
    roles = {"blind": {**WHOLE, "hidden": list(hidden or POLICY.hideable), "version": 1}}
    Roster(PARTITION, ROSTER, version=1, members={"ravi": {"role": "blind"}}, roles=roles, teams={}).save()
    roster.forget()


@contextmanager
def blinded() -> Iterator[Two]:
    """Something of everything, of which `ravi` sees no hidden field."""
    with pytest.MonkeyPatch.context() as patch, chosen(patch):
        api = Api()
        one = api.post("/customers", {"name": "Asha", **PLANTED}).body["id"]
        other = api.post("/customers", {"name": "Bina", "email": "b@x.example"}).body["id"]
        changed = {"income_band": "canarychanged", "address": "canarystreet 8"}
        assert api.patch(f"/customers/{one}", changed, headers={"if-match": "*"}).status == 200
        assert api.post(f"/customers/{one}/interactions", {"kind": "call", "summary": "Hello"}).status == 201
        paid = {"amount": "5.00", "payment_method": "canarymethod", "purpose": "canarygift"}
        assert api.post(f"/customers/{one}/purchases", paid).status == 201
        assert api.post("/fields", SHOE).status == 201
        asked = api.post("/questionnaires", ASKED).body["id"]
        answers = {"name": "Asha", "band": "canaryband", "size": "canarysize", "mark": True}
        said = api.post(f"/customers/{one}/interviews", {"questionnaire": asked, "answers": answers})
        assert said.status == 201, said
        arrive(letter(f"Asha <{PLANTED['email']}>", results=None))
        api.post("/staff", {"id": "ravi", "name": "Ravi"})
        told = {"to": "staff", "staff": "ravi", "customer_id": one, "at": "2099-01-01T10:00", "subject": "Put right"}
        due = reminders.make(
            fields={**told, "timezone": "UTC", "message": "canarybirthday"}, caller="customer", idempotency_key=None
        )
        rule = {"field": "income_band", "op": "eq", "value": "canarychanged"}
        group = api.post("/segments", {"name": "Rich", "rule": rule}).body["id"]
        through = {"not": {"field": "segment", "op": "eq", "value": group}}
        beyond = api.post("/segments", {"name": "Others", "rule": through}).body["id"]
        api.post("/segments", {"name": "Plain", "rule": {"field": "name", "op": "eq", "value": "Asha"}})
        settle()
        blind()
        ids = {"one": one, "other": other, "group": group, "beyond": beyond, "asked": asked}
        yield Two(api, {**ids, "due": due.reminder_id, "mail": api.get("/inbox").body["items"][0]["id"]})


def ask(shop: Two, method: str, path: str, **request: Any) -> Answer:
    """What `ravi` is answered."""
    return shop.ask("ravi", method, path, **request)
