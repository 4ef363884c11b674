"""The form that builds a rule: made and changed, with who it holds now, before anything is stored."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.groups import overview as groups
from crm.console.groups import suggested
from crm.console.groups import telling as group_telling
from crm.console.groups.overview import PATH
from crm.console.groups.rule_form import posted, shown, tree
from crm.console.groups.rule_form.choosing import Choosing
from crm.console.groups.rule_form.tree import Bracket, Built, Path
from crm.core import ids
from crm.core.errors import InvalidFields, LimitReached, StaleVersion
from crm.core.reason import Reason
from crm.segments import preview, saying, service
from crm.segments.models import STATIC, Segment, from_text

_LONGEST_ONCE = 40
_PREVIEWED = ("preview", "count")


@dataclass(frozen=True)
class Draft:
    """A group in the making. `segment`: the one that is being changed, as it is now; `version` as it was shown."""

    visit: Visit
    choosing: Choosing
    name: str
    root: Bracket
    segment: Segment | None = None
    version: str = ""
    once: str = ""

    @property
    def built(self) -> Built:
        return tree.built(self.root, self.choosing.own)


def new(visit: Visit) -> Page:
    """An empty form, or that of a group which was suggested."""
    choosing, name = _choosing(visit, None), visit.asked.query.get("suggested")
    rule = suggested.rule_of(visit, name) if name else None
    root = tree.of(rule, choosing.own) if rule else Bracket("all")
    return _page(Draft(visit, choosing, "", root, once=secrets.token_urlsafe(12)), counts=rule is not None)


def edit(visit: Visit) -> Page:
    """The form of a group as it is. Raises NotFound."""
    return _page(_stored(visit, _segment(visit)))


def make(visit: Visit) -> Page | SeeOther:
    """What the form of a new group says: its buttons, or that it is to be made. Raises InvalidRequest."""
    do = visit.asked.form.get("do", "")
    if do == "bring_back":
        return groups.bring_back(visit)
    draft = _sent(visit, None)
    return _made(draft, is_picked=do == "save_picked") if do.startswith("save") else _worked(draft, do)


def change(visit: Visit) -> Page | SeeOther:
    """The same of a group that there is. Raises NotFound."""
    segment, do = _segment(visit), visit.asked.form.get("do", "")
    draft = _sent(visit, segment)
    return _changed(draft, segment) if do == "save" else _worked(draft, do)


def _worked(draft: Draft, do: str) -> Page:
    """The form after one of its buttons; nothing is stored."""
    fields = draft.visit.asked.fields
    draft = replace(draft, root=posted.done(draft.root, do, fields, draft.choosing.own))
    return _page(draft, counts=do in _PREVIEWED, cursor=draft.visit.asked.form.get("cursor") if do == "count" else None)


def _made(draft: Draft, *, is_picked: bool) -> Page | SeeOther:
    from crm.segments.schemas import NewSegment  # only what is sent is checked

    built = Built() if is_picked else draft.built
    try:
        _require_filled_in(built)
        told = {"name": draft.name, "kind": STATIC} if is_picked else {"name": draft.name, "rule": built.rule}
        checked = forms.checked(NewSegment, told)
        if not is_picked:
            service.require_rule(built.rule, hidden=draft.visit.actor.hidden)
        key = ids.request_hash([draft.once, draft.name, built.rule])
        made = service.register(
            name=checked.name,
            kind=checked.kind,
            rule=checked.rule,
            caller=draft.visit.actor.who,
            idempotency_key=f"console {key}",
        )
    except (InvalidFields, LimitReached) as refused:
        return _page(draft, refused=refused, counts=False)
    return SeeOther(f"{PATH}/{made.segment_id}?done=made")


def _changed(draft: Draft, segment: Segment) -> Page | SeeOther:
    from crm.segments.schemas import SegmentChange

    own, rule = draft.choosing.own, from_text(segment.rule)
    keeps = segment.kind == STATIC or draft.root == tree.of(rule, own)
    built = Built() if keeps else draft.built
    try:
        _require_filled_in(built)
        told = {"name": draft.name} if keeps else {"name": draft.name, "rule": built.rule}
        fields = forms.checked(SegmentChange, told).model_dump(exclude_unset=True)
        if not keeps:
            service.require_rule(built.rule, hidden=draft.visit.actor.hidden)
        service.change(segment_id=segment.segment_id, fields=fields, expected_version=forms.number(draft.version) or 0)
    except StaleVersion:
        # Whoever sends it once more has seen what the other wrote.
        return _page(replace(draft, version=str(segment.version)), theirs=segment)
    except InvalidFields as refused:
        return _page(draft, refused=refused)
    return SeeOther(f"{PATH}/{segment.segment_id}?done=changed")


def _require_filled_in(built: Built) -> None:
    if built.wrong:
        raise InvalidFields("the rule is not filled in")


def _page(
    draft: Draft,
    *,
    counts: bool = False,
    cursor: str | None = None,
    refused: InvalidFields | LimitReached | None = None,
    theirs: Segment | None = None,
) -> Page:
    visit, built = draft.visit, draft.built
    wrong, sound = _looked_at(draft, built)
    if isinstance(refused, InvalidFields) and not wrong:
        wrong = shown.reasons(refused, built.places)
    is_told = counts or refused is not None
    errors = forms.errors(refused) if isinstance(refused, InvalidFields) and refused.fields else {}
    values = {
        "draft": draft,
        "segment_id": draft.segment.segment_id if draft.segment else None,
        "builds_at": f"{PATH}/{draft.segment.segment_id}" if draft.segment else PATH,
        "may_count": True,
        "is_picked": bool(draft.segment and draft.segment.kind == STATIC),
        "root": shown.part(draft.root, draft.choosing, wrong if is_told else {}),
        "offered": draft.choosing.offered(),
        "errors": {"name": errors["name"]} if "name" in errors else {},
        "refused": refused.detail if isinstance(refused, LimitReached) else None,
        "is_unfinished": bool(wrong),
        "in_words": saying.of_rule(sound, **_speech(draft)) if sound else None,
        "preview": _preview(draft, sound, cursor) if counts and sound else None,
        "theirs": _theirs(draft, theirs),
    }
    if visit.asked.is_partial:
        return Page("groups/builder.html", values)
    status = 409 if theirs else refused.status.value if refused else 200
    return Page("groups/form.html", values, status)


def _looked_at(draft: Draft, built: Built) -> tuple[Mapping[Path, Reason], Any]:
    """What is wrong with the rule, by place, and the rule where nothing is."""
    if built.wrong:
        return built.wrong, None
    try:
        service.require_rule(built.rule, hidden=draft.visit.actor.hidden)
    except InvalidFields as refused:
        return shown.reasons(refused, built.places), None
    return {}, built.rule


def _preview(draft: Draft, rule: Any, cursor: str | None) -> Mapping[str, Any] | None:
    """Who is in it now: a bounded part of the count, which goes on from `cursor`."""
    try:
        found = preview.of(rule, caller=draft.visit.actor.scope, cursor=cursor or None)
    except InvalidFields:
        # The rule has changed since, or names a group that is gone.
        return None if cursor is None else _preview(draft, rule, None)
    return {"found": found, "sample": [(one.id, one.name) for one in found.sample]}


def _theirs(draft: Draft, segment: Segment | None) -> Mapping[str, Any] | None:
    if segment is None:
        return None
    said = None if segment.kind == STATIC else saying.of_rule(from_text(segment.rule), **_speech(draft))
    return {"name": segment.name, "in_words": said}


def _speech(draft: Draft) -> dict[str, Any]:
    choosing = draft.choosing
    return {"language": draft.visit.language.tag, "names": choosing.names, "defined": lambda: choosing.definitions}


def _sent(visit: Visit, segment: Segment | None) -> Draft:
    form, choosing = visit.asked.form, _choosing(visit, segment)
    root = posted.read(visit.asked.fields, choosing.own)
    name, version = form.get("name", "").strip(), form.get("version", "")
    return Draft(visit, choosing, name, root, segment, version, form.get("once", "")[:_LONGEST_ONCE])


def _stored(visit: Visit, segment: Segment) -> Draft:
    choosing = _choosing(visit, segment)
    root = tree.of(from_text(segment.rule), choosing.own)
    return Draft(visit, choosing, segment.name, root, segment, str(segment.version))


def _choosing(visit: Visit, segment: Segment | None) -> Choosing:
    hidden = visit.actor.hidden
    known = group_telling.seen_groups(hidden)
    return Choosing.of(
        language=visit.language.tag,
        hidden=hidden,
        groups=known,
        leave_out=segment.segment_id if segment else None,
    )


def _segment(visit: Visit) -> Segment:
    return service.get(segment_id=visit.asked.names["segment_id"], hidden=visit.actor.hidden)
