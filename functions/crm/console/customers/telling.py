"""What somebody sees of a customer: the one place where pages leave out what a role does not see."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.console import group_names, house
from crm.core import veil
from crm.core.actor import Actor
from crm.mail import orders
from crm.mail.languages import Language
from crm.timeline import rules as timeline_rules

if TYPE_CHECKING:
    from crm.console.customers.record import Item, Record

    # Most pages greet nobody.
    from crm.greetings.prospects import Prospect
    from crm.greetings.today import Greeted
    from crm.mail.doubts import Doubt
    from crm.reminders.models import Reminder

_BIRTHDAY, _EMAIL, _CONSENT = "/birthday", "/email", "/consent"
_NOT_KNOWN = dict.fromkeys(
    (
        *("phone", "email", "other_addresses", "address", "birthday", "age_noted", "gender", "joined_on", "language"),
        *("timezone", "source", "owner", "tags", "consent", "own_answers", "relations", "custom"),
    )
)
# Of a purchase only what every role sees that sees what happened at all.
_OF_EVENTS = ("summary", "amount", "currency", "lines")


def person(record: "Record", actor: Actor) -> Mapping[str, Any]:
    """The fields that pages show; None where one is not known, or not seen."""
    unseen = actor.hidden - actor.shown_of(record.profile.get("consent"))
    return {**_NOT_KNOWN, **veil.visible(record.profile, unseen)}


def events(record: "Record", actor: Actor) -> list[Mapping[str, Any]]:
    """What happened: {kind, at, by, summary, amount, currency, lines}, the newest first."""
    if not actor.reaches("activity.read", record.profile.get("owner")):
        return []
    return [event(one, actor) for one in record.events]


def event(one: "Item", actor: Actor) -> Mapping[str, Any]:
    """One thing that happened, of a customer whose doings they may see."""
    return {"kind": one["kind"], "at": one["at"], "by": one["recorded_by"], **_details(one, actor)}


def mails(record: "Record", actor: Actor) -> list[Mapping[str, Any]]:
    """Mails, sent or not: {key, kind, rule, subject, state, code, at}, the newest first."""
    if not actor.reaches("activity.read", record.profile.get("owner")):
        return []
    return [mail(one, actor) for one in record.mails if sees_mail(one, actor)]


def sees_mail(message: "Item", actor: Actor) -> bool:
    """Whether a mail tells nothing that they do not see: the day of a greeting would tell a birthday."""
    return message["purpose"] != "greeting" or not veil.is_hidden(_BIRTHDAY, actor.hidden)


def reminders(record: "Record", actor: Actor) -> list[Mapping[str, Any]]:
    """The open reminders to them and about them that are within reach: {id, at, subject, to, to_them}."""
    if not actor.may("reminders.use"):
        return []
    return [
        {
            "id": str(one["sk"]).partition("#")[2],
            "at": one["at"],
            "subject": one["subject"],
            "to": str(one["pk"]).partition("#")[2],
            "to_them": one["to"] == "customer",
        }
        for one in record.reminders
        if _reaches_reminder(one, record, actor)
    ]


def groups(record: "Record", actor: Actor, language: Language) -> list[tuple[str, str]] | None:
    """The groups that they are in, by name, each with its rule in words; None while the lists are being built."""
    if record.groups is None:
        return None
    if not actor.may("segments.read"):
        return []
    # Here, as the words for rules are large, and other pages tell of nobody's groups.
    from crm.segments import saying, seeing

    known = house.groups()
    names = group_names.by_id(known.values(), language)
    found = [known[epoch] for epoch in record.groups if epoch in known]
    seen = [one for one in found if not seeing.tells(one, actor.hidden)]
    return sorted(
        (names[one.segment_id], saying.in_words(one, language=language.tag, names=names, defined=house.fields))
        for one in seen
    )


def reminder(one: "Reminder", actor: Actor, names: Mapping[str, str]) -> Mapping[str, Any]:
    """A reminder with the name of whom it is about, where they are within reach (`names`)."""
    kind, recipient = one.recipient
    # What a customer has put right themselves is told with what they said, of any field.
    is_told = not (actor.hidden and one.created_by == "customer")
    name = names.get(str(one.customer_id))
    return {
        "id": one.reminder_id,
        "version": int(one.version),
        "at": one.at,
        "subject": one.subject,
        "message": one.message if is_told else None,
        "state": one.state,
        "repeat": one.repeat,
        "to_them": kind == "customer",
        "to": recipient if kind == "staff" else None,
        "is_mine": kind == "staff" and recipient == actor.who,
        "customer_id": one.customer_id if name else None,
        "name": name,
        "by": one.created_by,
    }


def greeted(one: "Prospect", actor: Actor) -> Mapping[str, Any]:
    """A greeting that is foreseen: to whom, when by their clock, and what would keep it from them."""
    local = one.sending_at.astimezone(ZoneInfo(one.timezone))
    who = veil.visible(one.profile, actor.hidden - actor.shown_of(one.profile.get("consent")))
    code = one.obstacle.code.value if one.obstacle else None
    return {
        "customer_id": one.order.id,
        "name": who.get("name"),
        "email": who.get("email"),
        "rule": one.rule.greeting_id,
        "rule_name": one.rule.name,
        "occurrence": one.order.occurrence,
        "at": f"{local:%H:%M}",
        "will": one.obstacle is None,
        "code": None if veil.is_hidden(_CONSENT, actor.hidden) else code,
    }


def mailed(one: "Greeted | Doubt", actor: Actor) -> Mapping[str, Any]:
    """A mail as `mail` tells it, and to whom it was: {…, customer_id, name}."""
    customer_id = str(one.message["pk"]).partition("#")[2]
    return {**mail(one.message, actor), "customer_id": customer_id, "name": one.profile.get("name")}


def _details(event: "Item", actor: Actor) -> Mapping[str, Any]:
    told = timeline_rules.visible(event["kind"], event.get("details") or {}, actor.hidden)
    return {name: told.get(name) for name in _OF_EVENTS}


def mail(message: "Item", actor: Actor) -> Mapping[str, Any]:
    """A mail: {key, kind, rule, subject, state, code, at, to}; `rule`: the name of the greeting, `code`: why not."""
    order = orders.of_item({"pk": message["pk"], "sk": message["sk"]})
    rule = next((one.name for one in house.greetings() if one.greeting_id == order.rule), None)
    shown = {name: message.get(name) for name in ("subject", "state", "purpose", "language")}
    hidden = {"code": veil.is_hidden(_CONSENT, actor.hidden), "to": veil.is_hidden(_EMAIL, actor.hidden)}
    told = {"code": message.get("reason_code"), "to": message.get("to")}
    seen = {name: None if hidden[name] else value for name, value in told.items()}
    return {**shown, **seen, "key": order.key, "kind": order.kind, "rule": rule, "at": message["updated_at"]}


def _reaches_reminder(reminder: "Item", record: "Record", actor: Actor) -> bool:
    whose = record.profile.get("owner") if reminder["to"] == "customer" else str(reminder["pk"]).partition("#")[2]
    return any(actor.reaches("reminders.use", one) for one in (whose, reminder.get("created_by")))
