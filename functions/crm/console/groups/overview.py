"""All groups with their size and sums, which move while somebody watches; and bringing back those of the product."""

from datetime import timedelta

from crm.console.asked import Page, SeeOther, Visit
from crm.console.groups import telling as group_telling
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.core.errors import InvalidRequest, ViewsBeingBuilt
from crm.segments import overview

PATH = f"{HOME}/groups"
A_MONTH = timedelta(days=30)


def show(visit: Visit) -> Page:
    """The list; for the script that watches it the numbers alone."""
    standings, is_counted = _standings(visit)
    found, own = group_telling.listed(standings, visit.language)
    values = {
        "found": found,
        "own": own,
        "counts": group_telling.counts(visit.actor),
        "is_counted": is_counted,
        "may_write": visit.actor.may("segments.write"),
        "done": visit.asked.query.get("done"),
    }
    return Page("groups/figures.html" if visit.asked.is_partial else "groups/list.html", values)


def _standings(visit: Visit) -> tuple[list[overview.Standing], bool]:
    """The groups, and whether their numbers can be read now."""
    before, hidden = Saying(visit.language).today - A_MONTH, visit.actor.hidden
    counts = group_telling.counts(visit.actor)
    try:
        return overview.of(before=before, hidden=hidden, counts=counts), True
    except ViewsBeingBuilt:
        return overview.of(before=before, hidden=hidden, counts=False), False


def bring_back(visit: Visit) -> SeeOther:
    """Make those groups of the product again that were deleted. Raises InvalidRequest, LimitReached."""
    if visit.asked.form.get("do") != "bring_back":
        raise InvalidRequest("the form says not what is to be done")
    # Here, as showing the list makes none.
    from crm.patterns import groups

    made = groups.make_missing(caller=visit.actor.who)
    return SeeOther(f"{PATH}?done={'brought_back' if made else 'all_there'}")
