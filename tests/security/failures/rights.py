"""Who saw, changed or deleted what was not theirs, and which secrets were shown."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from crm.access import scope
from crm.core import http, signing, veil, veiled
from crm.core.actor import Actor
from crm.core.log import logger
from crm.keys import authorizing
from crm.keys import rules as key_rules
from crm.mail import links
from crm.mail.links import Link
from handlers import api as handler
from tests.privacy.canaries import listening
from tests.security.failures.register import all_of, known, put
from tests.security.furnished import OWNER, World
from tests.support import unwritten
from tests.support.visitor import visit
from tests.support.world import Context, http_event

STRANGER: dict[str, Any] = {"caller": "ravi", "role": "sales"}
"""Reaches their own customers and nobody's: none of the shop's that belong to somebody."""
ANY = {"if-match": "*"}
NOBODY_LOOKS = put(scope, "require_reach", lambda *_: None)


def stored(world: World) -> Any:
    """What stands in the table, but for the note of who was refused."""
    items = world.cloud.memory.tables["crm"]
    return deepcopy({key: item for key, item in items.items() if not key[0].startswith(unwritten.MAY_PRECEDE)})


def others(world: World) -> str:
    """A customer of somebody else."""
    return world.ids["customer_id"][1]


@known(
    "CVE-2026-41160",
    "EspoCRM answered 403 when the row was changed already",
    stands="the guard stands before the route, and reads and writes nothing (`functions/crm/core/openapi.py`)",
    without=all_of(put(Actor, "may", lambda *_: True), NOBODY_LOOKS),
)
def written_first(world: World) -> None:
    before = stored(world)
    for method, path, body in (
        ("PATCH", f"/customers/{others(world)}", {"name": "Mine"}),
        ("POST", f"/customers/{others(world)}/purchases", {"amount": "1.00"}),
        ("DELETE", f"/customers/{others(world)}", None),
    ):
        answer = world.api.call(method, path, body=body, headers=ANY, caller="rea", role="readonly")
        assert answer.status == 403, (method, answer)
    assert stored(world) == before


@known(
    "CVE-2026-9808",
    "Mautic checked the owner in one of its two APIs and not in the other",
    stands="both doors, for people and for machines, lead to one guard (`functions/crm/access/guard.py`)",
    without=NOBODY_LOOKS,
)
def one_door_of_two(world: World) -> None:
    assert world.api.get(f"/customers/{others(world)}", **STRANGER).status == 404
    made = world.api.post("/keys", {"name": "Shop", "role": "sales"}, **OWNER).body
    event = http_event("GET", f"/machine/customers/{others(world)}", caller=None)
    event["requestContext"]["authorizer"] = {"lambda": authorizing.holder(made["key"])}
    assert handler.handler(event, Context())["statusCode"] == 404


@known(
    "CVE-2024-45392",
    "SuiteCRM deleted records without looking at rights on them",
    stands="the guard looks whose the customer is before a deletion (`functions/crm/access/scope.py`)",
    without=NOBODY_LOOKS,
)
def deleted_by_anybody(world: World) -> None:
    assert world.api.delete(f"/customers/{others(world)}", headers=ANY, **STRANGER).status == 404
    assert world.api.get(f"/customers/{others(world)}", **OWNER).status == 200


@known(
    "CVE-2018-15640",
    "Odoo's helpdesk let portal users reach tickets of others by a crafted call",
    stands="of every id in a path the guard asks whose it is (LOOKUPS in `functions/handlers/api.py`)",
    without=NOBODY_LOOKS,
)
def somebody_elses_task(world: World) -> None:
    reminder = world.ids["reminder_id"][0]
    assert world.api.get(f"/reminders/{reminder}", **STRANGER).status == 404
    assert world.api.patch(f"/reminders/{reminder}", {"subject": "Mine"}, headers=ANY, **STRANGER).status == 404
    assert world.api.get(f"/reminders/{reminder}", **OWNER).body["subject"] == "Call Sunita"


@known(
    "CVE-2021-23203",
    "Odoo gave anybody the PDF of anybody: the report's id was not bound to who asked",
    stands="links to somebody's data are signed over the id (`functions/crm/core/signing.py`)",
    without=put(signing, "_made_sure", lambda key, purpose, payload, mac: payload),
)
def anybodys_document(world: World) -> None:
    mine, theirs = (Link(one, "service") for one in world.ids["customer_id"][:2])
    key, _, mac = links.token(mine).split(".")
    forged = f"{key}.{links.token(theirs).split('.')[1]}.{mac}"
    assert "ask" in visit("GET", f"/own-data/{links.token(mine)}")["body"]
    page = visit("GET", f"/own-data/{forged}")
    assert "<form" not in page["body"], page["status"]


@known(
    "CVE-2026-92771",
    "Twenty told hidden fields through group-by",
    stands="groups and sums over a field that a role does not see are not there for it (`functions/crm/core/veil.py`)",
    without=put(veil, "is_hidden", lambda *_: False),
)
def hidden_by_groups(world: World) -> None:
    rule = {"field": "income_band", "op": "eq", "value": "high"}
    group = world.api.post("/segments", {"name": "Rich", "rule": rule}, **OWNER).body["id"]
    world.cloud.settle()
    blind = _somebody_blind(world)
    unknown = world.api.get("/customers", query={"segment": "nowhere"}, **blind)
    assert world.api.get("/customers", query={"segment": group}, **blind).status == unknown.status == 404
    assert world.api.get(f"/segments/{group}", **blind).status == 404


@known(
    "CVE-2026-85055",
    "Twenty told hidden fields on other ways of reading",
    stands="answers are masked where they are made, whatever the route (`functions/crm/core/openapi.py`)",
    without=put(veiled, "masked", lambda document, hidden: document),
)
def hidden_by_one_way(world: World) -> None:
    customer, blind = world.ids["customer_id"][0], _somebody_blind(world)
    paths = ["", "/history", "/sources", "/timeline", "/relations"]
    answers = [world.api.get(f"/customers/{customer}{path}", **blind) for path in paths]
    answers += [world.api.get("/customers", **blind), world.api.get("/customers", query={"search": "Sunita"}, **blind)]
    assert [answer.status for answer in answers] == [200] * len(answers)
    told = json.dumps([answer.body for answer in answers])
    assert not [one for one in ("high", "Patan", "1987-11-23") if f'"{one}' in told], told


def _somebody_blind(world: World) -> dict[str, Any]:
    change = {"role": "counter", "teams": ["north"]}
    assert world.api.patch("/staff/m", change, headers=ANY, **OWNER).status == 200
    return {"caller": "m", "role": None}


@known(
    "CVE-2026-105763",
    "Twenty showed the passwords of connected mailboxes to ordinary members",
    stands="of a key's secret a hash alone is stored (`functions/crm/keys/rules.py`); no other secret is in the store",
    without=put(key_rules, "hashed", lambda secret: secret),
)
def secrets_for_members(world: World) -> None:
    made = world.api.post("/keys", {"name": "Shop", "role": "till"}, **OWNER).body
    secret = made["key"].split("_", 2)[2]
    assert len(secret) > 30
    assert secret not in str(world.cloud.memory.tables)
    shown = [world.api.get(path, **OWNER).body for path in ("/keys", f"/keys/{made['id']}")]
    assert secret not in str(shown)
    assert "secret" not in str(shown)
    assert world.api.get("/keys", caller="mina", role="manager").status == 403


def _tells_everything(patch: Any) -> None:
    handle = http.handle

    def told(app: Any, event: Any, context: Any, **more: Any) -> Any:
        answer = handle(app, event, context, **more)
        logger().info("answered", extra={"event": event, "answer": answer})
        return answer

    patch.setattr(http, "handle", told)


@known(
    "CVE-2026-53761",
    "Frappe CRM wrote the keys of invitations into its log",
    stands="no request, answer or link is ever logged: there is no line that does (planted here)",
    without=_tells_everything,
)
def secrets_in_the_log(world: World) -> None:
    with listening() as log:
        key = world.api.post("/keys", {"name": "Shop", "role": "till"}, **OWNER).body["key"]
        calendar = world.api.post("/staff/m/calendar", caller="m").body["path"]
        asked = world.api.post(f"/questionnaires/{world.ids['questionnaire_id'][0]}/links", {}, **OWNER).body["url"]
        event = http_event("GET", "/machine/business", caller=None, headers={"authorization": key})
        event["requestContext"]["authorizer"] = {"lambda": authorizing.holder(key)}
        assert handler.handler(event, Context())["statusCode"] == 200
        visit("GET", calendar)
        visit("GET", asked.removeprefix("https://crm.example"))
    lines = "\n".join(log.lines)
    secrets = (key.split("_", 2)[2], calendar.rsplit("/", 1)[1][:40], asked.rsplit("/", 1)[1])
    assert not [one for one in secrets if one in lines]
