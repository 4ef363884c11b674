"""Reminders of a simulated year: made, snoozed and completed, and when each is to be told, by the clock on the wall."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation import people
from tests.simulation.people import Person
from tests.support.witness import SENT

if TYPE_CHECKING:
    from tests.simulation.digests import Digests
    from tests.simulation.history import History

YEARLY = {
    "remind": 60, "remind_staff": 40, "remind_in_digest": 120, "repeat": 12,
    "snooze": 60, "snooze_told": 30, "complete": 40,
}  # fmt: skip
SINGLE = "bilal"
# So many days ahead at most.
MADE, SNOOZED, AGAIN = 60, 20, 9
_SOON = timedelta(hours=1)


@dataclass
class Task:
    """A reminder that stands for one message: at `wall` on the clocks of `zone`, named by `named`.

    `series` is the wall time of its place in a series, `after` how many mails SES had taken when it was put off.
    """

    id: str
    owner: str
    person: Person | None
    zone: str
    wall: datetime
    subject: str
    named: str = "once"
    every: timedelta | None = None
    series: datetime | None = None
    occasion: str = "reminder"
    after: int = 0

    @property
    def at(self) -> datetime:
        """The instant of it."""
        return self.wall.replace(tzinfo=people.CLOCKS[self.zone]).astimezone(UTC)

    @property
    def key(self) -> str:
        """The key of a mail of its own."""
        return f"{self.owner}_{self.id}_{self.named}"

    @property
    def is_for_nobody(self) -> bool:
        """Whether it has gone with its customer."""
        return self.person is not None and self.person.erased


@dataclass
class Tasks:
    """`waiting` are still to come; `told` are single ones whose time was, which may be asked for once more."""

    history: History
    digests: Digests
    waiting: list[Task] = field(default_factory=list)
    told: list[Task] = field(default_factory=list)
    count: int = 0

    def note_due(self, now: datetime) -> None:
        """Those whose time has come; the next of a series takes its place."""
        for task in [task for task in self.waiting if task.at <= now]:
            self.waiting.remove(task)
            self.history.due.setdefault(task.key, task.occasion)
            if task.every:
                self.waiting.append(_following(task))
            else:
                self.told.append(task)

    # -- what people do

    def remind(self) -> None:
        """A customer is to be reminded."""
        person = self.history.somebody()
        if person:
            fields = {"to": "customer", "customer_id": person.id}
            self.waiting.append(self._made(f"customer_{person.id}", person, self._zone(person), fields))

    def repeat(self) -> None:
        """A customer is to be reminded again and again."""
        person, weeks = self.history.somebody(), self.history.draw.choice((1, 2, 6))
        if person:
            fields = {"to": "customer", "customer_id": person.id, "repeat": f"FREQ=WEEKLY;INTERVAL={weeks}"}
            task = self._made(f"customer_{person.id}", person, self._zone(person), fields)
            task.every, task.series, task.named = timedelta(weeks=weeks), task.wall, _compact(task.wall)
            task.occasion = "repeating reminder"
            self.waiting.append(task)

    def remind_staff(self) -> None:
        """One who gets each reminder by itself is to be reminded."""
        zone = self.history.draw.choice(people.ZONES)
        self.waiting.append(self._made(f"staff_{SINGLE}", None, zone, {"to": "staff", "staff": SINGLE}))

    def remind_in_digest(self) -> None:
        """One who gets all of a day at once is to be reminded."""
        member = self.history.draw.choice(self.digests.members)
        task = self._made(f"staff_{member.id}", None, member.zone, {"to": "staff", "staff": member.id})
        self.digests.waiting.append(replace(task, occasion="told in a digest"))

    def snooze(self) -> None:
        """What is still to come is put off; a series for a day."""
        task = self._chosen([*self.waiting, *self.digests.waiting])
        if task is None:
            return
        wall = task.wall + timedelta(days=1) if task.every else self._later(task.zone, SNOOZED)
        if task.every and task.series != task.wall:
            return
        self._put_off(task, wall)
        task.wall = wall
        task.occasion = task.occasion if task.every or task in self.digests.waiting else "snoozed reminder"

    def snooze_told(self) -> None:
        """What was told is to be told once more."""
        states = self.history.witness.states
        alone = [task for task in self.told if states.get(task.key) in SENT and not task.is_for_nobody]
        found = [*alone, *self.digests.told]
        if not found:
            return
        task = self.history.draw.choice(found)
        (self.told if task in self.told else self.digests.told).remove(task)
        wall = self._later(task.zone, AGAIN)
        # A name whose message found its end is not used twice.
        named = _compact(wall) if f"{task.owner}_{task.id}_once" in states else "once"
        again = replace(task, wall=wall, named=named, after=len(self.history.cloud.post.accepted))
        self._put_off(task, wall)
        if task in alone:
            self.waiting.append(replace(again, occasion="snoozed reminder"))
        else:
            self.digests.waiting.append(again)

    def complete(self) -> None:
        """What is still to come is done already; a series goes on."""
        task = self._chosen([*self.waiting, *self.digests.waiting])
        if task is None or task.series != (task.wall if task.every else None):
            return
        named = {"occurrence": task.named} if task.every else {}
        self.history.done(f"/reminders/{task.id}/complete", {}, **named)
        if task in self.digests.waiting:
            self.digests.waiting.remove(task)
        else:
            self.waiting.remove(task)
            self.waiting += [_following(task)] if task.every else []

    def _chosen(self, tasks: list[Task]) -> Task | None:
        later = self.history.cloud.now + _SOON
        found = [task for task in tasks if task.at > later and not task.is_for_nobody]
        found = [task for task in found if not self.digests.may_be_told(task)]
        return self.history.draw.choice(found) if found else None

    def _put_off(self, task: Task, wall: datetime) -> None:
        self.history.done(f"/reminders/{task.id}/snooze", {"until": f"{wall:%Y-%m-%dT%H:%M}"})

    def _made(self, owner: str, person: Person | None, zone: str, fields: dict[str, Any]) -> Task:
        self.count += 1
        wall, subject = self._later(zone, MADE), f"Task {self.count:06}"
        body = {"at": f"{wall:%Y-%m-%dT%H:%M}", "timezone": zone, "subject": subject, **fields}
        return Task(self.history.made("/reminders", body), owner, person, zone, wall, subject)

    def _later(self, zone: str, days: int) -> datetime:
        """An hour of a working day from tomorrow on, on the clocks of a zone."""
        draw, today = self.history.draw, self.history.cloud.now.astimezone(people.CLOCKS[zone]).date()
        day = today + timedelta(days=draw.randint(1, days))
        return datetime(day.year, day.month, day.day, draw.randint(9, 17), draw.choice((0, 15, 30)))  # noqa: DTZ001

    def _zone(self, person: Person) -> str:
        return person.zone or people.BUSINESS_ZONE


def _following(task: Task) -> Task:
    """The next of a series, from the place that the present one has in it."""
    assert task.series
    assert task.every
    wall = task.series + task.every
    return replace(task, wall=wall, series=wall, named=_compact(wall))


def _compact(wall: datetime) -> str:
    return f"{wall:%Y%m%dT%H%M}"
