"""What it costs to fill a group, before anybody does. Pure.

Filling projects every customer once (read) and writes for each member the entries, its state and a share of the sums,
in transactions, which DynamoDB counts twice. Prices: on-demand, us-east-1, as of 2026; other regions differ by some
tenths. tests/segments/test_preview.py measures a filling and holds it against this.
"""

import math
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

USD_PER_MILLION_WRITES = Decimal("0.625")
USD_PER_MILLION_READS = Decimal("0.125")
_PER_MEMBER = Decimal(10)
"""Two for each of three entries and for the state, and a share of the sums: 10.6 measured for ten, less for many."""
_PER_CUSTOMER = Decimal("7.25")
"""One each for the customer, for what stands in each family of views because of them, and for the mark if parked."""
_LOOKED_AT_AGAIN = Decimal(1)
_MILLION = Decimal(1_000_000)
_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Cost:
    """DynamoDB's request units, and what they come to."""

    write_units: int
    read_units: int
    usd: Decimal


def of_filling(*, customers: int, members: int) -> Cost:
    """What it costs to fill a group of so many members out of so many customers."""
    writes = math.ceil(members * _PER_MEMBER)
    reads = math.ceil(customers * _PER_CUSTOMER + members * _LOOKED_AT_AGAIN)
    usd = (writes * USD_PER_MILLION_WRITES + reads * USD_PER_MILLION_READS) / _MILLION
    return Cost(writes, reads, usd.quantize(_PLACES, ROUND_UP))
