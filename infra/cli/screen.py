"""What people see: tables and progress on a terminal, plain lines elsewhere. What was asked for goes to stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

Document = dict[str, Any]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0


class Screen:
    """`is_json`: stdout gets one JSON document, and people read the rest on stderr."""

    def __init__(self, *, is_json: bool) -> None:
        self.is_json = is_json
        self._out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
        self._told = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits there to answer."""
        return sys.stdin.isatty() and not self.is_json

    def ask(self, question: str) -> str:
        """What somebody answers."""
        self._told.print(Text(question), end=" ")
        return input()

    def say(self, text: str) -> None:
        """A line for people."""
        self._told.print(Text(text))

    def result(self, document: Any, shown: Callable[[], None] | None = None) -> None:
        """The result of the command: as JSON, or as `shown` has it."""
        if self.is_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        elif shown:
            shown()

    def table(
        self, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, is_result: bool = False
    ) -> None:
        """A table; cells are text, whatever is in them."""
        table = Table(title=Text(title) if title else None, title_justify="left")
        for column in header:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        (self._out if is_result else self._told).print(table)

    def progress(self) -> Progress:
        """A bar with what goes by and how long it takes."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
        )
        return Progress(*columns, console=self._told, disable=not self._told.is_terminal)

    def watched(self, read: Callable[[], Document], *, until: Iterable[str], what: str) -> Document:
        """Look again and again until it is in one of these states, and say what it waits for; the document then."""
        ends, pause, waits_for = frozenset(until), _FIRST_PAUSE, None
        with self.progress() as progress:
            task = progress.add_task(what, total=None, told="")
            while (document := read())["state"] not in ends:
                known = document.get("progress") or document
                progress.update(task, completed=known.get("percent") or 0, total=_total(known), told=_told(document))
                if known.get("waits_for") not in {None, waits_for}:
                    self.say(f"it waits: {known['waits_for']}")
                waits_for = known.get("waits_for")
                time.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 1.3)
            progress.update(task, completed=100, total=100, told=_told(document))
        return document


def _total(known: Document) -> float | None:
    return 100.0 if known.get("percent") is not None else None


def _told(document: Document) -> str:
    known = document.get("progress") or {}
    speed, left = known.get("rows_per_second"), known.get("remaining_seconds")
    parts = [f"{known.get('rows_done', document.get('rows', 0)):,} rows"]
    parts += [f"{speed:,.0f} rows/s"] if speed else []
    parts += [f"{left:,.0f} s left"] if left else []
    return ", ".join(parts)
