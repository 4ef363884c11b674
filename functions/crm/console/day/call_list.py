"""Whom somebody is to call today, each once with all reasons: greetings by voice, reminders, and whom one may lose."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from crm.console.customers import people
from crm.console.day import slipping, telling, today
from crm.core import clock
from crm.core.actor import Actor

Reason = Mapping[str, Any]
"""`kind`: greeting, reminder, late or slipping_away; with it what this kind has to say."""
_MOST = 500
_SHOWN = ("id", "name", "phone")


def read(actor: Actor, zone: ZoneInfo) -> list[dict[str, Any]] | None:
    """[{id, name, phone, reasons}] of those within reach who are still to be called; None while lists are made."""
    on = clock.now().astimezone(zone).date()
    calls, leaving = today.calls(actor, on, most=_MOST), slipping.read(actor)
    if calls is None or leaving is None:
        return None
    waiting = today.waiting(actor.who, on, zone) if actor.may("reminders.use") else []
    due = [one for one in waiting if one.get("customer_id") and str(one["at"])[:10] <= on.isoformat()]
    known = {str(one["id"]): one for one in people.named((str(one["customer_id"]) for one in due), actor)}
    greetings = [one for one in telling.calls(calls, actor) if not one["is_done"]]
    return _each_once(
        [
            *((_who(one["customer_id"], one), _greeting(one)) for one in greetings),
            *((known[one["customer_id"]], _reminder(one)) for one in due if one["customer_id"] in known),
            *((one, {"kind": one["group"]}) for one in (telling.slipping(each, actor) for each in leaving)),
        ]
    )


def _each_once(found: Iterable[tuple[Mapping[str, Any], Reason]]) -> list[dict[str, Any]]:
    lines: dict[str, dict[str, Any]] = {}
    for who, reason in found:
        line = lines.setdefault(str(who["id"]), {**{name: who[name] for name in _SHOWN}, "reasons": []})
        line["reasons"].append(reason)
    return list(lines.values())


def _who(customer_id: str, one: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": customer_id, "name": one["name"], "phone": one["phone"]}


def _greeting(one: Mapping[str, Any]) -> Reason:
    return {"kind": "greeting", "code": one["code"], "say": one["say"]}


def _reminder(one: Mapping[str, Any]) -> Reason:
    return {"kind": "reminder", "subject": one["subject"], "message": one.get("message"), "at": one["at"]}
