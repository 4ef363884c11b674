"""A shop in which there is something of everything, made by its owner through the API, and what it is called."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

from crm.core import clock, files
from crm.mail.models import Message
from tests.imports.office import Office
from tests.inbox.test_inbox import letter
from tests.merges.merging import request
from tests.questionnaires.asked import WHOLE
from tests.support import unwritten
from tests.support.cloud import Cloud, at

if TYPE_CHECKING:
    from tests.support.world import Answer, Api

MORNING = at("2026-11-21T03:00Z")
ANY = {"if-match": "*"}
OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}
OWN_ROLE: dict[str, Any] = {
    "id": "counter",
    "says": "Helps at the counter.",
    "hidden": ["/income_band", "/address", "/birthday", "/custom", "/tags"],
    "unowned": True,
    "all": ["business.read", "fields.read", "segments.read"],
    "team": ["customers.read", "customers.write", "activity.read", "activity.write", "purchases.write"],
    "own": ["reminders.use"],
}
CUSTOMER = {
    "name": "Sunita Rai",
    "email": "sunita@example.org",
    "phone": "+9779841234567",
    "birthday": "1987-11-23",
    "language": "ne",
    "owner": "m",
    "tags": ["regular", "tea"],
    "income_band": "high",
    "address": "Patan 7",
    "consent": {"greeting": True},
}


def furnished(cloud: Cloud) -> dict[str, list[str]]:
    """Make it; by the name of a path's argument the ids that it can take."""
    cloud.now = MORNING
    shop = _Shop(cloud.api)
    ids = {"customer_id": _people(shop), **_staff(shop), **_decided(shop)}
    one, two, *_ = ids["customer_id"]
    ids |= {"reminder_id": _about(shop, one, two), "key_id": [shop.made("/keys", {"name": "Till 2", "role": "till"})]}
    ids |= {"import_id": [Office(cloud.api).upload("Name,Email\nHari,hari@example.org\n")]}
    _incoming(cloud)
    cloud.settle()
    ids |= {**_long_work(shop, cloud, ids["customer_id"]), "key": [_mail(one)]}
    cloud.settle()
    ids |= {"webhook_id": [_webhook(shop)]}
    return {**ids, "other": ids["customer_id"], "kind": ["household"]} | _listed(cloud.api)


@dataclass
class World:
    """A furnished shop that can be put back to how it was; `ids` by the name of a path's argument."""

    cloud: Cloud
    ids: dict[str, list[str]]
    document: dict[str, Any]
    _before: Cloud

    @property
    def api(self) -> Api:
        return self.cloud.api

    def operations(self) -> list[str]:
        """Such as `GET /customers`."""
        return [f"{verb.upper()} {path}" for path, item in self.document["paths"].items() for verb in item]

    def restored(self) -> Cloud:
        """As it was when it had just been furnished."""
        self.cloud.restore(self._before)
        return self.cloud


@contextmanager
def world(*, seed: int) -> Iterator[World]:
    """A furnished shop, with the same ids for the same seed."""
    cloud, drawn = Cloud(MORNING, intercept=_noted), Random(seed)  # noqa: S311 - the same in each run
    with cloud.running(), mock.patch.object(secrets, "token_bytes", drawn.randbytes):
        ids = furnished(cloud)
        before = Cloud(cloud.now)
        before.restore(cloud)
        document = cloud.api.get("/openapi.json", caller=None).body
        yield World(cloud, ids, document, before)


def _noted(operation: str, parameters: dict[str, Any], forward: Callable[[], Any]) -> Any:
    answer = forward()
    unwritten.note(operation, parameters)
    return answer


class _Shop:
    def __init__(self, api: Api) -> None:
        self.api = api

    def ask(self, path: str, body: Any = None, **more: Any) -> Answer:
        answer = self.api.post(path, body, **OWNER, **more)
        assert answer.status in {200, 201, 202, 204}, (path, answer.body)
        return answer

    def made(self, path: str, body: Any = None) -> str:
        found = self.ask(path, body).body
        return str(found.get("id") or found["name"])


def _people(shop: _Shop) -> list[str]:
    told = [
        CUSTOMER,
        {"name": "Asha", "phone": "+923001239876", "owner": "other"},
        {"name": "Bina", "owner": "mate"},
        {"name": "Hari R"},
    ]
    told += [{"name": "Tea House", "kind": "organisation"}, {"name": "Hari R", "email": "hari.r@example.org"}]
    return [shop.made("/customers", one) for one in told]


def _staff(shop: _Shop) -> dict[str, list[str]]:
    members = [{"id": who, "name": who.title(), "email": f"{who}@shop.example"} for who in ("m", "other", "mate")]
    return {
        "staff_id": [shop.made("/staff", one) for one in members],
        "role_id": [shop.made("/roles", OWN_ROLE), "till"],
        "team_id": [shop.made("/teams", {"id": "north", "name": "North"})],
    }


def _decided(shop: _Shop) -> dict[str, list[str]]:
    field = {"name": "garden", "type": "text", "searchable": True}
    rule = {"field": "tags", "op": "contains", "value": "tea"}
    texts = {"en": {"subject": "A gift, {name|friend}", "heading": "Thanks!", "body": "Dear {name|friend}, come in."}}
    return {
        "name": [shop.made("/fields", field), shop.made("/templates", {"name": "gift", "texts": texts})],
        "segment_id": [shop.made("/segments", {"name": "Tea", "rule": rule})],
        "greeting_id": [shop.made("/greetings", {"name": "Birthdays", "occasion": "birthday", "active": True})],
        "questionnaire_id": [shop.made("/questionnaires", WHOLE)],
    }


def _about(shop: _Shop, one: str, two: str) -> list[str]:
    shop.ask(f"/customers/{one}/purchases", {"amount": "12.50", "lines": [{"product": "Tea", "amount": "12.50"}]})
    shop.ask(f"/customers/{one}/interactions", {"kind": "call", "summary": "She was glad."})
    shop.ask(f"/customers/{one}/relations", {"kind": "household", "customer": two, "note": "Sisters"})
    told = {"customer_id": one, "at": "2026-12-01T10:00", "subject": "Call Sunita"}
    kinds = ({"to": "staff", "staff": "m", "repeat": "FREQ=DAILY"}, {"to": "customer"})
    return [shop.made("/reminders", {**told, **kind}) for kind in kinds]


def _webhook(shop: _Shop) -> str:
    """One that is off: nothing is sent anywhere."""
    told = {"name": "Newsletter", "url": "https://hooks.example.com/crm", "events": ["customer.created"]}
    made = shop.made("/webhooks", told)
    assert shop.api.patch(f"/webhooks/{made}", {"active": False}, headers=ANY, **OWNER).status == 200
    return made


def _mail(customer_id: str) -> str:
    """A greeting that found no address, as the mailer leaves it; its key."""
    now = clock.stamp()
    counts: dict[str, Any] = {"revision": 1, "attempts": 0, "doubts": 0, "created_at": now, "updated_at": now}
    fate: dict[str, Any] = {"state": "withheld", "reason": "no address", "reason_code": "no_address"}
    message = Message(f"CUSTOMER#{customer_id}", "MAIL#birthday#2026", purpose="greeting", history=[], **counts, **fate)
    message.save()
    return message.order.key


def _incoming(cloud: Cloud) -> None:
    mail = letter("Nobody <nobody@example.org>")
    mail.add_attachment(b"a list", "text", "plain", filename="list.txt")
    files.put("inbox/first", mail.as_bytes())
    cloud.send("files", '{"job": "incoming_mail", "key": "inbox/first"}')


def _long_work(shop: _Shop, cloud: Cloud, people: list[str]) -> dict[str, list[str]]:
    shop.ask("/patterns/refresh")
    shop.ask("/exports", {"what": "customers", "format": "csv"})
    gone = shop.made("/customers", {"name": "Gone"})
    shop.ask(f"/customers/{gone}/erasure")
    merge = shop.made("/merges", request(cloud.api, people[3], people[5]))
    renamed = cloud.api.patch("/tags/regular", {"name": "loyal"}, **OWNER)
    assert renamed.status == 202, renamed.body
    return {"merge_id": [merge], "erasure_id": [gone], "change_id": [renamed.body["id"]]}


def _listed(api: Api) -> dict[str, list[str]]:
    def found(path: str, name: str) -> list[str]:
        answer = api.get(path, **OWNER)
        assert answer.status == 200, (path, answer.body)
        return [str(one[name]) for one in answer.body["items"]]

    return {
        "export_id": found("/exports", "id"),
        "mail_id": found("/inbox", "id"),
        "whole_tag": found("/tags", "tag"),
    }
