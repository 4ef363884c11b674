"""Answers become facts of a record: what somebody else said before stays, and the difference is kept to be decided."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.changes import reading
from crm.changes import rules as change_rules
from crm.core import clock
from crm.core.author import Author
from crm.core.errors import InvalidFields, StaleVersion, StoreUnavailable
from crm.customers import confirming
from crm.customers import service as customer_service
from crm.customers.changing import OnConflict
from crm.suppressions.forgotten import AddressForgotten

_BY_MEMBER = frozenset({"custom", "consent"})
_ADDRESSES = ("/email", "/phone")
_TRIES = 8


def fill(*, customer_id: str, fields: Mapping[str, Any], author: Author) -> list[str]:
    """Put answers into a record; the pointers of those that it cannot take. Raises NotFound.

    A value that came by the same questionnaire is replaced: whoever answers again corrects themselves. What is said
    again is their word, of today, from now on.
    """
    known = reading.read(customer_id)
    own = {one for one in pointers(fields) if one != "/tags" and _is_own(known.source(one), author)}
    left = _take(customer_id, without(fields, set(pointers(fields)) - own), author, "replace")
    left += _take(customer_id, without(fields, own), author, "note")
    confirming.confirm(customer_id=customer_id, fields=without(fields, left), author=author)
    return left


def correct(*, customer_id: str, fields: Mapping[str, Any], author: Author) -> list[str]:
    """Put into a record what customers say of the values that they were shown; the pointers of what it cannot take.

    `author.at`: when they were shown. What is older than that is replaced, beside what somebody has entered since it is
    noted, to be decided about, and what is said again is their word from now on. Raises NotFound.
    """
    left = _take(customer_id, dict(fields), author, "newer")
    left += _take(customer_id, without(fields, left), author, "note")
    confirming.confirm(customer_id=customer_id, fields=without(fields, left), author=author)
    return left


def empty(*, customer_id: str, names: Iterable[str], author: Author) -> None:
    """Take values out of a record that somebody wiped out who was shown them at `author.at`; newer ones stay.

    Raises NotFound.
    """
    for _ in range(_TRIES):
        profile = customer_service.get(customer_id=customer_id)
        known, said_at = reading.read(profile.customer_id), author.said_at(clock.stamp())
        sources = {name: known.source(change_rules.pointer(name)) for name in names if getattr(profile, name)}
        gone = [name for name, source in sources.items() if source is None or str(source["at"]) <= said_at]
        if not gone:
            return
        try:
            customer_service.change(
                customer_id=customer_id,
                fields=dict.fromkeys(gone),
                author=author,
                expected_version=int(profile.version),
            )
        except StaleVersion:
            continue
        return
    raise StoreUnavailable("this customer is being changed by many at once")


def pointers(fields: Mapping[str, Any]) -> list[str]:
    """The JSON pointers of the fields; of objects that are merged by member those of the members."""
    return [
        change_rules.pointer(name, *member)
        for name, value in fields.items()
        for member in ([(inner,) for inner in value] if name in _BY_MEMBER else [()])
    ]


def without(fields: Mapping[str, Any], gone: Iterable[str]) -> dict[str, Any]:
    """The fields but for some, named by pointer."""
    dropped, kept = set(gone), dict[str, Any]()
    for name, value in fields.items():
        if name in _BY_MEMBER:
            members = {one: given for one, given in value.items() if change_rules.pointer(name, one) not in dropped}
            kept |= {name: members} if members else {}
        elif change_rules.pointer(name) not in dropped:
            kept[name] = value
    return kept


def _take(customer_id: str, fields: dict[str, Any], author: Author, on_conflict: OnConflict) -> list[str]:
    left: list[str] = []
    while fields:
        try:
            customer_service.change(
                customer_id=customer_id,
                fields=fields,
                author=author,
                expected_version=None,
                # Two of one family may share a number; the search for duplicates tells of them.
                allow_duplicate=True,
                on_conflict=on_conflict,
            )
        except InvalidFields as refused:
            wrong = [one for one in pointers(fields) if any(same(one, error.pointer) for error in refused.fields)]
            if not wrong:
                raise
        except AddressForgotten:
            # Whoever was erased under it comes back by their own word to the staff, not by anybody's form.
            wrong = [one for one in pointers(fields) if one in _ADDRESSES]
        else:
            break
        left += wrong
        fields = without(fields, wrong)
    return left


def same(field: str, refused: str) -> bool:
    """Whether what was refused is this field, or a part of it, or what it is part of."""
    return change_rules.within(refused, field) or change_rules.within(field, refused)


def _is_own(source: Mapping[str, Any] | None, author: Author) -> bool:
    return bool(source) and (source or {}).get("way") == author.way and (source or {}).get("of") == author.of
