"""In which order deeds of a piece are done: several at once, but who comes first in the file has the address."""

from collections.abc import Sequence

from crm.customers import rules as customer_rules
from crm.imports.deeds import Deed


def parted(deeds: Sequence[Deed]) -> tuple[list[Deed], list[Deed]]:
    """Those that may be done at once, and those with an address that an earlier one has: after these, one by one.

    Else chance would say which of two rows with one number is taken, and which one is refused.
    """
    at_once: list[Deed] = []
    later: list[Deed] = []
    known: set[str] = set()
    for deed in deeds:
        named = customer_rules.addresses(deed.fields)
        (later if named & known else at_once).append(deed)
        known |= named
    return at_once, later
