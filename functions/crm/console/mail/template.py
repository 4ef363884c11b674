"""One template of mail in one language: written with a preview beside it, put back, brought back from before."""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from crm.console import forms, house, rendering
from crm.console.asked import Answer, Framed, Page, SeeOther, Visit
from crm.console.mail import wanted
from crm.console.mail import words as mail_words
from crm.console.mail.templates import LIST
from crm.core.errors import Conflict, CrmError, InvalidFields, LimitReached, StaleVersion
from crm.core.reason import Reason
from crm.mail import languages
from crm.mail import preview as mail_preview
from crm.templates import editing, reading, shipped, versions
from crm.templates import service as template_service
from crm.templates.service import SECTIONS

if TYPE_CHECKING:
    from crm.templates.schemas import TemplateOut

_LATEST = 10


def show(visit: Visit) -> Page:
    """The form, or what there was in an earlier version. Raises NotFound."""
    query = visit.asked.query
    found = wanted.found(visit, version=forms.number(query.get("version")))
    if query.get("delete") and found:
        return Page("mail_texts/delete.html", {"template": found, "address": wanted.address(visit)})
    return _form(visit, found, wanted.texts(visit, found))


def act(visit: Visit) -> Answer:
    """What a button of the form is for. Raises NotFound, InvalidFields."""
    actions: Mapping[str, Callable[[Visit], Answer]] = {
        "save": _save,
        "reset": _reset,
        "restore": _restore,
        "delete": _delete,
        "try": _try,
    }
    action = visit.asked.form.get("action", "")
    if action not in actions:
        raise InvalidFields.one("/action", Reason("load the page anew"))
    return actions[action](visit)


def sample(visit: Visit) -> Framed:
    """The mail as it is stored, for the frame. Raises NotFound."""
    name, base = visit.asked.names["name"], visit.asked.query.get("from")
    known = base if base and not template_service.exists(name) else name
    return Framed(mail_preview.show(name=known, language=wanted.tag(visit)).html)


def preview(visit: Visit) -> Framed:
    """The mail as it stands in the form, for the frame; what is wrong with it in its place. Raises NotFound."""
    name, base = visit.asked.names["name"], visit.asked.form.get("from")
    known = base if base and not template_service.exists(name) else name
    try:
        return Framed(mail_preview.show(name=known, language=wanted.tag(visit), text=wanted.typed(visit)).html)
    except InvalidFields as refused:
        wrong = mail_words.of_form((one.pointer, one.reason) for one in refused.fields)
        page = Page("mail_texts/refused.html", {"wrong": wrong})
        # No error: the text is only not finished yet.
        return Framed(rendering.html(page, visit.language, always={"visit": visit}))


def _save(visit: Visit) -> Answer:
    found, typed, tag = wanted.found(visit), wanted.typed(visit), wanted.tag(visit)
    try:
        if found is None:
            _add(visit, typed, tag)
            return SeeOther(f"{wanted.address(visit)}?language={tag}&done=added")
        from crm.templates.schemas import TemplateChange  # of this form alone

        told = forms.checked(TemplateChange, {"texts": {tag: _own(found.name, tag, typed)}})
        editing.change(
            name=found.name,
            texts=told.model_dump(exclude_unset=True)["texts"],
            expected_version=forms.version(visit.asked.form),
            caller=visit.actor.who,
        )
    except InvalidFields as refused:
        return _again(_form(visit, found, typed), refused)
    except StaleVersion:
        return _conflict(visit, typed)
    except Conflict as there:
        return _again(_form(visit, found, typed), there)
    return SeeOther(f"{wanted.address(visit)}?language={tag}&done=saved")


def _add(visit: Visit, typed: Mapping[str, str], tag: str) -> None:
    """A template of the business's own: in the other languages it says at first what it was made from."""
    from crm.templates.schemas import NewTemplate

    base = reading.one(name=visit.asked.form.get("from", ""))
    others = {known: {name: getattr(text, name) for name in SECTIONS} for known, text in base.texts.items()}
    told = forms.checked(NewTemplate, {"name": visit.asked.names["name"], "texts": {**others, tag: dict(typed)}})
    editing.add(name=told.name, texts=told.model_dump()["texts"], caller=visit.actor.who, idempotency_key=None)


def _reset(visit: Visit) -> Answer:
    """The shipped text again, in one language."""
    found, tag = wanted.known(visit), wanted.tag(visit)
    try:
        editing.change(
            name=found.name, texts={tag: None}, expected_version=forms.version(visit.asked.form), caller=visit.actor.who
        )
    except StaleVersion:
        return _conflict(visit, wanted.typed(visit))
    return SeeOther(f"{wanted.address(visit)}?language={tag}&done=reset")


def _restore(visit: Visit) -> Answer:
    """What it said in an earlier version, in all languages."""
    found, tag = wanted.known(visit), wanted.tag(visit)
    earlier = forms.number(visit.asked.form.get("to"))
    if earlier is None:
        raise InvalidFields.one("/to", Reason("load the page anew"))
    try:
        versions.restore(
            name=found.name, version=earlier, expected_version=forms.version(visit.asked.form), caller=visit.actor.who
        )
    except StaleVersion:
        return SeeOther(f"{wanted.address(visit)}?language={tag}&done=stale")
    return SeeOther(f"{wanted.address(visit)}?language={tag}&done=restored")


def _try(visit: Visit) -> Answer:
    """What is stored as a mail to whoever asks for it."""
    from crm.mail import trials

    found, tag = wanted.known(visit), wanted.tag(visit)
    page = _form(visit, found, wanted.texts(visit, found))
    try:
        key = forms.once(visit.asked.form)
        order = trials.ask(staff_id=visit.actor.who, template=found.name, language=tag, idempotency_key=key)
    except InvalidFields as refused:
        return forms.again(page, refused)
    except LimitReached as refused:
        return forms.again(page, InvalidFields.one("/try", refused.reason))
    return SeeOther(f"{wanted.address(visit)}?language={tag}&done=tried&mail={order.occurrence}#looks")


def _tried(visit: Visit) -> Mapping[str, Any] | None:
    """What became of the mail to oneself that the address names."""
    named = visit.asked.query.get("mail", "")
    if not re.fullmatch(r"[a-z2-7]{26}", named):
        return None
    from crm.mail import trials

    found = trials.message(staff_id=visit.actor.who, trial_id=named)
    return {"state": found.state if found else "due", "code": found.reason_code if found else None}


def _delete(visit: Visit) -> Answer:
    """Away with an own template; a shipped one says again in all languages what it said at first."""
    found = wanted.known(visit)
    try:
        editing.remove(name=found.name, expected_version=forms.version(visit.asked.form), caller=visit.actor.who)
    except StaleVersion:
        return SeeOther(f"{wanted.address(visit)}?done=stale")
    except Conflict:
        return SeeOther(f"{wanted.address(visit)}?done=used")
    return SeeOther(f"{LIST}?done={'back' if found.shipped else 'deleted'}")


def _conflict(visit: Visit, typed: Mapping[str, str]) -> Page:
    found = wanted.known(visit)
    stored = wanted.texts(visit, found)
    page = _form(visit, found, typed)
    both = [(name, stored[name], typed[name]) for name in SECTIONS if stored[name] != typed[name]]
    return Page(page.template, {**page.values, "both": both}, StaleVersion.status.value, page.headers)


def _form(visit: Visit, found: "TemplateOut | None", texts: Mapping[str, str]) -> Page:
    name, tag = visit.asked.names["name"], wanted.tag(visit)
    language = languages.choose(tag)
    base = visit.asked.query.get("from") or visit.asked.form.get("from")
    known = template_service.askable(found.name if found else name)
    text = found.texts.get(tag) if found else None
    earlier = forms.number(visit.asked.query.get("version"))
    values = {
        "name": found.name if found else name,
        "template": found,
        "base": None if found else base,
        "tag": tag,
        "direction": language.direction,
        "tags": list(found.languages) if found else [tag],
        "texts": texts,
        "own": list(text.own) if text else [],
        "version": _current(found, earlier),
        "earlier": earlier,
        "editions": versions.latest(name=found.name, most=_LATEST) if found else [],
        "placeholders": mail_words.placeholders(known, language=language, business=house.business().name),
        "may_write": visit.actor.may("templates.write"),
        "once": secrets.token_urlsafe(12),
        "tried": _tried(visit),
        "address": wanted.address(visit),
        "query": f"?language={tag}" + (f"&from={quote(base)}" if base and not found else ""),
        "errors": {},
        "both": [],
        "done": visit.asked.query.get("done"),
    }
    return Page("mail_texts/edit.html", values, headers=rendering.WITH_FRAME)


def _again(page: Page, refused: CrmError) -> Page:
    wrong = mail_words.of_form((one.pointer, one.reason) for one in refused.fields) or {"": refused.reason}
    return Page(page.template, {**page.values, "errors": wrong}, refused.status.value, page.headers)


def _own(name: str, tag: str, typed: Mapping[str, str]) -> dict[str, str | None]:
    """What is as it was shipped is none of the business's own: what is shipped anew then stands there."""
    first = shipped.sections(name, tag) or {}
    return {section: None if text == first.get(section) else text for section, text in typed.items()}


def _current(found: "TemplateOut | None", earlier: int | None) -> int:
    if found is None:
        return 0
    return found.version if earlier is None else reading.one(name=found.name).version
