"""What names a tag, and follows when the tag gets another name: rules of groups, and questions that set it.

A rule goes over by a step that asks for both names: else everybody would leave the group on the way, and miss what is
sent to it. Of what people have changed meanwhile nothing is touched.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from crm.core import text
from crm.core.errors import Conflict, InvalidFields, NotFound, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.questionnaires import service as questionnaire_service
from crm.questionnaires.models import PARTITION as QUESTIONNAIRES
from crm.questionnaires.models import PREFIX, Questionnaire
from crm.segments import service as segment_service
from crm.segments.models import Segment, from_text
from crm.tags import rules
from crm.tags.rules import Renaming

Use = dict[str, Any]
Stage = Literal["before", "both", "after"]
_MOST_NAMED = 5


class TagInUse(Conflict):
    """Names who uses it, as `used_by`: [{kind, id, name}]."""

    slug = "in-use"
    title = Reason("Something else is made of this")


def find(tag: str) -> list[Use]:
    """Everything that names a tag."""
    return [*_groups(tag), *_questionnaires(tag)]


def refuse(tag: str, uses: Sequence[Use], *, remedy: Reason) -> None:
    """Raise TagInUse where there are any."""
    if uses:
        named = ", ".join(f"the {one['kind']} {text.quoted(one['name'])}" for one in uses[:_MOST_NAMED])
        more = Reason(" and {more} more", more=len(uses) - _MOST_NAMED) if len(uses) > _MOST_NAMED else ""
        raise TagInUse(
            Reason(
                "the tag {tag} is named by {named}{more}; {remedy}",
                tag=text.quoted(tag),
                named=named,
                more=more,
                remedy=remedy,
            ),
            used_by=shown(uses),
        )


def shown(uses: Sequence[Use]) -> list[dict[str, str]]:
    """The uses as the API shows them."""
    return [{name: str(one[name]) for name in ("kind", "id", "name")} for one in uses]


def bring(uses: Sequence[Use], renaming: Renaming, *, to: Stage, is_undone: bool) -> bool:
    """Bring everything to a stage; whether some groups are still to be filled under a rule of ours.

    Raises StoreUnavailable; again, then.
    """
    is_filling = False
    for use in uses:
        try:
            if use["kind"] == "segment":
                is_filling |= _group(use, renaming, to)
            else:
                _questions(use, renaming.back() if is_undone else renaming)
        except (NotFound, InvalidFields):
            continue  # deleted since, or what came of it would be too large: it stays as people have it
        except StaleVersion as first:
            raise StoreUnavailable("somebody changes the same group or questionnaire") from first
    return is_filling


def _group(use: Use, renaming: Renaming, to: Stage) -> bool:
    before = from_text(use["rule"])
    stages = {"before": before, "both": rules.both(before, renaming), "after": rules.after(before, renaming)}
    segment = segment_service.get(segment_id=use["id"])
    if from_text(segment.rule) not in stages.values():
        return False
    changed = segment_service.change(
        segment_id=use["id"], fields={"rule": stages[to]}, expected_version=int(segment.version)
    )
    return changed.is_building


def _questions(use: Use, renaming: Renaming) -> None:
    stored = questionnaire_service.get(questionnaire_id=use["id"])
    wanted = rules.asked(stored.questions, renaming, of=use["questions"])
    if wanted != stored.questions:
        questionnaire_service.change(
            questionnaire_id=use["id"], fields={"questions": wanted}, expected_version=int(stored.version)
        )


def _groups(tag: str) -> Iterator[Use]:
    for one in Segment.read_all():
        if rules.names(from_text(one.rule), tag):
            yield {"kind": "segment", "id": one.segment_id, "name": one.name, "rule": one.rule}


def _questionnaires(tag: str) -> Iterator[Use]:
    for one in Questionnaire.query(QUESTIONNAIRES, Questionnaire.sk.startswith(PREFIX), consistent_read=True):
        ids = [question["id"] for question in one.questions if rules.sets(question, tag)]
        if ids:
            title: Mapping[str, str] = one.title
            named = next(iter(title.values()))
            yield {"kind": "questionnaire", "id": one.questionnaire_id, "name": named, "questions": ids}
