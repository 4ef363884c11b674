"""In which language somebody reads."""

from dataclasses import replace

from crm.console.asked import SeeOther, Visit
from crm.console.signing_in import own
from crm.core.errors import InvalidRequest
from crm.templates.rules import LANGUAGES


def choose_language(visit: Visit) -> SeeOther:
    """Another language for the rest of the session, and back to the page. Raises InvalidRequest."""
    wanted = visit.asked.form.get("language", "")
    if wanted not in LANGUAGES:
        raise InvalidRequest("there is no such language")
    session = replace(visit.session, language=wanted)
    return SeeOther(own(visit.asked.form.get("to")), (session.cookie,))
