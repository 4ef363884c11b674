"""What the business has decided, over the defaults of its deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from crm.business.models import PARTITION, SORT, Customs
from crm.business.rules import Business, LeapDay, Place
from crm.core import clock, table
from crm.core.config import settings
from crm.core.errors import InvalidFields, StaleVersion
from crm.core.reason import Reason

_KEYS = frozenset({"pk", "sk", "entity", "updated_at"})
_GREETINGS = "GREETINGS"


@dataclass(frozen=True)
class Standing:
    """What holds now, and which of it the business has decided itself."""

    business: Business
    decided: frozenset[str]
    updated_at: str | None
    currency: str


def current() -> Business:
    """The business as it is now: one consistent read."""
    return _over(Customs.read())


def standing() -> Standing:
    """What holds now and where it comes from."""
    return _standing(Customs.read())


def change(*, decisions: Mapping[str, Any], expected_version: int | None) -> Standing:
    """Decide anew; None goes back to the default. Raises StaleVersion, InvalidFields.

    `expected_version` is 0 before the first decision; None takes whatever is stored.
    """
    stored = Customs.read()
    version = int(stored.version) if stored else 0
    if expected_version is not None and expected_version != version:
        raise StaleVersion(f"it is at version {version} now; read it again and repeat the change")
    values = {**(_decisions(stored) if stored else {}), **decisions}
    known = {name: value for name, value in values.items() if value is not None}
    changed = Customs(PARTITION, SORT, version=version + 1, updated_at=clock.stamp(), **known)
    _require_possible(_over(changed), asked=decisions)
    condition = Customs.version == version if stored else Customs.pk.does_not_exist()
    try:
        table.commit(lambda transaction: transaction.save(changed, condition=condition))
    except table.ConditionFailed:
        raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None
    return _standing(changed)


def _standing(stored: Customs | None) -> Standing:
    decided = frozenset(_decisions(stored)) if stored else frozenset[str]()
    return Standing(_over(stored), decided, stored.updated_at if stored else None, settings().reporting_currency)


def _over(stored: Customs | None) -> Business:
    return _decided(_deployed(), stored) if stored else _deployed()


def _deployed() -> Business:
    given = settings()
    return Business(
        name=given.business_name,
        language=given.business_language,
        timezone=given.business_timezone,
        leap_day=cast("LeapDay", given.leap_day),
        latest_hour=given.latest_hour,
    )


def _decided(business: Business, stored: Customs) -> Business:
    known = _decisions(stored)
    for name in ("weekend", "holidays"):
        if name in known:
            known[name] = frozenset(known[name])
    if "place" in known:
        known["place"] = Place(**{name: float(degrees) for name, degrees in known["place"].items()})
    return replace(business, version=int(stored.version), **known)


def _decisions(stored: Customs) -> dict[str, Any]:
    values = stored.attribute_values
    names = {field.name for field in fields(Business)} - {"version"}
    return {name: values[name] for name in names if values.get(name) is not None}


def _require_possible(business: Business, *, asked: Mapping[str, Any]) -> None:
    if not business.earliest_hour <= business.last_start < business.latest_hour:
        hours = Reason("{first} to {last}", first=business.earliest_hour, last=business.latest_hour)
        pointer = "/earliest_hour" if asked.get("earliest_hour") else "/latest_hour"
        order = Reason("the earliest comes first, by a quarter of an hour at least")
        raise InvalidFields.one(
            pointer, Reason("greetings could go out from {hours}, which is never; {order}", hours=hours, order=order)
        )
    if "latest_hour" in asked:
        _require_greetings_until(business.last_start)


def _require_greetings_until(last_start: str) -> None:
    """An active greeting that begins too near the latest hour would never go out, and nobody would be told."""
    pages = (
        table.client()
        .get_paginator("query")
        .paginate(
            TableName=settings().crm_table,
            KeyConditionExpression="pk = :pk",
            FilterExpression="active = :yes AND send_at > :last",
            ExpressionAttributeValues=table.to_item({":pk": _GREETINGS, ":yes": True, ":last": last_start}),
            ConsistentRead=True,
        )
    )
    late = [table.from_item(item) for page in pages for item in page["Items"]]
    if late:
        told = ", ".join(f"{rule['name']} ({rule['send_at']})" for rule in late[:5])
        raise InvalidFields.one(
            "/latest_hour", Reason("these greetings are sent from later on; move them first: {told}", told=told)
        )
