"""How the product is: whether mail goes, whether lists and sums are right, what nobody knows yet; and what to do."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, once
from crm.console.routes import HOME
from crm.core import backlog, veil
from crm.core.backlog import Backlog
from crm.core.errors import InvalidFields, InvalidRequest, ViewsBeingBuilt
from crm.core.log import logger
from crm.core.paging import PageRequest
from crm.core.reason import Reason

HERE = f"{HOME}/health"
_MOST = 10
_LONGEST = 200


def show(visit: Visit) -> Page:
    """All of it, as far as the reader may see it; for a script the part about lists and sums alone."""
    if visit.asked.is_partial:
        return Page("health/views.html", _views(visit))
    return _page(visit)


def upkeep(visit: Visit) -> SeeOther:
    """Have lists and sums compared or built anew, or what is stuck tried again. Raises InvalidRequest."""
    from crm.views import service  # showing the page needs none of it

    action, key = visit.asked.form.get("action", ""), once(visit.asked.form)
    if action == "compare":
        service.ask("reconcile", caller=visit.actor.who, idempotency_key=key)
    elif action == "rebuild":
        service.ask("rebuild", caller=visit.actor.who, idempotency_key=key)
    elif action == "retry":
        service.retry_parked()
    else:
        raise InvalidRequest("the form says nothing that can be done")
    return SeeOther(f"{HERE}?done={action}#views")


def let_go(visit: Visit) -> Page | SeeOther:
    """Let greetings go again after too many bounces; somebody says why."""
    from crm.mail import breaker

    reason = " ".join(visit.asked.form.get("reason", "").split())
    if not 0 < len(reason) <= _LONGEST or not reason.isprintable():
        page = _page(visit)
        refused = InvalidFields.one("/reason", Reason("say in a line what was mended"))
        return again(replace(page, values={**page.values, "reason": reason[:_LONGEST]}), refused)
    breaker.begin_anew(staff_id=visit.actor.who, reason=reason)
    return SeeOther(f"{HERE}?done=let_go")


def _page(visit: Visit) -> Page:
    from crm.mail import account, breaker, health  # answers of the API, which need their schemas

    actor = visit.actor
    values: dict[str, Any] = {
        "mail": health.read(),
        "account": account.current(),
        "reputation": breaker.read(),
        "may_let_go": actor.may("mail.write"),
        "queues": _queues(),
        "unanswered": _unanswered(visit) if actor.may("activity.read") else None,
        "unknown": _unknown(visit) if actor.may("inbox.use") else None,
        "ask": visit.asked.query.get("ask"),
        "done": visit.asked.query.get("done"),
        "reason": "",
        "errors": {},
        **_views(visit),
    }
    return Page("health/health.html", values)


def _queues() -> Sequence[Backlog] | None:
    """What waits and what was given up; None where the queues do not answer."""
    try:
        return backlog.read()
    except (BotoCoreError, ClientError) as error:
        logger().warning("queues do not answer", error_type=type(error).__name__)
        return None


def _views(visit: Visit) -> Mapping[str, Any]:
    """How lists and sums stand; None for who may not look after them."""
    values: dict[str, Any] = {"views": None, "is_at_work": False, "parked": [], "once": secrets.token_urlsafe(12)}
    if not visit.actor.may("upkeep.use"):
        return values
    from crm.views import service, status

    views = status.status()
    parked = service.parked(PageRequest("console parked", _MOST)).items if views.parked else []
    return {
        **values,
        "views": views,
        "parked": parked,
        "is_at_work": any(one.finished_at is None for one in views.jobs),
    }


def _unanswered(visit: Visit) -> Sequence[Mapping[str, Any]] | None:
    """Mail that has waited too long for an answer of the mail service; None while the lists are being built."""
    from crm.mail import reconciling

    try:
        found = list(islice(reconciling.left_behind(), _MOST))
    except ViewsBeingBuilt:
        return None
    # The day of a greeting tells a birthday.
    kinds = {"greeting"} if veil.is_hidden("/birthday", visit.actor.hidden) else set[str]()
    shown = (one for one in found if one.order.kind not in kinds)
    return [{"key": one.order.key, "state": one.state, "at": one.updated_at} for one in shown]


def _unknown(visit: Visit) -> Sequence[Mapping[str, Any]]:
    """Mail that came in and of which nobody has said whose it is."""
    from crm.inbox import service

    within = visit.actor.within("inbox.use")
    request = PageRequest(f"console unknown:{visit.actor.scope}", _MOST)
    found = service.page(request, state="review", within=within).items
    hides = veil.is_hidden("/email", visit.actor.hidden)
    return [
        {
            "id": one.mail_id,
            "sender": None if hides else one.sender,
            "subject": one.subject,
            "at": one.received_at,
        }
        for one in found
    ]
