"""What somebody has written into a form that came to nothing, so that the page that says so can give it back."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from crm.console.asked import Asked
from crm.core.errors import CrmError

# What forms carry for themselves: whose they are, of what they were made, and which records they are about.
_OURS = frozenset(
    (
        *("csrf", "once", "version", "into_version", "from_version", "before", "action", "do", "to", "from", "block"),
        *("customer", "customer_id", "handover", "announcement", "event", "member", "cursor"),
    )
)
_OUR_PARTS = ("field-", "kept-", "id.")
_SHORTEST = 4
"""What is chosen from a list, or typed in a moment, is no loss."""


def given_back(asked: Asked) -> list[str]:
    """The longer texts of a form; none of a form that may be another site's, who would have us show its words."""
    if asked.route.startswith("GET ") or not is_from_here(asked):
        return []
    try:
        return list(_texts(asked))
    except CrmError:
        # That the form cannot be read is what the page says.
        return []


def is_from_here(asked: Asked) -> bool:
    """Whether a page of ours has sent a form: the browser says so (Fetch Metadata; older ones by `Origin`)."""
    site, here = asked.headers.get("sec-fetch-site"), _host(asked.base)
    return site == "same-origin" if site else here is not None and _host(asked.headers.get("origin", "")) == here


def _texts(asked: Asked) -> Iterator[str]:
    for name, values in asked.fields.items():
        if name not in _OURS and not name.startswith(_OUR_PARTS):
            yield from (value for value in values if len(value.strip()) >= _SHORTEST)


def _host(url: str) -> tuple[str, str] | None:
    """None of what is no address: whoever writes a header by hand may write anything into it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme, parts.netloc.lower()
