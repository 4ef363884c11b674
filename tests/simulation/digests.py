"""Who gets all reminders of a day in one mail, when that mail is due, and what it told: read off the mails themselves.

A digest is due on every local day, from the member's hour on, on which something is to be told by the end of the day
and has not been told. What a digest did not tell is told by the next one, or alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from tests.simulation import people
from tests.support.witness import SENT

if TYPE_CHECKING:
    from tests.simulation.history import History
    from tests.simulation.tasks import Task

_SUBJECT = re.compile(r"Task \d{6}")


@dataclass(frozen=True)
class Member:
    """A member of staff with a digest at an hour of theirs."""

    id: str
    zone: str
    at: time


@dataclass
class Digests:
    """`waiting` are untold, `done` have been told, `told` those of them that may be asked for once more.

    `alone` are the keys of mails of their own, which no digest had told before.
    """

    history: History
    members: tuple[Member, ...] = (
        Member("dalia", "Asia/Jerusalem", time(8)),
        Member("nabin", "Asia/Kathmandu", time(9, 30)),
    )
    waiting: list[Task] = field(default_factory=list)
    told: list[Task] = field(default_factory=list)
    done: list[Task] = field(default_factory=list)
    alone: set[str] = field(default_factory=set)
    _seen: int = 0
    _mails: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def enter(self) -> None:
        """Enter the members."""
        for one in self.members:
            fields: dict[str, Any] = {"id": one.id, "name": one.id.title(), "email": f"{one.id}@shop.example"}
            fields |= {"timezone": one.zone, "reminders": "digest", "digest_at": f"{one.at:%H:%M}"}
            self.history.made("/staff", fields)

    def note_due(self, now: datetime) -> None:
        """The digests that are due now, as long as nobody sleeps; what was told meanwhile waits no more."""
        self.settle()
        for member in self.members:
            there = now.astimezone(people.CLOCKS[member.zone])
            if there.time() >= member.at and any(self._is_listed(task, member, there) for task in self.waiting):
                self.history.due.setdefault(f"staff_{member.id}_digest_{there.date()}", "digest")

    def settle(self) -> None:
        """Find what was told since the last time."""
        self._read_mails()
        for task in list(self.waiting):
            if task.key in self.history.witness.states and task.at <= self.history.cloud.now:
                # One with a mail of its own is in no digest any more.
                self.alone.add(task.key)
            if self._was_told(task):
                self.waiting.remove(task)
                self.told.append(task)
                self.done.append(task)

    def may_be_told(self, task: Task) -> bool:
        """Whether the digest of its day, which tells it before its hour, may have begun."""
        for member in self.members:
            if task.owner == f"staff_{member.id}":
                return task.at.astimezone(people.CLOCKS[member.zone]).date() <= self._today(member)
        return False

    def ended(self) -> list[tuple[Task, bool]]:
        """All that was due, and whether it was told."""
        self.settle()
        return [(task, True) for task in self.done] + [
            (task, False) for task in self.waiting if task.at <= self.history.cloud.now
        ]

    def _is_listed(self, task: Task, member: Member, there: datetime) -> bool:
        mine = task.owner == f"staff_{member.id}" and task.key not in self.alone
        return mine and task.at.astimezone(there.tzinfo).date() <= there.date()

    def _today(self, member: Member) -> date:
        return self.history.cloud.now.astimezone(people.CLOCKS[member.zone]).date()

    def _was_told(self, task: Task) -> bool:
        """Whether a mail of its own or a digest has told it, and SES and the record agree that it went out."""
        states = self.history.witness.states
        digests = [key for place, key in self._mails.get(task.subject, ()) if place >= task.after]
        return any(states.get(key) in SENT for key in (task.key, *digests))

    def _read_mails(self) -> None:
        accepted = self.history.cloud.post.accepted
        while self._seen < len(accepted):
            mail = accepted[self._seen]
            if mail.key.startswith("staff_"):
                for subject in {*_SUBJECT.findall(mail.text), *_SUBJECT.findall(mail.subject)}:
                    self._mails.setdefault(subject, []).append((self._seen, mail.key))
            self._seen += 1
