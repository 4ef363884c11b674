"""Measures every figure: `python -m tests.bench [name …]` prints a JSON line each and keeps them in .benchmarks/."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests.bench.figure import Figure, Units

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".benchmarks" / "figures.jsonl"


def figures(names: list[str]) -> Iterator[Figure | Units]:
    """Each module beside this one that has a `measure` yields its figures."""
    for path in sorted(HERE.glob("measure_*.py")):
        if not names or path.stem.removeprefix("measure_") in names:
            yield from import_module(f"tests.bench.{path.stem}").measure()


def line(figure: Figure | Units) -> str:
    return json.dumps(figure.values())


def main(names: list[str]) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("w", encoding="utf-8") as kept:
        for figure in figures(names):
            sys.stdout.write(line(figure) + "\n")
            sys.stdout.flush()
            kept.write(line(figure) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
