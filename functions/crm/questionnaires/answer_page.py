"""The public page on which a questionnaire is answered: looking changes nothing, and a form that is sent is kept.

It writes the form alone, under the form's id. A job takes it into a record, so a link can make no customer.
"""

from collections.abc import Mapping
from datetime import timedelta

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.core.config import settings
from crm.core.errors import NotFound
from crm.customers import service as customer_service
from crm.mail import languages, public_page
from crm.mail.public_page import Page
from crm.questionnaires import checking, forms, links, rules, showing
from crm.questionnaires.forms import Form
from crm.questionnaires.links import Link
from crm.questionnaires.models import Questionnaire, Submission, Taken
from crm.questionnaires.rules import Told
from crm.questionnaires.showing import Asked

# By a poster's link, and by one customer's.
MOST_ANONYMOUS, MOST_OWN = 300, 20
_KEPT = timedelta(days=30)
_COUNTED = timedelta(days=2)


def ask(token: str, *, wanted: str | None, accepted: str) -> Page:
    """The page with its questions. `wanted`: a language that was picked; `accepted`: the header of the browser."""
    asked = _asked(token, wanted, accepted)
    return showing.questions(asked, state=forms.state(token)) if isinstance(asked, Asked) else asked


def act(token: str, *, body: str, accepted: str) -> Page:
    """Keep what a form says, and thank for it; a form that cannot be kept comes back with what is wrong."""
    form = forms.read(token, body)
    asked = _asked(token, form.fields.get("lang"), accepted)
    if not isinstance(asked, Asked):
        return asked
    if form.is_trapped:
        return showing.thanks(asked)
    questions = asked.questionnaire.questions
    told = checking.checked(questions, forms.given(questions, form.fields))
    if told.problems or not form.is_in_time:
        again = forms.state(token, form_id=form.form_id or None)
        return showing.questions(asked, state=again, fields=form.fields, problems=told.problems)
    if not told.values:
        return showing.questions(asked, state=forms.state(token), fields=form.fields)
    return showing.thanks(asked) if _kept(asked, form, told) else showing.full(asked)


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


def _kept(asked: Asked, form: Form, told: Told) -> bool:
    """Keep a form and count it, together; False where too many came by this link today."""
    now = clock.now()
    link, most = asked.link, MOST_OWN if asked.link.customer_id else MOST_ANONYMOUS
    taken = Taken.keyed(".".join(filter(None, (link.questionnaire_id, link.customer_id))), now.date().isoformat())
    counted: list[Action] = [
        Taken.forms.add(1),
        Taken.expires_at.set(int((now + _COUNTED).timestamp())),
        Taken.entity.set(Taken),
    ]

    def write(transaction: TransactWrite) -> None:
        transaction.update(taken, counted, condition=Taken.pk.does_not_exist() | (Taken.forms < most))
        transaction.update(Submission.keyed(form.form_id), _submission(asked, told))

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True


def _submission(asked: Asked, told: Told) -> list[Action]:
    now = clock.now()
    known: Mapping[str, object] = {
        "questionnaire": asked.link.questionnaire_id,
        # Of an anonymous form it says who came of it: that must stay when the form is sent again.
        **({"customer": asked.link.customer_id} if asked.link.customer_id else {}),
        "language": asked.language.code,
        "values": dict(told.values),
        "given_at": clock.instant(now),
        "expires_at": int((now + _KEPT).timestamp()),
    }
    return [*(getattr(Submission, name).set(value) for name, value in known.items()), Submission.entity.set(Submission)]
