"""A customer's fields changed on a page: only what was changed is written, and what others did meanwhile is shown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.console import overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import form as customer_form
from crm.console.forms import again, checked
from crm.console.overtaken import Edit
from crm.console.routes import HOME
from crm.core.author import Author
from crm.core.errors import Duplicate, InvalidFields, InvalidRequest, NotFound, StaleVersion
from crm.core.veil import visible
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.suppressions.forgotten import AddressForgotten

_TRIES = 4
_THEIRS = "theirs"
_TAKE = "take."


def show(visit: Visit) -> Page:
    """The form of a block, for a script without the page around it. Raises NotFound."""
    profile = customer_service.get(customer_id=visit.asked.names["customer_id"])
    block = visit.asked.query.get("block", "who")
    page = _page(visit, profile, block, customer_form.shown(_values(profile), _names(visit, profile, block)))
    return replace(page, template="customer/edit_form.html") if visit.asked.is_partial else page


def change(visit: Visit) -> Page | SeeOther:
    """Write what was changed in the form. Raises NotFound, InvalidRequest."""
    form, customer_id = visit.asked.form, visit.asked.names["customer_id"]
    block = _block(form)
    for _ in range(_TRIES):
        profile = customer_service.get(customer_id=customer_id)
        now = customer_form.shown(_values(profile), _names(visit, profile, block))
        # Of what was decided to be the other's there is nothing left to write.
        taken = {name: now[name] for name in now if form.get(_TAKE + name) == _THEIRS}
        edit = Edit.of({**form, **taken}, now=now)
        page = _page(visit, profile, block, edit.shown)
        if edit.contested:
            return replace(page, values={**page.values, "contested": edit.contested}, status=409)
        if not edit.changed:
            return SeeOther(_of(customer_id))
        try:
            changed = _written(visit, profile, edit)
        except InvalidFields as refused:
            return again(page, customer_form.by_field(refused))
        except (Duplicate, AddressForgotten) as known:
            return replace(page, values={**page.values, **standing_in_the_way(known)}, status=409)
        except StaleVersion:
            continue
        if not visit.actor.reaches("customers.read", changed.owner):
            return SeeOther(HOME)
        return SeeOther(f"{_of(customer_id)}?done=changed&version={int(changed.version)}")
    raise StaleVersion("many are changing this customer; try again")


def _block(form: Mapping[str, str]) -> str:
    block = form.get("block", "")
    if block not in customer_form.BLOCKS:
        raise InvalidRequest("the form was not made by this page")
    return block


def standing_in_the_way(known: Duplicate | AddressForgotten) -> Mapping[str, Any]:
    """What a form says of who has an address already, or had it and was erased."""
    return {"candidates": known.extensions.get("candidates", ()), "is_forgotten": isinstance(known, AddressForgotten)}


def _written(visit: Visit, profile: Profile, edit: Edit) -> Profile:
    # Here, as showing a form needs no schemas.
    from crm.customers import unseen
    from crm.customers.schemas import CustomerChange

    actor, form = visit.actor, visit.asked.form
    customer_form.require_owner(actor, edit.changed, profile.owner)
    told = checked(CustomerChange, customer_form.told(edit.changed, emptied=True)).model_dump(exclude_unset=True)
    return unseen.heeding(
        lambda allowed: customer_service.change(
            customer_id=profile.customer_id,
            fields=told,
            author=Author(actor.who, hidden=actor.hidden),
            expected_version=int(profile.version),
            allow_duplicate=allowed,
            allow_forgotten=form.get("allow_forgotten") == customer_form.YES,
        ),
        actor=actor,
        allow_duplicate=form.get("allow_duplicate") == customer_form.YES,
    )


def _names(visit: Visit, profile: Profile, block: str) -> list[str]:
    """The fields of a block. Raises NotFound where there is none that they may fill in."""
    hidden = visit.actor.hidden - visit.actor.shown_of(profile.consent)
    names = customer_form.fields([block], visit.actor, hidden) if block in customer_form.BLOCKS else []
    if not names:
        raise NotFound("there is no such form")
    return names


def _page(visit: Visit, profile: Profile, block: str, shown: Mapping[str, str]) -> Page:
    now = customer_form.shown(_values(profile), shown)
    values: dict[str, Any] = {
        "customer_id": profile.customer_id,
        "name": visible(_values(profile), visit.actor.hidden)["name"],
        "block": block,
        "shown": shown,
        "before": overtaken.marks(now),
        "knows_country": customer_form.knows_country(),
        "definitions": customer_form.definitions(shown),
        "owners": customer_form.owners(visit.actor, profile.owner),
        "changed_at": profile.updated_at,
        "contested": {},
        "errors": {},
        "candidates": (),
        "is_forgotten": False,
    }
    return Page("customer/edit.html", values)


def _values(profile: Profile) -> Mapping[str, Any]:
    found: Mapping[str, Any] = profile.attribute_values
    return found


def _of(customer_id: str) -> str:
    return f"{HOME}/customers/{customer_id}"
