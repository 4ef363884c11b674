"""The work behind a handover: over all customers of somebody, or of nobody; and the way back.

Of a team each customer's id draws one, the same in a trial and for real, and however often a piece is done.
"""

from collections.abc import Mapping
from typing import Any

from crm.access import roster
from crm.access.models import Roster
from crm.customers import changing
from crm.customers.models import Profile
from crm.fanout import service as fanout
from crm.handovers.models import Handover
from crm.rounds.giving import Give, Told, made_last
from crm.rounds.moving import Rounds
from crm.routing import rules as routing_rules
from crm.routing import service as routing_service

TO = "to "
"""Stands before the name of who was given somebody, in what the work counts."""
_OWNER = {"#owner": "owner"}
_PROFILE: Mapping[str, Any] = {":profile": {"S": "PROFILE"}}


class Handovers(Rounds[Handover]):
    """Customers are given to others."""

    job = "handover"
    field = "owner"
    way = "routing"

    def find(self, round_id: str) -> Handover | None:
        return Handover.find(round_id)

    def source(self, kept: Handover) -> fanout.Scan:
        if kept.giver is None:
            return fanout.Scan("crm", "sk = :profile AND attribute_not_exists(#owner)", _OWNER, _PROFILE)
        owned = {**_PROFILE, ":owner": {"S": kept.giver}}
        return fanout.Scan("crm", "sk = :profile AND #owner = :owner", _OWNER, owned)

    def prepare(self) -> None:
        # Whoever asks looks at teams that were made a second ago, which this process may not know yet.
        roster.remember(Roster.read())

    def step(self, kept: Handover, profile: Profile) -> Give | Told:
        if profile.owner != kept.giver:
            # Given by us, and the worker that did it died before it was counted; else by others meanwhile.
            return ("given", TO + str(profile.owner)) if made_last(kept, profile) else ("gone",)
        owner = _chosen(kept, profile)
        if owner is None:
            return ("left",)
        told = ("given", TO + owner)
        return told if kept.trial else Give(owner, told)

    def before(self, kept: Handover, profile: Profile, change: Mapping[str, Any]) -> str | None:  # noqa: ARG002
        return kept.giver


HANDOVERS = Handovers()


def _chosen(handover: Handover, profile: Profile) -> str | None:
    plain, customer_id = changing.fields_of(profile), profile.customer_id
    if handover.target is None:
        choice = routing_service.choose(plain, customer_id=customer_id, in_turn=False, without=handover.giver)
        return choice.owner if choice else None
    today, members = routing_service.moment().day, routing_service.members(without=handover.giver)
    there = routing_rules.candidates("", handover.target, members, today=today)
    return routing_rules.by_lot(there.names, customer_id=customer_id) if there else None
