"""Who is forgotten is forgotten everywhere: nothing of them stays with a member of staff who was reminded of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from crm.core import table
from crm.core.config import settings
from crm.mail import recipients
from crm.mail.recipients import Recipient
from tests.support import faults, forgetting
from tests.support.memory_world import once
from tests.support.rows import all_items, count
from tests.support.shop import Shop
from tests.support.world import Answer, Api

CALL = {"to": "staff", "customer_id": "sunita", "at": "2026-12-01T10:00", "subject": "Call Sunita"}
BANK = {"to": "staff", "at": "2026-12-01T10:00", "subject": "Bank"}
TEN = "2026-12-01T10:00Z"


def a_desk(shop: Shop, **manager: Any) -> Shop:
    shop.customer()
    shop.customer("bikash", name="Bikash Thapa")
    shop.member("manager", timezone="UTC", **manager)
    shop.member("sales", timezone="UTC")
    return shop


def make(api: Api, body: dict[str, Any] = CALL, **fields: Any) -> str:
    made = api.post("/reminders", {**body, **fields})
    assert made.status == 201, made.body
    return str(made.headers["location"])


def given(api: Api, path: str, staff: str) -> Answer:
    return api.post(f"{path}/reassign", {"staff": staff}, headers={"if-match": "*"})


def told(shop: Shop, at: str = TEN) -> None:
    shop.at(at).tick()
    shop.deliver()


def forget(api: Api) -> None:
    api.delete("/customers/sunita", headers={"if-match": "*"})
    forgetting.empty("sunita")


def remains() -> list[dict[str, Any]]:
    """All that is stored but the erasure's own record and marks, figures, and what was done, which name nobody."""
    own = ("AUDIT#", "ERASED#sunita", "ERASURES", "FORGOTTEN#", "REPUTATION", "RULES")
    return [item for item in all_items() if not item["pk"]["S"].startswith(own)]


def keys() -> set[tuple[str, str]]:
    return {(item["pk"]["S"], item["sk"]["S"]) for item in remains()}


def test_reminders_about_a_customer_and_their_mails_go_with_the_customer(quick_shop: Shop) -> None:
    desk, api = a_desk(quick_shop), Api()
    before = keys()
    others = [make(api, BANK), make(api, customer_id="bikash", subject="Call Bikash")]
    kept = keys() - before
    for number in range(3):
        make(api, subject=f"Call Sunita {number}")
    make(api, repeat="FREQ=DAILY")
    told(desk)
    told(desk, "2026-12-02T10:00Z")
    make(api, at="2027-01-01T10:00")
    forget(api)
    mails = {("STAFF#manager", f"MAIL#{path.rpartition('/')[2]}#once") for path in others}
    assert keys() - mails == (before | kept) - {("CUSTOMER#sunita", "PROFILE")}
    assert "sunita" not in str(remains()).lower()
    desk.views()
    assert "Sunita" not in str(all_items("VIEWS_TABLE"))


def test_the_mails_go_also_from_whoever_had_the_reminder_before(quick_shop: Shop) -> None:
    desk, api = a_desk(quick_shop), Api()
    path = make(api, repeat="FREQ=DAILY")
    told(desk)
    assert given(api, path, "sales").status == 200
    told(desk, "2026-12-02T10:00Z")
    forget(api)
    assert (count("message"), count("reminder"), count("reminder_pointer"), count("about")) == (0, 0, 0, 0)


def test_the_mails_of_a_reminder_that_was_deleted_stay_on_record_until_the_customer_is(quick_shop: Shop) -> None:
    desk, api = a_desk(quick_shop), Api()
    path = make(api)
    told(desk)
    assert api.delete(path, headers={"if-match": "*"}).status == 204
    assert (count("reminder"), count("message")) == (0, 1)
    forget(api)
    assert (count("message"), count("about")) == (0, 0)


def test_a_days_list_that_named_the_customer_keeps_neither_name_nor_subject(quick_shop: Shop) -> None:
    desk, api = a_desk(quick_shop, reminders="digest"), Api()
    make(api)
    told(desk)
    assert "Sunita Rai" in desk.post.accepted[0].text
    forget(api)
    assert (count("message"), count("reminder")) == (1, 0)
    assert "Sunita" not in str(all_items())


def test_nothing_about_a_deleted_customer_is_given_to_somebody_else(quick_shop: Shop) -> None:
    a_desk(quick_shop)
    api = Api()
    path = make(api)
    api.delete("/customers/sunita", headers={"if-match": "*"})
    assert given(api, path, "sales").body["detail"] == "the customer it is about was deleted, and it goes with them"
    forgetting.empty("sunita")
    assert (given(api, path, "sales").status, count("reminder"), count("about")) == (404, 0, 0)


def test_an_erasure_killed_anywhere_and_repeated_leaves_nothing(quick_shop: Shop, every: int) -> None:
    tried = 0
    for crash in faults.crash_points(every=every):
        _, api = _told_and_reassigned(quick_shop)
        with crash:
            forgetting.empty("sunita")
        forgetting.empty("sunita")
        assert _left() == [], str(crash)
        assert api.post("/reminders", CALL).status == 422
        tried += 1
    assert tried >= 2 * 15 / every


@pytest.mark.parametrize("other", ["reassign", "reassign that has looked before", "mailer"])
def test_an_erasure_and_somebody_else_meet_anywhere_and_nothing_stays(
    quick_shop: Shop, other: str, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Made once, and by who looks: whichever of these tests comes first.
    _told_and_reassigned(quick_shop, deleted=False)
    if "before" in other:
        monkeypatch.setattr(recipients, "load", lambda **who: Recipient(who["kind"], who["recipient_id"], {}))
    for call in range(1, 200, every):
        desk, api = _told_and_reassigned(quick_shop, deleted=False)
        path = make(api, at="2026-12-05T10:00")
        desk.at("2026-12-05T10:00Z").tick()

        def meanwhile(path: str = path, desk: Shop = desk, api: Api = api) -> None:
            if other == "mailer":
                desk.deliver()
            else:
                assert given(api, path, "sales").status in (200, 404, 409)

        with faults.interrupted(at=call, by=meanwhile) as calls:
            api.delete("/customers/sunita", headers={"if-match": "*"})
            forgetting.empty("sunita")
        assert _left() == [], f"at call {call}"
        if len(calls) < call:
            return
    raise AssertionError("the erasure makes more calls than expected")


def _told_and_reassigned(shop: Shop, *, deleted: bool = True) -> tuple[Shop, Api]:
    """A customer to be erased, of whom two members were told, and are to be told."""
    once(partial(_begun, shop, deleted=deleted), named=(_begun, deleted))
    return shop.at("2026-12-02T10:00Z"), Api()


def _begun(shop: Shop, *, deleted: bool) -> None:
    for item in all_items():
        table.client().delete_item(TableName=settings().crm_table, Key={"pk": item["pk"], "sk": item["sk"]})
    desk, api = a_desk(shop.at("2026-11-21T04:00Z")), Api()
    path = make(api, repeat="FREQ=DAILY")
    told(desk)
    given(api, path, "sales")
    told(desk, "2026-12-02T10:00Z")
    assert desk.post.accepted
    make(api, at="2027-01-01T10:00")
    if deleted:
        api.delete("/customers/sunita", headers={"if-match": "*"})


def _left() -> list[tuple[str, str]]:
    staff = {"MEMBER", "manager", "sales"}
    return sorted((pk, sk) for pk, sk in keys() if pk != "CUSTOMER#bikash" and sk not in staff)
