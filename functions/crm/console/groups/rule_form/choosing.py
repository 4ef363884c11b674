"""What conditions can be about, in the groups in which the form offers it, and what there is to choose from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from crm.console.groups.rule_form.shapes import PURCHASES, SEGMENT
from crm.console.wording import N_
from crm.core import veil
from crm.criteria import own as own_kinds
from crm.criteria.own import OwnKinds
from crm.mail.languages import NAMES
from crm.own_fields import service as own_field_service
from crm.own_fields.rules import Definition, in_language
from crm.patterns import named
from crm.segments import saying
from crm.segments.models import Segment

Options = Sequence[tuple[str, str]]
_OFFERED: Mapping[str, Sequence[str]] = {
    N_("What they buy"): (
        *("facts.spent", "facts.purchases", "facts.last_purchase_at", "facts.first_purchase_at"),
        *("facts.largest_purchase", PURCHASES, "payment_method", "purchase_purpose"),
    ),
    N_("Contact with them"): (
        *("facts.last_contact_at", "facts.interactions", "owner", "source", "tags", "created_at", "joined_on"),
        *("consent.greeting", "consent.marketing", "consent.service"),
    ),
    N_("Who they are"): (
        *("name", "kind", "gender", "age", "birthday", "language", "address", "email", "phone", "income_band"),
        "timezone",
    ),
    N_("Habits found in the data"): (
        *("patterns.recency", "patterns.frequency", "patterns.money", "patterns.usual_gap_days", "patterns.lateness"),
    ),
    N_("Family and organisations"): (
        *("relations.household", "relations.member", "relations.branch", "relations.referred", "relations.roles"),
        "relations.business",
    ),
}
_OWN, _OTHER = N_("Your own fields"), N_("Other groups")
PERSON, ORGANISATION = N_("a person"), N_("an organisation")


@dataclass(frozen=True)
class Choosing:
    """What the form offers to one reader. `hidden`: fields that they do not see; `leave_out`: the group itself.

    `left_out`: fields that what the rule is for cannot ask for.
    """

    language: str
    hidden: Collection[str]
    groups: Sequence[Segment]
    definitions: Sequence[Definition]
    leave_out: str | None = None
    left_out: Collection[str] = ()

    @classmethod
    def of(
        cls, *, language: str, hidden: Collection[str], groups: Sequence[Segment], leave_out: str | None
    ) -> "Choosing":
        """Reads the fields that the business has defined."""
        return cls(language, hidden, groups, own_field_service.definitions(), leave_out)

    @cached_property
    def own(self) -> OwnKinds:
        return own_kinds.kinds(self.definitions)

    @cached_property
    def names(self) -> dict[str, str]:
        """The groups by id, as their reader calls them, by name."""
        found = {one.segment_id: named.called(one.segment_id, one.name, self.language) for one in self.groups}
        return dict(sorted(found.items(), key=lambda one: one[1].casefold()))

    def labels(self, fields: Collection[str]) -> dict[str, str]:
        """What sentences call these fields; what no sentence names is called by its own name."""
        known = [one for one in fields if one not in {SEGMENT, PURCHASES}]
        return saying.of_fields(known, self.definitions, language=self.language)

    def offered(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The fields to ask for, (code, label) under a heading; headings are English, to be translated."""
        own = [f"custom.{one.name}" for one in self.definitions]
        found = {heading: [one for one in names if self._is_seen(one)] for heading, names in _OFFERED.items()}
        found[_OWN] = [one for one in own if self._is_seen(one)]
        found[_OTHER] = [SEGMENT] if self.options(SEGMENT) else []
        labels = self.labels([one for names in found.values() for one in names])
        return [(heading, [(one, labels.get(one, "")) for one in names]) for heading, names in found.items() if names]

    def options(self, field: str) -> Options:
        """What there is to choose from for a field, (value, label)."""
        if field == SEGMENT:
            return [(one, name) for one, name in self.names.items() if one != self.leave_out]
        if field == "kind":
            return [("person", PERSON), ("organisation", ORGANISATION)]
        if field == "language":
            return list(NAMES.items())
        choices = next((one.choices for one in self.definitions if f"custom.{one.name}" == field), ())
        return [(one.value, in_language(one.labels, self.language) or one.value) for one in choices]

    def _is_seen(self, field: str) -> bool:
        return field not in self.left_out and not veil.is_hidden(f"/{field.replace('.', '/')}", self.hidden)
