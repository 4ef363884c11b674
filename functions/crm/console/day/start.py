"""The first hour: what to do next, ticked when it is done, and the demo shop, in and out."""

from crm.console import house
from crm.console.asked import Page, SeeOther, Visit
from crm.console.day import first_steps
from crm.console.day.first_steps import COOKIE
from crm.console.routes import HOME
from crm.console.sessions import cookie
from crm.core.errors import Conflict, Forbidden, InvalidRequest

PLACE = f"{HOME}/start"
_YEAR = 365 * 24 * 3600


def show(visit: Visit) -> Page | SeeOther:
    """The steps that somebody's role can take; with `see=upcoming` on to the mails, which is one of them."""
    if visit.asked.query.get("see") == "upcoming":
        return SeeOther(f"{HOME}/upcoming", (cookie(first_steps.SEEN, "yes", seconds=_YEAR),))
    demo = house.shows_demo()
    may_fill = visit.actor.may("imports.run") and visit.actor.may("customers.erase")
    steps = first_steps.steps(visit)
    values = {
        "steps": steps,
        "is_done": bool(steps) and all(one.is_done for one in steps),
        "demo": demo,
        "may_fill": may_fill and (demo or first_steps.has_no_customers()),
        "may_empty": may_fill and demo,
        "asks": visit.asked.query.get("ask"),
        "done": visit.asked.query.get("done"),
        "place": PLACE,
    }
    return Page("start/start.html", values)


def dismiss(visit: Visit) -> SeeOther:
    """Do not lead this browser any more. Raises InvalidRequest."""
    if visit.asked.form.get("action") != "dismiss":
        raise InvalidRequest("the form asks for nothing that there is")
    return SeeOther(HOME, (cookie(COOKIE, "no", seconds=_YEAR),))


def demo(visit: Visit) -> SeeOther:
    """The demo shop in, or out. Raises Forbidden, InvalidRequest."""
    from crm.demo import service  # showing the page needs none of it

    action = visit.asked.form.get("action")
    if action not in {"in", "out"}:
        raise InvalidRequest("the form asks for nothing that there is")
    if not visit.actor.may("customers.erase"):
        raise Forbidden
    try:
        if action == "in":
            house.knows_demo(service.put_in(by=visit.actor.who))
            return SeeOther(f"{PLACE}?done=in")
        kept = service.take_out(by=visit.actor.who)
    except Conflict:
        return SeeOther(f"{PLACE}?done=not_now")
    house.knows_demo(None)
    return SeeOther(f"{PLACE}?done={'out_but' if kept else 'out'}")
