"""`make simulate`: a year of two shops, and what became of everything that was due in it."""

from __future__ import annotations

import os
import sys
import time

from tests.simulation import shops


def main() -> int:
    """Live through the year of SEED with CUSTOMERS over DAYS, and print the report; 1 when something is wrong."""
    seed, customers = int(os.environ.get("SEED", "1")), int(os.environ.get("CUSTOMERS", "2000"))
    days, parallel = int(os.environ.get("DAYS", "368")), int(os.environ.get("PARALLEL", "2"))
    began = time.monotonic()
    print(f"{customers} customers in {shops.SHOPS} shops, {days} days, seed {seed}", flush=True)  # noqa: T201
    report = shops.lived(seed=seed, customers=customers, days=days, parallel=parallel, loud=True)
    print("\n".join(["", *report.lines(), f"{time.monotonic() - began:.0f} s"]))  # noqa: T201
    return 0 if report.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
