"""What customers say again of themselves: the values stay, and are their word, of that day, from then on.

Without it a value that somebody typed in years ago would look as old as it did before it was confirmed, and give way
to any file that is newer than that.
"""

from collections.abc import Mapping
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.changes import reading
from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.changes.reading import Known
from crm.core import clock, table
from crm.core.author import Author
from crm.core.errors import StoreUnavailable
from crm.customers import changing, service
from crm.customers.models import Profile

_TRIES = 8
_BY_MEMBER = frozenset({"custom"})


def confirm(*, customer_id: str, fields: Mapping[str, Any], author: Author) -> list[str]:
    """Let the stored values that `fields` say again be the author's word, where that is later than their source.

    Returns their pointers. Answers about mail are confirmed where they are given, and tags by nobody. Raises NotFound.
    """
    for _ in range(_TRIES):
        profile = service.get(customer_id=customer_id)
        said_at = author.said_at(clock.stamp())
        again = _again(changing.fields_of(profile), fields)
        known = reading.read(profile.customer_id) if again else None
        older = [one for one in again if known and _is_older(known, one, said_at)]
        if not older or _write(profile, older, author):
            return older
    raise StoreUnavailable("this customer is being changed by many at once")


def _again(stored: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    """The pointers of the values that are stored just as they are said."""
    found = []
    for name, value in said.items():
        if name in _BY_MEMBER:
            known = stored.get(name) or {}
            found += [change_rules.pointer(name, one) for one, given in value.items() if _same(known.get(one), given)]
        elif name not in change_rules.OBJECTS | change_rules.SETS and _same(stored.get(name), value):
            found.append(change_rules.pointer(name))
    return found


def _same(stored: Any, said: Any) -> bool:
    return said is not None and change_rules.same(stored, said)


def _is_older(known: Known, pointer: str, said_at: str) -> bool:
    source = known.source(pointer)
    return source is None or str(source["at"]) < said_at


def _write(profile: Profile, pointers: list[str], author: Author) -> bool:
    def write(transaction: TransactWrite) -> None:
        as_read = Profile.revision == profile.revision
        transaction.condition_check(Profile, profile.pk, profile.sk, condition=as_read)
        change_service.confirmed(transaction, profile.customer_id, pointers=pointers, author=author, at=clock.stamp())

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True
