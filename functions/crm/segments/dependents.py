"""What would break if a group were gone: groups that are made of it, greetings that go to it, rules that ask for it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from crm.core import table
from crm.core.config import settings
from crm.core.errors import Conflict
from crm.core.reason import Reason
from crm.core.text import quoted
from crm.criteria.references import referred
from crm.routing import service as routing_service
from crm.segments.models import Segment, from_text

# The greetings know the groups; so they are asked for by their key, and not the other way round.
_GREETINGS = "GREETINGS"
_MOST_NAMED = 5


class InUse(Conflict):
    """Names who uses it, as `used_by`: [{kind, id, name}]."""

    slug = "in-use"
    title = Reason("Something else is made of this")


@dataclass(frozen=True)
class Dependent:
    """A group, a greeting or a rule of routing that would break."""

    kind: Literal["segment", "greeting", "routing"]
    id: str
    name: str


def require_none(segment_id: str) -> None:
    """Raises InUse. Asked before a deletion under the rules' epoch, no group can slip in between."""
    if found := of(segment_id):
        named = ", ".join(f"the {one.kind} {quoted(one.name)}" for one in found[:_MOST_NAMED])
        more = Reason(" and {more} more", more=len(found) - _MOST_NAMED) if len(found) > _MOST_NAMED else ""
        raise InUse(
            Reason("it is used by {named}{more}; change or delete these first", named=named, more=more),
            used_by=[asdict(one) for one in found],
        )


def of(segment_id: str) -> list[Dependent]:
    """All that would break."""
    found = [*_segments(segment_id, Segment.read_all()), *_greetings(segment_id)]
    return found + [Dependent("routing", rule["id"], rule["name"]) for rule in routing_service.naming(segment_id)]


def _segments(segment_id: str, segments: Iterable[Segment]) -> Iterator[Dependent]:
    for segment in segments:
        if segment.segment_id != segment_id and segment_id in referred(from_text(segment.rule)):
            yield Dependent("segment", segment.segment_id, segment.name)


def _greetings(segment_id: str) -> Iterator[Dependent]:
    asked: Any = {
        "TableName": settings().crm_table,
        "KeyConditionExpression": "pk = :pk",
        "FilterExpression": "#segment = :segment",
        "ExpressionAttributeNames": {"#segment": "segment"},
        "ExpressionAttributeValues": table.to_item({":pk": _GREETINGS, ":segment": segment_id}),
        "ConsistentRead": True,
    }
    while True:
        page = table.client().query(**asked)
        for item in map(table.from_item, page["Items"]):
            yield Dependent("greeting", item["sk"].partition("#")[2], item["name"])
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
