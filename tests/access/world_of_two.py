"""A shop with two salespeople in two teams: whose each customer is decides who sees what of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm.access import roster
from crm.access.models import PARTITION, ROSTER, Roster
from tests.support.flow import settle
from tests.support.world import Answer, Api

MEMBERS: dict[str, dict[str, Any]] = {
    "ravi": {"role": "sales", "teams": ["north"]},
    "mira": {"role": "sales", "teams": ["north"]},
    "zoya": {"role": "sales", "teams": ["south"]},
    "omar": {"role": "only_own"},
}
# Everything that goes by owner, and nobody's customers stay out.
ONLY_OWN: dict[str, Any] = {
    "says": "Their own customers, and nothing else.",
    "own": [
        "customers.read", "customers.write", "customers.delete", "customers.merge", "customers.hand_out",
        "activity.read", "activity.write", "purchases.write", "reminders.use", "calls.use", "inbox.use", "exports.make",
    ],
    "all": ["segments.read", "greetings.read", "business.read", "staff.read"],
}  # fmt: skip


@dataclass
class Two:
    """The shop, and the ids of customers by their owners ("" for nobody's)."""

    api: Api
    ids: dict[str, str]

    def ask(self, who: str, method: str, path: str, **request: Any) -> Answer:
        """What one of the staff is answered; the token says nothing of a role."""
        return self.api.call(method, path, caller=who, role=None, **request)


def employ(members: dict[str, dict[str, Any]] = MEMBERS) -> None:
    """Put the staff into the roster."""
    teams = {name: {"name": name.title(), "version": 1} for name in ("north", "south")}
    Roster(
        PARTITION, ROSTER, version=1, members=members, roles={"only_own": {**ONLY_OWN, "version": 1}}, teams=teams
    ).save()
    roster.forget()


def opened(api: Api) -> Two:
    """One customer of each, and one of nobody's, all in the lists."""
    employ()
    ids = {}
    for owner in ("ravi", "mira", "zoya", "omar", ""):
        told = {"name": f"Customer {owner or 'free'}", "email": f"{owner or 'free'}@x.example"}
        made = api.post("/customers", {**told, **({"owner": owner} if owner else {})})
        assert made.status == 201, made
        ids[owner] = made.body["id"]
    settle()
    return Two(api, ids)
