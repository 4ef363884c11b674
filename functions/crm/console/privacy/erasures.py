"""Erasures: who waits to be forgotten, what was erased, each one's receipt, and whether a receipt is ours."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.core.errors import InvalidFields, InvalidRequest
from crm.core.paging import PageRequest
from crm.privacy import erasures, receipts, requests
from crm.privacy.models import Erasure
from crm.privacy.requests import Opened

PLACE = f"{HOME}/erasures"
_ON_A_PAGE = 50


def show(visit: Visit) -> Page:
    """Wishes that wait, and all erasures. Raises InvalidFields."""
    request = PageRequest(f"console erasures:{visit.actor.scope}", _ON_A_PAGE, visit.asked.query.get("after") or None)
    found = erasures.page(request)
    values: dict[str, Any] = {
        # Ids say nothing of the order.
        "erasures": sorted(map(_told, found.items), key=lambda one: str(one["requested_at"]), reverse=True),
        "next": found.next,
        "wishes": [_wish(one) for one in requests.waiting()],
        "place": PLACE,
        "typed": "",
        "verdict": None,
        "errors": {},
        "done": visit.asked.query.get("done"),
    }
    return Page("erasing/list.html", values)


def act(visit: Visit) -> Page | SeeOther:
    """Look at a receipt, or refuse a wish. Raises NotFound, Conflict, InvalidRequest."""
    form, do = visit.asked.form, visit.asked.form.get("do")
    if do == "refuse":
        return _refuse(visit, form)
    if do != "verify":
        raise InvalidRequest("the form was not made by this page")
    typed = "".join(form.get("receipt", "").split())
    said = receipts.read(typed)
    page = show(visit)
    return replace(page, values={**page.values, "typed": typed, "verdict": {"is_ours": said is not None, "said": said}})


def one(visit: Visit) -> Page:
    """How far an erasure is, for a script that alone; when it is done its receipt. Raises NotFound."""
    erasure = erasures.get(erasure_id=visit.asked.names["erasure_id"])
    told = _told(erasure)
    values = {"erasure": told, "place": PLACE, "gone": sorted(erasure.erased.items())}
    if not visit.asked.is_partial:
        return Page("erasing/one.html", values)
    return Page("erasing/progress.html", values, headers={"HX-Refresh": "true"} if told["finished_at"] else {})


def _refuse(visit: Visit, form: Mapping[str, str]) -> Page | SeeOther:
    from crm.privacy.schemas import Refusal  # showing a list needs no schemas

    customer_id = form.get("customer", "")
    try:
        told = forms.checked(Refusal, {"reason": form.get("reason", "").strip()})
    except InvalidFields as refused:
        page = forms.again(show(visit), refused)
        return replace(page, values={**page.values, "errors": {f"reason.{customer_id}": _reason(page)}})
    requests.refuse(customer_id=customer_id, reason=told.reason, caller=visit.actor.who)
    return SeeOther(f"{PLACE}?done=refused")


def _reason(page: Page) -> str:
    found: Mapping[str, str] = page.values["errors"]
    return next(iter(found.values()))


def _told(erasure: Erasure) -> Mapping[str, Any]:
    finished_at = erasure.finished_at
    return {
        "id": erasure.customer_id,
        "requested_at": erasure.requested_at,
        "requested_by": erasure.requested_by,
        "finished_at": finished_at,
        "items": sum(int(count) for count in erasure.erased.values()),
        "barred": len(erasure.marks),
        "shared": int(erasure.shared_addresses),
        "backups_until": receipts.backups_until(finished_at) if finished_at else None,
        "receipt": erasure.receipt,
    }


def _wish(one: Opened) -> Mapping[str, Any]:
    by = requests.decide_by(one.asked)
    return {"id": one.profile.customer_id, "name": one.profile.name, "at": one.asked.confirmed_at, "by": by}
