"""What somebody sees beside a customer's own fields: what they allow, whom they belong to, what comes.

Like `telling`, it leaves out what a role does not see.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crm.console import house
from crm.console.customers import telling
from crm.console.customers.record import Item, Record, other_of
from crm.core import clock, purposes, veil
from crm.core.actor import Actor
from crm.core.purposes import PURPOSES
from crm.mail.languages import Language
from crm.relations.rules import BUSINESS

if TYPE_CHECKING:
    from crm.greetings.ahead import Coming
    from crm.greetings.models import Greeting
    from crm.own_fields.rules import Definition

_MOST_JOINED = 3
_BIRTHDAY, _CONSENT, _RELATIONS = "/birthday", "/consent", "/relations"


def consents(record: Record, actor: Actor) -> Iterable[Mapping[str, Any]]:
    """What holds for each kind of mail, and whose word it is: {purpose, allowed, at, who, how}; empty where hidden.

    `allowed` None: nobody asked. `how`: by which way they said it themselves; `who`: of the staff who entered it.
    """
    if veil.is_hidden(_CONSENT, actor.hidden):
        return ()
    own, said = record.profile.get("own_answers") or {}, record.profile.get("consent") or {}
    return tuple(_consent(purpose, said.get(purpose), own.get(purpose), record) for purpose in PURPOSES)


def _consent(purpose: str, allowed: bool | None, own: Mapping[str, Any] | None, record: Record) -> Mapping[str, Any]:
    source: Mapping[str, Any] = record.known.source(f"/consent/{purpose}") or {}
    if own is not None and own["allowed"] is allowed:
        source = {"at": own["at"], "way": "customer", "of": own["how"]}
    how = {name: source.get(name) for name in ("at", "who", "way", "of")}
    return {"purpose": purpose, "allowed": allowed, **how, "own": None if own is None else own["allowed"]}


def own_fields(record: Record, actor: Actor, language: Language) -> list[tuple[str, Any, str]]:
    """What they have of the business's own fields: (label, value, type), as forms order them, then what has no name."""
    custom = dict(telling.person(record, actor)["custom"] or {})
    defined = [one for one in house.fields() if custom.get(one.name) is not None] if custom else []
    named = [own_field(one, custom.pop(one.name), language) for one in defined]
    return [*named, *((name, value, "text") for name, value in sorted(custom.items()) if value is not None)]


def own_field(field: "Definition", value: Any, language: Language) -> tuple[str, Any, str]:
    """A value as its field has it: (label, value, type).

    One from before the field was defined, which does not fit it, is text.
    """
    from crm.own_fields.rules import in_language  # who has fields of their own has loaded it

    label = field.label(language.tag)
    if field.type == "choice":
        labels = next((one.labels for one in field.choices if one.value == value), {})
        return label, in_language(labels, language.tag) or value, "text"
    return label, value, field.type if _fits(field.type, value) else "text"


def _fits(kind: str, value: Any) -> bool:
    if kind in {"date", "yearly_date"}:
        from crm.calendar import occasions  # few have such fields

        return occasions.is_date(value)
    return kind != "link" or str(value).lower().startswith(("https://", "http://"))


def relations(record: Record, actor: Actor) -> list[Mapping[str, Any]]:
    """Whom they belong to, and how: {kind, id, name, title, roles, until}; `id` None: the business itself."""
    if veil.is_hidden(_RELATIONS, actor.hidden):
        return []
    within = actor.within("customers.read")
    return [
        _relation(one, other)
        for one, other in record.relations
        if other_of(one) == BUSINESS or (other and (within is None or within.holds(other.get("owner"))))
    ]


def _relation(relation: Item, other: Item | None) -> Mapping[str, Any]:
    told = {"id": other_of(relation), "name": other["name"]} if other else {"id": None, "name": None}
    about = {name: relation.get(name) for name in ("title", "until")}
    roles = sorted(relation.get("roles") or ())
    return {"kind": str(relation["sk"]).split("#")[1], **told, **about, "roles": roles}


def joined(record: Record, actor: Actor) -> list[Mapping[str, Any]]:
    """What was merged into them and can be taken back, the last first: {id, at, name}.

    `name` None: whose record it was is out of reach, or what it was is no longer kept.
    """
    if not actor.reaches("customers.merge", record.profile.get("owner")):
        return []
    now = clock.stamp()
    found = [one for one in record.merges if _can_be_undone(one[0], record.customer_id, now)]
    within = actor.within("customers.merge", "customers.read")
    last = sorted(found, key=lambda one: str(one[0]["at"]), reverse=True)[:_MOST_JOINED]
    return [
        {
            "id": str(merge["sk"]).partition("#")[2],
            "at": merge["at"],
            "name": old["name"] if old and (within is None or within.holds(old.get("owner"))) else None,
        }
        for merge, old in last
    ]


def _can_be_undone(merge: Item, customer_id: str, now: str) -> bool:
    """One that stands on another merge came along with that one, which is to be taken back first."""
    return bool(merge["state"] == "done" and merge["into"] == customer_id and now <= merge["undo_until"])


def coming(record: Record, actor: Actor, now: datetime) -> list[Mapping[str, Any]]:
    """The next greetings: {rule, day, code}; `code`: why it would not go as things stand, None: it goes."""
    if not actor.reaches("greetings.read", record.profile.get("owner")) or record.groups is None:
        return []
    known = house.groups()
    mine = {known[epoch].segment_id for epoch in record.groups if epoch in known}
    seen = [one for one in house.greetings() if _is_seen(one, actor)]
    if not seen:
        return []
    from crm.greetings import ahead  # a business that greets nobody needs no calendar

    found = ahead.of(record.profile, seen, within=mine, now=now, business=house.business())
    return [{"rule": one.rule.name, "day": one.day.isoformat(), "code": _obstacle(one, record, actor)} for one in found]


def _is_seen(rule: "Greeting", actor: Actor) -> bool:
    """Whether a greeting tells nothing that they do not see: of its day, or of who is in its group."""
    if any(veil.is_hidden(field, actor.hidden) for field in (_BIRTHDAY, *_tells_of(rule))):
        return False
    group = next((one for one in house.groups().values() if one.segment_id == rule.segment), None)
    if group is None or not actor.hidden:
        return True
    # Here, as what reads rules is large, and most see all that these ask for.
    from crm.segments import seeing

    return not seeing.tells(group, actor.hidden)


def _tells_of(rule: "Greeting") -> tuple[str, ...]:
    return (f"/custom/{rule.field}",) if rule.field else ("/joined_on",) if "joined" in rule.occasion else ()


def _obstacle(one: "Coming", record: Record, actor: Actor) -> str | None:
    if veil.is_hidden(_CONSENT, actor.hidden):
        return None
    if not record.profile.get("email"):
        return "no_address"
    return None if purposes.allows(record.profile.get("consent"), one.rule.purpose) else "no_consent"
