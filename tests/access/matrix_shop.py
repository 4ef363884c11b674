"""The shop of the matrix: for each role a member, and of everything that is a customer's one of each owner's."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from crm.access import roster, rules
from crm.access.models import PARTITION, ROSTER, Roster
from crm.core import clock
from crm.core.config import settings
from crm.mail import orders
from crm.mail.models import Message
from handlers import jobs
from tests.access.world_of_two import ONLY_OWN
from tests.inbox.test_inbox import arrive, letter
from tests.support.flow import do_jobs, queue_event, settle
from tests.support.world import Answer, Api, Context

WHOSE = ("own", "team", "other", "nobody")
# Everything that can go by owner goes by one's own, and everything else is given, as far as it can be.
NARROW: dict[str, Any] = {
    "says": "All of one's own.",
    "own": [*rules.policy().of_customers],
    "all": [*rules.policy().whole],
}
MATRIX_ROLES = {"only_own": ONLY_OWN, "narrow": NARROW}
MOST_JOBS = 500
BORN = "1990-02-03"


@lru_cache(maxsize=1)
def roles() -> dict[str, rules.Role]:
    """The built-in roles, and two of the business's own that reach their own customers alone."""
    return {**rules.policy().roles, **{name: rules.own_role(name, told) for name, told in MATRIX_ROLES.items()}}


@dataclass
class Shop:
    """`ids`: the customers by their owners ("": nobody's); `things`: what is theirs, by what names it in a path.

    `named`: what else paths name.
    """

    api: Api
    ids: dict[str, str] = field(default_factory=dict)
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    def ask(self, role: str, method: str, path: str, **request: Any) -> Answer:
        """What the member with a role is answered."""
        return self.api.call(method, path, caller=f"m_{role}", role=None, **request)


def owner_of(role: str, whose: str) -> str:
    """The member whose a customer is, to the member with a role."""
    return {"own": f"m_{role}", "team": f"mate_{role}", "other": "stranger", "nobody": ""}[whose]


def whose(role: str, owner: str) -> str:
    """Whose a customer of an owner is to the member with a role."""
    return next((one for one in WHOSE if owner_of(role, one) == owner), "other")


def name_of(owner: str) -> str:
    """The name of the customer of an owner, and of all others who are theirs."""
    return f"Customer {owner.replace('_', ' ') or 'free'}"


def address(owner: str) -> str:
    """The e-mail address of the customer of an owner."""
    return f"{owner.replace('_', '-') or 'free'}@x.example"


def opened(api: Api) -> Shop:
    """For each role a member and a mate in a team of their own, and customers of each, of a stranger's and nobody's."""
    members: dict[str, Any] = {"stranger": {"role": "sales"}}
    for role in roles():
        members |= {f"m_{role}": {"role": role, "teams": [role]}, f"mate_{role}": {"role": "sales", "teams": [role]}}
    shop = Shop(api)
    for number, owner in enumerate([*members, ""]):
        told = {"email": address(owner), "phone": f"+9230012345{number:02}", "birthday": BORN}
        shop.ids[owner] = _customer(shop, owner, **told)
    own = {name: {**told, "version": 1} for name, told in MATRIX_ROLES.items()}
    Roster(PARTITION, ROSTER, version=1, members=members, roles=own, teams={}).save()
    roster.forget()
    settle()
    return shop


def filled(shop: Shop) -> Shop:
    """The same with reminders, twins, merges, mail in and out, calls, relations, somebody in the bin, and groups."""
    kinds = {"reminder_id": _reminder, "mail_id": _mail, "key": _message, "merge_id": _merged, "bin": _deleted}
    for name, made in kinds.items():
        shop.things[name] = {owner: made(shop, owner) for owner in shop.ids}
        do_jobs(at_most=MOST_JOBS)
    shop.things["staff_id"] = {owner: owner for owner in shop.ids if owner}
    shop.things["other"] = dict(shop.ids)
    for owner, customer in shop.ids.items():
        _customer(shop, owner, birthday=BORN, phone=shop.api.get(f"/customers/{customer}", role="owner").body["phone"])
    for role in roles():
        for other in ("team", "other", "nobody"):
            told = {"kind": "household", "customer": shop.ids[owner_of(role, other)]}
            _made(shop, f"/customers/{shop.ids[owner_of(role, 'own')]}/relations", told)
    greeting = {"name": "Day", "occasion": "birthday", "template": "birthday", "active": True}
    shop.named = {
        "greeting_id": _made(shop, "/greetings", greeting),
        "segment_id": _made(shop, "/segments", {"name": "All", "kind": "static"}),
    }
    everybody = {"add": [*shop.ids.values()]}
    assert shop.api.post(f"/segments/{shop.named['segment_id']}/members", everybody, role="owner").status == 200
    settle(at_most=MOST_JOBS)
    jobs.handler(queue_event({"job": "duplicates", "day": clock.now().date().isoformat()}), Context())
    settle(at_most=MOST_JOBS)
    shop.things["pair"] = _pairs(shop)
    return shop


def _made(shop: Shop, path: str, told: dict[str, Any], **request: Any) -> str:
    made = shop.api.post(path, told, role="owner", **request)
    assert made.status in {200, 201, 202}, made
    return str(made.body.get("id"))


def _customer(shop: Shop, owner: str, **told: Any) -> str:
    owned = {"owner": owner} if owner else {}
    return _made(shop, "/customers", {"name": name_of(owner), **told, **owned}, query={"allow_duplicate": "true"})


def _reminder(shop: Shop, owner: str) -> str:
    told = {"to": "customer", "customer_id": shop.ids[owner], "at": "2099-01-01T10:00", "subject": name_of(owner)}
    return _made(shop, "/reminders", told)


def _mail(shop: Shop, owner: str) -> str:
    mail = letter(f"Somebody <{address(owner)}>", results=None)
    mail.replace_header("Message-ID", f"<{owner}@example.org>")
    mail.add_attachment(b"a list", "text", "plain", filename="list.txt")
    arrive(mail, f"inbox/{owner or 'free'}")
    found = shop.api.get("/inbox", query={"state": "review", "limit": "1"}, role="owner").body["items"]
    return str(found[0]["id"])


def _message(shop: Shop, owner: str) -> str:
    order = orders.of_key(f"customer_{shop.ids[owner]}_birthdays_2026")
    now = clock.stamp()
    call = {"on": clock.now().astimezone(settings().business_timezone).date().isoformat(), "say": "Happy birthday"}
    Message(
        order.pk, order.sk, revision=1, created_at=now, updated_at=now, purpose="greeting", state="withheld",
        reason="no address", reason_code="no_address", attempts=0, doubts=0, history=[],
        to_call={**call, **({"owner": owner} if owner else {})},
    ).save()  # fmt: skip
    return order.key


def _merged(shop: Shop, owner: str) -> str:
    into, other = (_customer(shop, owner) for _ in range(2))
    return _made(shop, "/merges", {"into": into, "from": other, "into_version": 1, "from_version": 1})


def _deleted(shop: Shop, owner: str) -> str:
    gone = _customer(shop, owner)
    assert shop.api.delete(f"/customers/{gone}", headers={"if-match": "1"}, role="owner").status == 204
    return gone


def _pairs(shop: Shop) -> dict[str, str]:
    """For each customer the pair with their twin."""
    of = {customer: owner for owner, customer in shop.ids.items()}
    found: dict[str, str] = {}
    cursor: dict[str, str] = {}
    while True:
        page = shop.api.get("/duplicates", query={"limit": "200", **cursor}, role="owner").body
        for pair in page["items"]:
            one, other = pair["customers"]
            if one["name"] == other["name"]:
                found |= {of[end["id"]]: pair["id"] for end in (one, other) if end["id"] in of}
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}
