"""What became of mail to the customers whom somebody looks after: today's greetings, and what is in doubt."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crm.console import house
from crm.core import clock, veil
from crm.core.actor import Actor
from crm.core.errors import ViewsBeingBuilt

if TYPE_CHECKING:
    from crm.greetings.models import Greeting
    from crm.greetings.today import Outcomes
    from crm.mail.doubts import Doubt

_MOST = 30
# Later nobody remembers whether a mail came.
_BACK = timedelta(days=14)
_NEEDED = ("activity.read", "customers.read")


def sees_greetings(actor: Actor) -> bool:
    """Whether somebody may know who was greeted today: most are greeted on their birthday."""
    return all(map(actor.may, _NEEDED)) and not veil.is_hidden("/birthday", actor.hidden)


def today(actor: Actor, on: date, *, most: int | None = None) -> "Outcomes | None":
    """The greetings of the day that have their outcome; None while the lists are being made."""
    # Here, as who comes to no day's page needs none of it.
    from crm.greetings import today as outcomes

    if not sees_greetings(actor):
        return outcomes.NOTHING
    rules = [one for one in house.greetings() if not (actor.hidden and _tells(one, actor))]
    within = actor.within(*_NEEDED)
    try:
        return outcomes.read(rules, on=on, business=house.business(), within=within, most=most or _MOST)
    except ViewsBeingBuilt:
        return None


def doubts(actor: Actor) -> "Sequence[Doubt]":
    """Mails of the last two weeks of which nobody knows whether they went out; none while the lists are being made."""
    from crm.mail import doubts as in_doubt

    if not all(map(actor.may, _NEEDED)):
        return ()
    try:
        return in_doubt.read(since=clock.instant(clock.now() - _BACK), within=actor.within(*_NEEDED), most=_MOST)
    except ViewsBeingBuilt:
        return ()


def _tells(rule: "Greeting", actor: Actor) -> bool:
    from crm.greetings import seeing  # as large as what reads rules of groups; most see all
    from crm.segments import seeing as groups_seen

    if seeing.tells(rule, actor.hidden):
        return True
    group = next((one for one in house.groups().values() if one.segment_id == rule.segment), None)
    return rule.segment is not None and (group is None or groups_seen.tells(group, actor.hidden))
