"""The call list of the day, to work from and to print."""

from crm.console import house
from crm.console.asked import Page, Visit
from crm.console.day import call_list


def show(visit: Visit) -> Page:
    """Whom the reader is to call today and why, each with the number."""
    lines = call_list.read(visit.actor, house.zone())
    return Page("calls.html", {"lines": lines, "today": house.today().isoformat()})
