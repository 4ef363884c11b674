"""Forms that no job has taken, though one should have within seconds: they are tried again, and found by an erasure."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from crm.core import clock, table, text, views
from crm.core.places import Person
from crm.forms import service
from crm.forms.models import Submission
from crm.forms.projection import WAITING

_SECONDS_TO_TAKE = timedelta(hours=1)
# What failed on so many days fails for a reason that somebody has to mend; then the dead letters are tried again.
_TRIED_FOR = timedelta(days=4)
_NO_DIGIT = re.compile(r"[^0-9]+")
# People leave out the country, and put a nought in its place.
_TELLING_DIGITS = 8


def stuck() -> list[str]:
    """The ids of the forms that are to be tried again."""
    now = clock.now()
    first, last = clock.instant(now - _TRIED_FOR), clock.instant(now - _SECONDS_TO_TAKE)
    return [str(entry["form"]) for entry in views.each(WAITING, after=first, until=last)]


def erase(person: Person) -> int:
    """Delete the forms of a person that wait, and those that name them; how many. Raises the stores' errors."""
    gone = [item for item in _all() if _is_of(item, person)]
    for item in gone:
        table.commit(lambda transaction, item=item: transaction.delete(item))  # type: ignore[misc]
    return len(gone)


def _all() -> Iterator[Submission]:
    for entry in list(views.each(WAITING)):
        item = service.waiting(str(entry["form"]))
        if item:
            yield item


def _is_of(item: Submission, person: Person) -> bool:
    if item.customer in person.ids:
        return True
    said = [one.lower() for one in _texts(item.values)]
    phones = [_NO_DIGIT.sub("", one)[-_TELLING_DIGITS:] for one in person.addresses if "@" not in one]
    typed = [_NO_DIGIT.sub("", text.ascii_digits(one)) for one in said]
    return (
        any(address.lower() in one for one in said for address in person.addresses if "@" in address)
        or any(phone in digits for digits in typed for phone in phones if phone)
        # Another customer may be called the same.
        or (item.customer is None and not {name.lower() for name in person.names}.isdisjoint(said))
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
