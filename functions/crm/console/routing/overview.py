"""Who new customers go to that nobody owns: the rules in their order, and to whom somebody would go by them."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.access import roster
from crm.console import forms, group_names, house
from crm.console.asked import Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.console.routing import rows as form_rows
from crm.console.routing.rows import Row
from crm.core import ids
from crm.core.errors import InvalidFields, StaleVersion
from crm.customers import rules as customer_rules
from crm.mail import languages
from crm.routing import service
from crm.routing.models import RoutingRules
from crm.segments import saying

PLACE = f"{HOME}/routing"
_TRIED = ("language", "phone", "tag")


def show(visit: Visit) -> Page:
    """The rules as a form; and where somebody is described, to whom they would go."""
    stored = service.standing()
    page = _page(visit, stored, form_rows.of_rules(stored.listed))
    if visit.asked.query.get("try") is None:
        return page
    typed = forms.filled(visit.asked.query, _TRIED)
    page = Page(page.template, {**page.values, "tried": typed})
    try:
        return Page(page.template, {**page.values, "found": _found(typed)})
    except InvalidFields as refused:
        return forms.again(page, refused, {"tags.0": "tag", "tags": "tag"})


def act(visit: Visit) -> Page | SeeOther:
    """Put the rules of the form in the place of all. Raises InvalidRequest."""
    from crm.routing.schemas import RoutingChange

    form, stored = visit.asked.form, service.standing()
    version = forms.version(form)
    rows = form_rows.of_form(form, stored.listed)
    places: Sequence[int] = ()
    try:
        told, places = form_rows.to_rules(rows)
        listed = [one.model_dump() for one in forms.checked(RoutingChange, {"rules": told}).rules]
        service.change(listed=listed, expected_version=version, caller=visit.actor.who)
    except InvalidFields as refused:
        return forms.again(_page(visit, stored, rows), form_rows.beside(refused, places) if places else refused)
    except StaleVersion:
        now = service.standing()
        page = _page(visit, now, form_rows.of_form(form, now.listed))
        theirs = form_rows.of_rules(now.listed)
        return Page(page.template, {**page.values, "theirs": theirs}, StaleVersion.status.value)
    return SeeOther(f"{PLACE}?done=saved")


def _found(typed: Mapping[str, str]) -> Mapping[str, Any]:
    """To whom somebody like this would go now, and how each rule up to there was weighed. Raises InvalidFields."""
    from crm.customers.schemas import CustomerChange

    told: dict[str, Any] = {name: typed[name] for name in ("language", "phone") if name in typed}
    told |= {"tags": [typed["tag"]]} if "tag" in typed else {}
    given = forms.checked(CustomerChange, told).model_dump(exclude_unset=True)
    new = customer_rules.merged({"kind": "person", "facts": dict(customer_rules.NO_FACTS)}, given)
    preview = service.preview(new, customer_id=ids.new())
    choice = preview.choice
    return {
        "owner": choice.owner if choice else None,
        "in_turn": bool(choice and choice.turn),
        "weighed": [(one.name, one.outcome) for one in preview.weighed],
    }


def _page(visit: Visit, stored: RoutingRules, rows: Sequence[Row]) -> Page:
    empty = Row("", "", form_rows.EVERYBODY, "", "")
    # A rule that stands there says what it is for, though its group is not offered to who reads it.
    names, code = group_names.by_id(house.groups().values(), visit.language), visit.language.tag
    in_words = [saying.of_rule(row.rule, language=code, names=names) if row.rule else None for row in rows]
    known = roster.current()
    values: dict[str, Any] = {
        "place": PLACE,
        "rows": list(zip([*rows, *([] if rows and rows[-1].is_empty else [empty])], [*in_words, None], strict=False)),
        "version": int(stored.version),
        "changed_at": stored.updated_at,
        "changed_by": stored.updated_by,
        "groups": group_names.choices(visit.actor, visit.language),
        "spoken": list(languages.NAMES.items()),
        "members": sorted(name for name, told in known.members.items() if not told.get("inactive")),
        "teams": {name: told.get("name", name) for name, told in known.teams.items()},
        "theirs": None,
        "tried": {},
        "found": None,
        "done": visit.asked.query.get("done"),
        "errors": {},
    }
    return Page("routing/rules.html", values)
