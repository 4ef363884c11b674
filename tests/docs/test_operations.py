"""Whoever is woken finds a row for the alarm."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, table

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_alarm_has_its_row_and_every_row_its_alarm() -> None:
    alarms = re.findall(r"(?m)^  (\w+Alarm):$", (ROOT / "infra" / "alarms.yaml").read_text("utf-8"))
    assert {row[0] for row in table(PAGE, "Alarms")} == set(alarms)
