"""Where the pages' menu leads: to what the reader's role may open."""

from dataclasses import dataclass, replace

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


def shown(visit: Visit) -> list[tuple[Entry, bool]]:
    """The entries that the policy opens to the reader, each with whether they are there, or on a page below it.

    One whose own page is closed to them leads to the first of those below it that is not.
    """
    mine = [replace(open_[0], word=one.word) for one in ENTRIES if (open_ := _open(one, visit))]
    here = _here(visit)
    return [(one, here is not None and one.word == here.word) for one in mine]


def beside(visit: Visit) -> tuple[str, list[tuple[Entry, bool]]]:
    """The word of the entry where the reader is, and the row of those that stand together there; empty of one alone.

    Pages below them have a way back, and the room of a telephone for themselves.
    """
    here, path = _here(visit), visit.asked.path
    row = _open(here, visit) if here else []
    is_there = len(row) > 1 and any(path == one.address for one in row)
    return (here.word if here else "", [(one, one.address == path) for one in row] if is_there else [])


def _here(visit: Visit) -> Entry | None:
    every = [(one, part) for one in ENTRIES for part in _open(one, visit)]
    found = _nearest([part for _, part in every], visit.asked.path)
    return next((one for one, part in every if part is found), None)


def _open(entry: Entry, visit: Visit) -> list[Entry]:
    """Of an entry and those below it what the policy opens to the reader."""
    routes = rules.policy().routes
    # A page without a permission of its own is for everybody who has a role.
    return [one for one in (entry, *entry.below) if one.route not in routes or visit.actor.may(routes[one.route])]


def _nearest(entries: list[Entry], path: str) -> Entry | None:
    above = [one for one in entries if any(_leads_to(address, path) for address in (one.address, *one.also))]
    return max(above, key=lambda one: len(one.address), default=None)


def _leads_to(address: str, path: str) -> bool:
    """Whether a page is the one of an entry, or one below it. Below the first of all pages is no page of its own."""
    return path == address or (address != HOME and path.startswith(f"{address}/"))
