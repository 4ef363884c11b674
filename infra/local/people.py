"""Who can sign in on this laptop: the demo staff, and whoever was invited. Stands in for the users of a user pool."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FILE = "people.json"
STAFF = ("owner", "manager", "sales", "service", "marketing", "till")
"""The demo staff; each is in the group of the same name."""


class UnknownPersonError(Exception):
    """Nobody of this name can sign in here."""


class PersonExistsError(Exception):
    """The username, or the e-mail address, is somebody's already."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user: `status` in Cognito's words; `signed_out`: when they were signed out everywhere, seconds of real time."""

    username: str
    email: str | None = None
    groups: tuple[str, ...] = ()
    enabled: bool = True
    status: str = "CONFIRMED"
    signed_out: float = 0.0


class People:
    """All users, kept in a file of this directory; safe to use from many threads."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        """The usernames of all who may sign in now: the demo staff first."""
        return [one.username for one in self._read().values() if one.enabled]

    def get(self, username: str) -> Person:
        """One of them; upper and lower case are alike. Raises UnknownPersonError."""
        try:
            return self._read()[username.lower()]
        except KeyError:
            raise UnknownPersonError(username) from None

    def add(self, person: Person) -> None:
        """Raises PersonExistsError."""
        with self._changing() as people:
            taken = {one.email for one in people.values() if one.email}
            if person.username.lower() in people:
                raise PersonExistsError(person.username)
            if person.email in taken:
                raise PersonExistsError(person.email)
            people[person.username.lower()] = person

    def change(self, username: str, how: Callable[[Person], Person]) -> Person:
        """Raises UnknownPersonError."""
        with self._changing() as people:
            changed = how(self.get(username))
            people[username.lower()] = changed
            return changed

    def confirm(self, username: str) -> None:
        """They have signed in for the first time."""
        self.change(username, lambda person: replace(person, status="CONFIRMED"))

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Person]]:
        with self._lock:
            people = self._read()
            yield people
            unfinished = self._path.with_suffix(".new")
            unfinished.write_text(json.dumps([asdict(person) for person in people.values()]), "utf-8")
            unfinished.replace(self._path)  # a host that is killed here leaves no half file

    def _read(self) -> dict[str, Person]:
        with self._lock:
            if not self._path.exists():
                return {name: Person(username=name, groups=(name,)) for name in STAFF}
            told = json.loads(self._path.read_text("utf-8"))
        people = (Person(**{**one, "groups": tuple(one["groups"])}) for one in told)
        return {person.username.lower(): person for person in people}
