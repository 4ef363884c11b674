"""The pages' words in the reader's language (gettext), and which language that is."""

from typing import Any

from markupsafe import Markup

from crm.catalogues.wording import words
from crm.console.asked import Asked
from crm.core import accepting
from crm.core.config import settings
from crm.mail import languages
from crm.mail.languages import Language


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it, which Babel looks for
    """A word that is translated where it is shown: marks it for the catalogues."""
    return text


def chosen(asked: Asked, own: str | None) -> Language:
    """The reader's own language, else the first of those that the browser names, else the business's."""
    accepted = accepting.by_weight(asked.headers.get("accept-language", ""))
    return languages.choose(own, *accepted, settings().business_language)


def functions(code: str) -> dict[str, Any]:
    """gettext's functions as templates call them. Texts are ours, markup and all; what is put into one is not."""
    known = words(code)

    def gettext(text: str, /, **values: Any) -> Markup:
        return Markup(known.gettext(text)) % values  # noqa: S704 - what follows the sign is escaped

    def ngettext(one: str, many: str, number: int, /, **values: Any) -> Markup:
        return Markup(known.ngettext(one, many, number)) % {"num": number, **values}  # noqa: S704

    return {"gettext": gettext, "ngettext": ngettext, "_": gettext}
