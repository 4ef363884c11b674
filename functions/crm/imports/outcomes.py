"""What the rows of an import came to, a page at a time, and those that were refused as a file."""

from crm.core import files, links
from crm.core.errors import NotFound
from crm.core.paging import Page, PageRequest
from crm.imports import pieces, refused, service
from crm.imports.deeds import Outcome
from crm.imports.models import Import

# So many objects are looked through for one page of rows.
_MOST_PIECES = 40


def rows(*, import_id: str, outcome: str | None, request: PageRequest) -> Page[Outcome]:
    """What rows came to, or would; of one outcome or all. Raises NotFound."""
    item = service.get(import_id=import_id)
    stage, place = _told_by(item, outcome), pieces.place(item)
    number, skip = map(int, (request.after or "0.0").split("."))
    found: list[Outcome] = []
    last = min(number + _MOST_PIECES, item.pieces)
    while number < last:
        deeds = pieces.deeds(place, stage, number) or []
        told = sorted((one for deed in deeds for one in deed.outcomes), key=lambda one: one.line)
        wanted = [one for one in told if outcome in {None, one.result}][skip:]
        taken = wanted[: request.limit - len(found)]
        found += taken
        if len(taken) < len(wanted) or len(found) == request.limit:
            return Page(found, request.cursor_at(f"{number}.{skip + len(taken)}"))
        number, skip = number + 1, 0
    return Page(found, request.cursor_at(f"{number}.0" if number < item.pieces else None))


def refused_link(*, import_id: str, language: str, seconds: int) -> str:
    """A link that downloads the refused rows, whose reasons are in a language of ours, as far as there is one.

    Raises NotFound before they are known, and after 30 days.
    """
    item = service.get(import_id=import_id)
    try:
        code, key = refused.found(import_id, language)
    except files.FileMissing as missing:
        raise NotFound("which rows are refused is known when they have been checked, for 30 days") from missing
    return links.download(key, name=f"refused-{item.import_id[:8]}-{code}.csv", seconds=seconds)


def _told_by(item: Import, outcome: str | None) -> str:
    if outcome in {"undone", "kept"}:
        return "undo"
    return "run" if item.ran_at else "check"
