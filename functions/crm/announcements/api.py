"""Routes of announcements, and of who is signed in with what they have not read."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.access import roster
from crm.announcements import service
from crm.announcements.models import Announcement, ReadReceipt
from crm.announcements.schemas import (
    AnnouncementChange,
    AnnouncementList,
    AnnouncementOut,
    Me,
    NewAnnouncement,
    Reader,
    Readers,
)
from crm.core import http
from crm.core.errors import NotFound
from crm.staff import service as staff_service
from crm.staff.models import Member

router = http.router()
Unread = Annotated[bool, Query(description="Only what whoever asks has not read.")]


@router.get("/me", tags=["staff"], summary="Who is signed in, what they may, and what they have not read")
def me() -> Response[Me]:
    by = http.actor(router)
    known = None if by.key else _member(by.who)
    told = {} if by.key else roster.current().members.get(by.who, {})
    return http.found(
        Me(
            id=by.who,
            name=known.name if known else None,
            role=by.role,
            is_machine=by.key is not None,
            language=known.language if known else None,
            teams=sorted(told.get("teams") or ()),
            stands_in_for=sorted(by.mine - {by.who}),
            permissions=dict(sorted(by.rights.items())),
            hidden=sorted(by.hidden),
            unread=[_shown(one, None) for one in service.unread(by)],
        )
    )


@router.get("/announcements", tags=["announcements"], summary="What is up for whoever asks, the newest first")
def page(unread: Unread = False) -> Response[AnnouncementList]:
    by = http.actor(router)
    if unread:
        return http.found(AnnouncementList(items=[_shown(one, None) for one in service.unread(by)]))
    return http.found(AnnouncementList(items=[_shown(one, receipt) for one, receipt in service.of_member(by)]))


@router.post("/announcements", status_code=201, tags=["announcements"], summary="Tell the team")
def tell(
    announcement: Annotated[NewAnnouncement, Body()], idempotency_key: http.IdempotencyKey = None
) -> Response[AnnouncementOut]:
    told = service.tell(fields=announcement.model_dump(), by=http.actor(router), idempotency_key=idempotency_key)
    return http.created(_shown(told, None), location=f"/announcements/{told.announcement_id}")


@router.get("/announcements/sent", tags=["announcements"], summary="All that are kept, withdrawn ones and others")
def sent() -> Response[AnnouncementList]:
    return http.found(AnnouncementList(items=[_shown(one, None) for one in Announcement.read_all()]))


@router.get("/announcements/<announcement_id>", tags=["announcements"], summary="One announcement")
def read(announcement_id: str) -> Response[AnnouncementOut]:
    by = http.actor(router)
    found = service.require_for(announcement_id, by=by)
    return http.found(_shown(found, service.receipt_of(found, by=by)))


@router.patch("/announcements/<announcement_id>", tags=["announcements"], summary="Change an announcement")
def change(
    announcement_id: str, announcement: Annotated[AnnouncementChange, Body()], if_match: http.IfMatch = None
) -> Response[AnnouncementOut]:
    changed = service.change(
        announcement_id=announcement_id,
        fields=announcement.model_dump(exclude_unset=True),
        expected_version=http.expected_version(if_match),
    )
    return http.found(_shown(changed, None))


@router.delete(
    "/announcements/<announcement_id>", status_code=204, tags=["announcements"], summary="Withdraw an announcement"
)
def withdraw(announcement_id: str, if_match: http.IfMatch = None) -> Response[None]:
    service.withdraw(announcement_id=announcement_id, expected_version=http.expected_version(if_match))
    return http.gone()


@router.post("/announcements/<announcement_id>/read", tags=["announcements"], summary="Say that one has read it")
def mark_read(announcement_id: str) -> Response[AnnouncementOut]:
    receipt = service.mark_read(announcement_id, by=http.actor(router))
    return http.found(_shown(service.get(announcement_id=announcement_id), receipt))


@router.get("/announcements/<announcement_id>/readers", tags=["announcements"], summary="Who has read it, who has not")
def readers(announcement_id: str) -> Response[Readers]:
    announcement = service.get(announcement_id=announcement_id)
    read, unread = service.readers(announcement_id)
    told = [Reader(staff=one.staff_id, read_at=one.read_at) for one in read]
    return http.found(Readers(version=int(announcement.version), read=told, unread=unread))


def _member(staff_id: str) -> Member | None:
    try:
        return staff_service.get(staff_id=staff_id)
    except NotFound:
        return None


def _shown(announcement: Announcement, receipt: ReadReceipt | None) -> AnnouncementOut:
    kept = {name: getattr(announcement, name, None) for name in AnnouncementOut.model_fields}
    known = {"id": announcement.announcement_id, "read_at": receipt.read_at if receipt else None}
    return AnnouncementOut.model_validate({**kept, "teams": list(announcement.teams), **known})
