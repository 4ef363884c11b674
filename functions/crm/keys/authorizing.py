"""Who a machine is: what the gateway's authorizer finds behind the key that it sends."""

from crm.core import clock
from crm.keys import rules
from crm.keys.models import MachineKey


def holder(header: str) -> dict[str, str] | None:
    """What the API is told of a machine: {key, role, rate, generation}, all text; None: it is not let in. One read."""
    sent = rules.read(header)
    key = MachineKey.read(sent.key_id) if sent else None
    if sent is None or key is None:
        return None
    generation = rules.generation_of(key, sent.secret, now=clock.stamp())
    if generation is None:
        return None
    return {"key": key.key_id, "role": key.role, "rate": str(key.rate), "generation": str(generation)}
