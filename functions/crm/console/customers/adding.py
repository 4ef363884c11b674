"""Somebody new: entered once however often the form is sent, and not without a word about who may be the same."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.console import forms, house
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import alike
from crm.console.customers import form as customer_form
from crm.console.customers.editing import standing_in_the_way
from crm.console.overtaken import plain
from crm.console.routes import HOME
from crm.core.actor import Actor
from crm.core.author import Author
from crm.core.errors import Duplicate, InvalidFields, KeyReused
from crm.customers.models import Profile
from crm.suppressions.forgotten import AddressForgotten

_BLOCKS = ("who", "care", "consent", "own")
_LATER = frozenset({"timezone"})


def show(visit: Visit) -> Page:
    """The empty form: a person who speaks the business's language and is looked after by who enters them.

    For a script, who may be the same as whom somebody is typing.
    """
    usual = {"kind": "person", "language": house.business().language.partition("-")[0]}
    asked = visit.asked
    if asked.is_partial:
        told = {name: asked.query.get(name, "") for name in ("name", "phone", "email")}
        return Page("customer/alike.html", {"alike": alike.to(visit.actor, told)})
    names = _names(visit.actor)
    owner = visit.actor.who if visit.actor.who in customer_form.owners(visit.actor, None) else ""
    shown = {**dict.fromkeys(names, ""), **usual, "owner": owner, "name": asked.query.get("name", "")[:200]}
    return _page(visit, {name: shown[name] for name in names}, once=secrets.token_urlsafe(12))


def add(visit: Visit) -> Page | SeeOther:
    """Enter them; who may be the same is shown before, and once more where the phone or address is known."""
    form = visit.asked.form
    typed = {name: plain(form.get(name, "")) for name in _names(visit.actor)}
    once = form.get("once", "")
    page = _page(visit, typed, once=once or secrets.token_urlsafe(12))
    try:
        key = forms.once(form)
        fields = _fields(visit.actor, typed)
        if not _is_seen(form) and (found := _alike(visit.actor, typed, fields)):
            return replace(page, values={**page.values, "alike": found}, status=409)
        made = _registered(visit, fields, key)
    except InvalidFields as refused:
        return forms.again(page, customer_form.by_field(refused))
    except KeyReused as sent:
        # The same form again with other words, after it was taken: what is there now is not hidden behind it.
        return forms.again(replace(page, values={**page.values, "once": secrets.token_urlsafe(12)}), sent)
    except (Duplicate, AddressForgotten) as known:
        return replace(page, values={**page.values, **standing_in_the_way(known)}, status=409)
    if not visit.actor.reaches("customers.read", made.owner):
        return SeeOther(HOME)
    return SeeOther(f"{HOME}/customers/{made.customer_id}?done=added")


def _fields(actor: Actor, typed: Mapping[str, str]) -> dict[str, Any]:
    # Here, as showing the form needs no schemas.
    from crm.customers.schemas import NewCustomer

    customer_form.require_owner(actor, {name: text for name, text in typed.items() if text}, None)
    told = forms.checked(NewCustomer, customer_form.told(typed, emptied=False)).model_dump(exclude_none=True)
    # Else whoever enters them could not see them again.
    return {"owner": actor.who, **told} if actor.is_limited("customers.read") else told


def _registered(visit: Visit, fields: Mapping[str, Any], key: str) -> Profile:
    from crm.customers import service, unseen

    actor, form = visit.actor, visit.asked.form
    return unseen.heeding(
        lambda allowed: service.register(
            fields=fields,
            author=Author(actor.who, hidden=actor.hidden),
            idempotency_key=key,
            allow_duplicate=allowed,
            allow_forgotten=form.get("allow_forgotten") == customer_form.YES,
            routed=not actor.is_limited("customers.read"),
        ),
        actor=actor,
        allow_duplicate=form.get("allow_duplicate") == customer_form.YES,
    )


def _alike(actor: Actor, typed: Mapping[str, str], fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Who may be the same, as the API warns of them, and who has the name: of those within reach."""
    from crm.customers import unseen
    from crm.customers.schemas import PossibleDuplicate
    from crm.duplicates import service as duplicate_service

    possible = unseen.within_reach(duplicate_service.possible(fields), actor=actor)
    told = [PossibleDuplicate.model_validate(one).veiled(actor.hidden) for one in possible]
    warned = {one.id: {"id": one.id, "name": one.name, "phone": None, "email": None} for one in told if one}
    return list({**warned, **{one["id"]: one for one in alike.to(actor, {"name": typed["name"]})}}.values())


def _is_seen(form: Mapping[str, str]) -> bool:
    """Whether they were shown who may be the same, and want to add this one anyway."""
    return customer_form.YES in (form.get("seen"), form.get("allow_duplicate"))


def _names(actor: Actor) -> list[str]:
    return [name for name in customer_form.fields(_BLOCKS, actor, actor.hidden) if name not in _LATER]


def _page(visit: Visit, shown: Mapping[str, str], *, once: str) -> Page:
    values: dict[str, Any] = {
        "shown": shown,
        "once": once,
        "knows_country": customer_form.knows_country(),
        "definitions": customer_form.definitions(shown),
        "owners": customer_form.owners(visit.actor, None),
        "contested": {},
        "errors": {},
        "candidates": (),
        "is_forgotten": False,
        "alike": (),
    }
    return Page("customer/add.html", values)
