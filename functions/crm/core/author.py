"""Who says what is written, and by which way it came: so that people can judge later what to believe."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from crm.core import clock

Way = Literal[
    "staff", "import", "questionnaire", "till", "mail", "customer", "merge", "undo", "restore", "upkeep", "routing"
]


@dataclass(frozen=True)
class Author:
    """Whose word a change is.

    `who`: a member of staff, or "" for the customer or the system. `of`: what it came with, such as the id of an
    import, a questionnaire, a message. `at`: when it was true at its source, where the source says so: a date
    (`2026-11-21`) or RFC 3339; None: now. `hidden`: the fields (JSON pointers) that they do not see; not stored.
    """

    who: str
    way: Way = "staff"
    of: str = ""
    at: str | None = None
    hidden: frozenset[str] = frozenset()

    def said_at(self, now: str) -> str:
        """The time of what is said: as its source has it, in UTC, else `now`. Sorts as text, a date before its hours.

        What a source says of the future is of now, else nothing that comes later could ever replace it. Raises
        ValueError where `at` is neither a date nor a time with its offset.
        """
        if self.at is None:
            return now
        said = datetime.fromisoformat(self.at)
        if len(self.at) == len("2026-11-21"):
            return min(self.at, now)
        if said.tzinfo is None:
            raise ValueError(f"{self.at}: a time needs its offset")
        return min(clock.instant(said), now)

    def marks(self) -> dict[str, Any]:
        """What is stored of it beside a time; without what is empty."""
        known = {"way": self.way, "who": self.who, "of": self.of}
        return {name: value for name, value in known.items() if value}
