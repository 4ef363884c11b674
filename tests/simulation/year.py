"""A shop lives through a year: every quarter of an hour people act, schedules fire, and mail goes out or does not.

Everything goes through the real handlers: the API, the public links, the projector, the ticks, the reconciler, the
mailer and SES's reports, over tables in memory. Beside it stands what was to go out, found naively.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from tests.simulation import acts, report, tasks
from tests.simulation.acts import Acts
from tests.simulation.digests import Digests
from tests.simulation.history import RULES, STEP, History
from tests.simulation.report import Report
from tests.simulation.ses import Ses
from tests.simulation.tasks import Tasks
from tests.support.cloud import Cloud
from tests.support.visitor import visit

START = datetime.fromisoformat("2027-02-26T00:00+00:00")
# In a month or so: one outage, and one day on which somebody else uses SES's quota up.
_OUTAGE_EVERY, _SCARCITY_EVERY = 25, 30


@dataclass
class Year:
    """One history, all drawn from the seed: `days` in which people act and things fail, and some to end in."""

    seed: int
    customers: int
    days: int
    closing: int = 6
    tell: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self.history = History(self.seed, Cloud(START))
        self.cloud = self.history.cloud
        self.end = START + timedelta(days=self.days)
        self.asleep = [(first, first + span) for first, span in self._times(_OUTAGE_EVERY)]
        scarce = self._times(_SCARCITY_EVERY, hours=(3, 6, 12, 18))
        rooms = [self.history.draw.choice((0, 0, 5)) for _ in scarce]
        self.ses = Ses(self.history, [(at, at + span, room) for (at, span), room in zip(scarce, rooms, strict=True)])
        self.digests = Digests(self.history)
        self.tasks = Tasks(self.history, self.digests)
        self.acts = Acts(self.history)

    def live(self) -> Report:
        """From the first day to the last."""
        tokens = random.Random(self.seed + 1)  # noqa: S311 - so that a seed always gives the same history
        fixed = mock.patch.multiple(
            secrets,
            token_hex=lambda size=16: tokens.randbytes(size).hex(),
            token_bytes=lambda size=16: tokens.randbytes(size),
            randbelow=tokens.randrange,
        )
        # Metrics are printed, one line a tick.
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), self.cloud.running(), fixed:
            self._open()
            while self.cloud.now < self.end:
                self._step()
            self._close()
            return report.of(self.history, self.digests)

    def _open(self) -> None:
        self.history.made("/staff", {"id": tasks.SINGLE, "name": "Bilal", "email": "bilal@shop.example"})
        self.digests.enter()
        for name, fields in RULES.items():
            self.history.rules[name] = self.history.made("/greetings", {"name": name, **fields})
        for _ in range(self.customers):
            self.acts.arrive()
        self.cloud.settle()
        self.history.witness.watch()
        self.ses.connect()

    def _step(self) -> None:
        now = self.cloud.now = self.cloud.now + STEP
        if now.hour == 0 and now.minute == 0:
            self.tell(f"{now:%Y-%m-%d}  {len(self.history.due)} due, {len(self.cloud.post.accepted)} sent")
        self._note_due(now)
        if any(first <= now < last for first, last in self.asleep):
            self.history.met["quarter hours asleep"] += 1
            return
        # After an outage the system catches up before people change anything again.
        if not any(first <= now < last + 4 * STEP for first, last in self.asleep):
            self._act()
        self._work(now)

    def _close(self) -> None:
        """For some days nobody acts and nothing fails any more; what is under way finds its end."""
        self.ses.calm = True
        last = self.cloud.now + timedelta(days=self.closing)
        while self.cloud.now < last:
            self.cloud.now += STEP
            self._note_due(self.cloud.now)
            self._work(self.cloud.now)

    def _note_due(self, now: datetime) -> None:
        self.history.note_due(now)
        self.tasks.note_due(now)

    def _work(self, now: datetime) -> None:
        """Nobody sleeps: what is due now is done."""
        self.digests.note_due(now)
        self.ses.look_at_quota(now)
        self.cloud.fire()
        self.cloud.settle()

    def _act(self) -> None:
        for doing, yearly_of in ((self.acts, acts.YEARLY), (self.tasks, tasks.YEARLY)):
            for name, yearly in yearly_of.items():
                chance = yearly * self.customers / 1000 / (365 * 96)
                for _ in range(int(chance) + (self.history.draw.random() < chance % 1)):
                    self.history.met[name] += 1
                    getattr(doing, name)()
        for link in self.ses.clicks:
            assert visit("POST", link)["status"] == 200, link
        self.ses.clicks.clear()

    def _times(
        self, every: int, *, hours: tuple[float, ...] = (0.25, 0.5, 1, 3, 6, 12, 24)
    ) -> list[tuple[datetime, timedelta]]:
        found = []
        for _ in range(max(1, self.days // every)):
            first = START + STEP * self.history.draw.randrange(96, max(97, self.days * 96 - 400))
            found.append((first, timedelta(hours=self.history.draw.choice(hours))))
        return found
