"""Which projections there are, by the kind of item and the family of views.

A slice with something to show adds its pure `project` here. Families of one item are kept apart (each has its own
state), so a family can be added, changed or dropped without touching the others. Whoever adds a kind of item also
adds its sort key to the stream's filter in template.yaml.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crm.calendar import projection as calendar
from crm.calls import projection as calls
from crm.core.projection import Key, Projection, Rules
from crm.customers import projection as customers
from crm.duplicates import projection as duplicates
from crm.forms import projection as forms
from crm.mail import projection as mail
from crm.reminders import projection as reminders
from crm.segments import projection as segments

Families = Mapping[str, Projection]

FAMILIES: Mapping[str, Families] = {
    "PROFILE": {
        "lists": customers.project,
        "contact": customers.project_contact,
        "search": customers.project_search,
        "segments": segments.project,
        "calendar": calendar.project,
        "duplicates": duplicates.project,
    },
    "PAIR": {"pairs": duplicates.project_pair},
    "SUBMISSION": {"forms": forms.project},
    "REMINDER": {"reminders": reminders.project},
    "MAIL": {"in_flight": mail.project, "calls": calls.project},
}

_WHOLE = frozenset({"PROFILE", "PAIR", "SUBMISSION"})
"""Kinds whose sort key is their name alone."""

COMPANIONS: Mapping[str, tuple[str, ...]] = {"segments": ("BOUGHT",)}
"""By family the sort keys of items of the same partition that its projection is given as well, if the rules need them.

They are read and looked at again with the item itself. Whoever writes a companion writes the item in the same
transaction: the stream tells of that one.
"""

GROUPS: Mapping[str, Callable[[str, Rules], str | None]] = {"segments": segments.group_of}
"""By family whose group it is that a total counts: others are told of who joins it and who leaves it."""

# Nearly all messages have found their end, and no view shows them: whoever goes through the table leaves them out.
_IN_FLIGHT = {f":{state}": {"S": state} for state in mail.LISTED}
_OF_MAIL = f"begins_with(sk, :mail) AND (#state IN ({', '.join(_IN_FLIGHT)}) OR attribute_exists(to_call))"
# And nearly all forms have been taken.
_OF_FORMS = "sk = :form AND attribute_exists(#values)"
FILTER = f"sk = :profile OR sk = :pair OR begins_with(sk, :reminder) OR ({_OF_MAIL}) OR ({_OF_FORMS})"
FILTER_NAMES: Mapping[str, str] = {"#state": "state", "#values": "values"}
FILTER_VALUES: Mapping[str, Any] = {
    ":profile": {"S": "PROFILE"},
    ":pair": {"S": "PAIR"},
    ":reminder": {"S": "REMINDER#"},
    ":mail": {"S": "MAIL#"},
    ":form": {"S": "SUBMISSION"},
    **_IN_FLIGHT,
}
"""The same kinds as an expression on the table, for whoever goes through all of it."""


def families_of(sk: str) -> Families:
    """The projections of an item by its sort key; empty for kinds that no view is made of."""
    kind, hash_mark, _ = sk.partition("#")
    return FAMILIES.get(kind, {}) if (kind in _WHOLE) != bool(hash_mark) else {}


def item_of(state: Key) -> Key | None:
    """The item of the truth whose state stands under a key of ViewsTable; None for keys of other items there."""
    if not state[0].startswith("STATE#"):
        return None
    place = state[0].removeprefix("STATE#")
    at = min((begin for kind in FAMILIES if (begin := place.find(f"#{kind}")) > 0), default=None)
    return (place[:at], place[at + 1 :]) if at else None


def wordy(key: Key) -> bool:
    """Whether a key of ViewsTable is made of words, such as a name or a tag: all are but those of states, by ids."""
    return not key[0].startswith("STATE#")


def companions_of(sk: str, needed: Iterable[str]) -> list[str]:
    """The sort keys of an item's companions among those needed, for all its families."""
    found = [COMPANIONS.get(family, ()) for family in families_of(sk)]
    return [companion for companion in needed if any(companion in each for each in found)]
