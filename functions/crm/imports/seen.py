"""What a file has had before: found by looking at each row once, in order, without holding the file.

A mark is a hash of an address, a key, or all that a purchase says; the store keeps one small item for each.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from crm.core import clock, items, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.imports.models import Seen

_LARGEST_BATCH = 25
_KEPT = timedelta(days=3)


@dataclass(frozen=True)
class Before:
    """How often a mark stood in earlier rows, and in which line first (0: never).

    `is_said`: the last of them said all that this row says, and no more.
    """

    times: int
    first_line: int
    is_said: bool = False


def marked(*parts: str) -> str:
    """A mark of something: the same parts make the same."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def noted(scope: str, piece: int, rows: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str], Before]:
    """Note the (line, mark, what the row says) of a piece, and tell for each line and mark what was before it.

    Noted again they tell the same.
    """
    marks = list(rows)
    keys = {mark: (f"SEEN#{scope}#{mark}", "SEEN") for _, mark, _ in marks}
    known = items.many(keys.values())
    told: dict[tuple[int, str], Before] = {}
    changed: dict[str, Seen] = {}
    expires = int((clock.now() + _KEPT).timestamp())
    for line, mark, said in marks:
        seen = changed.get(mark) or _opened(scope, mark, line, piece, known.get(keys[mark]), expires)
        told[line, mark] = Before(
            int(seen.times), int(seen.line) if seen.times else 0, bool(said) and seen.said == said
        )
        seen.times += 1
        seen.said = said
        changed[mark] = seen
    _put(seen for mark, seen in changed.items() if _differs(seen, known.get(keys[mark])))
    return told


def _opened(scope: str, mark: str, line: int, piece: int, stored: Mapping[str, Any] | None, expires: int) -> Seen:
    if stored is None:
        return Seen.keyed(scope, mark, line=line, piece=piece, before=0, times=0, expires_at=expires)
    again = int(stored["piece"]) == piece
    before = int(stored["before"] if again else stored["times"])
    said = stored.get("said_before" if again else "said", "")
    first = int(stored["line"]) if before else line
    counted = {"line": first, "piece": piece, "before": before, "times": before}
    return Seen.keyed(scope, mark, **counted, said=said, said_before=said, expires_at=expires)


def _differs(seen: Seen, stored: Mapping[str, Any] | None) -> bool:
    return stored is None or (int(stored["piece"]), int(stored["times"])) != (seen.piece, seen.times)


def _put(seen: Iterable[Seen]) -> None:
    rest = ({"PutRequest": {"Item": table.to_item(one.attribute_values | {"entity": "seen"})}} for one in seen)
    while chunk := list(islice(rest, _LARGEST_BATCH)):
        asked: Any = {settings().crm_table: chunk}
        for pause in table.pauses():
            asked = table.client().batch_write_item(RequestItems=asked).get("UnprocessedItems")
            if not asked:
                break
            time.sleep(pause)
        else:
            raise StoreUnavailable("the store leaves items unwritten")
