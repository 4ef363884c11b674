"""What somebody does and tries on the pages stands in the audit as what they do over the API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from crm.core.errors import Forbidden
from handlers import console
from tests.audit import chains
from tests.console.browser import Browser
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop


def test_what_is_logged_and_who_was_refused_is_known_with_who_and_from_which_page(quick_shop: Shop) -> None:
    made = Api().post("/customers", {"name": "Hina"}).body["id"]
    path = f"/console/customers/{made}"
    form = {"summary": "Rang back", "kind": "call", "once": "a"}
    manager, reader = Browser().signed_in("mona", role="manager"), Browser().signed_in("bilal", role="readonly")
    assert manager.post(f"{path}/interactions", {"csrf": manager.csrf, **form}).status == 303
    assert reader.post(f"{path}/interactions", {"csrf": reader.csrf, **form}).status == 403
    chains.link()
    shown = Api().get("/audit", query={"customer": made}, role="owner").body["items"]
    told = {(one["event"], one["who"], one["route"]) for one in shown}
    route = "POST /console/customers/{customer_id}/interactions"
    assert ("denied", "bilal", route) in told
    assert any(who == "mona" and of == route for _, who, of in told)


def test_whom_a_page_itself_refuses_is_known_as_well(quick_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> NoReturn:
        raise Forbidden("a form named what is not theirs")

    shown = {**console.EVERY.shown, "POST /console/language": refuse}
    monkeypatch.setattr(console, "EVERY", replace(console.EVERY, shown=shown))
    sales = Browser().signed_in("hamid", role="sales")
    assert sales.post("/console/language", {"csrf": sales.csrf, "language": "ur"}).status == 403
    chains.link()
    shown = Api().get("/audit", query={"staff": "hamid"}, role="owner").body["items"]
    assert [(one["event"], one["route"]) for one in shown] == [("denied", "POST /console/language")]
