"""The first page: what this day is about."""

from crm.console.asked import Page, Visit


def show(_: Visit) -> Page:
    """What somebody is to do today."""
    return Page("my_day.html")
