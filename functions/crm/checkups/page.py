"""The public page on which customers look over what is known of them: looking changes nothing.

It writes the form alone; a job takes it into the record.
"""

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError

from crm.checkups import links, rules, showing
from crm.checkups.links import Link
from crm.checkups.rules import Told
from crm.checkups.showing import Asked
from crm.core import clock
from crm.core.config import settings
from crm.core.errors import NotFound
from crm.customers import service as customer_service
from crm.customers.schemas import CustomerChange
from crm.forms import service as form_service
from crm.forms import sheets
from crm.forms.sheets import Sheet
from crm.mail import languages, public_page
from crm.mail.public_page import Page

MOST = 20


def ask(token: str) -> Page:
    """The page with what is known."""
    asked = _asked(token)
    if isinstance(asked, Page):
        return asked
    return showing.facts(asked, state=sheets.state(token), fields=rules.shown(asked.profile.attribute_values))


def act(token: str, *, body: str) -> Page:
    """Keep what a form says, and thank for it; a form that cannot be kept comes back with what is wrong."""
    sheet = sheets.read(token, body)
    asked = _asked(token)
    if isinstance(asked, Page):
        return asked
    if sheet.is_trapped:
        return showing.thanks(asked)
    told = _checked(rules.told(sheet.fields, asked.profile.attribute_values))
    if told.problems or not sheet.is_in_time:
        again = sheets.state(token, again=sheet)
        return showing.facts(asked, state=again, fields=sheet.fields, problems=told.problems, is_again=True)
    return showing.thanks(asked) if _kept(asked, sheet, told) else showing.full(asked)


def _asked(token: str) -> Asked | Page:
    link = links.read(token)
    if link is None:
        return public_page.bad()
    try:
        profile = customer_service.get(customer_id=link.customer_id)
    except NotFound:
        return showing.closed(languages.choose(settings().business_language))
    language = languages.choose(profile.language, settings().business_language)
    # A link to an address that is not theirs any more shows nobody anything.
    if link.is_over or not links.is_to(link, profile.email):
        return showing.closed(language)
    return Asked(link, profile, language)


def _checked(told: Told) -> Told:
    """The fields as records have them, by the schema that staff's changes pass."""
    try:
        fields = CustomerChange.model_validate(dict(told.fields)).model_dump(exclude_unset=True)
    except ValidationError as refused:
        wrong = {str(place) for error in refused.errors() for place in error["loc"][:1]} & told.fields.keys()
        if not wrong:
            raise
        rest = replace(told, fields={name: one for name, one in told.fields.items() if name not in wrong})
        return replace(_checked(rest), problems={**told.problems, **dict.fromkeys(wrong, "unclear")})
    return replace(told, fields=fields)


def _kept(asked: Asked, sheet: Sheet, told: Told) -> bool:
    """Keep a form; False where too many came by this link today."""
    stored = asked.profile.attribute_values
    # Who reads Urdu as in Pakistan and leaves it so has not said less than that.
    own = str(stored.get("language") or "")
    same = told.fields.get("language") == own.partition("-")[0]
    fields = {**told.fields, **({"language": own} if same and own else {})}
    values = {
        "fields": fields,
        "empty": list(told.empty),
        "changed": [*rules.differing(fields, stored), *told.empty],
        "shown_at": clock.instant(datetime.fromtimestamp(sheet.first_shown, UTC)),
    }
    said = {"checkup": asked.link.occurrence, "customer": asked.link.customer_id, "language": asked.language.code}
    by = _by(asked.link)
    return form_service.keep(sheet.form_id, said={**said, "values": values}, link=by, most=MOST)


def _by(link: Link) -> str:
    return f"checkup.{link.customer_id}"
