"""The awkward files through the whole import: what the report expects of each row is what is stored or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.customers.files.report import content
from tests.imports.office import Office
from tests.support.world import Api

HERE = Path(__file__).parent
# One of each class of trouble; the other files differ in what is read, which test_files.py looks at.
NAMES = (
    *("two_orders_in_one_column", "urdu_windows", "never_closed", "phones_shortened", "nuls", "line_breaks_in_cells"),
    *("a_million_columns", "excel_unicode_text", "merged_cells", "days_since_1904", "rows_of_nothing", "old_excel"),
)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_expected_of_each_row_is_what_becomes_of_it(api: Api, name: str) -> None:
    expected = json.loads((HERE / f"{name}.expected.json").read_text("utf-8"))
    office = Office(api)
    import_id = office.upload(content(name))
    office.work()
    if expected["asked"].get("decided"):
        assert office.shown(import_id)["state"] == "needs_mapping"
        answers = {"answers": expected["asked"]["decided"]}
        assert api.patch(f"/imports/{import_id}/mapping", answers).status < 300
        office.work()
    if "refused" in expected["report"]:
        assert office.shown(import_id)["state"] == "failed"
        return
    assert office.run(import_id)["state"] == "done"
    rows: list[dict[str, Any]] = expected["report"]["rows"]
    assert [row["line"] for row in office.rows(import_id, "refused")] == [
        row["line"] for row in rows if "refused" in row
    ]
    names = sorted(row["values"]["name"] for row in rows if "values" in row)
    assert [customer["name"] for customer in office.customers()] == names
