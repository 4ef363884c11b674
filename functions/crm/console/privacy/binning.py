"""A customer put into the bin after being asked once more, and the bin: who is in it, until when, and back again."""

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers.editing import standing_in_the_way
from crm.console.routes import HOME
from crm.core.errors import Duplicate, StaleVersion
from crm.core.paging import PageRequest
from crm.core.veil import visible
from crm.customers import service as customer_service
from crm.customers import unseen
from crm.privacy import bin as bin_
from crm.privacy.bin import Binned
from crm.suppressions.forgotten import AddressForgotten

PLACE = f"{HOME}/bin"
_ON_A_PAGE = 50
_YES = "yes"
_SHOWN = ("name", "phone", "email")


def ask(visit: Visit) -> Page:
    """What it means, before anything is done. Raises NotFound."""
    profile = customer_service.get(customer_id=visit.asked.names["customer_id"])
    values = {"customer_id": profile.customer_id, "name": profile.name, "version": int(profile.version)}
    return Page("bin/put.html", {**values, "has_changed": False})


def put(visit: Visit) -> Page | SeeOther:
    """Put them into the bin, as they were when it was asked. Raises NotFound, Conflict, InvalidRequest."""
    version = forms.version(visit.asked.form)
    customer_id = visit.asked.names["customer_id"]
    try:
        customer_service.remove(customer_id=customer_id, expected_version=version, caller=visit.actor.who)
    except StaleVersion:
        again = ask(visit)
        return Page(again.template, {**again.values, "has_changed": True}, status=409)
    return SeeOther(f"{PLACE}?done=put")


def show(visit: Visit) -> Page:
    """Who is in the bin of those within reach, the last first. Raises ForeignCursor."""
    request = PageRequest(f"console bin:{visit.actor.scope}", _ON_A_PAGE, visit.asked.query.get("after") or None)
    found = bin_.page(request, within=visit.actor.within("customers.delete"))
    values = {
        "binned": [_entry(one, visit) for one in found.items],
        "next": found.next,
        "place": PLACE,
        "may_erase": visit.actor.may("customers.erase"),
        "done": visit.asked.query.get("done"),
    }
    return Page("bin/bin.html", values)


def restore(visit: Visit) -> Page | SeeOther:
    """Bring somebody back. Raises NotFound."""
    form, customer_id = visit.asked.form, visit.asked.names["customer_id"]
    try:
        profile = unseen.heeding(
            lambda allowed: bin_.restore(
                customer_id=customer_id,
                caller=visit.actor.who,
                allow_duplicate=allowed,
                allow_forgotten=form.get("allow_forgotten") == _YES,
            ),
            actor=visit.actor,
            allow_duplicate=form.get("allow_duplicate") == _YES,
        )
    except (Duplicate, AddressForgotten) as known:
        values = {"customer_id": customer_id, "place": PLACE, "errors": {}, "shown": {}, "contested": {}}
        return Page("bin/in_the_way.html", {**values, **standing_in_the_way(known)}, status=409)
    if not visit.actor.reaches("customers.read", profile.owner):
        return SeeOther(f"{PLACE}?done=restored")
    return SeeOther(f"{HOME}/customers/{profile.customer_id}?done=restored")


def _entry(one: Binned, visit: Visit) -> dict[str, object]:
    seen = visible({name: getattr(one.profile, name) for name in _SHOWN}, visit.actor.hidden)
    return {
        **dict.fromkeys(_SHOWN),
        **seen,
        "id": one.profile.customer_id,
        "deleted_at": one.profile.deleted_at,
        "deleted_by": one.profile.deleted_by,
        "erased_from": one.erased_from,
    }
