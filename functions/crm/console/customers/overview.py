"""All customers within reach, in an order and by group, owner, tag or language, a page at a time."""

from collections.abc import Mapping
from typing import Any

from crm.console import group_names, house
from crm.console.asked import Page, Visit
from crm.console.customers import form as customer_form
from crm.console.customers import people
from crm.console.routes import HOME
from crm.core import veil
from crm.core.actor import Actor
from crm.core.errors import ForeignCursor, InvalidFields, NotBuiltYet, NotFound, ViewsBeingBuilt
from crm.core.paging import PageRequest
from crm.customers import listing
from crm.customers.asking import Asked, Direction, Sort
from crm.customers.listing import Listed

PLACE = f"{HOME}/customers"
SORTS = (Sort.NAME, Sort.NEWEST, Sort.LAST_CONTACT, Sort.NEXT_REMINDER)
_ON_A_PAGE = 50
_FILTERS = ("segment", "owner", "tag", "language")
# By which field of a customer a filter asks.
_TELLS = {"tag": "/tags", "language": "/language"}
_LONGEST = 200


def show(visit: Visit) -> Page:
    """The list as it is asked for; where no list answers this, the form with what is wrong. Raises ForeignCursor."""
    query, actor = visit.asked.query, visit.actor
    chosen = _chosen(query, actor)
    sort = next((one for one in SORTS if one == query.get("sort")), Sort.NAME)
    values: dict[str, Any] = {
        **{"place": PLACE, "chosen": chosen, "sort": str(sort), "sorts": [str(one) for one in SORTS]},
        **{
            "groups": group_names.choices(actor, visit.language),
            "owners": customer_form.owners(actor, chosen.get("owner")),
        },
        **{"filters": [name for name in _FILTERS if not _is_unseen(name, actor)], "today": house.today().isoformat()},
        **{"may_export": actor.may("exports.make"), "may_add": actor.may("customers.write")},
        **{"customers": [], "next": None, "refused": None},
    }
    try:
        found = _found(actor, chosen, sort, query.get("after") or None)
    except (ViewsBeingBuilt, NotBuiltYet):
        return Page("customer/list.html", {**values, "refused": "being_made"})
    except ForeignCursor:
        raise
    except (InvalidFields, NotFound):
        return Page("customer/list.html", {**values, "refused": "no_such_list"}, status=422)
    entries = people.with_figures(found.items, actor)
    return Page("customer/list.html", {**values, "customers": entries, "next": found.next})


def _found(actor: Actor, chosen: Mapping[str, str], sort: Sort, after: str | None) -> Listed:
    # Who has been waiting for a word the longest comes first, and so does the next reminder.
    asked = Asked(
        **{name: chosen.get(name) for name in _FILTERS},
        sort=sort,
        order=None if sort in {Sort.NEWEST, Sort.NEXT_REMINDER} else Direction.ASCENDING,
        within=actor.within("customers.read"),
        hidden=actor.hidden,
    )
    scope = f"console customers:{actor.scope}:{sort}:{sorted(chosen.items())}"
    return listing.page(PageRequest(scope, _ON_A_PAGE, after), asked)


def _chosen(query: Mapping[str, str], actor: Actor) -> dict[str, str]:
    """The filters that were given, without those that would tell what the reader does not see."""
    given = {name: query.get(name, "").strip()[:_LONGEST] for name in _FILTERS}
    return {name: value for name, value in given.items() if value and not _is_unseen(name, actor)}


def _is_unseen(name: str, actor: Actor) -> bool:
    if name == "segment":
        return not actor.may("segments.read")
    return name in _TELLS and veil.is_hidden(_TELLS[name], actor.hidden)
