"""The tags: how many customers have each; another name, joining two, taking one away, over all who have it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, checked
from crm.console.routes import HOME
from crm.console.tags.telling import told_of
from crm.core.errors import Conflict, InvalidFields, InvalidRequest, NotFound, ViewsBeingBuilt
from crm.customers import tags as customer_tags
from crm.customers.tags import Tag
from crm.tags import service
from crm.tags.models import TagChange
from crm.tags.service import InUse, TagExists
from crm.tags.uses import TagInUse

HERE = f"{HOME}/tags"
_MOST, _LONGEST = 200, 60
_IN_USE: Mapping[str, InUse] = {"refuse": "refuse", "rewrite": "rewrite", "keep": "keep"}


def show(visit: Visit) -> Page:
    """All tags, the most frequent first; or one, to change it. Raises NotFound, ViewsBeingBuilt."""
    tag = visit.asked.query.get("tag", "")
    return _one(visit, tag) if tag else _list(visit)


def act(visit: Visit) -> Page | SeeOther:
    """Begin what a form asks for; where something stands in the way, ask what is to become of it.

    Raises NotFound, InvalidRequest, ViewsBeingBuilt.
    """
    form = visit.asked.form
    action, tag = form.get("action", ""), form.get("tag", "")
    if action not in {"rename", "delete"} or not tag:
        raise InvalidRequest("the form says nothing that can be done")
    try:
        change = _rename(visit, tag) if action == "rename" else _remove(visit, tag)
    except InvalidFields as refused:
        return again(_one(visit, tag), refused)
    except TagExists as other:
        return _asking(visit, tag, other, existing=other.extensions["existing"])
    except TagInUse as used:
        return _asking(visit, tag, used, used_by=used.extensions["used_by"])
    except Conflict as busy:
        return _asking(visit, tag, busy, is_busy=True)
    return SeeOther(f"{HERE}/{change.change_id}")


def _rename(visit: Visit, tag: str) -> TagChange:
    from crm.tags.schemas import TagRename

    form = visit.asked.form
    new = checked(TagRename, {"name": form.get("name", "").strip(), "merge": "merge" in form, "in_use": _in_use(visit)})
    return service.rename(tag=tag, name=new.name, merge=new.merge, in_use=new.in_use, caller=visit.actor.who)


def _remove(visit: Visit, tag: str) -> TagChange:
    return service.remove(tag=tag, in_use=_in_use(visit), caller=visit.actor.who)


def _in_use(visit: Visit) -> InUse:
    return _IN_USE.get(visit.asked.form.get("in_use", ""), "refuse")


def _asking(visit: Visit, tag: str, refused: Conflict, **more: Any) -> Page:
    form = visit.asked.form
    asked = {name: form[name] for name in ("action", "name", "merge") if name in form}
    return replace(_one(visit, tag, asked=asked, **more), status=refused.status.value)


def _one(visit: Visit, tag: str, **more: Any) -> Page:
    found = next((one for one in customer_tags.listed() if customer_tags.key(one.tag) == customer_tags.key(tag)), None)
    if found is None:
        raise NotFound("nobody has this tag")
    values: dict[str, Any] = {
        "tag": found,
        "name": visit.asked.form.get("name", found.tag) if visit.asked.method == "POST" else found.tag,
        "may_change": visit.actor.may("tags.write"),
        "may_see_groups": visit.actor.may("segments.read"),
        "ask": visit.asked.query.get("ask") == "delete",
        "asked": {},
        "existing": None,
        "used_by": [],
        "is_busy": False,
        "errors": {},
        **more,
    }
    return Page("tags/tag.html", values)


def _list(visit: Visit) -> Page:
    like = visit.asked.query.get("like", "").strip()[:_LONGEST]
    values: dict[str, Any] = {
        "like": like,
        "changes": [told_of(one) for one in reversed(TagChange.read_all())],
        "is_being_built": False,
        "tags": [],
        "is_more": False,
    }
    try:
        every: list[Tag] = [
            one for one in customer_tags.listed() if customer_tags.key(like) in customer_tags.key(one.tag)
        ]
    except ViewsBeingBuilt:
        return Page("tags/tags.html", {**values, "is_being_built": True})
    return Page("tags/tags.html", {**values, "tags": every[:_MOST], "is_more": len(every) > _MOST})
