"""Sets fields back to what they were before a change. That is a change itself, so it can be taken back as well."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.changes import rules as change_rules
from crm.changes.models import Change
from crm.core import ids
from crm.core.author import Author
from crm.core.errors import Conflict, InvalidFields, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.history import filled, rules, service

_ROUTE = "POST /customers/{id}/history/{version}/restore"
_TRIES = 8


class ChangedSince(Conflict):
    slug = "changed-since"
    title = Reason("This was changed again since")


@dataclass(frozen=True)
class Wish:
    """What is to be restored: `fields` (pointers) of the change that made `version`; None: all it changed."""

    version: int
    fields: tuple[str, ...] | None = None
    anyway: bool = False


def restore(
    *,
    customer_id: str,
    wish: Wish,
    caller: str,
    expected_version: int | None,
    idempotency_key: str | None,
    allow_duplicate: bool = False,
) -> Profile:
    """Make fields what they were before a change.

    Raises NotFound, StaleVersion, ChangedSince, Duplicate, InvalidFields.
    """
    author = Author(caller, way="restore", of=str(wish.version))
    request = _request(customer_id, wish, caller, idempotency_key)
    for _ in range(_TRIES):
        profile = customer_service.get(customer_id=customer_id)
        version = int(profile.version)
        if Change.made_by(profile.customer_id, request, version=version, based_on=expected_version):
            return profile
        customer_service.require_version(profile, expected_version)
        change = service.change_of(customer_id=profile.customer_id, version=wish.version)
        try:
            return customer_service.change(
                customer_id=profile.customer_id,
                fields=_fields(profile, change, wish),
                author=author,
                expected_version=version,
                allow_duplicate=allow_duplicate,
                request=request,
            )
        except StaleVersion:
            continue  # looked at again, with what somebody else has just made of it
    raise StoreUnavailable("this customer is being changed by many at once")


def _fields(profile: Profile, change: Change, wish: Wish) -> dict[str, Any]:
    """The fields of the change that restores. Raises InvalidFields, ChangedSince."""
    if wish.version == 1:
        raise InvalidFields.one("version", Reason("before version 1 there was no record; change the field instead"))
    wanted = _wanted(change.changes, wish.fields)
    _require_kept(wanted)
    now = {name: value for name, value in profile.attribute_values.items() if value is not None}
    since = rules.changed_since(now, wanted)
    if since and not wish.anyway:
        told = [{"field": pointer, **filled.plain(ends)} for pointer, ends in sorted(since.items())]
        names = ", ".join(sorted(since))
        raise ChangedSince(
            Reason("{names}: changed since; look at it, or send anyway: true", names=names), changed=told
        )
    return rules.before(now, wanted)


def _wanted(changes: Mapping[str, Any], fields: Iterable[str] | None) -> dict[str, Any]:
    able = {pointer: change for pointer, change in changes.items() if rules.can_be_restored(pointer, change)}
    if fields is None and able:
        return able
    known = ", ".join(sorted(able)) or "none"
    for place, field in enumerate(fields or ()):
        if not service.concerns(able, field):
            raise InvalidFields.one(
                f"/fields/{place}", Reason("no value of it can be restored from here; of these: {known}", known=known)
            )
    if not able:
        raise InvalidFields.one("version", Reason("no value of this change can be restored"))
    return {
        pointer: change
        for pointer, change in able.items()
        if any(change_rules.within(pointer, one) for one in fields or ())
    }


def _require_kept(wanted: Mapping[str, Any]) -> None:
    cut = [pointer for pointer, change in wanted.items() if rules.is_cut(change.get("from"))]
    if cut:
        raise InvalidFields.one(
            "/fields",
            Reason("{cut}: the old value was too long to be kept; enter it again", cut=", ".join(sorted(cut))),
        )


def _request(customer_id: str, wish: Wish, caller: str, idempotency_key: str | None) -> str | None:
    if idempotency_key is None:
        return None
    asked = ids.request_hash([wish.version, wish.fields, wish.anyway])
    return ids.derived(caller=caller, route=f"{_ROUTE}:{customer_id}:{asked}", idempotency_key=idempotency_key)
