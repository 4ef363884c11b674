"""Rows a second and the most memory of reading files of 10,000 and 100,000 rows: memory must not grow with the file."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from crm.business.rules import Business
from crm.imports import kinds
from crm.imports.inspecting import inspect
from crm.imports.rows import rows
from crm.imports.translating import translated
from tests.support import sheets

SIZES = (10_000, 100_000)
TODAY = date(2026, 11, 22)
# What reading may hold, whatever the file: the pieces of it, and the strings of a workbook up to 16 MB.
MOST_MEGABYTES = 60


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What reading one file cost: in rows a second, and megabytes beyond those of the interpreter with its modules."""

    name: str
    rows: int
    megabytes_of_file: float
    rows_a_second: float
    megabytes: float

    def values(self) -> dict[str, Any]:
        """What is printed."""
        return {
            "figure": self.name,
            "rows": self.rows,
            "megabytes_of_file": round(self.megabytes_of_file, 1),
            "rows_a_second": round(self.rows_a_second),
            "megabytes": round(self.megabytes, 1),
            "most_megabytes": MOST_MEGABYTES,
        }


def measure() -> Iterator[Reading]:
    with TemporaryDirectory() as folder:
        for kind, write in (("csv", _write_csv), ("xlsx", _write_xlsx)):
            for size in SIZES:
                path = Path(folder) / f"{size}.{kind}"
                write(path, size)
                yield _read_in_own_process(path, size)


def _read_in_own_process(path: Path, size: int) -> Reading:
    command = [sys.executable, "-m", "tests.bench.measure_imports", str(path)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Reading(
        name=f"reading {path.suffix[1:]}",
        rows=size,
        megabytes_of_file=path.stat().st_size / 1e6,
        rows_a_second=size / told["seconds"],
        megabytes=told["megabytes"],
    )


def _write_csv(path: Path, size: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("name,phone,email,birthday,address\n")
        for row in _people(size):
            file.write(",".join(map(str, row)) + "\n")


def _write_xlsx(path: Path, size: int) -> None:
    header = ["name", "phone", "email", "birthday", "address"]
    rows = ([{"shared": name}, *others] for name, *others in _people(size))
    path.write_bytes(sheets.xlsx({"People": {"rows": [header, *rows]}}))


def _people(size: int) -> Iterator[list[str]]:
    for number in range(size):
        day = f"{1 + number % 28:02}/{1 + number % 12:02}/{1950 + number % 60}"
        yield [f"سنیتا {number}", f"+92300{number:07}", f"person{number}@shop.example", day, f"House {number} Lahore"]


def _read(path: Path) -> None:
    """In a process of its own: inspect the file, and translate all of its rows."""
    business = Business("Shop", "ur", ZoneInfo("Asia/Karachi"))
    with (Path(__file__).parent / "__init__.py").open("rb") as warm:
        inspect(warm, kind=kinds.CUSTOMERS, today=TODAY, business=business)
    before, start = _most_memory(), time.perf_counter()
    with path.open("rb") as source:
        found = inspect(source, kind=kinds.CUSTOMERS, today=TODAY, business=business)
        assert found.reading
        assert found.mapping
        assert not found.questions
        for row in rows(source, reading=found.reading):
            assert not translated(row, mapping=found.mapping, kind=kinds.CUSTOMERS, today=TODAY).problems
    told = {"seconds": time.perf_counter() - start, "megabytes": _most_memory() - before}
    sys.stdout.write(json.dumps(told))


def _most_memory() -> float:
    # Not getrusage: its figure begins with that of the process that started this one.
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    _read(Path(sys.argv[1]))
