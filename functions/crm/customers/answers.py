"""What customers answer themselves, behind a link in a mail: yes or no to mail of each purpose.

Their answer is kept beside the consent with its time and the way it came, so that staff see whose word it is. Staff
may change the consent afterwards (somebody calls); the customer's own answer stays on record.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.core.errors import StoreUnavailable
from crm.customers import rules, service
from crm.customers.models import Profile

How = Literal["one_click", "unsubscribe_page", "preferences_page"]
Answers = Mapping[str, bool | None]
"""By purpose: yes, no, or None for no answer."""
_TRIES = 8


def standing(profile: Profile, *, purposes: Iterable[str]) -> dict[str, bool | None]:
    """What holds for this customer now."""
    consent = profile.consent or {}
    return {purpose: consent.get(purpose) for purpose in purposes}


def record(*, customer_id: str, answers: Answers, how: How) -> dict[str, bool | None]:
    """Let these answers hold from now on; what held before, of those that changed. Raises NotFound.

    The same answers again change nothing.
    """
    for _ in range(_TRIES):
        profile = service.get(customer_id=customer_id)
        before = standing(profile, purposes=answers)
        changed = {purpose: answer for purpose, answer in answers.items() if before[purpose] is not answer}
        if not changed or _write(profile, changed, how):
            return {purpose: before[purpose] for purpose in changed}
    raise StoreUnavailable("this customer is being changed by many at once")


def _write(profile: Profile, answers: Answers, how: How) -> bool:
    now = clock.stamp()
    own = {purpose: {"allowed": answer, "at": now, "how": how} for purpose, answer in answers.items()}
    actions: list[Action] = [
        Profile.consent.set(rules.without_none({**(profile.consent or {}), **answers})),
        Profile.own_answers.set({**(profile.own_answers or {}), **own}),
        Profile.version.set(int(profile.version) + 1),
        Profile.revision.set(int(profile.revision) + 1),
        Profile.updated_at.set(now),
    ]

    def write(transaction: TransactWrite) -> None:
        # An update under a condition: who has only a link can change a customer, and never make one.
        transaction.update(profile, actions, condition=Profile.revision == profile.revision)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True
