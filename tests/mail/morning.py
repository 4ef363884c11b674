"""A morning with very many birthdays: two mailers with clocks of their own, a queue, ticks, pace, quota and kills.

Everything happens in simulated time and follows from the seed. Each mailer is a process with its own memory of what SES
allows; when it is killed it forgets, and what it had received comes back after the queue's visibility time-out.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from crm.core import table
from crm.core.config import settings
from crm.core.projection import EMPTY_RULES
from crm.mail import account, breaker, pace
from crm.mail import projection as in_flight
from tests.support.faults import CrashPoint
from tests.support.post import event

if TYPE_CHECKING:
    import pytest

    from tests.support.memory import Memory
    from tests.support.shop import Shop

RATE = 14
BATCH, VISIBILITY, MOST_RECEIVES = 10, timedelta(seconds=180), 5
TICK = timedelta(minutes=15)
# A process remembers these between invocations, and its neighbour does not know them.
REMEMBERED = ((account, "_desk"), (pace, "_pace"), (breaker, "_desk"))


@dataclass
class Waiting:
    """A message in the queue."""

    body: str
    visible_at: datetime
    receives: int = 0


@dataclass
class Mailer:
    """One mailer process: the instant up to which it has lived, and what it remembers."""

    now: datetime
    memory: list[Any] = field(default_factory=list)

    def remember_nothing(self) -> None:
        self.memory = [lru_cache(maxsize=1)(getattr(module, name).__wrapped__) for module, name in REMEMBERED]


class Morning:
    """Runs one day for `people`, all born on its date; `quota_ends` are (mails that SES takes, until) in order."""

    def __init__(self, shop: Shop, memory: Memory, patch: pytest.MonkeyPatch, *, people: int, seed: int) -> None:
        self.shop, self.memory, self.patch = shop, memory, patch
        self.chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.kill = 0.0
        self.waiting: list[Waiting] = []
        self.dead: list[str] = []
        self.sent_at: list[datetime] = []
        self.refused = self.killed = self.most_waiting = 0
        self.quota_returns: datetime | None = None
        self.small_quota = people
        self._prepare(people)

    def _prepare(self, people: int) -> None:
        self.patch.setenv("MAILERS", "2")
        self.shop.forget_settings()
        self.shop.at("2026-11-20T12:00Z").greeting()
        self.keys = [f"customer_p{number}_birthdays_2026" for number in range(people)]
        for number in range(people):
            self.shop.customer(f"p{number}", birthday="1990-11-21")
        self.shop.views()
        self.memory.on_send = self._send
        self.memory.others["GetQueueAttributes"] = self._attributes
        self.memory.others["SendEmail"] = self._take
        self.patch.setattr(time, "sleep", lambda seconds: self.shop.wait(seconds=seconds))
        self.shop.post.account.per_second = RATE
        self.mailers = [Mailer(datetime(2026, 11, 21, 3, 45, tzinfo=UTC)) for _ in range(2)]
        for mailer in self.mailers:
            mailer.remember_nothing()

    # -- what AWS does

    def _send(self, _url: str, body: str, _delay: int) -> None:
        self.waiting.append(Waiting(body, self.shop.moment))
        self.most_waiting = max(self.most_waiting, len(self.waiting))

    def _attributes(self, asked: dict[str, Any]) -> Any:
        return {"Attributes": {name: str(len(self.waiting)) for name in asked["AttributeNames"]}}

    def _take(self, request: dict[str, Any]) -> Any:
        if len(self.sent_at) >= self._quota():
            self.refused += 1
            error = {"Code": "LimitExceededException", "Message": "Daily message quota exceeded."}
            answer: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(answer, "SendEmail")
        taken = self.shop.post.take(request)
        self.sent_at.append(self.shop.moment)
        return taken

    def _quota(self) -> int:
        back = self.quota_returns is None or self.shop.moment >= self.quota_returns
        return 50_000 if back else self.small_quota

    # -- the day

    def live(self, *, until: datetime) -> Morning:
        """Ticks every quarter of an hour; between them the mailers work in the order of their own clocks."""
        tick = self.mailers[0].now
        while tick < until:
            self._tick(tick)
            self._work(until=tick + TICK)
            tick += TICK
        return self

    def _tick(self, now: datetime) -> None:
        self.shop.moment = now
        with self._perhaps_killed(4 * self.kill, calls=40):
            self.shop.fire()
        self._report()
        self._list_in_flight()
        with self._perhaps_killed(4 * self.kill, calls=10):
            self.shop.settle()

    def _work(self, *, until: datetime) -> None:
        while True:
            mailer = min(self.mailers, key=lambda one: one.now)
            if mailer.now >= until:
                return
            batch = self._receive(mailer.now)
            if not batch:
                following = min((one.visible_at for one in self.waiting), default=until)
                mailer.now = max(min(following, until), mailer.now + timedelta(milliseconds=50))
                continue
            self._invoke(mailer, batch)

    def _receive(self, now: datetime) -> list[Waiting]:
        batch = [one for one in self.waiting if one.visible_at <= now][:BATCH]
        for one in batch:
            one.receives += 1
            one.visible_at = now + VISIBILITY
            if one.receives > MOST_RECEIVES:
                self.waiting.remove(one)
                self.dead.append(one.body)
        return [one for one in batch if one.receives <= MOST_RECEIVES]

    def _invoke(self, mailer: Mailer, batch: list[Waiting]) -> None:
        self.shop.moment = mailer.now
        self.shop.post.account.per_day, self.shop.post.account.sent = self._quota(), len(self.sent_at)
        for (module, name), own in zip(REMEMBERED, mailer.memory, strict=True):
            self.patch.setattr(module, name, own)
        point = self._perhaps_killed(self.kill, calls=120)
        failed: set[str] | None = None
        with point:
            failed = self.shop.mailer(*(one.body for one in batch))
        if failed is None:
            self.killed += 1
            mailer.remember_nothing()
            mailer.now = self.shop.moment + timedelta(seconds=5)
            return
        mailer.now = self.shop.moment + timedelta(milliseconds=20)
        done = [one for place, one in enumerate(batch) if str(place) not in failed]
        self.waiting = [one for one in self.waiting if one not in done]

    def _perhaps_killed(self, chance: float, *, calls: int) -> CrashPoint:
        call = self.chance.randint(1, calls) if self.chance.random() < chance else 10_000
        return CrashPoint(call, self.chance.choice(["before", "after"]))

    def _report(self) -> None:
        """SES reports most of what it took since, some of it twice, in any order."""
        known = getattr(self, "_reported", 0)
        mails = self.shop.post.accepted[known:]
        self._reported = len(self.shop.post.accepted)
        reports = [event(mail, kind) for mail in mails for kind in ("Send", "Delivery") if self.chance.random() < 0.9]
        reports += self.chance.sample(reports, len(reports) // 10)
        self.chance.shuffle(reports)
        for start in range(0, len(reports), BATCH):
            self.shop.happen(*reports[start : start + BATCH])

    def _list_in_flight(self) -> None:
        """The stream's part: what waits stands in the view."""
        views = self.memory.tables[settings().views_table]
        for place in [key for key in list(views) if key[0] == in_flight.IN_FLIGHT]:
            views.drop(place)
        crm = self.memory.tables[settings().crm_table]
        for key in [key for key in list(crm) if key[1].startswith("MAIL#")]:
            listed = in_flight.project(table.from_item(crm[key]), EMPTY_RULES).listings
            for (pk, sk), entry in listed.items():
                views[pk, sk] = table.to_item({"pk": pk, "sk": sk, **entry})

    # -- what came of it

    def outcomes(self) -> dict[str, int]:
        """How many messages ended in which state."""
        found: dict[str, int] = {}
        for key in self.keys:
            state = str(self.shop.message(key).state)
            found[state] = found.get(state, 0) + 1
        return found

    def fastest(self) -> int:
        """The most mails that SES took within any one second."""
        instants = sorted(self.sent_at)
        first, most = 0, 0
        for last, instant in enumerate(instants):
            while instants[first] <= instant - timedelta(seconds=1):
                first += 1
            most = max(most, last - first + 1)
        return most
