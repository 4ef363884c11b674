"""Links to a questionnaire, for one customer or a poster, and to the confirmation of a consent: signed, no names."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crm.core import clock, signing
from crm.core.config import settings

_ANSWER = "questionnaire"
_CONFIRM = "questionnaire_confirm"
# Mail programs may take a mark of direction behind a link for a part of it.
_FOREIGN = re.compile(r"[^\w.-]+", re.ASCII)


@dataclass(frozen=True)
class Link:
    """Which questionnaire, for whom (None: anybody), until when in seconds since 1970 (0: as long as it is open)."""

    questionnaire_id: str
    customer_id: str | None = None
    expires: int = 0

    @property
    def is_over(self) -> bool:
        return bool(self.expires) and clock.now().timestamp() >= self.expires


def of_customer(*, questionnaire_id: str, customer_id: str, days: int) -> Link:
    """A link for one customer, from now on."""
    return Link(questionnaire_id, customer_id, int((clock.now() + timedelta(days=days)).timestamp()))


def token(link: Link) -> str:
    """The part of an address that says what it opens."""
    return _signed(_ANSWER, link)


def path(link: Link) -> str:
    """Where the page on which is answered stands, behind the base of the public pages."""
    return f"/q/{token(link)}"


def read(text: str) -> Link | None:
    """What a token opens; None for anything that we did not sign for this."""
    return _read(_ANSWER, text)


def confirmation(link: Link) -> str:
    """The address at which a customer confirms what they agreed to."""
    return f"{settings().public_url}/q/{_signed(_CONFIRM, link)}"


def read_confirmation(text: str) -> Link | None:
    """Whose confirmation a token opens."""
    return _read(_CONFIRM, text)


def _signed(purpose: str, link: Link) -> str:
    known: Mapping[str, Any] = {"q": link.questionnaire_id, "c": link.customer_id, "x": link.expires}
    return signing.sign(purpose, json.dumps({name: one for name, one in known.items() if one}).encode())


def _read(purpose: str, text: str) -> Link | None:
    try:
        known = json.loads(signing.verify(purpose, _FOREIGN.sub("", text)))
    except ValueError:
        return None
    return Link(known["q"], known.get("c"), known.get("x", 0))
