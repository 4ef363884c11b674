"""In which language somebody reads."""

from dataclasses import replace

from crm.console.asked import SeeOther, Visit
from crm.console.signing_in import own
from crm.console.staff import me
from crm.core.errors import InvalidRequest
from crm.templates.rules import LANGUAGES


def choose_language(visit: Visit) -> SeeOther:
    """Another language from now on, and back to the page. Raises InvalidRequest."""
    wanted = visit.asked.form.get("language", "")
    if wanted not in LANGUAGES:
        raise InvalidRequest("there is no such language")
    return replace(me.remember_language(visit, wanted), location=own(visit.asked.form.get("to")))
