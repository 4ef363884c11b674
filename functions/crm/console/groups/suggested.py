"""Groups that may be worth making, with why and how large they are: nothing is made by itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm.console.asked import Page, Visit
from crm.console.groups.overview import PATH
from crm.core import ids
from crm.patterns import suggesting

if TYPE_CHECKING:
    from crm.patterns.schemas import Suggestion, SuggestionList

_LETTERS = 12


def show(visit: Visit) -> Page:
    """What was found last, without what tells of fields that the reader does not see."""
    found = _found(visit)
    values: dict[str, Any] = {
        "place": PATH,
        "as_of": found.as_of,
        "is_exact": found.exact,
        "everybody": found.everybody,
        "suggestions": [{"told": one, "name": _name(one)} for one in _seen(visit, found)],
        "may_write": visit.actor.may("segments.write"),
    }
    return Page("groups/suggested.html", values)


def rule_of(visit: Visit, name: str) -> Mapping[str, Any] | None:
    """The rule of a suggestion that the reader sees; None where it is suggested no longer."""
    if not visit.actor.may("totals.read"):
        return None
    return next((one.rule for one in _seen(visit, _found(visit)) if _name(one) == name), None)


def _found(visit: Visit) -> "SuggestionList":
    return suggesting.suggested(language=visit.language.tag)


def _seen(visit: Visit, found: "SuggestionList") -> "list[Suggestion]":
    return [one for each in found.items if (one := each.veiled(visit.actor.hidden))]


def _name(one: "Suggestion") -> str:
    """By which an address names it: what is found anew may stand elsewhere in the list."""
    return ids.request_hash(one.rule)[:_LETTERS]
