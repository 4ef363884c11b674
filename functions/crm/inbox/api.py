"""Routes of incoming mail."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http, veil
from crm.core.paging import PageRequest
from crm.customers import unseen
from crm.inbox import service, settling
from crm.inbox.models import Incoming
from crm.inbox.schemas import Assignment, Download, MailList, MailOut, NewLead, State

router = http.router()
InState = Annotated[State, Query(description="Mail to look at, unless this says otherwise.")]
_AS_IT_SAYS = NewLead()


@router.get("/inbox", tags=["inbox"], summary="Mail that came in")
def page(
    state: InState = "review", limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[MailList]:
    actor = http.actor(router)
    request = PageRequest(f"inbox:{http.reader(router)}:{state}", limit, cursor)
    found = service.page(request, state=state, within=actor.within("inbox.use"))
    return http.found(MailList(items=[_shown(item) for item in found.items], next=found.next))


@router.get("/inbox/<mail_id>", tags=["inbox"], summary="One mail")
def read(mail_id: str) -> Response[MailOut]:
    return http.found(_shown(service.get(mail_id=mail_id)))


@router.get("/inbox/<mail_id>/attachments/<number>", tags=["inbox"], summary="A link that saves an attachment")
def attachment(mail_id: str, number: int) -> Response[Download]:
    return http.found(Download(url=service.attachment(mail_id=mail_id, number=number)))


@router.post("/inbox/<mail_id>/assign", tags=["inbox"], summary="Say whose a mail is")
def assign(mail_id: str, whose: Annotated[Assignment, Body()]) -> Response[MailOut]:
    item = service.get(mail_id=mail_id)
    return http.found(_shown(settling.assign(item, customer_id=whose.customer, caller=http.caller(router))))


@router.post("/inbox/<mail_id>/register", tags=["inbox"], summary="Make a lead of who wrote a mail")
def register(mail_id: str, lead: Annotated[NewLead, Body()] = _AS_IT_SAYS) -> Response[MailOut]:
    item, actor = service.get(mail_id=mail_id), http.actor(router)
    made = unseen.heeding(
        lambda allowed: settling.register(item, name=lead.name, caller=actor.who, allow_duplicate=allowed),
        actor=actor,
        allow_duplicate=False,
    )
    return http.found(_shown(made))


@router.post("/inbox/<mail_id>/dismiss", tags=["inbox"], summary="Put a mail aside")
def dismiss(mail_id: str) -> Response[MailOut]:
    return http.found(_shown(settling.dismiss(service.get(mail_id=mail_id), caller=http.caller(router))))


def _shown(item: Incoming) -> MailOut:
    mail = shown(item)
    actor = http.actor(router)
    # Candidates have the address that the mail says it is from.
    known = [] if veil.is_hidden("/email", actor.hidden) else [{"id": one} for one in mail.candidates]
    candidates = unseen.within_reach(known, actor=actor)
    return mail.model_copy(update={"candidates": [one["id"] for one in candidates]})


def shown(item: Incoming) -> MailOut:
    """A mail as the API shows it."""
    values = item.attribute_values
    plain = {name: values.get(name) for name in MailOut.model_fields}
    files = [{**one, "bytes": int(one["bytes"])} for one in item.attachments or ()]
    more = {"id": item.mail_id, "attachments": files, "verdicts": item.verdicts or {}}
    return MailOut.model_validate({**plain, **more, "candidates": [one["id"] for one in item.candidates or ()]})
