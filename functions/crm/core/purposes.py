"""What people are contacted for, and whether they allow it. Pure."""

from collections.abc import Mapping

UNASKED: Mapping[str, bool] = {"greeting": True, "marketing": False, "service": True}
"""What holds without an answer: advertising has to be asked for, the rest has not been refused."""
PURPOSES = tuple(UNASKED)


def allows(consent: Mapping[str, bool] | None, purpose: str) -> bool:
    """Whether somebody with these answers, by purpose, allows contact for a purpose."""
    said = (consent or {}).get(purpose)
    return UNASKED[purpose] if said is None else bool(said)
