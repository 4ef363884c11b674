"""CPU of projecting one customer under twenty groups, beside `json.loads` of a stream record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from crm.core.projection import Rules, SegmentRule
from crm.views.registry import families_of
from tests.bench.figure import Figure, seconds
from tests.support.samples import PROFILE

RECORD = Path(__file__).resolve().parents[2] / "events" / "projector" / "segment_changed.json"
GROUPS = 20
TIMES = 2000


def measure() -> Iterator[Figure]:
    rule = {
        "all": [
            {"field": "facts.spent", "op": "ge", "value": "10.00"},
            {"field": "language", "op": "eq", "value": "ur"},
        ]
    }
    rules = Rules(1, segments=tuple(SegmentRule(f"group{number}", 1, rule) for number in range(GROUPS)))
    record = RECORD.read_text("utf-8")
    reference = seconds(lambda: json.loads(record), times=TIMES)
    for family, project in families_of("PROFILE").items():
        ours = seconds(lambda project=project: project(PROFILE, rules), times=TIMES)  # type: ignore[misc]
        yield Figure(name=f"project {family}", ours=ours, reference=reference, reference_name="json.loads of a record")
