"""Use cases around the rules of greetings."""

from collections.abc import Mapping
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.business import service as business_service
from crm.calendar import feasts
from crm.core import clock, ids, table
from crm.core.config import settings
from crm.core.errors import InvalidFields, KeyReused, NotFound, StaleVersion
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.greetings import checks, rules
from crm.greetings.models import PARTITION, PREFIX, Greeting
from crm.templates import service as template_service

_ROUTE = "POST /greetings"
# Whoever changes these changes whom the rule owes a greeting; it owes none under the new form for days gone by.
_PROMISES = ("occasion", *rules.ALL_DETAILS, "offset_days", "rest_days", "segment", "starts_on", "ends_on", "active")
_SEGMENTS = "SEGMENTS"


def add(*, fields: Mapping[str, Any], caller: str, idempotency_key: str | None) -> Greeting:
    """Store a new rule. Raises KeyReused, InvalidFields."""
    greeting_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    greeting = new(greeting_id, fields)
    try:
        _save(greeting, condition=Greeting.pk.does_not_exist(), segment=greeting.segment)
    except table.ConditionFailed:
        return _replayed_or_refused(greeting)
    return greeting


def checked(greeting_id: str, fields: Mapping[str, Any]) -> Greeting:
    """A rule that could be stored, which it is not. Raises InvalidFields."""
    greeting = new(greeting_id, fields)
    _require_segment(greeting.segment)
    return greeting


def new(greeting_id: str, fields: Mapping[str, Any]) -> Greeting:
    """A rule of these fields, not stored; without a template it has the usual one. Raises InvalidFields."""
    now = clock.stamp()
    usual = rules.usual_template(fields["occasion"], fields.get("event"))
    values = {"template": usual, **fields}
    _require(values)
    stamps: dict[str, Any] = {"version": 1, "created_at": now, "updated_at": now}
    stamps |= {"request_hash": ids.request_hash(fields), "active_since": now if values["active"] else None}
    return Greeting(PARTITION, PREFIX + greeting_id, **stamps, **values)


def get(*, greeting_id: str) -> Greeting:
    """The rule as it is now. Raises NotFound."""
    try:
        return Greeting.read(greeting_id)
    except Greeting.DoesNotExist as missing:
        raise NotFound(f"there is no greeting {greeting_id[:60]!a}") from missing


def change(*, greeting_id: str, fields: Mapping[str, Any], expected_version: int | None) -> Greeting:
    """Change fields of a rule; what was sent under it stays sent. Raises NotFound, StaleVersion, InvalidFields."""
    greeting = get(greeting_id=greeting_id)
    _require_version(greeting, expected_version)
    read_version, before = greeting.version, dict(greeting.attribute_values)
    values = {**before, **_fitting(fields, before)}
    _require(values)
    values |= {"version": read_version + 1, "updated_at": clock.stamp()}
    if any(values.get(name) != before.get(name) for name in _PROMISES):
        values["active_since"] = values["updated_at"] if values["active"] else None
    for name in set(values) - {"pk", "sk", "entity"}:
        setattr(greeting, name, values[name])
    try:
        # A group that was deleted must not keep anybody from switching its rule off.
        _save(greeting, condition=Greeting.version == read_version, segment=fields.get("segment"))
    except table.ConditionFailed:
        _require_segment(fields.get("segment"))
        raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None
    return greeting


def remove(*, greeting_id: str, expected_version: int | None) -> None:
    """Delete a rule; messages that it sent stay on record. Raises NotFound, StaleVersion."""
    greeting = get(greeting_id=greeting_id)
    _require_version(greeting, expected_version)
    try:
        table.commit(lambda transaction: transaction.delete(greeting, condition=Greeting.version == greeting.version))
    except table.ConditionFailed:
        raise StaleVersion("somebody else changed it meanwhile; read it again") from None


def page(request: PageRequest) -> Page[Greeting]:
    """The rules by id."""
    after = PREFIX + request.after if request.after else PREFIX
    # "$" follows "#": all sort keys that begin with the prefix lie between.
    found = list(
        Greeting.query(
            PARTITION, Greeting.sk.between(after, "GREETING$"), consistent_read=True, limit=request.limit + 2
        )
    )
    rules = [rule for rule in found if rule.sk != after]
    shown = rules[: request.limit]
    more = shown[-1].greeting_id if len(rules) > request.limit else None
    return Page(shown, request.cursor_at(more))


def active() -> list[Greeting]:
    """The rules that greet."""
    return Greeting.read_active()


def watched(*, since: str) -> list[Greeting]:
    """The rules that greet, and those switched off since the instant: what they had begun is still to get a reason."""
    return [rule for rule in Greeting.query(PARTITION, consistent_read=True) if rule.active or rule.updated_at > since]


def _save(greeting: Greeting, *, condition: Any, segment: str | None) -> None:
    def write(transaction: TransactWrite) -> None:
        transaction.save(greeting, condition=condition)
        if segment:
            there = table.CrmItem.pk.exists()
            transaction.condition_check(table.CrmItem, _SEGMENTS, f"SEGMENT#{segment}", condition=there)

    table.commit(write)


def _replayed_or_refused(greeting: Greeting) -> Greeting:
    try:
        stored = Greeting.read(greeting.greeting_id)
    except Greeting.DoesNotExist:
        raise unknown_segment() from None
    if stored.request_hash != greeting.request_hash:
        raise KeyReused("send another Idempotency-Key for another greeting")
    return stored


def _require_segment(segment: str | None) -> None:
    if not segment:
        return
    key = table.to_item({"pk": _SEGMENTS, "sk": f"SEGMENT#{segment}"})
    found = table.client().get_item(TableName=settings().crm_table, Key=key, ConsistentRead=True)
    if "Item" not in found:
        raise unknown_segment()


def unknown_segment() -> InvalidFields:
    """What is said of a group that there is not, or that whoever asks does not see."""
    return InvalidFields.one("/segment", Reason("there is no segment with this id"))


def _require_version(greeting: Greeting, expected: int | None) -> None:
    if expected is not None and greeting.version != expected:
        raise StaleVersion(f"it is at version {int(greeting.version)} now; read it again and repeat the change")


def _fitting(fields: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The change, and away with what only the occasion before needed."""
    if "occasion" not in fields and "event" not in fields:
        return dict(fields)
    event = fields.get("event", before.get("event"))
    needed = rules.details(fields.get("occasion", before["occasion"]), event)
    return {**dict.fromkeys(set(rules.ALL_DETAILS) - needed), **fields}


def _greets(template: str) -> bool:
    """Whether there is such a template, and it has the values of a greeting."""
    return template_service.exists(template) and template_service.words(template, languages=[]).use == "greeting"


def _require(values: Mapping[str, Any]) -> None:
    checks.require(
        values,
        last_start=business_service.current().last_start,
        feasts=feasts.known(),
        has_template=_greets,
    )
