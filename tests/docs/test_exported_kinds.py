"""Of every kind of item somebody has decided whether an export of everything holds it."""

from __future__ import annotations

import re

from crm.exports.kinds import EXPORTED, LEFT_OUT
from tests.docs.pages import ROOT


def test_every_kind_of_item_is_exported_or_left_out_by_decision() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "functions" / "crm").glob("*/*.py"))
    stored = set(re.findall(r'discriminator="(\w+)"', code))
    assert not set(EXPORTED) & LEFT_OUT
    assert set(EXPORTED) | LEFT_OUT == stored, "add the kind to EXPORTED or LEFT_OUT in functions/crm/exports/kinds.py"
