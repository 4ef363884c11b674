"""Somebody erased for good: what goes, what stays and why, asked once more; then the page of their erasure."""

from dataclasses import replace
from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again
from crm.console.privacy.erasures import PLACE
from crm.core.author import Author
from crm.core.errors import InvalidFields, NotFound
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.privacy import bin as bin_
from crm.privacy import erasures, receipts, requests

UNSURE = Reason("say that you are sure")


def ask(visit: Visit) -> Page | SeeOther:
    """What it means, before anything is done; of who is being erased already how far it is. Raises NotFound."""
    customer_id = visit.asked.names["customer_id"]
    try:
        return _page(customer_id)
    except NotFound:
        begun = erasures.get(erasure_id=customer_id)
        return SeeOther(f"{PLACE}/{begun.customer_id}")


def erase(visit: Visit) -> Page | SeeOther:
    """Have it begun. Raises NotFound, Conflict."""
    customer_id = visit.asked.names["customer_id"]
    if visit.asked.form.get("sure") != "yes":
        page = ask(visit)
        return again(page, InvalidFields.one("/sure", UNSURE)) if isinstance(page, Page) else page
    begun = erasures.begin(customer_id=customer_id, author=Author(visit.actor.who))
    return SeeOther(f"{PLACE}/{begun.customer_id}")


def _page(customer_id: str) -> Page:
    values: dict[str, Any] = {"backup_days": receipts.BACKUPS_KEPT.days, "wish": None, "errors": {}}
    page = Page("erasing/ask.html", values)
    if binned := bin_.find(customer_id):
        told = {"customer_id": binned.profile.customer_id, "name": binned.profile.name, "is_in_bin": True}
        return replace(page, values={**values, **told})
    profile = customer_service.get(customer_id=customer_id)
    told = {"customer_id": profile.customer_id, "name": profile.name, "is_in_bin": False}
    return replace(page, values={**values, **told, "wish": requests.wished_at(profile.customer_id)})
