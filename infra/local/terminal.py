"""What functions print, for a person at a terminal: JSON log records become a line and, for errors, the traceback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LEVELS = ("level", "log_level", "levelname")
TRACES = ("exception", "stackTrace", "stack_trace")
# Half a screen about updates of the runtime, printed by its client before every failed start.
BESIDE_THE_POINT = "LAMBDA_WARNING:"


def readable(line: str) -> str:
    """Return a log line as `LEVEL message` with the traceback under it; what is not a JSON record stays as it is."""
    try:
        record = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return line
    if not isinstance(record, Mapping) or not ("message" in record or "errorMessage" in record):
        return line
    level = next((str(record[name]) for name in LEVELS if name in record), "")
    text = record.get("message", record.get("errorMessage"))
    if str(text).startswith(BESIDE_THE_POINT):
        return ""
    head = f"{level} {text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)}".strip()
    return "\n".join([head, *_trace(record)])


def _trace(record: Mapping[str, Any]) -> list[str]:
    trace = next((record[name] for name in TRACES if record.get(name)), None)
    if isinstance(trace, str):
        return trace.splitlines()
    if isinstance(trace, list):
        return [line for entry in trace for line in str(entry).splitlines()]
    return []
