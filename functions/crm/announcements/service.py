"""Use cases of announcements: a manager tells the team, changes it, takes it back, and sees who has read it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.access import roster
from crm.access import rules as access_rules
from crm.announcements import rules
from crm.announcements.models import Announcement, MailedAnnouncement, ReadReceipt
from crm.core import clock, ids, table
from crm.core.actor import Actor
from crm.core.config import settings
from crm.core.errors import Conflict, InvalidFields, KeyReused, LimitReached, NotFound, StaleVersion
from crm.core.reason import Reason
from crm.staff import service as staff_service

MOST = 200
"""Of those that are kept; they are read together."""
_ROUTE = "POST /announcements"
_KEPT_FOR = timedelta(days=400)
_MAILED_FOR = timedelta(days=3)


def tell(*, fields: Mapping[str, Any], by: Actor, idempotency_key: str | None) -> Announcement:
    """Put up an announcement; the same request again answers with it. Raises InvalidFields, KeyReused, LimitReached."""
    announcement_id = ids.derived(caller=by.who, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash(dict(fields))
    if known := Announcement.find(announcement_id):
        return _replayed(known, request_hash)
    _require_sound(fields)
    if len(Announcement.read_all()) >= MOST:
        raise LimitReached(
            Reason(
                "at most {most} announcements are kept; withdraw some, they go {days} days later",
                most=MOST,
                days=_KEPT_FOR.days,
            )
        )
    now = clock.now()
    stamps = {"created_at": clock.instant(now), "updated_at": clock.instant(now), "created_by": by.who}
    announcement = Announcement.keyed(
        announcement_id, version=1, request_hash=request_hash, expires_at=_end(fields.get("until")), **stamps, **fields
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(announcement, condition=Announcement.pk.does_not_exist())
        if announcement.mail:
            ends = int((now + _MAILED_FOR).timestamp())
            transaction.save(MailedAnnouncement.keyed(announcement_id, expires_at=ends))

    try:
        table.commit(write)
    except table.ConditionFailed:
        return _replayed(get(announcement_id=announcement_id), request_hash)
    return announcement


def get(*, announcement_id: str) -> Announcement:
    """One announcement, also one that is over. Raises NotFound."""
    found = Announcement.find(announcement_id)
    if found is None:
        raise NotFound(f"there is no announcement {announcement_id[:60]!a}")
    return found


def change(*, announcement_id: str, fields: Mapping[str, Any], expected_version: int | None) -> Announcement:
    """Change it; whoever has read it before has not read this version. Raises NotFound, StaleVersion, Conflict."""
    _require_sound(fields)
    announcement = _expected(announcement_id, expected_version)
    version = announcement.version
    for name, value in {**fields, "version": version + 1, "updated_at": clock.stamp()}.items():
        setattr(announcement, name, value)
    announcement.expires_at = _end(announcement.until)
    _write(announcement, version)
    return announcement


def withdraw(*, announcement_id: str, expected_version: int | None) -> None:
    """Take it back: nobody is shown or mailed it any more; again it changes nothing. Raises NotFound, StaleVersion."""
    announcement = get(announcement_id=announcement_id)
    if announcement.withdrawn_at is None:
        announcement = _expected(announcement_id, expected_version)
        version = announcement.version
        announcement.version, announcement.withdrawn_at = version + 1, clock.stamp()
        _write(announcement, version)


def of_member(by: Actor) -> list[tuple[Announcement, ReadReceipt | None]]:
    """What is up for a member now, the newest first, each with the receipt of its present version."""
    if by.key is not None:
        return []
    teams = _teams(by.who)
    shown = [one for one in Announcement.read_all() if is_up(one) and rules.is_for(one, role=by.role, teams=teams)]
    receipts = ReadReceipt.of_member([one.announcement_id for one in shown], by.who)
    return [(one, _present(one, receipts.get(one.announcement_id))) for one in shown]


def unread(by: Actor) -> list[Announcement]:
    """What is up for a member and not read; what they wrote themselves is."""
    return [one for one, receipt in of_member(by) if receipt is None and one.created_by != by.who]


def require_for(announcement_id: str, *, by: Actor) -> Announcement:
    """The announcement, if it is up for whoever asks, or they may write some. Raises NotFound, in the same words."""
    found = Announcement.find(announcement_id)
    is_theirs = found and by.key is None and is_up(found) and rules.is_for(found, role=by.role, teams=_teams(by.who))
    if found is None or not (is_theirs or by.may("announcements.write")):
        raise NotFound(f"there is no announcement {announcement_id[:60]!a}")
    return found


def mark_read(announcement_id: str, *, by: Actor) -> ReadReceipt:
    """Note that a member has read it as it is now; the first time counts. Raises NotFound, Conflict: a machine."""
    announcement = require_for(announcement_id, by=by)
    if by.key is not None:
        raise Conflict(Reason("a machine reads nothing"))
    stamps = {"read_at": clock.stamp(), "version": announcement.version, "expires_at": announcement.expires_at}
    receipt = ReadReceipt.keyed(announcement_id, by.who, **stamps)
    is_new = ReadReceipt.pk.does_not_exist() | (ReadReceipt.version < announcement.version)
    try:
        table.commit(lambda transaction: transaction.save(receipt, condition=is_new))
    except table.ConditionFailed:
        return next(one for one in ReadReceipt.of(announcement_id) if one.staff_id == by.who)
    return receipt


def receipt_of(announcement: Announcement, *, by: Actor) -> ReadReceipt | None:
    """The receipt of its present version of whoever asks."""
    found = ReadReceipt.of_member([announcement.announcement_id], by.who)
    return _present(announcement, found.get(announcement.announcement_id))


def readers(announcement_id: str) -> tuple[list[ReadReceipt], list[str]]:
    """Who has read it as it is now, the first reader first, and who of those whom it is for has not."""
    announcement = get(announcement_id=announcement_id)
    receipts = [one for one in ReadReceipt.of(announcement_id) if one.version == announcement.version]
    read = {one.staff_id for one in receipts} | {announcement.created_by}
    ordered = sorted(receipts, key=lambda one: (one.read_at, one.staff_id))
    return ordered, [one for one in addressed(announcement) if one not in read]


def addressed(announcement: Announcement) -> list[str]:
    """Whom it is for, of all who are known as members and work here."""
    members = roster.current().members
    known = {staff_id: members.get(staff_id, {}) for staff_id in staff_service.everybody()}
    return [
        staff_id
        for staff_id, told in known.items()
        if not told.get("inactive") and rules.is_for(announcement, role=told.get("role"), teams=told.get("teams") or ())
    ]


def is_up(announcement: Announcement) -> bool:
    """Whether it is shown today."""
    return rules.stands(announcement, today=_today())


def _teams(staff_id: str) -> list[str]:
    return list(roster.current().members.get(staff_id, {}).get("teams") or ())


def _present(announcement: Announcement, receipt: ReadReceipt | None) -> ReadReceipt | None:
    return receipt if receipt and receipt.version == announcement.version else None


def _end(until: str | None) -> int:
    now = clock.now()
    last = datetime.combine(date.fromisoformat(until), time(), UTC) if until else now
    return int((max(last, now) + _KEPT_FOR).timestamp())


def _today() -> date:
    return clock.now().astimezone(settings().business_timezone).date()


def _require_sound(fields: Mapping[str, Any]) -> None:
    known, until = roster.current(), fields.get("until")
    if until is not None and until < _today().isoformat():
        raise InvalidFields.one("/until", Reason("{until} is over; give a day to come, or leave it out", until=until))
    for number, team in enumerate(fields.get("teams") or ()):
        if team not in known.teams:
            raise InvalidFields.one(f"/teams/{number}", Reason("there is no such team; GET /teams lists them"))
    for number, role in enumerate(fields.get("roles") or ()):
        if access_rules.found(role, known.roles) is None:
            raise InvalidFields.one(f"/roles/{number}", Reason("there is no such role; GET /roles lists them"))


def _expected(announcement_id: str, expected_version: int | None) -> Announcement:
    announcement = get(announcement_id=announcement_id)
    if expected_version is not None and announcement.version != expected_version:
        raise StaleVersion(f"it is at version {announcement.version} now; read it again and repeat the change")
    if announcement.withdrawn_at is not None:
        raise Conflict(Reason("it was withdrawn; put up another one"))
    return announcement


def _write(announcement: Announcement, version: int) -> None:
    try:
        is_still = Announcement.version == version
        table.commit(lambda transaction: transaction.save(announcement, condition=is_still))
    except table.ConditionFailed:
        raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None


def _replayed(known: Announcement, request_hash: str) -> Announcement:
    if known.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another announcement")
    return known
