"""Where the pages' menu leads: to what the reader's role may open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from crm.access import rules
from crm.console.asked import Visit
from crm.console.routes import HOME
from crm.console.wording import N_


@dataclass(frozen=True)
class Entry:
    """A page that is reached from everywhere. `word`: what it is called, in English; `also`: others that are of it.

    `below`: entries that are shown in a row of their own, to who is at this one or at one of them.
    """

    route: str
    word: str
    also: tuple[str, ...] = ()
    below: tuple["Entry", ...] = ()

    @property
    def address(self) -> str:
        return self.route.removeprefix("GET ")


ENTRIES = (
    Entry("GET /console", N_("My day")),
    Entry(
        "GET /console/customers",
        N_("Customers"),
        below=(
            Entry("GET /console/duplicates", N_("Duplicates")),
            Entry("GET /console/questionnaires", N_("Questionnaires")),
            Entry("GET /console/tags", N_("Tags")),
            Entry("GET /console/imports", N_("Import")),
            Entry("GET /console/exports", N_("Export")),
            Entry("GET /console/bin", N_("Bin")),
            Entry("GET /console/erasures", N_("Erasures")),
        ),
    ),
    Entry("GET /console/add", N_("Add a customer")),
    Entry("GET /console/groups", N_("Groups")),
    Entry(
        "GET /console/greetings",
        N_("Greetings"),
        also=("/console/upcoming",),
        below=(Entry("GET /console/templates", N_("Templates")),),
    ),
    Entry("GET /console/reminders", N_("Reminders")),
    Entry("GET /console/inbox", N_("Inbox")),
    Entry(
        "GET /console/staff",
        N_("Staff"),
        below=(
            Entry("GET /console/teams", N_("Teams")),
            Entry("GET /console/roles", N_("Roles")),
            Entry("GET /console/routing", N_("Who gets new customers")),
            Entry("GET /console/announcements", N_("Announcements")),
        ),
    ),
    Entry(
        "GET /console/settings",
        N_("Settings"),
        below=(
            Entry("GET /console/fields", N_("Own fields")),
            Entry("GET /console/keys", N_("Keys of machines")),
            Entry("GET /console/webhooks", N_("Webhooks")),
            Entry("GET /console/health", N_("Health")),
            Entry("GET /console/audit", N_("Audit")),
        ),
    ),
)


class _Menu(NamedTuple):
    """What is open to a role. `tops`: the entries of the menu itself, as they are shown; `rows`: what stands together
    below each, by its word; `places`: what is part of which entry, by each address that leads there.
    """

    tops: tuple[Entry, ...]
    rows: Mapping[str, Sequence[Entry]]
    places: tuple[tuple[str, str], ...]

    def here(self, path: str) -> str:
        """The word of the entry that a page is of, by the longest address that leads there; empty: of none."""
        above = [place for place in self.places if _leads_to(place[0], path)]
        return max(above, key=lambda place: len(place[0]), default=("", ""))[1]


def shown(visit: Visit) -> list[tuple[Entry, bool]]:
    """The entries that the policy opens to the reader, each with whether they are there, or on a page below it.

    One whose own page is closed to them leads to the first of those below it that is not.
    """
    menu = _menu(frozenset(visit.actor.rights))
    here = menu.here(visit.asked.path)
    return [(one, one.word == here) for one in menu.tops]


def beside(visit: Visit) -> tuple[str, list[tuple[Entry, bool]]]:
    """The word of the entry where the reader is, and the row of those that stand together there; empty of one alone.

    Pages below them have a way back, and the room of a telephone for themselves.
    """
    menu, path = _menu(frozenset(visit.actor.rights)), visit.asked.path
    here = menu.here(path)
    row = menu.rows.get(here, ())
    is_there = len(row) > 1 and any(path == one.address for one in row)
    return here, [(one, one.address == path) for one in row] if is_there else []


@lru_cache(maxsize=64)
def _menu(permissions: frozenset[str]) -> _Menu:
    """For who has these permissions."""
    routes = rules.policy().routes
    # A page without a permission of its own is for everybody who has a role.
    rows = {
        entry.word: [one for one in (entry, *entry.below) if routes.get(one.route) in {None, *permissions}]
        for entry in ENTRIES
    }
    tops = tuple(replace(row[0], word=word) for word, row in rows.items() if row)
    every = [(one, word) for word, row in rows.items() for one in row]
    return _Menu(tops, rows, tuple((place, word) for one, word in every for place in (one.address, *one.also)))


def _leads_to(address: str, path: str) -> bool:
    """Whether a page is the one of an entry, or one below it. Below the first of all pages is no page of its own."""
    return path == address or (address != HOME and path.startswith(f"{address}/"))
