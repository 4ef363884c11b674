"""Where the pages' menu leads: to what the reader's role may open."""

from dataclasses import dataclass

from crm.access import rules
from crm.console.asked import Visit
from crm.console.routes import HOME
from crm.console.wording import N_


@dataclass(frozen=True)
class Entry:
    """A page that is reached from everywhere. `word`: what it is called, in English; `also`: others that are of it."""

    route: str
    word: str
    also: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return self.route.removeprefix("GET ")


ENTRIES = (
    Entry("GET /console", N_("My day")),
    Entry("GET /console/customers", N_("Customers")),
    Entry("GET /console/add", N_("Add a customer")),
    Entry("GET /console/groups", N_("Groups")),
    Entry("GET /console/greetings", N_("Greetings"), also=("/console/upcoming",)),
    Entry("GET /console/reminders", N_("Reminders")),
    Entry("GET /console/templates", N_("Templates")),
    Entry("GET /console/imports", N_("Import")),
    Entry("GET /console/exports", N_("Export")),
    Entry("GET /console/bin", N_("Bin")),
    Entry("GET /console/erasures", N_("Erasures")),
    Entry("GET /console/staff", N_("Staff")),
    Entry("GET /console/roles", N_("Roles")),
    Entry("GET /console/announcements", N_("Announcements")),
    Entry("GET /console/settings", N_("Settings")),
    Entry("GET /console/health", N_("Health")),
    Entry("GET /console/audit", N_("Audit")),
)


def shown(visit: Visit) -> list[tuple[Entry, bool]]:
    """The entries that the policy opens to the reader, each with whether they are there, or on a page below it."""
    routes = rules.policy().routes
    # A page without a permission of its own is for everybody who has a role.
    mine = [one for one in ENTRIES if one.route not in routes or visit.actor.may(routes[one.route])]
    path = visit.asked.path
    above = [one for one in mine if any(_leads_to(address, path) for address in (one.address, *one.also))]
    here = max(above, key=lambda one: len(one.address), default=None)
    return [(one, one is here) for one in mine]


def _leads_to(address: str, path: str) -> bool:
    """Whether a page is the one of an entry, or one below it. Below the first of all pages is no page of its own."""
    return path == address or (address != HOME and path.startswith(f"{address}/"))
