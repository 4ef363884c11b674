"""Two records made one: with whom, what would come of it field by field, and then done as it was shown."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from crm.console import forms, overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import duplicates, find, joining
from crm.console.routes import HOME
from crm.core.errors import Conflict, InvalidFields, InvalidRequest, KeyReused, StaleVersion
from crm.customers.models import Profile
from crm.duplicates import service as duplicate_service
from crm.merges import plans, service
from crm.merges.plans import Plan
from crm.merges.rules import Side

_WINS = "wins"
_SIDES: Mapping[str, Side] = {"into": "into", "from": "from"}


def show(visit: Visit) -> Page | SeeOther:
    """What merging two would make; while it is not said with whom, who may be the same. Raises NotFound."""
    into = joining.reached(visit, visit.asked.names["customer_id"])
    named = visit.asked.query.get("from", "")
    if not named:
        return _choice(visit, into)
    old = joining.reached(visit, named)
    return _elsewhere(visit, into, old, named) or _preview(visit, into, old, {})


def merge(visit: Visit) -> Page | SeeOther:
    """Make one of two, as shown; what somebody changed meanwhile is shown first. Raises NotFound, InvalidRequest."""
    form, customer_id = visit.asked.form, visit.asked.names["customer_id"]
    if not form.get("from"):
        raise InvalidRequest("with whom, the form does not say")
    into, old = joining.reached(visit, customer_id), joining.reached(visit, form["from"])
    chosen = {name.removeprefix(_WINS): _SIDES[side] for name, side in form.items() if _is_choice(name, side)}
    # Sent twice it is one record already, and what was made by the first is the answer to the second.
    if into.customer_id != old.customer_id and (moved := _elsewhere(visit, into, old, form["from"])):
        return moved
    try:
        made = service.merge(
            service.Asked(
                into=customer_id,
                old=form["from"],
                into_version=forms.version(form, "into_version"),
                old_version=forms.version(form, "from_version"),
                choices=chosen,
                caller=visit.actor.who,
                idempotency_key=forms.once(form),
            )
        )
    except KeyReused:
        return _preview(visit, into, old, chosen, refused=InvalidFields.one("", forms.SENT_ALREADY))
    except Conflict:
        into, old = joining.reached(visit, customer_id), joining.reached(visit, form["from"])
        return _elsewhere(visit, into, old, form["from"]) or _preview(visit, into, old, chosen)
    except (StaleVersion, InvalidFields) as refused:
        return _preview(visit, into, old, chosen, refused=refused, before=form.get(overtaken.FIELD, ""))
    return SeeOther(f"{HOME}/customers/{made.customer_id}?merge={made.merge_id}")


def _is_choice(name: str, side: str) -> bool:
    return name.startswith(f"{_WINS}/") and side in _SIDES


def _elsewhere(visit: Visit, into: Profile, old: Profile, named: str) -> SeeOther | None:
    """Where to go on when one of two has been merged since into whomever."""
    if into.customer_id == old.customer_id:
        return SeeOther(f"{HOME}/customers/{into.customer_id}?done=one_already")
    if (into.customer_id, old.customer_id) == (visit.asked.names["customer_id"], named):
        return None
    return SeeOther(f"{_of(into)}?{urlencode({'from': old.customer_id})}")


def _preview(
    visit: Visit,
    into: Profile,
    old: Profile,
    chosen: Mapping[str, Side],
    *,
    refused: InvalidFields | StaleVersion | None = None,
    before: str = "",
) -> Page:
    try:
        plan = service.preview(into=into.customer_id, old=old.customer_id, choices={})
    except (Conflict, InvalidFields) as reason:
        return Page("merging/refused.html", _why_not(into, old, reason), reason.status.value)
    values = _values(visit, plan, chosen, before if isinstance(refused, StaleVersion) else None)
    page = Page("merging/preview.html", values)
    if isinstance(refused, InvalidFields):
        return forms.again(page, InvalidFields.one("", refused.fields[0].reason))
    return Page(page.template, page.values, 409) if refused else page


def _values(visit: Visit, plan: Plan, chosen: Mapping[str, Side], before: str | None) -> Mapping[str, Any]:
    may_see_groups = visit.actor.may("segments.read")
    fields = [one for one in plan.fields if may_see_groups or one.field != "/groups"]
    pair = duplicate_service.known(plan.into.customer_id, plan.old.customer_id)
    return {
        "into": plan.into,
        "old": plan.old,
        "facts": [plan.into.facts, plan.old.facts, plan.facts],
        "rows": joining.rows(fields, visit.language),
        "chosen": chosen,
        "moved": frozenset() if before is None else joining.moved(before, plan.fields),
        "is_overtaken": before is not None,
        "before": overtaken.marks(joining.marks(plan.fields)),
        "belongings": service.belongings(plan.old.customer_id),
        "pair": pair,
        "once": secrets.token_urlsafe(12),
        "here": _of(plan.into),
        "errors": {},
    }


def _why_not(into: Profile, old: Profile, reason: Conflict | InvalidFields) -> Mapping[str, Any]:
    is_moving = bool(into.merging or old.merging)
    why = "moving" if is_moving else "kind" if into.kind != old.kind else None
    text = reason.fields[0].reason if isinstance(reason, InvalidFields) else reason.detail
    return {"into": into, "old": old, "why": why, "text": text}


def _choice(visit: Visit, into: Profile) -> Page:
    within = visit.actor.within("customers.merge", "customers.read")
    wanted = visit.asked.query.get("who", "")
    alike = duplicate_service.alike({**plans.plain(into), "id": into.customer_id}, within=within)
    fitting = find.anybody(visit, wanted)
    found = [one for one in fitting.items if one["id"] != into.customer_id]
    values = {
        "into": into,
        "alike": [(duplicates.candidate(one, visit), how.reasons) for one, how in alike],
        "who": wanted,
        "found": [one for one in found if within is None or within.holds(one.get("owner"))],
        "has_more": fitting.has_more,
        "merges": [joining.told(one, visit) for one in service.of_customer(into.customer_id)],
        "here": _of(into),
    }
    return Page("merging/choose.html", values)


def _of(customer: Profile) -> str:
    return f"{HOME}/customers/{customer.customer_id}/merge"
