"""A shop lives through a year: every quarter of an hour people act, schedules fire, and mail goes out or does not.

Everything goes through the real handlers: the API, the public links, the projector, the ticks, the reconciler, the
mailer and SES's reports, over tables in memory. Beside it stands `due`: what was to go out, found naively.
"""

from __future__ import annotations

import hashlib
import os
import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from botocore.exceptions import ConnectionClosedError

from tests.simulation import people
from tests.simulation.people import Person
from tests.support.cloud import Cloud, printed
from tests.support.faults import Crash
from tests.support.post import Mail, event
from tests.support.visitor import visit
from tests.support.witness import SENT, Witness

STEP = timedelta(minutes=15)
START = datetime.fromisoformat("2027-02-26T00:00+00:00")
RULES: dict[str, dict[str, Any]] = {
    "birthday": {"occasion": "birthday"},
    "purchase": {"occasion": "purchase_anniversary"},
    "joined": {"occasion": "joined_anniversary", "template": "welcome"},
    "wedding": {"occasion": "custom_anniversary", "field": "wedding", "template": "birthday"},
    "thanks": {"occasion": "days_after", "event": "first_purchase", "offset_days": 7},
    "missed": {"occasion": "days_after", "event": "last_purchase", "offset_days": 90, "purpose": "marketing"},
    "easter": {"occasion": "feast", "feast": "easter"},
}
# So many of each in a year, for a thousand customers.
YEARLY = {
    "purchase": 1200, "move": 60, "learn": 40, "refuse": 25, "consent": 15, "erase": 15, "arrive": 80,
    "remind": 60, "remind_staff": 40, "repeat": 12, "switch": 3,
}  # fmt: skip
LOST, DIES = 0.004, 0.01
BOUNCES, FULL, COMPLAINS, UNSUBSCRIBES = 0.006, 0.012, 0.0004, 0.02


@dataclass
class Year:
    """One history, all drawn from the seed: `days` in which people act and things fail, and some to end in."""

    seed: int
    customers: int
    days: int
    closing: int = 6
    tell: Callable[[str], None] = lambda _: None
    persons: list[Person] = field(default_factory=list)
    rules: dict[str, str] = field(default_factory=dict)
    active: set[str] = field(default_factory=lambda: set(RULES))
    due: dict[str, str] = field(default_factory=dict)
    tasks: list[tuple[datetime, str, str, timedelta | None]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    clicks: list[str] = field(default_factory=list)
    announced: int = 0

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - a history, not a secret
        self.cloud = Cloud(START)
        self.witness = Witness(self.cloud)
        self.end = START + timedelta(days=self.days)
        self.asleep = self._downtimes()
        self.dies_at = 0
        self.calm = False
        self.by_zone: dict[str | None, list[Person]] = defaultdict(list)

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
            return self._report()

    # -- time

    def _open(self) -> None:
        self._made("/staff", {"id": "bilal", "name": "Bilal", "email": "bilal@shop.example"})
        for name, fields in RULES.items():
            self.rules[name] = self._made("/greetings", {"name": name, **fields})
        for _ in range(self.customers):
            self._arrive()
        self.cloud.settle()
        self.witness.watch()
        self.cloud.report = self._reports
        taken = self.cloud.memory.others["SendEmail"]
        self.cloud.memory.others["SendEmail"] = lambda request: self._ses(taken, request)
        self.cloud.intercept = self._call

    def _step(self) -> None:
        now = self.cloud.now = self.cloud.now + STEP
        if now.hour == 0 and now.minute == 0:
            self.tell(f"{now:%Y-%m-%d}  {len(self.due)} due, {len(self.cloud.post.accepted)} sent")
        self._note_due(now)
        if any(first <= now < last for first, last in self.asleep):
            self.met["quarter hours asleep"] += 1
            return
        # After an outage the system catches up before people change anything again.
        if not any(first <= now < last + 4 * STEP for first, last in self.asleep):
            self._act()
        self.cloud.fire()
        self.cloud.settle()

    def _close(self) -> None:
        """For some days nobody acts and nothing fails any more; what is under way finds its end."""
        self.asleep, self.calm = [], True
        last = self.cloud.now
        while self.cloud.now < last + timedelta(days=self.closing):
            self.cloud.now += STEP
            self._note_due(self.cloud.now)
            self.cloud.fire()
            self.cloud.settle()

    def _downtimes(self) -> list[tuple[datetime, datetime]]:
        found = []
        for _ in range(max(1, self.days // 25)):
            first = START + STEP * self.draw.randrange(96, max(97, self.days * 96 - 400))
            length = self.draw.choice((0.25, 0.5, 1, 3, 6, 12, 24))
            found.append((first, first + timedelta(hours=length)))
        return found

    # -- what is due, by everybody's own clock

    def _note_due(self, now: datetime) -> None:
        for zone, persons in self.by_zone.items():
            wall = now.astimezone(people.CLOCKS[zone])
            before = (now - STEP).astimezone(wall.tzinfo)
            if before.hour < people.SEND_AT <= wall.hour and before.date() == wall.date():
                for person in persons:
                    self._note(person, now)
        for task in [task for task in self.tasks if task[0] <= now]:
            self._note_task(task)

    def _note(self, person: Person, now: datetime) -> None:
        if person.erased:
            return
        for rule, occurrence in people.planned(person, people.local(now, person).date()):
            if rule in self.active:
                key = f"customer_{person.id}_{self.rules[rule]}_{occurrence}"
                self.due.setdefault(key, rule)

    def _note_task(self, task: tuple[datetime, str, str, timedelta | None]) -> None:
        at, key, zone, every = task
        self.tasks.remove(task)
        once = key.endswith("_once")
        wall = at.astimezone(people.CLOCKS[zone])
        self.due.setdefault(key if once else f"{key}_{wall:%Y%m%dT%H%M}", "reminder" if once else "repeating reminder")
        if every:
            following = (wall.replace(tzinfo=None) + every).replace(tzinfo=wall.tzinfo)
            self.tasks.append((following.astimezone(at.tzinfo), key, zone, every))

    # -- what people do

    def _act(self) -> None:
        for name, yearly in YEARLY.items():
            chance = yearly * self.customers / 1000 / (365 * 96)
            for _ in range(int(chance) + (self.draw.random() < chance % 1)):
                self.met[name] += 1
                getattr(self, f"_{name}")()
        for link in self.clicks:
            assert visit("POST", link)["status"] == 200, link
        self.clicks.clear()

    def _somebody(self, *, quiet: bool = False) -> Person | None:
        """A customer; `quiet`: one for whom nothing is planned about now, so that a change makes no riddle."""
        for _ in range(20):
            person = self.draw.choice(self.persons)
            if not person.erased and not (quiet and people.near(person, self.cloud.now)):
                return person
        return None

    def _arrive(self) -> None:
        person = people.drawn(self.draw, len(self.persons), now=self.cloud.now)
        address = f"p{len(self.persons)}@example.org" if self.draw.random() < 0.97 else None
        fields = {
            "name": person.name,
            "email": address,
            "birthday": person.birthday,
            "joined_on": person.joined,
            "timezone": person.zone,
            "language": person.language,
            "consent": person.consent or None,
            "custom": {"wedding": person.wedding} if person.wedding else None,
        }
        person.id = self._made("/customers", {name: value for name, value in fields.items() if value is not None})
        for moment in person.purchases:
            self._made(f"/customers/{person.id}/purchases", {"amount": "10.00", "at": moment.isoformat()})
        self.persons.append(person)
        self.by_zone[person.zone].append(person)
        if people.is_time(person, self.cloud.now):
            self._note(person, self.cloud.now)

    def _purchase(self) -> None:
        person = self._somebody(quiet=True)
        if person:
            self._made(f"/customers/{person.id}/purchases", {"amount": f"{self.draw.randint(1, 90)}.00"})
            person.purchases.append(self.cloud.now)

    def _move(self) -> None:
        person = self._somebody(quiet=True)
        zone = self.draw.choice(people.ZONES)
        if person and not people.near(Person(**{**vars(person), "zone": zone}), self.cloud.now):
            self._changed(person, {"timezone": zone})
            self.by_zone[person.zone].remove(person)
            person.zone = zone
            self.by_zone[zone].append(person)

    def _learn(self) -> None:
        """A birthday becomes known: some day, or that it is today."""
        person = self._somebody(quiet=True)
        if person is None or person.birthday:
            return
        today = people.local(self.cloud.now, person).date()
        away = self.draw.choice((0, 0, 20, 100, 200)) if people.local(self.cloud.now, person).hour < 19 else 30
        person.birthday = f"--{today + timedelta(days=away):%m-%d}"
        self._changed(person, {"birthday": person.birthday})
        if people.is_time(person, self.cloud.now):
            self._note(person, self.cloud.now)

    def _refuse(self) -> None:
        person = self._somebody()
        if person:
            self._changed(person, {"consent": {self.draw.choice(("greeting", "marketing")): False}})

    def _consent(self) -> None:
        person = self._somebody()
        if person:
            self._changed(person, {"consent": {"greeting": True, "marketing": True}})

    def _erase(self) -> None:
        person = self._somebody()
        if person:
            answer = self.cloud.api.delete(f"/customers/{person.id}", headers={"if-match": "*"})
            assert answer.status == 204, answer.body
            person.erased = True

    def _switch(self) -> None:
        """A rule is switched off, or on again."""
        name = self.draw.choice(sorted(RULES))
        on = name not in self.active
        answer = self.cloud.api.patch(f"/greetings/{self.rules[name]}", {"active": on}, headers={"if-match": "*"})
        assert answer.status == 200, answer.body
        self.active ^= {name}
        for person in self.persons if on else ():
            if people.is_time(person, self.cloud.now):
                self._note(person, self.cloud.now)

    def _remind(self) -> None:
        person = self._somebody()
        if person:
            self._reminder(person, {"to": "customer", "customer_id": person.id}, f"customer_{person.id}", None)

    def _remind_staff(self) -> None:
        person = self._somebody()
        if person:
            self._reminder(person, {"to": "staff", "staff": "bilal"}, "staff_bilal", None)

    def _repeat(self) -> None:
        person, weeks = self._somebody(), self.draw.choice((1, 2, 6))
        if person:
            rule = {"to": "customer", "customer_id": person.id, "repeat": f"FREQ=WEEKLY;INTERVAL={weeks}"}
            self._reminder(person, rule, f"customer_{person.id}", timedelta(weeks=weeks))

    def _reminder(self, person: Person, fields: dict[str, Any], key: str, every: timedelta | None) -> None:
        zone = person.zone or people.BUSINESS_ZONE
        day = people.local(self.cloud.now, person).date() + timedelta(days=self.draw.randint(1, 60))
        wall = datetime(day.year, day.month, day.day, self.draw.randint(9, 17), self.draw.choice((0, 15, 30)))  # noqa: DTZ001
        body = {"at": f"{wall:%Y-%m-%dT%H:%M}", "timezone": zone, "subject": "Your appointment", **fields}
        reminder = self._made("/reminders", body)
        at = wall.replace(tzinfo=people.CLOCKS[zone]).astimezone(START.tzinfo)
        self.tasks.append((at, f"{key}_{reminder}" + ("" if every else "_once"), zone, every))

    def _made(self, path: str, body: dict[str, Any]) -> str:
        self.announced += 1
        answer = self.cloud.api.post(path, body, headers={"idempotency-key": f"made-{self.announced}"})
        assert answer.status == 201, (path, body, answer.body)
        return str(answer.body["id"])

    def _changed(self, person: Person, fields: dict[str, Any]) -> None:
        answer = self.cloud.api.patch(f"/customers/{person.id}", fields, headers={"if-match": "*"})
        assert answer.status == 200, answer.body

    # -- what SES and the machines do

    def _ses(self, take: Callable[[dict[str, Any]], Any], request: dict[str, Any]) -> Any:
        luck = 1.0 if self.calm else self.draw.random()
        if luck < LOST / 2:
            self.met["calls to SES lost"] += 1
            raise ConnectionClosedError(endpoint_url="https://lost.example")
        answer = take(request)
        if luck < LOST:
            self.met["answers of SES lost"] += 1
            raise ConnectionClosedError(endpoint_url="https://lost.example")
        return answer

    def _reports(self, mail: Mail) -> list[tuple[timedelta, str]]:
        sent = [(timedelta(seconds=2), event(mail, "Send"))]
        luck, later = self.draw.random(), timedelta(minutes=self.draw.choice((0, 1, 20, 600)))
        if luck < BOUNCES:
            self.met["bounces"] += 1
            return [*sent, (later, event(mail, "Bounce", bounceType="Permanent"))]
        if luck < BOUNCES + FULL:
            self.met["full mailboxes"] += 1
            return [(later, event(mail, "Bounce", bounceType="Transient")), *sent]
        delivered = [*sent, (later, event(mail, "Delivery"))]
        if luck < BOUNCES + FULL + COMPLAINS:
            self.met["complaints"] += 1
            return [*delivered, (later, event(mail, "Complaint"))]
        if luck > 1 - UNSUBSCRIBES and "List-Unsubscribe" in mail.headers:
            self.met["clicks on unsubscribe"] += 1
            link = mail.headers["List-Unsubscribe"].strip("<>").removeprefix("https://crm.example")
            self.clicks.append(link)
        return delivered

    def _call(self, operation: str, _: dict[str, Any], forward: Callable[[], Any]) -> Any:
        """Now and then a mailer dies, before a call or after it."""
        if operation != "SendEmail" and self.dies_at and self.cloud.calling == "mailer":
            self.dies_at -= 1
            if self.dies_at == 0:
                self.met["functions died"] += 1
                raise Crash("the year")
        answer = forward()
        if operation == "SendEmail" and not self.calm and self.draw.random() < DIES:
            self.dies_at = self.draw.randint(1, 6)
        return answer

    # -- what came of it

    def _report(self) -> Report:
        states = self.witness.states_of_all()
        erased = {f"customer_{person.id}_" for person in self.persons if person.erased}
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for key, occasion in self.due.items():
            row = found[occasion]
            row["due"] += 1
            row["doubled"] += (
                self.witness.taken[key] > 1 and not key.endswith("once") and "T" not in key.rpartition("_")[2]
            )
            row[_outcome(states.get(key), any(key.startswith(one) for one in erased))] += 1
        extra = sorted(key for key in states if key not in self.due)
        return Report(found, extra, self.witness.broken, self.met, self._digest(states), len(self.cloud.dead))

    def _digest(self, states: dict[str, dict[str, Any]]) -> str:
        history = [[key, printed(message["history"])] for key, message in sorted(states.items())]
        return hashlib.sha256(printed([history, self.witness.taken]).encode()).hexdigest()[:16]


@dataclass
class Report:
    """By occasion: due, and what became of it; messages that were not due; broken promises; what happened."""

    rows: dict[str, Counter[str]]
    extra: list[str]
    broken: list[str]
    met: Counter[str]
    digest: str
    dead: int

    def lines(self) -> list[str]:
        """The report as text."""
        found = []
        for occasion, row in sorted(self.rows.items()):
            outcomes = ", ".join(f"{name} {count}" for name, count in sorted(row.items()) if name != "due" and count)
            found.append(f"{occasion:20} due {row['due']:6}   doubled {row['doubled']}   {outcomes}")
        total = sum((Counter(row) for row in self.rows.values()), Counter())
        ended = sum(count for name, count in total.items() if name not in {"due", "doubled"})
        found.append(f"{'all':20} due {total['due']:6}   doubled {total['doubled']}   sum of outcomes {ended}")
        found.append("met: " + ", ".join(f"{count} {name}" for name, count in sorted(self.met.items())))
        found.append(f"not due, and yet on record: {len(self.extra)} {self.extra[:3]}")
        found.append(f"broken promises: {len(self.broken)} {self.broken[:3]}; dead letters: {self.dead}")
        return [*found, f"digest {self.digest}"]

    @property
    def missing(self) -> int:
        """How many were due and left no trace."""
        return sum(row["missing"] for row in self.rows.values())

    @property
    def doubled(self) -> int:
        """How many greetings went out twice."""
        return sum(row["doubled"] for row in self.rows.values())

    @property
    def is_well(self) -> bool:
        """Nothing missing, nothing doubled, nothing that was not due, no promise broken."""
        return not (self.missing or self.doubled or self.extra or self.broken or self.dead)


def _outcome(message: dict[str, Any] | None, erased: bool) -> str:
    if message is None:
        return "erased" if erased else "missing"
    state = str(message["state"])
    if state in SENT:
        return "sent"
    # Held back when the period ended: a row counts what was due under that name already.
    named = "waiting" if state == "due" else state
    return f"{named} ({message.get('reason_code')})" if state in {"withheld", "expired", "due"} else named
