"""What customers answer themselves, behind a link in a mail: yes or no to mail of each purpose.

Their answer is kept beside the consent with its time and the way it came, so that staff see whose word it is. Staff
may change the consent afterwards (somebody calls); the customer's own answer stays on record.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.consents import service as consent_service
from crm.consents.service import Shown
from crm.core import clock, table
from crm.core.author import Author
from crm.core.errors import NotFound, StoreUnavailable
from crm.customers import rules, service
from crm.customers.models import Deleted, Profile
from crm.suppressions import service as suppression_service
from crm.suppressions.service import Suppressed

How = Literal["one_click", "unsubscribe_page", "preferences_page", "confirmed_by_mail"]
Answers = Mapping[str, bool | None]
"""By purpose: yes, no, or None for no answer."""
_TRIES = 8


def standing(profile: Profile, *, purposes: Iterable[str]) -> dict[str, bool | None]:
    """What holds for this customer now: their consent, unless somebody at their address refused."""
    return _standing(profile, suppression_service.read(profile.email), purposes)


def record(*, customer_id: str, answers: Answers, how: How, shown: Shown | None = None) -> dict[str, bool | None]:
    """Let these answers hold from now on; what held before, where that was something else. Raises NotFound.

    A refusal also stands under the address, where it outlives this record. The same answers again change nothing.
    """
    if shown:
        consent_service.keep(shown.texts.values())
    for _ in range(_TRIES):
        profile = _whoever(customer_id)
        suppressed = suppression_service.read(profile.email)
        before = _standing(profile, suppressed, answers)
        new = {purpose: answer for purpose, answer in answers.items() if _is_new(profile, suppressed, purpose, answer)}
        if not new or _write(profile, suppressed, new, how, shown):
            return {purpose: before[purpose] for purpose in new if before[purpose] is not new[purpose]}
    raise StoreUnavailable("this customer is being changed by many at once")


def _whoever(customer_id: str) -> Profile:
    """The customer, also one in the bin: who is restored has still said no. Raises NotFound."""
    try:
        return service.get(customer_id=customer_id)
    except NotFound:
        deleted = Deleted.find(customer_id)
        if deleted is None:
            raise
        return deleted


def _standing(profile: Profile, suppressed: Suppressed, purposes: Iterable[str]) -> dict[str, bool | None]:
    consent = profile.consent or {}
    return {purpose: False if purpose in suppressed.refused else consent.get(purpose) for purpose in purposes}


def _is_new(profile: Profile, suppressed: Suppressed, purpose: str, answer: bool | None) -> bool:
    # A no that staff have noted already is still the person's own to say.
    told = purpose in suppressed.refused or not profile.email
    same = (profile.consent or {}).get(purpose) is answer
    return not (same and (told if answer is False else purpose not in suppressed.refused))


def _write(profile: Profile, suppressed: Suppressed, answers: Answers, how: How, shown: Shown | None) -> bool:
    now = clock.stamp()
    own = {purpose: {"allowed": answer, "at": now, "how": how} for purpose, answer in answers.items()}
    new = {
        "consent": rules.without_none({**(profile.consent or {}), **answers}),
        "own_answers": {**(profile.own_answers or {}), **own},
        "version": int(profile.version) + 1,
        "revision": int(profile.revision) + 1,
        "updated_at": now,
    }
    before = profile.attribute_values
    left = change_rules.still_open(profile.conflicts, [f"/consent/{purpose}" for purpose in answers])
    actions: list[Action] = [getattr(Profile, name).set(value) for name, value in new.items()]
    actions.append(Profile.conflicts.set(left) if left else Profile.conflicts.remove())
    after = {**before, **new, "conflicts": left}

    def write(transaction: TransactWrite) -> None:
        # An update under a condition: who has only a link can change a customer, and never make one.
        transaction.update(profile, actions, condition=Profile.revision == profile.revision)
        author = Author(who="", way="customer", of=how)
        change_service.changed(transaction, profile.customer_id, before=before, after=after, author=author, shown=shown)
        if profile.email:
            suppression_service.answer(transaction, profile.email, answers=answers, seen=suppressed)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True
