"""Takes a form from a public page into a record: of the customer whose link it was, or of a new lead.

Each step may be repeated: whoever dies in between has all of it done again, and nothing twice.
"""

from typing import Any

from crm.core import ids, text
from crm.core.author import Author
from crm.core.errors import InvalidFields, NotFound
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.forms import facts
from crm.forms import service as form_service
from crm.forms.models import Submission
from crm.questionnaires import answering, checking, confirming, rules
from crm.questionnaires.answering import Said
from crm.questionnaires.models import Questionnaire
from crm.questionnaires.rules import Told
from crm.suppressions.forgotten import AddressForgotten

LEAD = "lead"
_SOURCE = "questionnaire"


def take(item: Submission) -> None:
    """Take one form, once; one whose customer or questionnaire is gone meanwhile is let go."""
    questionnaire = Questionnaire.find(str(item.questionnaire))
    profile = _into_record(item, questionnaire) if questionnaire else None
    form_service.finish(item, customer_id=profile.customer_id if profile else None)


def _into_record(item: Submission, questionnaire: Questionnaire) -> Profile | None:
    told = checking.checked(questionnaire.questions, item.values or {})
    author = Author("", way="questionnaire", of=questionnaire.questionnaire_id, at=item.given_at)
    try:
        profile = _filled(item, questionnaire, told, author)
        confirm = confirming.wanted(profile, told, questionnaire, language=item.language)
        said = Said(told.values, "questionnaire", "", item.language, item.given_at, confirm)
        key = f"{item.form_id} {ids.request_hash(told.values)}"
        answering.keep(customer_id=profile.customer_id, questionnaire=questionnaire, said=said, key=key)
    except NotFound:
        return None
    if confirm:
        confirming.ask(profile, questionnaire, item)
    return profile


def _filled(item: Submission, questionnaire: Questionnaire, told: Told, author: Author) -> Profile:
    # A yes counts when it is confirmed; a no holds at once.
    refused = {purpose: False for purpose, said in told.consent.items() if not said}
    fields = {**told.fields, **({"consent": refused} if refused else {})}
    if item.customer is None:
        return _lead(item, questionnaire, fields, author)
    profile = customer_service.get(customer_id=item.customer)
    facts.fill(customer_id=profile.customer_id, fields=fields, author=author)
    return customer_service.get(customer_id=profile.customer_id)


def _lead(item: Submission, questionnaire: Questionnaire, fields: dict[str, Any], author: Author) -> Profile:
    """A new record for review: of whom nobody knows whether they are who they say, so it is never another's."""
    named = fields.get("email") or fields.get("phone") or rules.worded(questionnaire.title, item.language)
    known = {"kind": "person", "name": named, "language": item.language, "source": _SOURCE, **fields}
    known["tags"] = text.distinct([LEAD, *fields.get("tags", ())])
    key = f"form {item.form_id}"
    while True:
        try:
            return customer_service.register(fields=known, author=author, idempotency_key=key, allow_duplicate=True)
        except AddressForgotten:
            # Who was erased under it comes back by their own word to the staff, not by anybody's form.
            known, key = facts.without(known, ("/email", "/phone")), f"{key} without"
        except InvalidFields as refused:
            wrong = [one for one in facts.pointers(known) if any(facts.same(one, e.pointer) for e in refused.fields)]
            if not wrong:
                raise
            known = facts.without(known, wrong)
