"""Use cases around the fields that a business defines, and the one check that all values of customers pass."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.access import roster
from crm.access import rules as access_rules
from crm.access.models import Roster
from crm.core import clock, ids, table, veil
from crm.core.author import Author, Way
from crm.core.errors import Conflict, InvalidFields, LimitReached, NotFound, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.own_fields import checks, rules, searching
from crm.own_fields.models import Edition, OwnField, SearchEpoch
from crm.own_fields.rules import Choice, Definition

MOST = 60
_TRIES = 8
_BY_LANGUAGE = ("labels", "help")
_DEFAULTS: Mapping[str, Any] = {
    "labels": {},
    "help": {},
    "choices": [],
    "required": False,
    "searchable": False,
    "order": 0,
    "visible_to": [],
}
# Others bring what they have: a lead from a mail, or a customer's own answer, is not lost for a field they do not know.
_ASKED_FOR_ALL: frozenset[Way] = frozenset({"staff", "import"})
_TYPE_REMEDY = Reason(
    "stays as it is, since values of customers are of it; define a field of another name, or delete this one and "
    "define it anew: values that do not fit then stay as they are until they are changed"
)


def definitions() -> tuple[Definition, ...]:
    """All fields as they are now, in order: one consistent read of a small item, and of all fields after a change."""
    edition = Edition.read()
    return _of_edition(edition.token) if edition and edition.names else ()


def fitted(
    fields: Mapping[str, Any],
    *,
    stored: Mapping[str, Any] | None,
    author: Author,
    defined: tuple[Definition, ...] | None = None,
) -> dict[str, Any]:
    """A customer's fields with the values of `custom` checked, each in its normal form.

    `stored` is the customer's `custom` as it is; None for a new customer. `defined`: the fields, where they have just
    been read. Raises InvalidFields.
    """
    if stored is not None and "custom" not in fields:
        return {**fields}
    defined, custom = definitions() if defined is None else defined, fields.get("custom")
    if author.way in _ASKED_FOR_ALL:
        # Nobody is asked for what they do not see.
        asked = [one for one in defined if not veil.is_hidden(f"/custom/{one.name}", author.hidden)]
        rules.require_whole(custom, asked, stored=stored)
    if not custom:
        return {**fields}
    return {**fields, "custom": rules.fitted(custom, defined, stored=stored or {}, hidden=author.hidden)}


def define(*, name: str, fields: Mapping[str, Any], caller: str) -> OwnField:
    """Define a field; the same request again answers with the field. Raises Conflict, LimitReached, InvalidFields."""
    now = clock.stamp()
    made = OwnField.keyed(name, version=1, created_at=now, created_by=caller, updated_at=now, **fields)
    checks.require_possible(definition_of(made))
    _require_roles(made.visible_to or ())
    for _ in range(_TRIES):
        edition = Edition.read()
        if stored := OwnField.find(name):
            if definition_of(stored) == definition_of(made):
                return stored
            raise Conflict(Reason("there is a field {name} already; change it: PATCH /fields/{name}", name=name))
        names = _names(edition)
        if len(names) >= MOST:
            raise LimitReached(
                Reason("there are {most} fields already; delete one that nobody fills in: DELETE /fields/…", most=MOST)
            )
        absent = OwnField.pk.does_not_exist()
        if _written(edition, names | {name}, saved=made, condition=absent, is_searched_anew=made.searchable):
            return made
    raise StoreUnavailable("the fields are being changed by many at once")


def get(*, name: str) -> OwnField:
    """One field. Raises NotFound."""
    found = OwnField.find(name)
    if found is None:
        raise unknown(name)
    return found


def unknown(name: str) -> NotFound:
    """What is said of a field that there is not, or that whoever asks does not see."""
    return NotFound(f"there is no field {name[:60]!a}")


def page() -> list[OwnField]:
    """All fields in order."""
    return sorted(OwnField.read_all(), key=lambda field: (field.order, field.name))


def change(*, name: str, fields: Mapping[str, Any], expected_version: int | None) -> OwnField:
    """Change a field (None: back to the default; labels and help by language); its type stays.

    Raises NotFound, StaleVersion, InvalidFields.
    """
    for _ in range(_TRIES):
        edition, field = Edition.read(), get(name=name)
        _require_version(field, expected_version)
        _require_roles(fields.get("visible_to") or ())
        if (fields.get("type") or field.type) != field.type:
            raise InvalidFields.one("/type", _TYPE_REMEDY)
        read_version, was_searched = field.version, field.searchable
        changed = _merged(field, fields)
        for attribute, value in {**changed, "version": read_version + 1, "updated_at": clock.stamp()}.items():
            setattr(field, attribute, value)
        checks.require_possible(definition_of(field))
        is_new = field.searchable != was_searched
        as_read = OwnField.version == read_version
        if _written(edition, _names(edition), saved=field, condition=as_read, is_searched_anew=is_new):
            return field
    raise StoreUnavailable("the fields are being changed by many at once")


def remove(*, name: str, expected_version: int | None) -> None:
    """Take a field away. Values that customers have stay, and can be emptied. Raises NotFound, StaleVersion."""
    for _ in range(_TRIES):
        edition, field = Edition.read(), get(name=name)
        _require_version(field, expected_version)
        names, as_read = _names(edition) - {name}, OwnField.version == field.version
        if _written(edition, names, deleted=field, condition=as_read, is_searched_anew=field.searchable):
            return
    raise StoreUnavailable("the fields are being changed by many at once")


def definition_of(field: OwnField) -> Definition:
    """A stored field as the rules take it."""
    return Definition(
        name=field.name,
        type=field.type,  # type: ignore[arg-type]
        labels=field.labels,
        help=field.help,
        choices=tuple(Choice(one["value"], one["labels"]) for one in field.choices),
        required=field.required,
        searchable=field.searchable,
        order=field.order,
        visible_to=tuple(field.visible_to or ()),
    )


@lru_cache(maxsize=1)
def _of_edition(token: str) -> tuple[Definition, ...]:  # noqa: ARG001 - the fields are at least as new as this edition
    return rules.ordered([definition_of(field) for field in OwnField.read_all()])


def _names(edition: Edition | None) -> set[str]:
    return set(edition.names or ()) if edition else set()


def _merged(field: OwnField, asked: Mapping[str, Any]) -> dict[str, Any]:
    found = dict[str, Any]()
    for name, value in asked.items():
        if value is None:
            found[name] = _DEFAULTS.get(name, field.type)
        elif name in _BY_LANGUAGE:
            merged = {**getattr(field, name), **value}
            found[name] = {language: told for language, told in merged.items() if told is not None}
        else:
            found[name] = value
    return found


def _written(
    edition: Edition | None,
    names: set[str],
    *,
    condition: Any,
    saved: OwnField | None = None,
    deleted: OwnField | None = None,
    is_searched_anew: bool = False,
) -> bool:
    """Save or delete a field with the next edition; False when somebody else was first.

    `is_searched_anew`: customers are found by other words from now on.
    """
    epoch = SearchEpoch.read() if is_searched_anew else None
    known = Roster.read()
    seeing = known.followed_by(fields=_seen_by(known, saved)) if saved else known
    seen = Edition.token == edition.token if edition else Edition.pk.does_not_exist()

    def write(transaction: TransactWrite) -> None:
        transaction.save(Edition.keyed(token=ids.new(), names=names or None), condition=seen)
        if saved:
            transaction.save(saved, condition=condition)
            if seeing.fields != (known.fields or {}):
                known.replace(transaction, by=seeing)
        if deleted:
            transaction.delete(deleted, condition=condition)
        if epoch is not None:
            searching.raised(transaction, epoch)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    if saved:
        roster.remember(seeing)
    return True


def _seen_by(known: Roster, field: OwnField) -> dict[str, list[str]]:
    """Which roles alone see which fields. What a field that is taken away leaves with customers stays as hidden."""
    others = {name: roles for name, roles in (known.fields or {}).items() if name != field.name}
    return {**others, field.name: list(field.visible_to)} if field.visible_to else others


def _require_roles(named: Iterable[str]) -> None:
    there = {*access_rules.policy().roles, *roster.current().roles}
    if unknown := [name for name in named if name not in there]:
        raise InvalidFields.one(
            "/visible_to",
            Reason(
                "{unknown} is no role; there are {known}",
                unknown=ascii(unknown[0][:60]),
                known=", ".join(sorted(there)),
            ),
        )


def _require_version(field: OwnField, expected: int | None) -> None:
    if expected is not None and field.version != expected:
        raise StaleVersion(f"it is at version {int(field.version)} now; read it again and repeat the change")
