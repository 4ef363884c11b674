"""Use cases of tags: give one another name, join it with another, take it away, over all customers who have it."""

from collections.abc import Mapping
from typing import Literal

from crm.core import ids, text
from crm.core.errors import Conflict, InvalidFields, NotFound, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import tags as customer_tags
from crm.customers.tags import Tag
from crm.rounds import service as rounds
from crm.rounds.models import RUNNING, UNDER_WAY
from crm.tags import uses
from crm.tags.models import TagChange

InUse = Literal["refuse", "rewrite", "keep"]
"""What becomes of groups and questionnaires that name the tag: nothing is done; they follow; they stay as they are."""


class TagExists(Conflict):
    """Names the other tag, as `existing`: {tag, customers}."""

    slug = "tag-exists"
    title = Reason("There is a tag of this name already")


def rename(*, tag: str, name: str, merge: bool, in_use: InUse, caller: str) -> TagChange:
    """Give a tag another name; where there is a tag of that name both become one, if `merge` says so.

    The same request again answers with the change under way. Raises NotFound, TagExists, TagInUse, Conflict (another
    change of either is under way), InvalidFields, ViewsBeingBuilt.
    """
    for _ in range(rounds.TRIES):
        known = TagChange.read_all()
        if same := _under_way(known, tag, name):
            return same
        found = _listed()
        old, other = _get(found, tag), found.get(customer_tags.key(name))
        is_same = other is not None and other.tag == old.tag
        if is_same and name == old.tag and not old.also_written:
            raise InvalidFields.one("/name", Reason("it is called so already; give it another name"))
        if other and not is_same and not merge:
            told = {"tag": other.tag, "customers": other.customers}
            remedy = Reason("send merge: true to make one of both, or choose another name")
            raise TagExists(
                Reason(
                    "{customers} customers have the tag {tag} already; {remedy}",
                    customers=other.customers,
                    tag=text.quoted(other.tag),
                    remedy=remedy,
                ),
                existing=told,
            )
        used = [] if is_same else _uses(old, in_use, remedy=Reason("send in_use: rewrite to have them follow, or keep"))
        into = other if other and not is_same else None
        kind = "merge" if into else "rename"
        if made := _asked(known, old, kind=kind, name=into.tag if into else name, used=used, caller=caller):
            return made
    raise StoreUnavailable("tags are being changed by many at once")


def remove(*, tag: str, in_use: InUse, caller: str) -> TagChange:
    """Take a tag from all customers who have it. Raises NotFound, TagInUse, Conflict, InvalidFields."""
    if in_use == "rewrite":
        raise InvalidFields.one(
            "in_use", Reason("there is no name that a rule could ask for instead; send keep, or rename it")
        )
    for _ in range(rounds.TRIES):
        known = TagChange.read_all()
        if same := _under_way(known, tag, None):
            return same
        old = _get(_listed(), tag)
        _uses(
            old, in_use, remedy=Reason("change them first, or send in_use=keep to leave them with nobody of this tag")
        )
        if made := _asked(known, old, kind="delete", name=None, used=[], caller=caller):
            return made
    raise StoreUnavailable("tags are being changed by many at once")


def get(*, change_id: str) -> TagChange:
    """One change. Raises NotFound."""
    found = TagChange.find(change_id)
    if found is None:
        raise NotFound(f"there is no change of a tag {change_id[:60]!a}; they are kept for {rounds.KEPT_FOR.days} days")
    return found


def undo(*, change_id: str, caller: str) -> TagChange:
    """Give back what customers had, of those whose tags nobody has changed since. Raises NotFound, Conflict."""

    def require_free(change: TagChange) -> None:
        _require_free(TagChange.read_all(), change.tag, change.name)

    return rounds.undo(lambda: get(change_id=change_id), require=require_free, caller=caller)


def _listed() -> dict[str, Tag]:
    return {customer_tags.key(one.tag): one for one in customer_tags.listed()}


def _get(found: Mapping[str, Tag], tag: str) -> Tag:
    one = found.get(customer_tags.key(tag))
    if one is None:
        raise NotFound(f"nobody has the tag {text.quoted(tag)}; who got it just now is counted in a moment")
    return one


def _uses(tag: Tag, in_use: InUse, *, remedy: Reason) -> list[uses.Use]:
    if in_use == "keep":
        return []
    found = uses.find(tag.tag)
    if in_use == "refuse":
        uses.refuse(tag.tag, found, remedy=remedy)
    return found


def _under_way(known: list[TagChange], tag: str, name: str | None) -> TagChange | None:
    """The same change, if it is under way. Raises Conflict where another of either tag is."""
    key = customer_tags.key(tag)
    for one in known:
        if one.state == RUNNING and one.key == key and _folded(one.name) == _folded(name):
            return one
    _require_free(known, tag, name)
    return None


def _require_free(known: list[TagChange], *tags: str | None) -> None:
    ours = {_folded(tag) for tag in tags if tag is not None}
    for one in known:
        if one.state in UNDER_WAY and ours & {one.key, _folded(one.name)}:
            raise Conflict(
                Reason(
                    "the tag is being changed: wait for GET /tags/changes/{change_id} to be done",
                    change_id=one.change_id,
                )
            )


def _folded(tag: str | None) -> str | None:
    return None if tag is None else customer_tags.key(tag)


def _asked(
    known: list[TagChange], tag: Tag, *, kind: str, name: str | None, used: list[uses.Use], caller: str
) -> TagChange | None:
    """The change, stored; None when another was asked for meanwhile."""
    change = TagChange.numbered(
        known[-1].number + 1 if known else 1,
        change_id=ids.new(),
        kind=kind,
        tag=tag.tag,
        key=customer_tags.key(tag.tag),
        name=name,
        customers=tag.customers,
        uses=used,
        **rounds.begun(caller),
    )
    return change if rounds.added(change) else None
