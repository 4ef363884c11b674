"""Which rows of a file are about the same person."""

from collections.abc import Iterable

from crm.imports.asked import Asked


def grouped(rows: Iterable[Asked]) -> list[list[Asked]]:
    """The rows by person, in the order of the file: any mark in common makes two rows be about one."""
    groups: list[list[Asked]] = []
    place: dict[tuple[str, ...], int] = {}
    for row in rows:
        marks = row.person.marks()
        met = sorted({place[mark] for mark in marks if mark in place})
        into = met[0] if met else len(groups)
        if not met:
            groups.append([])
        groups[into].append(row)
        for other in met[1:]:
            groups[into] += groups[other]
            groups[other] = []
        merged = set(met[1:])
        place = {mark: into if at in merged else at for mark, at in place.items()} if merged else place
        place |= dict.fromkeys(marks, into)
    return [sorted(group, key=lambda row: row.line) for group in groups if group]
