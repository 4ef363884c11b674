"""Groups that name other groups in their rules: checked, written out, and built anew with what they name.

What a group is filled under is its rule with the groups that it names written out, fixed when it was set: so each of
its epochs stands alone, and readers of a group see no mixture while another is being changed.
"""

from collections.abc import Mapping
from typing import Any

from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.criteria import references
from crm.criteria.rules import Rule
from crm.segments.models import Segment, from_text, to_text

# A transaction writes a hundred items: these, the group itself and the epoch.
MOST_DEPENDENTS = 90


class Links:
    """All groups as they are at one look, with one of them changed or added."""

    def __init__(self, segments: list[Segment], *, changed: str | None = None, rule: Rule | None = None) -> None:
        self.segments = {segment.segment_id: segment for segment in segments}
        self.rules: dict[str, Any] = {one: from_text(segment.rule) for one, segment in self.segments.items()}
        if changed and rule is not None:
            self.rules[changed] = rule

    def require_sound(self, rule: Mapping[str, Any], *, own: str | None) -> None:
        """Raises InvalidFields where a rule names groups that are not there, or goes in a circle."""
        found = references.problems(rule, own=own, groups=self.rules.get, name=self._name)
        if found:
            raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in found[:5]), fields=found)

    def resolved(self, segment_id: str) -> str | None:
        """The rule of a group written out; None where it names no other."""
        rule = self.rules[segment_id]
        return to_text(references.resolved(rule, groups=self.rules.get)) if references.referred(rule) else None

    def dependents(self, segment_id: str) -> list[Segment]:
        """The groups that have to be built anew with this one. Raises InvalidFields: too many, too large."""
        found = [self.segments[one] for one in references.dependents(segment_id, self.rules) if one != segment_id]
        if len(found) > MOST_DEPENDENTS:
            raise InvalidFields.one(
                "/rule",
                Reason("more than {most} groups are made of this one", most=MOST_DEPENDENTS),
            )
        for one in found:
            if not references.fits(self.rules[one.segment_id], groups=self.rules.get):
                raise InvalidFields.one(
                    "/rule",
                    Reason(
                        "{too_large}, but {name} is made of this and grows",
                        too_large=references.TOO_LARGE,
                        name=one.name,
                    ),
                )
        return found

    def _name(self, segment_id: str) -> str:
        segment = self.segments.get(segment_id)
        return segment.name if segment else segment_id
