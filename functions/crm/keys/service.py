"""Use cases around keys of machines."""

from datetime import timedelta
from functools import partial

from pynamodb.transactions import TransactWrite

from crm.access import roster
from crm.access import rules as access
from crm.access.models import Roster
from crm.access.rules import Role
from crm.core import clock, ids, table
from crm.core.actor import Actor
from crm.core.errors import Conflict, Forbidden, InvalidFields, KeyReused, NotFound, StaleVersion, StoreUnavailable
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.keys import rules
from crm.keys.models import KEYS, MachineKey

_KEPT = timedelta(days=30)
_TRIES = 8


def make(
    *, name: str, role: str, rate: int, valid_days: int, by: Actor, idempotency_key: str | None
) -> tuple[MachineKey, str | None]:
    """A new key, and what the machine is to send: that once, and None when the request is repeated.

    Raises InvalidFields: no such role, or none for machines; Forbidden: the role may more than who gives it, or a
    machine asks; KeyReused.
    """
    _require_person(by)
    request_hash = ids.request_hash([name, role, rate, valid_days])
    key_id = ids.derived(caller=by.who, route="POST /keys", idempotency_key=idempotency_key)
    secret, now = rules.new_secret(), clock.now()
    ends = now + timedelta(days=valid_days)
    key = MachineKey(
        KEYS,
        key_id,
        version=1,
        created_at=clock.instant(now),
        created_by=by.who,
        request_hash=request_hash,
        name=name,
        role=role,
        rate=rate,
        valid_until=clock.instant(ends),
        expires_at=int((ends + _KEPT).timestamp()),
        generation=1,
        secret_hash=rules.hashed(secret),
    )
    stored = _put_new(key, by)
    if stored is None:
        return key, rules.presented(key_id, secret)
    if stored.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another key")
    return stored, None


def get(*, key_id: str) -> MachineKey:
    """One key. Raises NotFound."""
    key = MachineKey.read(key_id)
    if key is None:
        raise NotFound(f"there is no key {key_id[:60]!a}")
    return key


def page(request: PageRequest) -> Page[MachineKey]:
    """All keys by id; those that have ended for thirty days more."""
    after = request.after
    found = list(
        MachineKey.query(KEYS, MachineKey.sk > after if after else None, consistent_read=True, limit=request.limit + 1)
    )
    shown = found[: request.limit]
    return Page(shown, request.cursor_at(shown[-1].key_id if len(found) > request.limit else None))


def rotate(
    *, key_id: str, grace_hours: int, expected_version: int | None, by: Actor, idempotency_key: str | None
) -> tuple[MachineKey, str | None]:
    """Give a key another secret, and what the machine is to send from now on; the secret before holds a while longer.

    Raises NotFound, Conflict: the key has ended; StaleVersion; Forbidden: its role may more than who asks.
    """
    _require_person(by)
    key = get(key_id=key_id)
    request = ids.derived(caller=by.who, route=f"POST /keys/{key_id}/rotate", idempotency_key=idempotency_key)
    if key.rotation == request:
        return key, None
    _require_version(key, expected_version)
    _require_role(key.role, by, roster.current())
    secret, now = rules.new_secret(), clock.now()
    if not rules.holds(key, key.generation, now=clock.instant(now)):
        raise Conflict(Reason("the key was revoked, or its time is over; make another one"))
    key.earlier_hash = key.secret_hash if grace_hours else None
    key.earlier_until = clock.instant(now + timedelta(hours=grace_hours)) if grace_hours else None
    key.secret_hash, key.generation = rules.hashed(secret), key.generation + 1
    key.rotation, key.rotated_at = request, clock.instant(now)
    _save(key)
    return key, rules.presented(key_id, secret)


def revoke(*, key_id: str, by: Actor) -> None:
    """From the next request on it opens nothing. Once more is as once.

    Raises NotFound, StaleVersion; Forbidden: its role may more than who asks, as with another secret for it.
    """
    _require_person(by)
    key = get(key_id=key_id)
    if key.revoked_at:
        return
    # Of a role that is gone nobody may more.
    role = access.found(key.role, roster.current().roles)
    if role and not access.role_held(by).holds(role):
        raise Forbidden
    now = clock.now()
    key.revoked_at, key.expires_at = clock.instant(now), int((now + _KEPT).timestamp())
    _save(key)


def _put_new(key: MachineKey, by: Actor) -> MachineKey | None:
    """Store a key that is not there while its role is; the one that is there. One of the business's own may go away."""
    is_own = key.role not in access.policy().roles
    for _ in range(_TRIES):
        known = Roster.read() if is_own else roster.current()
        _require_role(key.role, by, known)
        try:
            table.commit(partial(_write_new, key, known if is_own else None))
        except table.ConditionFailed:
            if stored := MachineKey.read(key.key_id):
                return stored
        else:
            return None
    raise StoreUnavailable("roles are being changed by many at once")


def _write_new(key: MachineKey, known: Roster | None, transaction: TransactWrite) -> None:
    transaction.save(key, condition=MachineKey.pk.does_not_exist())
    if known:
        known.touch(transaction)


def _save(key: MachineKey) -> None:
    """Write all but the count of its requests, which goes on meanwhile."""
    before, key.version = key.version, key.version + 1
    kept = ("version", "expires_at", "revoked_at", "generation", "secret_hash", "rotation", "rotated_at")
    actions = [getattr(MachineKey, name).set(getattr(key, name)) for name in kept if getattr(key, name) is not None]
    for name in ("earlier_hash", "earlier_until"):
        value = getattr(key, name)
        actions.append(getattr(MachineKey, name).remove() if value is None else getattr(MachineKey, name).set(value))
    try:
        table.commit(lambda transaction: transaction.update(key, actions, condition=MachineKey.version == before))
    except table.ConditionFailed:
        raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None


def _require_version(key: MachineKey, expected: int | None) -> None:
    if expected is not None and key.version != expected:
        raise StaleVersion(f"it is at version {key.version} now; read it again and repeat the change")


def _require_person(by: Actor) -> None:
    if by.key:
        raise Forbidden


def _require_role(name: str, by: Actor, known: Roster) -> None:
    role: Role | None = access.found(name, known.roles)
    if role is None:
        raise InvalidFields.one("/role", Reason("there is no such role; GET /roles lists them"))
    if not rules.is_for_machines(role.rights):
        raise InvalidFields.one("/role", Reason("may manage keys, roles or staff, which is for people alone"))
    if not access.role_held(by).holds(role):
        raise Forbidden
