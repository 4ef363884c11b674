"""Where a call stands in the lists. Pure."""

NOBODY = "-"
"""Stands for the owner of a customer whom no member of staff has."""


def partition(owner: str | None) -> str:
    """The listing of one member of staff, or of the customers without an owner."""
    return f"CALLS#{owner or NOBODY}"
