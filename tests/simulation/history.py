"""One history of a shop: who is in it, what was to go out by everybody's own clock, and the draw that decides all."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation import people
from tests.simulation.people import Person
from tests.support.cloud import Cloud
from tests.support.witness import Witness

STEP = timedelta(minutes=15)
RULES: dict[str, dict[str, Any]] = {
    "birthday": {"occasion": "birthday"},
    "hebrew": {"occasion": "hebrew_birthday"},
    "purchase": {"occasion": "purchase_anniversary"},
    "joined": {"occasion": "joined_anniversary", "template": "welcome"},
    "wedding": {"occasion": "custom_anniversary", "field": "wedding", "template": "birthday"},
    "thanks": {"occasion": "days_after", "event": "first_purchase", "offset_days": 7},
    "missed": {"occasion": "days_after", "event": "last_purchase", "offset_days": 90, "purpose": "marketing"},
    "easter": {"occasion": "feast", "feast": "easter"},
}


@dataclass
class History:
    """`due` holds the key of every message that was to go out, and its occasion."""

    seed: int
    cloud: Cloud
    witness: Witness = field(init=False)
    draw: random.Random = field(init=False)
    persons: list[Person] = field(default_factory=list)
    by_zone: dict[str | None, list[Person]] = field(default_factory=lambda: defaultdict(list))
    rules: dict[str, str] = field(default_factory=dict)
    active: set[str] = field(default_factory=lambda: set(RULES))
    due: dict[str, str] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    announced: int = 0

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - a history, not a secret
        self.witness = Witness(self.cloud)

    def note_due(self, now: datetime) -> None:
        """The greetings of all for whom it has just become nine o'clock."""
        for zone, persons in self.by_zone.items():
            wall = now.astimezone(people.CLOCKS[zone])
            before = (now - STEP).astimezone(wall.tzinfo)
            if before.hour < people.SEND_AT <= wall.hour and before.date() == wall.date():
                for person in persons:
                    self.note(person, now)

    def note(self, person: Person, now: datetime) -> None:
        """The greetings of one person that are due on the day that it is for them."""
        if person.erased:
            return
        for rule, occurrence in people.planned(person, people.local(now, person).date()):
            if rule in self.active:
                self.due.setdefault(f"customer_{person.id}_{self.rules[rule]}_{occurrence}", rule)

    def witness_hour(self, key: str) -> None:
        """A mail to a customer goes out when it is due by their clock, not before."""
        if key.startswith("customer_") and key not in self.due:
            self.witness.broken.append(f"{key}: went out before it was due")

    def note_if_time(self, person: Person) -> None:
        """What became known of somebody during the hours of sending is due at once."""
        if people.is_time(person, self.cloud.now):
            self.note(person, self.cloud.now)

    def somebody(self, *, quiet: bool = False) -> Person | None:
        """A customer; `quiet`: one for whom nothing is planned about now, so that a change makes no riddle."""
        for _ in range(20):
            person = self.draw.choice(self.persons)
            if not person.erased and not (quiet and people.near(person, self.cloud.now)):
                return person
        return None

    # -- the staff's API

    def made(self, path: str, body: dict[str, Any]) -> str:
        """Make something under a key of its own; its id."""
        answer = self.cloud.api.post(path, body, headers=self._key())
        assert answer.status == 201, (path, body, answer.body)
        return str(answer.body["id"])

    def done(self, path: str, body: dict[str, Any], **query: str) -> None:
        """Do something with what there is, whatever its version."""
        answer = self.cloud.api.post(path, body, headers={**self._key(), "if-match": "*"}, query=query)
        assert answer.status == 200, (path, body, answer.body)

    def changed(self, person: Person, fields: dict[str, Any]) -> None:
        """Change a customer."""
        answer = self.cloud.api.patch(f"/customers/{person.id}", fields, headers={"if-match": "*"})
        assert answer.status == 200, answer.body

    def _key(self) -> dict[str, str]:
        self.announced += 1
        return {"idempotency-key": f"made-{self.announced}"}
