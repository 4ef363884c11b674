"""Rows that are refused for what they say, with what keeps them out besides: whoever mends a file sees all at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from crm.imports.asked import Asked, Told, Unfit
from crm.imports.deeds import Deed, Fault, refused
from crm.imports.grouping import grouped
from crm.imports.whom import Person

Judge: TypeAlias = Callable[[list[Asked]], Deed]
"""What rows about one person come to."""
Heed: TypeAlias = Callable[[Asked], Iterable[Fault]]
"""What keeps a row out whoever it is about."""
Marks: TypeAlias = Mapping[tuple[str, ...], Deed]
"""What the rows that can be taken come to, by what they are known by."""


def people(unfit: Iterable[Unfit]) -> Iterator[Person]:
    """Whom these rows are about, as far as they say it."""
    return (row.right.person for row in unfit if row.right and row.names_somebody)


def marked(deeds: Iterable[tuple[list[Asked], Deed]]) -> Marks:
    """What groups of rows come to, by what they are known by."""
    return {mark: deed for group, deed in deeds for row in group for mark in row.person.marks()}


def deeds(unfit: Sequence[Unfit], told: Told, *, fit: Marks, judge: Judge, heed: Heed) -> list[Deed]:
    """The rows, each refused for all of it.

    What holds of the person is found as if all were right that the rows say, unless others say it of the same person
    rightly: then it is what these come to.
    """
    found = {row.line: list(row.faults) for row in unfit}
    for row in unfit:
        if row.right and not row.names_somebody:
            found[row.line] += heed(row.right)
    for rows in grouped(row.right for row in unfit if row.right and row.names_somebody):
        met = [fit[mark] for row in rows for mark in row.person.marks() if mark in fit]
        more = [fault for deed in met or [judge(rows)] for fault in deed.outcomes[0].each]
        for one in rows:
            found[one.line] += more
    return [refused([line], told.in_order(faults)) for line, faults in found.items()]
