"""The link to a customer's own check-up: signed, for a month, as long as their address is the one it went to."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crm.core import clock, signing
from crm.core.config import settings

_SIGNED_FOR = "checkup"
_ADDRESS = "checkup_address"
VALID = timedelta(days=30)
_MARK = 16
# Mail programs may take a mark of direction behind a link for a part of it.
_FOREIGN = re.compile(r"[^\w.-]+", re.ASCII)


@dataclass(frozen=True)
class Link:
    """Whom it was made for, for which occurrence (a year), until when (seconds since 1970), and to which address.

    `address` is a keyed mark: behind the link stand facts of a person, and an address that was wrong is another's.
    """

    customer_id: str
    occurrence: str
    expires: int
    address: str

    @property
    def is_over(self) -> bool:
        return clock.now().timestamp() >= self.expires


def address(*, customer_id: str, occurrence: str, email: str) -> str:
    """The address of the page, from now on."""
    expires = int((clock.now() + VALID).timestamp())
    mark = next(iter(signing.fingerprints(_ADDRESS, email.encode()).values()))[:_MARK]
    known = {"c": customer_id, "o": occurrence, "x": expires, "a": mark}
    return f"{settings().public_url}/checkup/{signing.sign(_SIGNED_FOR, json.dumps(known).encode())}"


def read(token: str) -> Link | None:
    """What a token opens; None for anything that we did not sign for this."""
    try:
        known: dict[str, Any] = json.loads(signing.verify(_SIGNED_FOR, _FOREIGN.sub("", token)))
    except ValueError:
        return None
    return Link(known["c"], known["o"], known["x"], known["a"])


def is_to(link: Link, email: str | None) -> bool:
    """Whether the link went to this address."""
    # Under whichever key it was made.
    marks = signing.fingerprints(_ADDRESS, email.encode()).values() if email else ()
    return any(mark.startswith(link.address) for mark in marks)
