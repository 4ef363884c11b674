"""Decides between what stands in a record and what else was said of it."""

from dataclasses import replace
from typing import Any, Literal

from crm.changes import reading
from crm.changes import rules as change_rules
from crm.changes.models import Change
from crm.changes.reading import Known, Said
from crm.changes.service import Beside
from crm.core import ids
from crm.core.author import Author
from crm.core.errors import Conflict, InvalidFields, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import changing, contested, refusals, service
from crm.customers.changing import Draft
from crm.customers.models import Profile
from crm.customers.refusals import Write

Taken = Literal["stored", "other"]
_ROUTE = "POST /customers/{id}/conflicts"
_TRIES = 8
_REMEMBERED = 2 * contested.MOST


class NothingToDecide(Conflict):
    slug = "nothing-to-decide"
    title = Reason("Nothing else was said of this field")


def decide(
    *,
    customer_id: str,
    field: str,
    take: Taken,
    index: int,
    author: Author,
    expected_version: int | None,
    idempotency_key: str | None,
    allow_duplicate: bool = False,
) -> Profile:
    """Let the stored value of a field (a pointer) stand, or the other one at `index`; what is not taken is remembered.

    Whoever says the same again is not asked about any more. Raises NotFound, StaleVersion, NothingToDecide, Duplicate,
    InvalidFields.
    """
    request = _request(customer_id, (field, take, index), author, idempotency_key)
    for _ in range(_TRIES):
        profile = service.get(customer_id=customer_id)
        try:
            service.require_version(profile, expected_version)
            _require_open(profile, field)
        except (StaleVersion, NothingToDecide):
            if Change.made_by(profile.customer_id, request, version=int(profile.version), based_on=expected_version):
                return profile
            raise
        draft = _decided(profile, reading.read(profile.customer_id), field, take, index, author, request)
        if service.written(draft, also=_taken_back(draft, field), allow_duplicate=allow_duplicate):
            return draft.after
    raise StoreUnavailable("this customer is being changed by many at once")


def _request(customer_id: str, asked: tuple[Any, ...], author: Author, idempotency_key: str | None) -> str | None:
    if idempotency_key is None:
        return None
    route = f"{_ROUTE}:{customer_id}:{ids.request_hash(asked)}"
    return ids.derived(caller=author.who, route=route, idempotency_key=idempotency_key)


def _taken_back(draft: Draft, field: str) -> Write | None:
    """A yes that somebody of the staff decides for is as good as one that they enter."""
    if not change_rules.within(field, "/consent"):
        return None
    purpose = field.rpartition("/")[2]
    return refusals.taken_back(draft.after, {"consent": {purpose: (draft.after.consent or {}).get(purpose)}})


def _require_open(profile: Profile, field: str) -> None:
    if field not in (profile.conflicts or ()):
        known = ", ".join(sorted(profile.conflicts or ())) or "none"
        raise NothingToDecide(
            Reason(
                "{field}: nothing is to be decided about it; open are: {known}", field=ascii(field[:60]), known=known
            )
        )


def _decided(
    profile: Profile, known: Known, field: str, take: Taken, index: int, author: Author, request: str | None
) -> Draft:
    said, before = known.open.get(field, []), changing.fields_of(profile)
    if take == "stored":
        told = {field: {"refused": [one["value"] for one in said]}}
        beside = Beside(refused={field: _remembered(known, field, said)}, told=told, request=request)
        return Draft(profile, changing.advanced(before, before, decided=(field,)), author, beside)
    if index >= len(said):
        raise InvalidFields.one(
            "/index", Reason("{said} other values are open for this field, counted from 0", said=len(said))
        )
    taken = said[index]
    draft = changing.draft(profile, contested.fields_of(field, taken["value"]), author)
    lost = [*(one for one in said if one is not taken), _stored(before, known, field)]
    refused = {field: _remembered(known, field, [one for one in lost if one])}
    return replace(draft, beside=Beside(source=reading.marks(taken), refused=refused, request=request))


def _stored(before: dict[str, Any], known: Known, field: str) -> Said | None:
    _, name, *members = field.split("/")
    value = (before.get(name) or {}).get(members[0]) if members else before.get(name)
    return None if value is None else {**(known.source(field) or {}), "value": value}


def _remembered(known: Known, field: str, lost: list[Said]) -> list[Said]:
    return [*known.refused.get(field, []), *lost][-_REMEMBERED:]
