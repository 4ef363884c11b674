"""Whoever is signed in: who they are here, what they may, in which language and how often mail tells them, and out."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.access import roster, rules
from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.roles import permitting
from crm.console.routes import HOME
from crm.console.sessions import COOKIE, taken
from crm.core.actor import Actor
from crm.core.errors import InvalidRequest
from crm.mail.languages import Language
from crm.staff.models import Member

HERE = f"{HOME}/me"
NOTIFY = ("at_once", "daily", "never")
REMINDERS = ("single", "digest")


def show(visit: Visit) -> Page:
    """The page; with `?leave=1` it asks whether to sign out everywhere."""
    actor, member = visit.actor, _member(visit.actor.who)
    told = roster.current().members.get(actor.who, {})
    role = rules.found(actor.role, roster.current().roles)
    values = {
        "member": member,
        "role": actor.role,
        "says": permitting.says(role, visit.language) if role else "",
        "teams": sorted(told.get("teams") or ()),
        "stands_in_for": sorted(actor.mine - {actor.who}),
        "rights": _rights(actor, visit.language),
        "hidden": permitting.fields(actor.hidden, visit.language),
        "notify": (member.notify if member else None) or "at_once",
        "reminders": (member.reminders if member else None) or "single",
        "digest_at": (member.digest_at if member else None) or "08:00",
        "is_leaving": "leave" in visit.asked.query,
        "once": secrets.token_urlsafe(12),
        "done": visit.asked.query.get("done"),
    }
    return Page("me.html", values)


def change(visit: Visit) -> SeeOther:
    """What the form's `action` names: `mails`, how mail tells them, or `leave`, everywhere. Raises InvalidRequest."""
    match visit.asked.form.get("action"):
        case "mails":
            return _mails(visit)
        case "leave":
            return _leave(visit)
    raise InvalidRequest("there is no such thing to do")


def remember_language(visit: Visit, language: str) -> SeeOther:
    """Read in another language from now on, here and in mails to them; who is on no list, for this session."""
    member = _member(visit.actor.who)
    # Whoever has a region of their language keeps it.
    if member and (member.language or "").partition("-")[0] != language:
        _change(visit, {"language": language})
    return SeeOther(HERE, (replace(visit.session, language=language).cookie,))


def _mails(visit: Visit) -> SeeOther:
    form = visit.asked.form
    notify, reminders = form.get("notify", ""), form.get("reminders", "")
    if notify not in NOTIFY or reminders not in REMINDERS:
        raise InvalidRequest("there is no such choice")
    _change(visit, {"notify": notify, "reminders": reminders})
    return SeeOther(f"{HERE}?done=saved")


def _leave(visit: Visit) -> SeeOther:
    # Here, as showing a page signs nobody out.
    from crm.staff import signing_out

    once = forms.once(visit.asked.form)
    signing_out.sign_out(staff_id=visit.actor.who, by=visit.actor, idempotency_key=once)
    return SeeOther(f"{HOME}/leaving", (taken(COOKIE),))


def _change(visit: Visit, fields: Mapping[str, Any]) -> None:
    from crm.staff import service

    service.change(staff_id=visit.actor.who, fields=fields, expected_version=None, by=visit.actor)


def _member(who: str) -> Member | None:
    try:
        return Member.read(who)
    except Member.DoesNotExist:
        return None


def _rights(actor: Actor, language: Language) -> list[tuple[str, str]]:
    """What they may, a sentence each, and of whose customers it is so; "": of no customer."""
    return [
        (sentence, actor.rights[one] if group.is_limited else "")
        for group in permitting.groups(language)
        for one, sentence in group.sentences.items()
        if one in actor.rights
    ]
