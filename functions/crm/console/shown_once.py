"""What is shown once, and what to do where it was shown already: a form that is sent twice makes one secret."""

import secrets
from collections.abc import Mapping
from typing import Any


def another(secret: str | None, address: str, **fields: Any) -> Mapping[str, Any] | None:
    """The form by which another secret is made in one click, where this one was shown to a page that is gone.

    Who clicks twice sees the second answer alone. `fields`: what the form at the address asks for besides.
    """
    return None if secret else {"address": address, "once": secrets.token_urlsafe(12), "fields": fields}
