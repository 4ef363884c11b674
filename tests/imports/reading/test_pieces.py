"""How much of a file is read at once changes nothing of what is read."""

from __future__ import annotations

from io import BytesIO

import pytest

from crm.imports import lines
from crm.imports.reading import Reading
from crm.imports.rows import rows

TEXT = 'h,i\r\nسنیتا,"a\r\nb"\r\rAli Khan of Lahore,\u0a0a\u0d0d\nBibi 😀,x\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("piece", range(1, 24))
def test_how_much_is_read_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch, piece: int, encoding: str) -> None:
    written, reading = TEXT.encode(encoding), Reading("csv", ("h", "i"), 1, encoding)
    whole = list(rows(BytesIO(written), reading=reading))
    assert [row.cells for row in whole] == [
        ("سنیتا", "a\r\nb"),
        ("Ali Khan of Lahore", "\u0a0a\u0d0d"),
        ("Bibi 😀", "x"),
    ]
    monkeypatch.setattr(lines, "_PIECE", piece)
    assert list(rows(BytesIO(written), reading=reading)) == whole
    assert list(rows(BytesIO(written), reading=reading, start=whole[0].position)) == whole[1:]
