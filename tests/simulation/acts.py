"""What people do to customers and rules in a simulated year: by chance, and no riddle of what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation import people
from tests.simulation.history import RULES
from tests.simulation.people import Person
from tests.support import forgetting

if TYPE_CHECKING:
    from tests.simulation.history import History

# So many of each in a year, for a thousand customers.
YEARLY = {
    "purchase": 1200, "move": 60, "learn": 40, "refuse": 25, "consent": 15, "erase": 15, "arrive": 80, "switch": 3,
}  # fmt: skip


@dataclass
class Acts:
    """Each method is one act of somebody; it is done through the API and known to the history."""

    history: History

    def arrive(self) -> None:
        """A customer is entered, with what was bought before."""
        history = self.history
        person = people.drawn(history.draw, len(history.persons), now=history.cloud.now)
        address = f"p{len(history.persons)}@example.org" if history.draw.random() < 0.97 else None
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
        person.id = history.made("/customers", {name: value for name, value in fields.items() if value is not None})
        for moment in person.purchases:
            history.made(f"/customers/{person.id}/purchases", {"amount": "10.00", "at": moment.isoformat()})
        history.persons.append(person)
        history.by_zone[person.zone].append(person)
        history.note_if_time(person)

    def purchase(self) -> None:
        """Somebody buys."""
        person = self.history.somebody(quiet=True)
        if person:
            amount = f"{self.history.draw.randint(1, 90)}.00"
            self.history.made(f"/customers/{person.id}/purchases", {"amount": amount})
            person.purchases.append(self.history.cloud.now)

    def move(self) -> None:
        """Somebody moves to another zone."""
        history = self.history
        person, zone = history.somebody(quiet=True), history.draw.choice(people.ZONES)
        if person and not people.near(Person(**{**vars(person), "zone": zone}), history.cloud.now):
            history.changed(person, {"timezone": zone})
            history.by_zone[person.zone].remove(person)
            person.zone = zone
            history.by_zone[zone].append(person)

    def learn(self) -> None:
        """A birthday becomes known: some day, or that it is today."""
        history = self.history
        person = history.somebody(quiet=True)
        if person is None or person.birthday:
            return
        there = people.local(history.cloud.now, person)
        away = history.draw.choice((0, 0, 20, 100, 200)) if there.hour < 19 else 30
        person.birthday = f"--{there.date() + timedelta(days=away):%m-%d}"
        history.changed(person, {"birthday": person.birthday})
        history.note_if_time(person)

    def refuse(self) -> None:
        """Somebody wants no more greetings, or no more advertising."""
        person = self.history.somebody()
        if person:
            self.history.changed(person, {"consent": {self.history.draw.choice(("greeting", "marketing")): False}})

    def consent(self) -> None:
        """Somebody wants both."""
        person = self.history.somebody()
        if person:
            self.history.changed(person, {"consent": {"greeting": True, "marketing": True}})

    def erase(self) -> None:
        """Somebody is forgotten."""
        person = self.history.somebody()
        if person:
            answer = self.history.cloud.api.delete(f"/customers/{person.id}", headers={"if-match": "*"})
            assert answer.status == 204, answer.body
            forgetting.begin(person.id)
            person.erased = True

    def switch(self) -> None:
        """A rule is switched off, or on again."""
        history = self.history
        name = history.draw.choice(sorted(RULES))
        on = name not in history.active
        path = f"/greetings/{history.rules[name]}"
        answer = history.cloud.api.patch(path, {"active": on}, headers={"if-match": "*"})
        assert answer.status == 200, answer.body
        history.active ^= {name}
        for person in history.persons if on else ():
            history.note_if_time(person)
