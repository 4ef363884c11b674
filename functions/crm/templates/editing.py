"""Use cases of writing templates. Every version is kept, since messages name the one that they were made from."""

from collections.abc import Mapping
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, table
from crm.core.config import settings
from crm.core.errors import Conflict, FieldError, InvalidFields, NotFound, StaleVersion
from crm.core.reason import Reason
from crm.templates import service, shipped, text_check
from crm.templates.models import Edition, Template

Texts = Mapping[str, Mapping[str, str | None] | None]
MOST_OWN = 100
_GREETINGS = "GREETINGS"


def add(*, name: str, texts: Texts, caller: str, idempotency_key: str | None) -> Template:
    """Store a template of the business's own; the same request again finds it. Raises InvalidFields, Conflict."""
    if shipped.by_its_name(name) in shipped.USES:
        raise InvalidFields.one(
            "/name", Reason("a shipped template is called so; change it with PATCH, or choose another name")
        )
    _require_sound(name, texts)
    known = Template.read(name)
    request_hash = ids.request_hash([name, texts, caller, idempotency_key])
    if known and known.request_hash == request_hash and not known.removed:
        return known
    if known and (not known.removed or (idempotency_key and known.request_hash == request_hash)):
        what = Reason("was deleted again") if known.removed else Reason("is there already")
        raise Conflict(
            Reason("a template of the name {name} {what}; read it, or choose another name", name=name, what=what)
        )
    if sum(not one.removed for one in Template.read_all()) >= MOST_OWN:
        raise Conflict(
            Reason("there are {most} templates already; delete one that is not used any more", most=MOST_OWN)
        )
    written: dict[str, Any] = {"texts": _plain(texts), "removed": False, "request_hash": request_hash}
    return write(name, known, written, by=caller)


def change(*, name: str, texts: Texts, expected_version: int | None, caller: str) -> Template:
    """Change languages and sections; None takes the business's own away.

    Raises NotFound, StaleVersion, InvalidFields.
    """
    kept, stored = expected(name, expected_version)
    _require_sound(kept, texts)
    merged = _merged(stored.texts if stored else {}, texts)
    _require_whole(kept, merged)
    return write(kept, stored, {"texts": merged}, by=caller)


def remove(*, name: str, expected_version: int | None, caller: str) -> None:
    """Go back to the shipped text, or take an own template away.

    Raises NotFound, StaleVersion, Conflict: a greeting rule uses it.
    """
    kept, stored = expected(name, expected_version)
    if stored is None:
        return  # it is as it was shipped
    if kept in shipped.USES:
        write(kept, stored, {"texts": {}}, by=caller)
        return
    using = _rules_with(kept)
    if using:
        raise Conflict(
            Reason("greeting rules use it: {using}; give them another template first", using=", ".join(using[:5]))
        )
    # The texts stay: a rule that is being added at this moment still has words.
    write(kept, stored, {"removed": True}, by=caller)


def write(name: str, stored: Template | None, written: Mapping[str, Any], *, by: str) -> Template:
    """Write the next version of a template, and keep it as one. Raises StaleVersion."""
    now = clock.stamp()
    before = stored.attribute_values if stored else {"created_at": now, "texts": {}}
    kept = {field: value for field, value in before.items() if field not in ("pk", "sk", "entity")}
    version = stored.version + 1 if stored else 1
    template = Template.keyed(name, **{**kept, **written, "version": version, "updated_at": now, "updated_by": by})
    edition = Edition.of(name, version, texts=template.texts, written_at=now, written_by=by)

    def put(transaction: TransactWrite) -> None:
        unchanged = Template.version == stored.version if stored else Template.pk.does_not_exist()
        transaction.save(template, condition=unchanged)
        transaction.save(edition)

    try:
        table.commit(put)
    except table.ConditionFailed:
        raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None
    return template


def expected(name: str, expected_version: int | None) -> tuple[str, Template | None]:
    """A template by the name under which it is kept, as it is stored. Raises NotFound, StaleVersion."""
    kept = shipped.by_its_name(name)
    stored = Template.read(kept)
    if kept not in shipped.USES and (stored is None or stored.removed):
        raise NotFound(f"there is no template {name[:60]!a}")
    version = stored.version if stored else 0
    if expected_version is not None and expected_version != version:
        raise StaleVersion(f"it is at version {version} now; read it again and repeat the change")
    return kept, stored


def _require_sound(name: str, texts: Texts) -> None:
    found = text_check.problems(texts, known=service.askable(name))
    if found:
        raise InvalidFields("; ".join(f"{one.pointer} {one.reason}" for one in found[:5]), fields=found)


def _require_whole(name: str, texts: Mapping[str, Mapping[str, str]]) -> None:
    lacking = [
        FieldError(f"/texts/{tag}", Reason("needs a subject, a heading and a body, of its own or shipped"))
        for tag in texts
        if service.in_language(name, texts, tag) is None
    ]
    if len(texts) > text_check.MOST_LANGUAGES:
        lacking.append(FieldError("/texts", Reason("at most {most} languages", most=text_check.MOST_LANGUAGES)))
    if not texts and name not in shipped.USES:
        lacking.append(FieldError("/texts", Reason("needs a text in at least one language")))
    if lacking:
        raise InvalidFields("; ".join(f"{one.pointer} {one.reason}" for one in lacking[:5]), fields=tuple(lacking))


def _merged(stored: Mapping[str, Mapping[str, str]], texts: Texts) -> dict[str, dict[str, str]]:
    merged = {**stored, **{tag: {**stored.get(tag, {}), **(text or {})} if text else {} for tag, text in texts.items()}}
    return _plain(merged)


def _plain(texts: Texts) -> dict[str, dict[str, str]]:
    said = {tag: {name: text for name, text in (sections or {}).items() if text} for tag, sections in texts.items()}
    return {tag: sections for tag, sections in said.items() if sections}


def _rules_with(name: str) -> list[str]:
    """The greeting rules that use a template, by name."""
    # Read by their keys: greetings know templates, and slices form no cycle.
    pages = table.client().get_paginator("query")
    rules = pages.paginate(
        TableName=settings().crm_table,
        KeyConditionExpression="pk = :greetings",
        FilterExpression="template = :name",
        ExpressionAttributeValues=table.to_item({":greetings": _GREETINGS, ":name": name}),
        ConsistentRead=True,
    )
    return sorted(str(table.from_item(rule).get("name")) for page in rules for rule in page["Items"])
