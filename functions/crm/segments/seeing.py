"""Who may see a group at all: whoever it tells of nothing that is hidden from them."""

from collections.abc import Collection

from crm.core import veil
from crm.criteria.rules import leaves
from crm.segments.models import Segment, from_text


def tells(segment: Segment, hidden: Collection[str]) -> bool:
    """Whether being in a group tells of a hidden field: its rule asks for one, or that of a group that it names."""
    if not hidden:
        return False
    named = {
        str(leaf["field"]) for text in (segment.rule_seen, segment.rule_to_fill) for leaf in leaves(from_text(text))
    }
    return any(veil.is_hidden(f"/{name.replace('.', '/')}", hidden) for name in named)
