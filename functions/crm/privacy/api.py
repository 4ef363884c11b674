"""Routes of deleted customers."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from crm.core import http
from crm.core.paging import PageRequest
from crm.privacy import bin as bin_
from crm.privacy.bin import Binned
from crm.privacy.schemas import BinEntry, BinList, Restored

router = http.router()
AllowDuplicate = Annotated[bool, Query(description="Bring them back although somebody has the e-mail or phone by now.")]


@router.get("/bin", tags=["privacy"], summary="Deleted customers who can be restored, the last deleted first")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[BinList]:
    found = bin_.page(PageRequest(f"bin:{http.caller(router)}", limit, cursor))
    return http.found(BinList(items=[_entry(one) for one in found.items], next=found.next))


@router.post("/bin/<customer_id>/restore", tags=["privacy"], summary="Bring a deleted customer back")
def restore(customer_id: str, allow_duplicate: AllowDuplicate = False) -> Response[Restored]:
    profile = bin_.restore(customer_id=customer_id, allow_duplicate=allow_duplicate)
    return http.found(Restored(id=profile.customer_id, version=int(profile.version), name=profile.name))


def _entry(one: Binned) -> BinEntry:
    names = ("name", "kind", "email", "phone", "owner", "deleted_at", "deleted_by")
    known = {name: getattr(one.profile, name) for name in names}
    return BinEntry(id=one.profile.customer_id, erased_from=one.erased_from, **known)
