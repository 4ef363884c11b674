"""The public page on which a questionnaire is answered: looking changes nothing, and a form that is sent is kept.

It writes the form alone, under the form's id. A job takes it into a record, so a link can make no customer.
"""

from crm.core.config import settings
from crm.core.errors import NotFound
from crm.customers import service as customer_service
from crm.forms import service as form_service
from crm.forms import sheets
from crm.forms.sheets import Sheet
from crm.mail import languages, public_page
from crm.mail.public_page import Page
from crm.questionnaires import checking, filled, links, rules, showing
from crm.questionnaires.links import Link
from crm.questionnaires.models import Questionnaire
from crm.questionnaires.rules import Told
from crm.questionnaires.showing import Asked

# By a poster's link, and by one customer's.
MOST_ANONYMOUS, MOST_OWN = 300, 20


def ask(token: str, *, wanted: str | None, accepted: str) -> Page:
    """The page with its questions. `wanted`: a language that was picked; `accepted`: the header of the browser."""
    asked = _asked(token, wanted, accepted)
    return showing.questions(asked, state=sheets.state(token)) if isinstance(asked, Asked) else asked


def act(token: str, *, body: str, accepted: str) -> Page:
    """Keep what a form says, and thank for it; a form that cannot be kept comes back with what is wrong."""
    sheet = sheets.read(token, body)
    asked = _asked(token, sheet.fields.get("lang"), accepted)
    if not isinstance(asked, Asked):
        return asked
    if sheet.is_trapped:
        return showing.thanks(asked)
    questions = asked.questionnaire.questions
    told = checking.checked(questions, filled.given(questions, sheet.fields))
    if told.problems or not sheet.is_in_time:
        again = sheets.state(token, again=sheet)
        return showing.questions(asked, state=again, fields=sheet.fields, problems=told.problems)
    if not told.values:
        return showing.questions(asked, state=sheets.state(token), fields=sheet.fields)
    return showing.thanks(asked) if _kept(asked, sheet, told) else showing.full(asked)


def _asked(token: str, wanted: str | None, accepted: str) -> Asked | Page:
    link = links.read(token)
    questionnaire = Questionnaire.find(link.questionnaire_id) if link else None
    if link is None or questionnaire is None:
        return public_page.bad()
    own = _language_of(link)
    spoken = (part.split(";")[0].strip() for part in accepted.split(",")[:10])
    code = rules.language_of(questionnaire.title, wanted, own, *spoken, settings().business_language)
    asked = Asked(link, questionnaire, languages.choose(code))
    return showing.closed(asked) if link.is_over or not questionnaire.is_open or own == "" else asked


def _language_of(link: Link) -> str | None:
    """The customer's language; "" for a customer who is not there any more."""
    if link.customer_id is None:
        return None
    try:
        return customer_service.get(customer_id=link.customer_id).language
    except NotFound:
        return ""


def _kept(asked: Asked, sheet: Sheet, told: Told) -> bool:
    """Keep a form; False where too many came by this link today."""
    link, most = asked.link, MOST_OWN if asked.link.customer_id else MOST_ANONYMOUS
    said: dict[str, object] = {
        "questionnaire": link.questionnaire_id,
        "language": asked.language.code,
        "values": dict(told.values),
        **({"customer": link.customer_id} if link.customer_id else {}),
    }
    by = ".".join(filter(None, (link.questionnaire_id, link.customer_id)))
    return form_service.keep(sheet.form_id, said=said, link=by, most=most)
