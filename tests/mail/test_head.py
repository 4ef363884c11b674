"""Mail scanners and browsers ask by HEAD whether a link leads anywhere: they learn it, and nothing happens."""

from __future__ import annotations

import pytest

from crm.mail import links
from crm.mail.links import Link
from tests.support import faults
from tests.support.rows import all_items
from tests.support.shop import Shop
from tests.support.visitor import visit
from tests.support.world import Api

SUNITA = Link("sunita", "greeting")


@pytest.fixture(params=["unsubscribe", "preferences", "calendar"])
def link(request: pytest.FixtureRequest, quick_shop: Shop) -> str:
    """The path of a link that holds."""
    quick_shop.customer()
    quick_shop.member("manager")
    if request.param == "calendar":
        return str(Api().post("/staff/manager/calendar").body["path"])
    made = links.unsubscribe(SUNITA) if request.param == "unsubscribe" else links.preferences(SUNITA)
    return made.removeprefix("https://crm.example")


def test_head_is_answered_as_get_without_the_body_and_changes_nothing(link: str) -> None:
    before, page = all_items(), visit("GET", link)
    with faults.recording() as calls:
        assert visit("HEAD", link) == {**page, "body": ""}
    assert page["status"] == 200
    assert page["body"]
    assert {*calls} <= {"GetItem", "BatchGetItem", "Query"}
    assert all_items() == before


def test_head_of_a_broken_link_is_404(link: str) -> None:
    missing = link.rpartition("/")[0] + "/k1.a.b"
    assert visit("HEAD", missing) == {**visit("GET", missing), "body": ""}
    assert visit("HEAD", missing)["status"] == 404


def test_head_under_a_store_that_is_down_says_try_again(link: str) -> None:
    with faults.refusing("GetItem", error=faults.down("GetItem")):
        answer = visit("HEAD", link)
    assert (answer["status"], answer["body"], answer["headers"]["Retry-After"]) == (503, "", "60")
