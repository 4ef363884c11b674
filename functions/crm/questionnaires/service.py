"""Use cases around questionnaires themselves."""

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from pydantic import ValidationError

from crm.core import clock, ids, invalid, table
from crm.core.errors import InvalidFields, KeyReused, NotFound, StaleVersion, StoreUnavailable
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.questionnaires import unseen
from crm.questionnaires.models import PARTITION, PREFIX, Questionnaire
from crm.questionnaires.schemas import NewQuestionnaire

_ROUTE = "POST /questionnaires"


def make(*, fields: Mapping[str, Any], caller: str, idempotency_key: str | None) -> Questionnaire:
    """Store a new questionnaire. Raises KeyReused."""
    made = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    now, request_hash = clock.stamp(), ids.request_hash(fields)
    stamps: dict[str, Any] = {"created_at": now, "updated_at": now, "created_by": caller, "request_hash": request_hash}
    item = Questionnaire.keyed(made, version=1, **stamps, **fields)
    try:
        table.commit(lambda transaction: transaction.save(item, condition=Questionnaire.pk.does_not_exist()))
    except table.ConditionFailed:
        stored = Questionnaire.find(made)
        if stored is None:
            raise StoreUnavailable("another request of this key was under way; try again") from None
        if stored.request_hash != request_hash:
            raise KeyReused("send another Idempotency-Key for another questionnaire") from None
        return stored
    return item


def get(*, questionnaire_id: str) -> Questionnaire:
    """The questionnaire as it is now. Raises NotFound."""
    found = Questionnaire.find(questionnaire_id)
    if found is None:
        raise NotFound(f"there is no questionnaire {questionnaire_id[:60]!a}")
    return found


def page(request: PageRequest) -> Page[Questionnaire]:
    """Questionnaires in the order of their ids."""
    start = Questionnaire.sk > request.after if request.after else Questionnaire.sk.startswith(PREFIX)
    found = iter(Questionnaire.query(PARTITION, start, consistent_read=True, page_size=request.limit + 1))
    items = list(islice(found, request.limit))
    more = items[-1].sk if next(found, None) else None
    return Page(items, request.cursor_at(more))


def change(
    *,
    questionnaire_id: str,
    fields: Mapping[str, Any],
    expected_version: int | None,
    hidden: Collection[str] = frozenset(),
) -> Questionnaire:
    """Change fields; what was answered before stays as it was. Raises NotFound, StaleVersion, InvalidFields.

    hidden: the fields that the caller sees of nobody; questions about them stay, whatever questions are told, and say
    in a language that is new what they say in another.
    """
    stored = get(questionnaire_id=questionnaire_id)
    _require_version(stored, expected_version)
    values = {**stored.attribute_values, **fields}
    if "questions" in fields:
        values["questions"] = unseen.kept(stored.questions, fields["questions"], hidden)
    values["questions"] = unseen.worded(values["questions"], values["title"], hidden)
    _require_whole(values)
    known = {name: value for name, value in values.items() if value is not None and name != "entity"}
    changed = Questionnaire(**{**known, "version": int(stored.version) + 1, "updated_at": clock.stamp()})
    _commit_if_unchanged(stored, lambda transaction, condition: transaction.save(changed, condition=condition))
    return changed


def remove(*, questionnaire_id: str, expected_version: int | None) -> None:
    """Delete a questionnaire and with it all links to it; what customers answered stays with them."""
    stored = get(questionnaire_id=questionnaire_id)
    _require_version(stored, expected_version)
    _commit_if_unchanged(stored, lambda transaction, condition: transaction.delete(stored, condition=condition))


def _commit_if_unchanged(stored: Questionnaire, write: Any) -> None:
    try:
        table.commit(lambda transaction: write(transaction, Questionnaire.version == stored.version))
    except table.ConditionFailed:
        raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None


def _require_version(stored: Questionnaire, expected: int | None) -> None:
    if expected is not None and stored.version != expected:
        raise StaleVersion(f"it is at version {int(stored.version)} now; read it again and repeat the change")


def _require_whole(values: Mapping[str, Any]) -> None:
    """What was changed fits what was not: titles and questions in the same languages."""
    whole = {name: values[name] for name in NewQuestionnaire.model_fields if values.get(name) is not None}
    try:
        NewQuestionnaire.model_validate(whole)
    except ValidationError as refused:
        first = refused.errors()[0]
        why = invalid.said(first)
        raise InvalidFields.one("/questions", Reason.meaning(str(first["msg"]), why.template, **why.parts)) from refused
