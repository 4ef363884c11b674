"""Items of segments, all in one partition, and the epoch that counts the changes of their rules.

A group has a rule that is being asked for (`rule`, `rule_version`, `rule_epoch`) and the rule that its readers see
(`live_…`, live_epoch 0: none yet). They are the same once the group has been filled. `rule_epoch` names the rule in
the keys of the views: unlike `rule_version` it never comes again, not even after a group was deleted and made anew.
Where a rule names other groups, `resolved` (`live_resolved`) is the same with them written out.
"""

import json
from decimal import Decimal
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DecimalAttribute, WholeNumberAttribute

PARTITION = "SEGMENTS"
SEGMENT = "SEGMENT#"
DISBANDING = "DISBANDING#"
BY_RULE = "rule"
STATIC = "static"
PROFILE = "PROFILE"
MERGED = "MERGED"


class Segment(CrmItem, discriminator="segment"):
    """A group of customers, described by a rule."""

    version = WholeNumberAttribute()
    name = UnicodeAttribute()
    kind = UnicodeAttribute(default=BY_RULE)
    rule = UnicodeAttribute()
    resolved = UnicodeAttribute(null=True)
    rule_version = WholeNumberAttribute()
    rule_epoch = WholeNumberAttribute()
    live_rule = UnicodeAttribute(null=True)
    live_resolved = UnicodeAttribute(null=True)
    live_version = WholeNumberAttribute(default=0)
    live_epoch = WholeNumberAttribute(default=0)
    request_hash = UnicodeAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    @property
    def segment_id(self) -> str:
        return self.sk.removeprefix(SEGMENT)

    @property
    def rule_to_fill(self) -> str:
        """What its members are sought by."""
        return self.resolved or self.rule

    @property
    def rule_seen(self) -> str:
        """What the members that readers see were sought by; before there are any, what they are being sought by."""
        return self.live_resolved or self.live_rule or self.rule_to_fill

    @property
    def is_building(self) -> bool:
        return self.live_epoch != self.rule_epoch

    @classmethod
    def keyed(cls, segment_id: str, **attributes: Any) -> "Segment":
        """The item of a segment."""
        return cls(PARTITION, SEGMENT + segment_id, **attributes)

    @classmethod
    def read(cls, segment_id: str) -> "Segment":
        """The segment as it is now, consistently. Raises Segment.DoesNotExist."""
        return cls.get(PARTITION, SEGMENT + segment_id, consistent_read=True)

    @classmethod
    def read_all(cls) -> list["Segment"]:
        """Every segment as it is now, consistently."""
        return list(cls.query(PARTITION, cls.sk.startswith(SEGMENT), consistent_read=True))

    @classmethod
    def page(cls, *, after: str | None, limit: int) -> tuple[list["Segment"], str | None]:
        """Some segments after a place, and the place of the last if there are more."""
        start: Any = {"pk": {"S": PARTITION}, "sk": {"S": SEGMENT + after}} if after else None
        found = cls.query(PARTITION, cls.sk.startswith(SEGMENT), limit=limit, last_evaluated_key=start)
        segments = list(found)
        last = found.last_evaluated_key
        return segments, str(last["sk"]["S"]).removeprefix(SEGMENT) if last else None


class Disbanding(CrmItem, discriminator="disbanding"):
    """Stands while the members of a deleted hand-picked group are let go; its stream record starts the work."""

    requested_at = UnicodeAttribute()

    @classmethod
    def keyed(cls, segment_id: str, **attributes: Any) -> "Disbanding":
        """The mark of one group."""
        return cls(PARTITION, DISBANDING + segment_id, **attributes)

    @classmethod
    def read(cls, segment_id: str) -> "Disbanding | None":
        """The mark as it is now, consistently, or None."""
        try:
            return cls.get(PARTITION, DISBANDING + segment_id, consistent_read=True)
        except cls.DoesNotExist:
            return None


class Snapshot(CrmItem, discriminator="segment_snapshot"):
    """A group as it stood at the beginning of a day; forgotten after a while (`expires_at`)."""

    rule_epoch = WholeNumberAttribute()
    run = UnicodeAttribute()
    members = WholeNumberAttribute()
    spent = DecimalAttribute()
    joined = WholeNumberAttribute()
    left = WholeNumberAttribute()
    taken_at = UnicodeAttribute()
    expires_at = WholeNumberAttribute()

    @property
    def day(self) -> str:
        return self.sk.rpartition("#")[2]

    @classmethod
    def keyed(cls, segment_id: str, day: str, **attributes: Any) -> "Snapshot":
        """The item of a group and a day (`2026-11-22`)."""
        return cls(PARTITION, f"SNAPSHOT#{segment_id}#{day}", **attributes)

    @classmethod
    def between(cls, segment_id: str, first: str, last: str) -> list["Snapshot"]:
        """The snapshots of a group from one day to another, both included, in order."""
        prefix = f"SNAPSHOT#{segment_id}#"
        return list(cls.query(PARTITION, cls.sk.between(prefix + first, prefix + last), consistent_read=True))


class Epoch(CrmItem, discriminator="rules_epoch"):
    """Counts the changes of all that projections depend on.

    Beside it stand, kept by `crm.views.day`, the `day` that is today for all projections, and the business's `leap_day`
    and `timezone` that they reckon with.
    """

    epoch = WholeNumberAttribute()
    day = UnicodeAttribute(null=True)
    leap_day = UnicodeAttribute(null=True)
    timezone = UnicodeAttribute(null=True)

    @classmethod
    def keyed(cls) -> "Epoch":
        """The one item."""
        return cls("RULES", "EPOCH")

    @classmethod
    def read(cls) -> int:
        """The epoch as it is now, consistently; 0 before the first change."""
        try:
            return int(cls.get("RULES", "EPOCH", consistent_read=True).epoch)
        except cls.DoesNotExist:
            return 0


def to_text(rule: Any) -> str:
    """A rule as JSON text: it is kept as it was written, and DynamoDB's limits of nesting do not matter."""
    return json.dumps(rule, ensure_ascii=False, default=_number)


def from_text(rule: str) -> dict[str, Any]:
    """A rule from its text."""
    found: dict[str, Any] = json.loads(rule)
    return found


def _number(value: Any) -> float | str:
    # The decoder of bodies makes 0.5 a Decimal; as a float only where that is the same number.
    if not isinstance(value, Decimal):
        raise TypeError(f"a rule cannot hold a {type(value).__name__}")
    return float(value) if Decimal(repr(float(value))) == value else str(value)
