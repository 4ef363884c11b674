"""What customers ask about their own data: a copy, or to be forgotten. Nothing happens without a link in their mail.

Whoever has an old mail of somebody's can ask, so asking does no more than send a link to the address on file, once a
day. The link is signed, for this one request (`request_id`), this purpose, this address and three days. It opens the
copy a few times; and a wish to be forgotten that is confirmed by it is put to the staff, who decide within a month: an
erasure cannot be taken back, somebody else may read that mailbox, and the law may have a business keep its invoices.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from pynamodb.expressions.operand import Value
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, signing, table
from crm.core.config import settings
from crm.core.errors import Conflict, LimitReached, NotFound
from crm.core.reason import Reason
from crm.customers import answers as customer_answers
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.privacy import informing
from crm.privacy.models import WISHES, Asked, Wish

What = Literal["data", "erasure"]
KINDS: tuple[What, ...] = ("data", "erasure")
MOST_OPENINGS = 20
VALID = timedelta(days=3)
DECIDED_WITHIN = timedelta(days=30)
"""The month that the law gives (GDPR, article 12 (3)), counted so that it is never longer."""
_ONCE_IN = timedelta(days=1)
_KEPT = timedelta(days=30)
_SIGNED_FOR = "own_data"
# Until it is decided, nobody who wants to be forgotten is greeted.
_STOPPED = {"greeting": False, "marketing": False}


@dataclass(frozen=True)
class Opened:
    """What a mailed link stands for, while it does."""

    profile: Profile
    asked: Asked


def ask(*, customer_id: str, what: What, caller: str = "") -> Asked:
    """Note that somebody asks; a job mails the link. Asked again within a day it is the same request.

    Raises NotFound, LimitReached.
    """
    profile = customer_service.get(customer_id=customer_id)
    now = clock.now()
    place = Asked.keyed(profile.customer_id, what)
    noted: list[Action] = [
        Asked.state.set("asked"),
        Asked.request_id.set(ids.new()),
        Asked.asked_at.set(clock.instant(now)),
        Asked.asked_by.set(caller) if caller else Asked.asked_by.remove(),
        Asked.openings.set(0),
        Asked.expires_at.set(int((now + _KEPT).timestamp())),
        Asked.sent_to.remove(),
        Asked.entity.set(Asked),
    ]
    long_ago = Asked.asked_at < clock.instant(now - _ONCE_IN)
    free = Asked.pk.does_not_exist() | (long_ago & (Asked.state != "confirmed"))

    def write(transaction: TransactWrite) -> None:
        transaction.update(place, noted, condition=free)
        # Nobody is written to who is being erased; the projector finds nothing new in it.
        revision: list[Action] = [Profile.revision.set(Profile.revision + 1)]
        transaction.update(profile, revision, condition=Profile.pk.exists())

    try:
        table.commit(write)
    except table.ConditionFailed:
        raise LimitReached(Reason("a link was sent less than a day ago, or the wish is on record already")) from None
    return _found(profile.customer_id, what)


def mail(*, customer_id: str, what: What) -> None:
    """Mail the link of a request that was not mailed yet; put a confirmed wish to the staff. For the job."""
    asked = Asked.find(customer_id, what)
    if asked is None:
        return
    try:
        profile = customer_service.get(customer_id=customer_id)
    except NotFound:
        return
    if asked.state == "asked" and profile.email:
        informing.mail_link(profile, asked, address=_address(profile, asked))
        sent: list[Action] = [Asked.state.set("mailed"), Asked.sent_to.set(_mark(profile.email))]
        _write(asked, sent, state="asked")
    if asked.state == "confirmed":
        table.commit(lambda transaction: transaction.save(Wish.keyed(asked.customer_id)))
        informing.tell_staff(profile, asked, by=decide_by(asked))


def read(token: str) -> Opened | None:
    """What a mailed link stands for; None where it never did or does no more."""
    try:
        said = json.loads(signing.verify(_SIGNED_FOR, token))
    except ValueError:
        return None
    asked = Asked.find(said["c"], said["w"])
    is_same = asked is not None and asked.request_id == said["r"] and asked.sent_to
    if not is_same or asked is None or clock.now().timestamp() >= said["x"]:
        return None
    try:
        profile = customer_service.get(customer_id=asked.customer_id)
    except NotFound:
        return None
    return Opened(profile, asked) if profile.email and asked.sent_to in _marks(profile.email) else None


def count_opening(opened: Opened) -> bool:
    """Note that the copy is shown once more; False: it was often enough."""
    again: list[Action] = [Asked.openings.set(Asked.openings + Value(1)), Asked.state.set("opened")]
    few = Asked.openings < MOST_OPENINGS
    return _is_written(lambda t: t.update(opened.asked, again, condition=few & _same(opened.asked)))


def confirm(opened: Opened) -> None:
    """The wish to be forgotten is theirs: it is with the staff from now on, and greetings stop. It may be repeated."""
    customer_answers.record(customer_id=opened.asked.customer_id, answers=_STOPPED, how="confirmed_by_mail")
    confirmed: list[Action] = [
        Asked.state.set("confirmed"),
        Asked.confirmed_at.set(clock.stamp()),
        Asked.expires_at.remove(),
    ]
    _write(opened.asked, confirmed, state="mailed")


def decide_by(asked: Asked) -> str:
    """The day by which staff have to decide (`2026-12-21`)."""
    return f"{datetime.fromisoformat(str(asked.confirmed_at)) + DECIDED_WITHIN:%Y-%m-%d}"


def waiting() -> list[Opened]:
    """The wishes that staff have to decide about, the oldest first; of who is in the bin none."""
    found = [opened for wish in Wish.query(WISHES, consistent_read=True) if (opened := _wished(wish.customer_id))]
    return sorted(found, key=lambda one: str(one.asked.confirmed_at))


def wished_at(customer_id: str) -> str | None:
    """When somebody confirmed that they want to be forgotten (RFC 3339), where that waits for a decision."""
    asked = Asked.find(customer_id, "erasure")
    return asked.confirmed_at if asked and asked.state == "confirmed" else None


def refuse(*, customer_id: str, reason: str, caller: str) -> Asked:
    """Keep who asked to be forgotten, and tell them why by mail. Raises NotFound, Conflict where nothing is waiting."""
    profile = customer_service.get(customer_id=customer_id)
    asked = _found(profile.customer_id, "erasure")
    if asked.state == "confirmed":
        refused: list[Action] = [
            Asked.state.set("refused"),
            Asked.decided_at.set(clock.stamp()),
            Asked.decided_by.set(caller),
            Asked.reason.set(reason),
        ]
        is_confirmed = _same(asked) & (Asked.state == "confirmed")

        def write(transaction: TransactWrite) -> None:
            transaction.update(asked, refused, condition=is_confirmed)
            transaction.delete(Wish.keyed(customer_id))

        _is_written(write)
        asked = _found(profile.customer_id, "erasure")
    if asked.state != "refused":
        raise Conflict(Reason("this wish to be forgotten was not confirmed, so there is nothing to decide"))
    informing.mail_refusal(profile, asked)
    return asked


def _wished(customer_id: str) -> Opened | None:
    try:
        profile = customer_service.get(customer_id=customer_id)
    except NotFound:
        return None
    asked = Asked.find(profile.customer_id, "erasure")
    return Opened(profile, asked) if asked and asked.state == "confirmed" else None


def _found(customer_id: str, what: What) -> Asked:
    found = Asked.find(customer_id, what)
    if found is None:
        raise NotFound("this customer has not asked")
    return found


def _address(profile: Profile, asked: Asked) -> str:
    expires = int((datetime.fromisoformat(asked.asked_at) + VALID).timestamp())
    said: dict[str, Any] = {"c": profile.customer_id, "w": asked.what, "r": asked.request_id, "x": expires}
    token = signing.sign(_SIGNED_FOR, json.dumps(said, separators=(",", ":")).encode())
    return f"{settings().public_url}/own-data/{token}"


def _marks(address: str) -> set[str]:
    return set(signing.fingerprints(_SIGNED_FOR, address.encode()).values())


def _mark(address: str) -> str:
    return next(iter(signing.fingerprints(_SIGNED_FOR, address.encode()).values()))


def _same(asked: Asked) -> Any:
    return Asked.request_id == asked.request_id


def _write(asked: Asked, actions: list[Action], *, state: str) -> None:
    """Change a request while it is this one and in that state; else somebody else has."""
    still = _same(asked) & (Asked.state == state)
    _is_written(partial(_update, asked, actions, still))


def _update(asked: Asked, actions: list[Action], still: Any, transaction: TransactWrite) -> None:
    transaction.update(asked, actions, condition=still)


def _is_written(write: Callable[[TransactWrite], None]) -> bool:
    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True
