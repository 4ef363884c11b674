"""For whom a rule of routing is, by the form that builds the rules of groups: all that such a rule may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.groups import telling as group_telling
from crm.console.groups.rule_form import posted, shown, tree
from crm.console.groups.rule_form.choosing import Choosing
from crm.console.groups.rule_form.shapes import PURCHASES
from crm.console.groups.rule_form.tree import Bracket, Built
from crm.console.routing.overview import PLACE
from crm.core.errors import FieldError, InvalidFields, InvalidRequest, NotFound, StaleVersion
from crm.routing import service
from crm.routing.models import RoutingRules
from crm.segments import saying
from crm.segments import service as segment_service

_RULE = "/rule"


@dataclass(frozen=True)
class Draft:
    """The condition of a rule in the making. `number`: the place of the rule among all; `version` as it was shown."""

    visit: Visit
    stored: RoutingRules
    number: int
    choosing: Choosing
    root: Bracket
    version: int

    @property
    def rule(self) -> Mapping[str, Any]:
        return self.stored.listed[self.number]

    @property
    def built(self) -> Built:
        """An empty form asks for nothing: the rule is for everybody."""
        return tree.built(self.root, self.choosing.own) if self.root.parts else Built()


def show(visit: Visit) -> Page | SeeOther:
    """The condition of the rule that the address names. Raises NotFound."""
    if visit.asked.query.get("rule") is None:
        return SeeOther(PLACE)
    draft = _draft(visit)
    when = draft.rule["when"]
    return _page(replace(draft, root=tree.of(when, draft.choosing.own)) if when else draft)


def act(visit: Visit) -> Page | SeeOther:
    """What a button says: to the form, or that it is to be saved. Raises NotFound, InvalidRequest."""
    if visit.asked.query.get("rule") is None:
        raise InvalidRequest("the form was not made by this page")
    draft, do = _draft(visit), visit.asked.form.get("do", "")
    fields, own = visit.asked.fields, draft.choosing.own
    draft = replace(draft, root=posted.read(fields, own), version=forms.version(visit.asked.form))
    return _saved(draft) if do == "save" else _page(replace(draft, root=posted.done(draft.root, do, fields, own)))


def _saved(draft: Draft) -> Page | SeeOther:
    built, listed = draft.built, [dict(one) for one in draft.stored.listed]
    if built.wrong:
        return _page(draft, is_told=True)
    listed[draft.number]["when"] = built.rule
    try:
        if built.rule is not None:
            segment_service.require_rule(built.rule, hidden=draft.visit.actor.hidden)
        service.change(listed=listed, expected_version=draft.version, caller=draft.visit.actor.who)
    except InvalidFields as refused:
        return _page(draft, is_told=True, refused=_of_rule(refused, draft.number))
    except StaleVersion as stale:
        # Whoever sends it once more has seen that somebody else changed the rules.
        now = replace(draft, version=int(draft.stored.version))
        page = _page(now)
        return Page(page.template, {**page.values, "has_changed": True}, stale.status.value)
    return SeeOther(f"{PLACE}?done=saved")


def _of_rule(refused: InvalidFields, number: int) -> InvalidFields:
    """The same with the places in this condition as the form knows them."""
    at = f"/rules/{number}/when"
    fields = (FieldError(one.pointer.replace(at, _RULE, 1), one.reason) for one in refused.fields)
    return InvalidFields(refused.detail, fields=tuple(fields))


def _draft(visit: Visit) -> Draft:
    """Raises NotFound."""
    stored, wanted = service.standing(), visit.asked.query["rule"]
    number = next((number for number, rule in enumerate(stored.listed) if rule["id"] == wanted), None)
    if number is None:
        raise NotFound("there is no such rule")
    return Draft(visit, stored, number, _choosing(visit), Bracket("all"), int(stored.version))


def _choosing(visit: Visit) -> Choosing:
    hidden = visit.actor.hidden
    known = group_telling.seen_groups(hidden)
    choosing = Choosing.of(language=visit.language.tag, hidden=hidden, groups=known, leave_out=None)
    # What somebody bought among all customers is not known of who is new.
    return replace(choosing, left_out=frozenset({PURCHASES}))


def _page(draft: Draft, *, is_told: bool = False, refused: InvalidFields | None = None) -> Page:
    built, choosing = draft.built, draft.choosing
    wrong = shown.reasons(refused, built.places) if refused else built.wrong
    sound = None if wrong or built.rule is None else _sound(built.rule, draft)
    values: dict[str, Any] = {
        "place": PLACE,
        "name": draft.rule["name"],
        "builds_at": f"{PLACE}/condition?rule={draft.rule['id']}",
        "version": draft.version,
        "root": shown.part(draft.root, choosing, wrong if is_told else {}),
        "offered": choosing.offered(),
        "in_words": sound,
        "is_unfinished": bool(wrong),
        "may_count": False,
        "preview": None,
        "has_changed": False,
    }
    if draft.visit.asked.is_partial:
        return Page("groups/builder.html", values)
    return Page("routing/condition.html", values, InvalidFields.status.value if is_told else 200)


def _sound(rule: Any, draft: Draft) -> str | None:
    """The condition as a sentence; None as long as it is none that the rules can read."""
    choosing = draft.choosing
    try:
        segment_service.require_rule(rule, hidden=draft.visit.actor.hidden)
    except InvalidFields:
        return None
    return saying.of_rule(rule, language=choosing.language, names=choosing.names, defined=lambda: choosing.definitions)
