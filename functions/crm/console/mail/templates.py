"""The words of mails: which templates there are, and beginning one of the business's own."""

import re
from urllib.parse import quote

from crm.console.asked import Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.core.paging import LARGEST_LIMIT, PageRequest
from crm.core.reason import Reason
from crm.templates import reading

LIST = f"{HOME}/templates"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_WRONG = Reason("must be a name of at most 40 of a-z, 0-9 and _, with a letter first")


def show(visit: Visit) -> Page | SeeOther:
    """All templates, shipped and own; with a name for a new one on to its page."""
    query, actor = visit.asked.query, visit.actor
    name, base = query.get("name", "").strip(), query.get("from", "")
    if _NAME.fullmatch(name) and _NAME.fullmatch(base):
        return SeeOther(f"{LIST}/{quote(name)}?from={quote(base)}")
    # There are at most a hundred of the business's own.
    found = reading.page(PageRequest(f"console templates:{actor.scope}", LARGEST_LIMIT))
    values = {
        "templates": found.items,
        "may_write": actor.may("templates.write"),
        "wrong": {"name": _WRONG} if name else {},
        "name": name,
        "done": query.get("done"),
    }
    return Page("mail_texts/list.html", values)
