"""The rules by which customers are greeted: what each does, and switching it on and off with one press."""

from crm.console import forms, house
from crm.console.asked import Page, SeeOther, Visit
from crm.console.greetings import telling as greeting_rules
from crm.console.routes import HOME
from crm.core.errors import StaleVersion
from crm.core.paging import PageRequest
from crm.greetings import seeing, service

LIST = f"{HOME}/greetings"
_MOST = 50


def show(visit: Visit) -> Page:
    """The rules, each in a sentence."""
    actor, cursor = visit.actor, visit.asked.query.get("cursor")
    found = service.page(PageRequest(f"console greetings:{actor.scope}", _MOST, cursor))
    seen = seeing.seen(found.items, hidden=actor.hidden)
    business = house.business()
    values = {
        "rules": [greeting_rules.told(one, actor, visit.language) for one in seen],
        "next": found.next,
        "earliest": business.earliest_hour,
        "latest": business.latest_hour,
        "sabbath": business.sabbath,
        "may_write": actor.may("greetings.write"),
        "done": visit.asked.query.get("done"),
    }
    return Page("greetings/rules.html", values)


def switch(visit: Visit, *, on: bool) -> SeeOther:
    """Switch a rule on or off. Raises NotFound, InvalidFields."""
    try:
        service.change(
            greeting_id=visit.asked.names["greeting_id"],
            fields={"active": on},
            expected_version=forms.version(visit.asked.form),
        )
    except StaleVersion:
        return SeeOther(f"{LIST}?done=stale")
    return SeeOther(f"{LIST}?done={'on' if on else 'off'}")


def remove(visit: Visit) -> SeeOther:
    """Delete a rule. Raises NotFound."""
    try:
        service.remove(greeting_id=visit.asked.names["greeting_id"], expected_version=forms.version(visit.asked.form))
    except StaleVersion:
        return SeeOther(f"{LIST}?done=stale")
    return SeeOther(f"{LIST}?done=deleted")
