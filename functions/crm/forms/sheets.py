"""A form as it goes out and comes back: whether a person sent it, and what it says. No third party is asked.

A form carries when it was shown and an id of its own, signed together with the link. Programs that send forms at once,
or keep them for later, or fill a field that people do not see, get nowhere; a form sent twice is one answer.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from crm.core import clock, ids, signing

_SIGNED_FOR = "form"
TRAP = "website"
LEAST_SECONDS = 3
MOST_SECONDS = 24 * 3600
LARGEST_FORM = 60_000
_MOST_FIELDS = 150


@dataclass(frozen=True)
class Sheet:
    """What was sent: the id of the form, how old it is in seconds (None: not a form of ours), and its fields.

    `first_shown`: when it first went out, in seconds since 1970, `looked_at` seconds ago; it may have come back to be
    corrected and sent again since, which takes a person a moment.
    """

    form_id: str
    age: float | None
    fields: Mapping[str, str]
    first_shown: float = 0
    looked_at: float = 0

    @property
    def is_in_time(self) -> bool:
        return self.age is not None and self.looked_at >= LEAST_SECONDS and self.age <= MOST_SECONDS

    @property
    def is_trapped(self) -> bool:
        return bool(self.fields.get(TRAP))


def state(token: str, *, again: Sheet | None = None) -> str:
    """The hidden field of a form that is shown now, or `again`."""
    now = clock.now().timestamp()
    form_id, first = (again.form_id, again.first_shown) if again and again.form_id else (ids.new(), now)
    known = f"{form_id} {now:.3f} {_mark(token)} {first:.3f}"
    return signing.sign(_SIGNED_FOR, known.encode())


def read(token: str, body: str) -> Sheet:
    """A form as it was sent under a link."""
    fields = _fields(body)
    try:
        form_id, shown, mark, first = signing.verify(_SIGNED_FOR, fields.get("form", "")).decode().split(" ")
        now = clock.now().timestamp()
        age = now - float(shown) if mark == _mark(token) else None
    except ValueError:
        return Sheet("", None, fields)
    return Sheet(form_id, age, fields, float(first), now - float(first))


def _fields(body: str) -> dict[str, str]:
    if len(body) > LARGEST_FORM:
        return {}
    try:
        found = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        return {}
    return {name: values[-1] for name, values in found.items()}


def _mark(token: str) -> str:
    return base64.b32encode(hashlib.sha256(token.encode()).digest()[:10]).decode()
