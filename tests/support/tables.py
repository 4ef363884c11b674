"""Tables of template.yaml in the local engine under fresh names, so that tests share an engine and nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path

from infra.local import resources, stack

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


def create_tables(endpoint_url: str) -> dict[str, str]:
    """Create every table of the template; return its name by logical id, e.g. `{"CrmTable": "CrmTable-1f…"}`."""
    dynamodb = resources.client("dynamodb", endpoint_url)
    suffix = secrets.token_hex(6)
    names = {}
    for logical_id, properties in stack.load(TEMPLATE, endpoint=endpoint_url, parameters={}).tables.items():
        names[logical_id] = f"{logical_id}-{suffix}"
        resources.create_table(dynamodb, names[logical_id], properties)
    return names
