"""Of two rows with one number the first is taken, whichever of many at once is faster."""

from __future__ import annotations

from crm.imports.deeds import Deed, Outcome
from crm.imports.order import parted


def registers(line: int, **fields: str) -> Deed:
    return Deed((Outcome(line, "created"),), "register", fields=fields)


def test_who_has_an_address_of_an_earlier_row_waits_for_all_others() -> None:
    ali, bibi = registers(2, phone="+923001234567", email="ali@example.com"), registers(3, email="bibi@example.com")
    dina, ezra = registers(4, phone="+923001234567", email="dina@example.com"), registers(5, email="dina@example.com")
    nobody = registers(6), registers(7)
    assert parted([ali, bibi, dina, ezra, *nobody]) == ([ali, bibi, *nobody], [dina, ezra])
