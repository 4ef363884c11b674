"""What is going to be sent: the next days at a glance, and one day with everybody on it, as if it were that day."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from crm.calendar import feasts, rest
from crm.console import house
from crm.console.asked import Framed, Page, Visit
from crm.console.customers import telling
from crm.console.day import mailed
from crm.console.greetings import telling as greeting_rules
from crm.console.rendering import WITH_FRAME
from crm.console.saying import Saying
from crm.core.errors import NotFound
from crm.greetings import agenda, seeing, service
from crm.greetings.agenda import Agenda, Count
from crm.greetings.models import Greeting
from crm.mail import languages
from crm.mail import preview as mail_preview
from crm.mail.rendering import Rendered
from crm.templates.rules import LANGUAGES

DAYS = 30
_FARTHEST = 60
_LISTED = 200


def show(visit: Visit) -> Page:
    """The next days, each with what it is and how many greetings it brings, under all rules or one of them."""
    today, wanted = Saying(visit.language).today, visit.asked.query.get("rule")
    known = _rules(visit)
    asked = [one for one in known if wanted in (None, one.greeting_id)]
    last = today + timedelta(days=DAYS - 1)
    found = agenda.read(asked, until=last, within=visit.actor.within("customers.read"))
    days = [today + timedelta(days=ahead) for ahead in range(DAYS)]
    names = {one.greeting_id: one.name for one in asked}
    values = {
        # Before them stand days that are still today somewhere.
        "days": [_day(one, found, names, visit) for one in sorted({*days, *found.counts})],
        "complete": found.complete,
        "rule": next((one.name for one in known if one.greeting_id == wanted), None),
        "has_rules": any(one.active for one in known),
        "is_limited": visit.actor.within("customers.read") is not None,
        "may_write": visit.actor.may("greetings.write"),
    }
    return Page("greetings/upcoming.html", values)


def day(visit: Visit) -> Page:
    """Who gets which greeting on a day, who does not and why; and one of the mails, as its reader will see it."""
    on, actor = _on(visit), visit.actor
    within = actor.within("customers.read")
    found = agenda.read(_rules(visit), until=on, within=within, listed=on, most=_LISTED)
    counts = found.counts.get(on, {}).values()
    listed = [telling.greeted(one, actor) for one in found.listed]
    values = {
        **_kind(on, visit),
        "day": on.isoformat(),
        "before": _near(on, -1, visit),
        "after": _near(on, 1, visit),
        "sent": [one for one in listed if one["will"]],
        "withheld": [one for one in listed if not one["will"]],
        "count": _sum(counts),
        "is_cut": _sum(counts).sent + _sum(counts).withheld > len(listed),
        "complete": found.complete,
        "is_limited": within is not None,
        **_became(on, visit),
        "may_see_mail": actor.may("greetings.write"),
        "mail": _chosen(visit),
    }
    # With a frame around the mail; without a mail there is none.
    return Page("greetings/day.html", values, headers=WITH_FRAME if values["mail"] else {})


def _became(on: date, visit: Visit) -> Mapping[str, Any]:
    """What became of the greetings of a day that has begun, for who may know: it is foreseen no more."""
    if on > Saying(visit.language).today or not mailed.sees_greetings(visit.actor):
        return {"is_over": False}
    found = mailed.today(visit.actor, on, most=_LISTED)
    greeted = None if found is None else [telling.mailed(one, visit.actor) for one in found.greeted]
    return {"is_over": True, "greeted": greeted, "is_cut_short": found is not None and not found.complete}


def sample(visit: Visit) -> Framed:
    """The mail of a rule to one customer, or to one who is made up, for the frame. Raises NotFound."""
    rule = seeing.require_seen(service.get(greeting_id=visit.asked.names["greeting_id"]), hidden=visit.actor.hidden)
    query = visit.asked.query
    if "customer" in query:
        return Framed(_sampled(visit, rule, query["customer"], query.get("occurrence", "")).html)
    made_up = mail_preview.show(name=rule.template, language=_language(visit), purpose=rule.purpose)
    return Framed(made_up.html)


def _chosen(visit: Visit) -> Mapping[str, Any] | None:
    """The mail that is asked for beside the list: {query, subject, name, language, languages}."""
    query = visit.asked.query
    wanted = [query.get(name, "") for name in ("greeting", "customer", "occurrence")]
    if not (all(wanted) and visit.actor.may("greetings.write")):
        return None
    rule = seeing.require_seen(service.get(greeting_id=wanted[0]), hidden=visit.actor.hidden)
    mail = _sampled(visit, rule, wanted[1], wanted[2])
    return {
        "greeting": wanted[0],
        "customer": wanted[1],
        "occurrence": wanted[2],
        "subject": mail.subject,
        "sender": mail.sender,
        "language": mail.language,
        "direction": languages.choose(mail.language).direction,
        "asked": query.get("language"),
    }


def _sampled(visit: Visit, rule: Greeting, customer_id: str, occurrence: str) -> Rendered:
    wanted, within = _language(visit), visit.actor.within("customers.read")
    if not (customer_id and occurrence):
        raise NotFound("there is no such mail")
    return agenda.sample(rule, customer_id=customer_id, occurrence=occurrence, within=within, language=wanted)


def _language(visit: Visit) -> str | None:
    """The language that a mail is asked for in. Raises NotFound."""
    wanted = visit.asked.query.get("language")
    if wanted is not None and wanted not in LANGUAGES:
        raise NotFound("there is no such mail")
    return wanted


def _rules(visit: Visit) -> list[Greeting]:
    return seeing.seen(service.active(), hidden=visit.actor.hidden)


def _on(visit: Visit) -> date:
    """The day that the path names. Raises NotFound."""
    today, named = Saying(visit.language).today, visit.asked.names["day"]
    if named == "tomorrow":
        return today + timedelta(days=1)
    try:
        found = date.fromisoformat(named)
    except ValueError as bad:
        raise NotFound("there is no such day") from bad
    if not -1 <= (found - today).days <= _FARTHEST:
        raise NotFound("nothing is foreseen of this day")
    return found


def _near(on: date, away: int, visit: Visit) -> str | None:
    found = on + timedelta(days=away)
    return found.isoformat() if 0 <= (found - Saying(visit.language).today).days <= _FARTHEST else None


def _day(on: date, found: Agenda, names: Mapping[str, str], visit: Visit) -> Mapping[str, Any]:
    counts = found.counts.get(on, {})
    rules = [(names[rule], count) for rule, count in counts.items()]
    return {"day": on.isoformat(), "rules": rules, "sum": _sum(counts.values()), **_kind(on, visit)}


def _kind(on: date, visit: Visit) -> Mapping[str, Any]:
    """What a day is for the business: of its weekend, a holiday, a feast."""
    business = house.business()
    is_weekend = on.isoweekday() in business.weekend
    return {
        "is_weekend": is_weekend,
        "is_holiday": not is_weekend and rest.is_rest(on, business=business),
        "feasts": [greeting_rules.feast_name(feast, visit.language) for feast, _ in feasts.on(on)],
    }


def _sum(counts: Iterable[Count]) -> Count:
    known = list(counts)
    return Count(sum(one.sent for one in known), sum(one.withheld for one in known))
