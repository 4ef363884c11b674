"""`make simulate`: a year of a shop, and what became of everything that was due in it."""

from __future__ import annotations

import os
import sys
import time

from tests.simulation.year import Year


def main() -> int:
    """Live through the year of SEED with CUSTOMERS over DAYS, and print the report; 1 when something is wrong."""
    seed, customers = int(os.environ.get("SEED", "1")), int(os.environ.get("CUSTOMERS", "2000"))
    days = int(os.environ.get("DAYS", "368"))
    began = time.monotonic()
    print(f"{customers} customers, {days} days, seed {seed}", flush=True)  # noqa: T201

    def tell(line: str) -> None:
        # A line a month, and at a terminal one that moves.
        if line[8:10] == "01" or sys.stdout.isatty():
            end = "\n" if line[8:10] == "01" else "\r"
            print(f"{line}  ({time.monotonic() - began:.0f} s)", end=end, flush=True, file=sys.__stdout__)

    report = Year(seed=seed, customers=customers, days=days, tell=tell).live()
    print("\n".join(["", *report.lines(), f"{time.monotonic() - began:.0f} s"]))  # noqa: T201
    return 0 if report.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
