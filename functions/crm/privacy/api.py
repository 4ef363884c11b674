"""Routes of deleted and erased customers."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.consents import service as consent_service
from crm.consents.service import Said
from crm.core import clock, http
from crm.core.author import Author
from crm.core.errors import Conflict
from crm.core.paging import PageRequest
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers import unseen
from crm.privacy import bin as bin_
from crm.privacy import erasures, person, person_page, receipts, requests
from crm.privacy.bin import Binned
from crm.privacy.models import Erasure
from crm.privacy.requests import Opened
from crm.privacy.schemas import (
    BinEntry,
    BinList,
    ConsentList,
    ConsentOut,
    ErasureList,
    ErasureOut,
    LinkOut,
    PersonOut,
    Receipt,
    Refusal,
    Refused,
    Restored,
    TextOut,
    Verdict,
    WishList,
    WishOut,
)

router = http.router()
AllowDuplicate = Annotated[bool, Query(description="Bring them back although somebody has the e-mail or phone by now.")]

AllowForgotten = Annotated[
    bool, Query(description="Bring them back although somebody else who had the e-mail or phone was erased meanwhile.")
]

_TEXT = {"schema": {"type": "string"}}
_PAGE: Any = {
    "description": "A page in the language of the customer",
    "content": {"text/html": _TEXT},
    "headers": dict.fromkeys(("Cache-Control", "Content-Security-Policy", "X-Content-Type-Options"), _TEXT),
}


@router.get("/bin", tags=["privacy"], summary="Deleted customers who can be restored, the last deleted first")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[BinList]:
    within = http.actor(router).within("customers.delete")
    found = bin_.page(PageRequest(f"bin:{http.reader(router)}", limit, cursor), within=within)
    return http.found(BinList(items=[_entry(one) for one in found.items], next=found.next))


@router.post("/bin/<customer_id>/restore", tags=["privacy"], summary="Bring a deleted customer back")
def restore(
    customer_id: str, allow_duplicate: AllowDuplicate = False, allow_forgotten: AllowForgotten = False
) -> Response[Restored]:
    actor = http.actor(router)
    profile = unseen.heeding(
        lambda allowed: bin_.restore(
            customer_id=customer_id,
            caller=actor.who,
            allow_duplicate=allowed,
            allow_forgotten=allow_forgotten,
        ),
        actor=actor,
        allow_duplicate=allow_duplicate,
    )
    return http.found(Restored(id=profile.customer_id, version=int(profile.version), name=profile.name))


@router.post(
    "/customers/<customer_id>/erasure", status_code=202, tags=["privacy"], summary="Erase a customer, also in the bin"
)
def erase(customer_id: str) -> Response[ErasureOut]:
    erasure = erasures.begin(customer_id=customer_id, author=Author(http.caller(router)))
    shown = _shown(erasure)
    return Response(202, "application/json", shown, {"Location": f"/erasures/{shown.id}"})


@router.get(
    "/customers/<customer_id>/consents",
    tags=["privacy"],
    summary="Every answer about mail, with its proof",
)
def consents(customer_id: str) -> Response[ConsentList]:
    known = customer_service.get(customer_id=customer_id).customer_id
    return http.found(ConsentList(items=[_said(one) for one in consent_service.history(known)]))


@router.get("/customers/<customer_id>/export", tags=["privacy"], summary="All that is kept of a customer, for them")
def export(customer_id: str) -> Response[PersonOut]:
    known = customer_service.get(customer_id=customer_id).customer_id
    return http.found(PersonOut(id=known, exported_at=clock.stamp(), contents=person.collect(known)))


@router.get(
    "/customers/<customer_id>/export/page",
    tags=["privacy"],
    summary="The same as a page to read and to print",
    responses={200: _PAGE},
)
def export_page(customer_id: str) -> Response[str]:
    known = customer_service.get(customer_id=customer_id).customer_id
    policy = person_page.content_security_policy()
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
    return Response(200, "text/html; charset=utf-8", person_page.page(person.collect(known)), headers)


@router.post(
    "/customers/<customer_id>/export/link",
    status_code=202,
    tags=["privacy"],
    summary="Mail the customer a link to all that is kept of them, once a day",
)
def export_link(customer_id: str) -> Response[LinkOut]:
    profile = customer_service.get(customer_id=customer_id)
    if not profile.email:
        raise Conflict(Reason("no e-mail address of this customer is known; hand them a print of the page instead"))
    asked = requests.ask(customer_id=profile.customer_id, what="data", caller=http.caller(router))
    return Response(202, "application/json", LinkOut(state=asked.state, asked_at=asked.asked_at))


@router.get("/wishes", tags=["privacy"], summary="Who asked to be forgotten and is waiting for a decision")
def wishes() -> Response[WishList]:
    return http.found(WishList(items=[_wish(one) for one in requests.waiting()]))


@router.post("/wishes/<customer_id>/refuse", tags=["privacy"], summary="Keep who asked to be forgotten, and say why")
def refuse(customer_id: str, asked: Annotated[Refusal, Body()]) -> Response[Refused]:
    found = requests.refuse(customer_id=customer_id, reason=asked.reason, caller=http.caller(router))
    return http.found(Refused(state="refused", decided_at=str(found.decided_at), reason=str(found.reason)))


@router.get("/erasures", tags=["privacy"], summary="All erasures")
def all_erasures(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[ErasureList]:
    found = erasures.page(PageRequest(f"erasures:{http.reader(router)}", limit, cursor))
    return http.found(ErasureList(items=[_shown(one) for one in found.items], next=found.next))


@router.post("/erasures/verify", tags=["privacy"], summary="Whether a receipt of an erasure is ours, and what it says")
def verify(asked: Annotated[Receipt, Body()]) -> Response[Verdict]:
    said = receipts.read(asked.receipt)
    return http.found(Verdict(valid=said is not None, statement=dict(said) if said else None))


@router.get("/erasures/<erasure_id>", tags=["privacy"], summary="How far an erasure is, and its receipt")
def read(erasure_id: str) -> Response[ErasureOut]:
    return http.found(_shown(erasures.get(erasure_id=erasure_id)))


def _shown(erasure: Erasure) -> ErasureOut:
    finished_at = erasure.finished_at
    return ErasureOut(
        id=erasure.customer_id,
        state="done" if finished_at else "running",
        requested_at=erasure.requested_at,
        requested_by=erasure.requested_by,
        erased={kind: int(count) for kind, count in sorted(erasure.erased.items())},
        addresses_kept_from_returning=len(erasure.marks),
        addresses_left_with_others=int(erasure.shared_addresses),
        finished_at=finished_at,
        backups_until=receipts.backups_until(finished_at) if finished_at else None,
        receipt=erasure.receipt,
    )


def _wish(one: Opened) -> WishOut:
    known = {"id": one.profile.customer_id, "name": one.profile.name, "owner": one.profile.owner}
    return WishOut(**known, confirmed_at=str(one.asked.confirmed_at), decide_by=requests.decide_by(one.asked))


def _said(one: Said) -> ConsentOut:
    names = ("purpose", "answer", "at", "way", "who", "of", "said_at", "link")
    known = {name: getattr(one.consent, name) for name in names}
    _, language, version = (one.consent.text or "##").split("#")
    text = TextOut(language=language, version=version, words=one.words) if one.words else None
    return ConsentOut.model_validate({**known, "text": text})


def _entry(one: Binned) -> BinEntry:
    names = ("name", "kind", "email", "phone", "owner", "deleted_at", "deleted_by")
    known = {name: getattr(one.profile, name) for name in names}
    return BinEntry(id=one.profile.customer_id, erased_from=one.erased_from, **known)
