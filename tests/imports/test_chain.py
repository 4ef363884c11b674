"""Whose write it was that moved an import on: a worker that is refused looks whether it was its own."""

from __future__ import annotations

import pytest

from crm.imports import chain
from crm.imports.models import Import
from tests.imports.lived import begin
from tests.imports.office import Office

MINE, ANOTHER = {"id": "mine"}, {"id": "another"}


@pytest.fixture
def import_id(office: Office) -> str:
    return begin(office, "customers")


def test_what_was_written_by_the_own_lost_write_counts_as_written(import_id: str) -> None:
    mine, again = Import.read(import_id), Import.read(import_id)
    assert chain.moved(mine, MINE, {"next": 1, "rows": 2})
    assert chain.moved(again, MINE, {"next": 1, "rows": 2})


def test_what_another_worker_has_written_is_not_taken_for_the_own(import_id: str) -> None:
    """It came to the same place, and goes on from there."""
    mine = Import.read(import_id)
    assert chain.moved(Import.read(import_id), ANOTHER, {"next": 1})
    assert not chain.moved(mine, MINE, {"next": 1})
    assert Import.read(import_id).by == "another"


@pytest.mark.parametrize("further", [{"next": 2}, {"state": "done"}, {"stage": "check"}])
def test_what_the_same_message_has_done_since_is_not_taken_for_it(import_id: str, further: dict[str, object]) -> None:
    """Delivered a second time it has gone on from there: whoever comes late with the first must not go beside it."""
    late = Import.read(import_id)
    assert chain.moved(Import.read(import_id), MINE, {"next": 1})
    assert chain.moved(Import.read(import_id), MINE, further)
    assert not chain.moved(late, MINE, {"next": 1})
