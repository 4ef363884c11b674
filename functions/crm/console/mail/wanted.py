"""Which template of mail a page is asked for, in which language, and what its form says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from crm.console.asked import Visit
from crm.console.mail.templates import LIST
from crm.core.errors import NotFound
from crm.mail import languages
from crm.templates import reading
from crm.templates import service as template_service
from crm.templates.service import SECTIONS

if TYPE_CHECKING:
    from crm.templates.schemas import TemplateOut

_BLANK = dict.fromkeys(SECTIONS, "")


def found(visit: Visit, *, version: int | None = None) -> "TemplateOut | None":
    """The template; None where it is to be made from another. Raises NotFound."""
    name = visit.asked.names["name"]
    base = visit.asked.query.get("from") or visit.asked.form.get("from")
    if base and not template_service.exists(name) and template_service.exists(base):
        return None
    return reading.one(name=name, version=version)


def known(visit: Visit) -> "TemplateOut":
    """The template, which is there already. Raises NotFound."""
    template = found(visit)
    if template is None:
        raise NotFound("there is no such template")
    return template


def texts(visit: Visit, stored: "TemplateOut | None") -> Mapping[str, str]:
    """What it says in the language that is asked for; of one that is new what it is made from."""
    template = stored or reading.one(name=visit.asked.query.get("from", ""))
    text = template.texts.get(tag(visit))
    return {name: getattr(text, name) for name in SECTIONS} if text else _BLANK


def typed(visit: Visit) -> dict[str, str]:
    """The words in the form, by section."""
    return {name: visit.asked.form.get(name, "").replace("\r\n", "\n").strip() for name in SECTIONS}


def tag(visit: Visit) -> str:
    """In which language. Raises NotFound."""
    asked = visit.asked.form.get("language") if visit.asked.method == "POST" else visit.asked.query.get("language")
    code = asked or visit.language.code
    if code.partition("-")[0] not in languages.NAMES or len(code) > len("bn-Beng-BD"):
        raise NotFound("there is no such language")
    return code


def address(visit: Visit) -> str:
    """Where its page is."""
    return f"{LIST}/{quote(visit.asked.names['name'])}"
