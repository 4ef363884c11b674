"""What keeps mail from an address, the way back, and a refusal that outlives the record it was made to."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError

from crm.mail import links
from crm.mail.links import Link
from crm.suppressions import service as suppressions
from crm.suppressions.models import Suppression
from tests.support import rights
from tests.support.post import event
from tests.support.rows import count
from tests.support.shop import Shop, birthday_of
from tests.support.visitor import visit
from tests.support.world import Api

ORDER = birthday_of("sunita")
SUNITA = {"name": "Sunita Rai", "email": "sunita@example.org", "birthday": "1988-11-21"}
REFUSED = {"greeting": False, "marketing": False}


class SesList:
    """SES's own list of suppressed addresses: remembers who was taken off, or answers with an error."""

    def __init__(self) -> None:
        self.taken_off: list[str] = []
        self.error: Exception | None = None

    def call(self, address: str) -> dict[str, Any]:
        if self.error:
            raise self.error
        self.taken_off.append(address)
        return {}


@pytest.fixture
def ses_list(shop: Shop) -> Any:
    found, real = SesList(), BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "DeleteSuppressedDestination":
            rights.note(client, operation, parameters)
            return found.call(parameters["EmailAddress"])
        return real(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield found


@pytest.fixture
def bounced(shop: Shop, ses_list: SesList) -> Shop:
    """Sunita's greeting came back for good."""
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.mailer(ORDER.text())
    shop.happen(event(shop.post.accepted[0], "Bounce", bounceType="Permanent", bounceSubType="General"))
    return shop


def registered(api: Api, **fields: Any) -> str:
    answer = api.post("/customers", {**SUNITA, **fields})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def unsubscribe(customer_id: str, purpose: str = "greeting") -> None:
    address = links.unsubscribe(Link(customer_id, purpose))
    assert visit("POST", address.removeprefix("https://crm.example"))["status"] == 200


def greeted(shop: Shop, customer_id: str, year: int = 2026) -> tuple[str, str | None]:
    order = birthday_of(customer_id, year)
    shop.mailer(order.text())
    message = shop.message(order)
    return message.state, message.reason_code


def test_a_suppression_shows_its_kind_and_can_be_lifted(bounced: Shop, ses_list: SesList, api: Api) -> None:
    found = api.get("/customers/sunita/suppression").body
    assert (found["address"], found["refused"]) == ("sunita@example.org", [])
    [stop] = found["stops"]
    assert stop["kind"] == "hard_bounce"
    assert stop["since"].startswith("2026-11-21T")
    assert api.delete("/customers/sunita/suppression").status == 204
    assert ses_list.taken_off == ["sunita@example.org"]
    assert api.get("/customers/sunita/suppression").body == {**found, "stops": []}
    assert count("suppression") == 0
    bounced.at("2027-11-21T05:00Z")
    assert greeted(bounced, "sunita", 2027) == ("accepted", None)


def test_lifting_again_or_where_ses_has_no_such_address_does_no_harm(
    bounced: Shop, ses_list: SesList, api: Api
) -> None:
    answer: Any = {"Error": {"Code": "NotFoundException", "Message": "not on the list"}}
    ses_list.error = ClientError(answer, "DeleteSuppressedDestination")
    for _ in range(2):
        assert api.delete("/customers/sunita/suppression").status == 204
    assert count("suppression") == 0


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="https://ses"),
        ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow"}}, "DeleteSuppressedDestination"),
    ],
    ids=["silent", "throttled"],
)
def test_what_ses_did_not_lift_stays_stopped(bounced: Shop, ses_list: SesList, api: Api, error: Exception) -> None:
    ses_list.error = error
    assert api.delete("/customers/sunita/suppression").status == 503
    assert len(api.get("/customers/sunita/suppression").body["stops"]) == 1


def test_lifting_a_bounce_leaves_what_the_person_refused(bounced: Shop, ses_list: SesList, api: Api) -> None:
    unsubscribe("sunita")
    assert api.delete("/customers/sunita/suppression").status == 204
    found = api.get("/customers/sunita/suppression").body
    assert (found["stops"], found["refused"]) == ([], ["greeting", "marketing"])


def test_a_stop_from_before_there_were_kinds_still_stops(shop: Shop, api: Api) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    item = Suppression.keyed("sunita@example.org")
    item.reason, item.created_at = "it came back", "2026-01-01T00:00:00.000000Z"
    item.save()
    assert greeted(shop, "sunita") == ("withheld", "suppressed")
    assert [stop["kind"] for stop in api.get("/customers/sunita/suppression").body["stops"]] == ["hard_bounce"]


def test_a_customer_without_an_address_or_not_there(shop: Shop, ses_list: SesList, api: Api) -> None:
    shop.customer(email=None)
    assert api.get("/customers/sunita/suppression").body == {"address": None, "stops": [], "refused": []}
    assert api.delete("/customers/sunita/suppression").status == 204
    assert [api.call(method, "/customers/nobody/suppression").status for method in ("GET", "DELETE")] == [404, 404]
    assert ses_list.taken_off == []


def test_a_refusal_outlives_the_record_and_a_new_one_cannot_raise_it(shop: Shop, api: Api) -> None:
    shop.greeting()
    first = registered(api, consent={"greeting": True})
    unsubscribe(first)
    assert api.delete(f"/customers/{first}", headers={"if-match": "*"}).status == 204
    again = registered(api, consent={"greeting": True, "marketing": True, "service": True})
    assert api.get(f"/customers/{again}").body["consent"] == {**REFUSED, "service": True}
    assert api.get(f"/customers/{again}/suppression").body["refused"] == ["greeting", "marketing"]
    assert greeted(shop, again) == ("withheld", "no_consent")
    assert shop.post.accepted == []


def test_a_record_that_comes_by_another_way_cannot_raise_it_either(shop: Shop) -> None:
    shop.greeting()
    shop.customer("first", email="sunita@example.org")
    unsubscribe("first")
    shop.customer("second", email="Sunita@Example.org", birthday="--11-21", consent={"greeting": True})
    assert greeted(shop, "second") == ("withheld", "no_consent")
    assert "refused it" in str(shop.message(birthday_of("second")).reason)


def test_staff_who_were_told_so_take_a_refusal_back(shop: Shop, api: Api) -> None:
    shop.greeting()
    customer = registered(api)
    unsubscribe(customer)
    path, any_version = f"/customers/{customer}", {"if-match": "*"}
    api.patch(path, {"name": "Sunita R."}, headers=any_version)
    api.patch(path, {"consent": {"greeting": None}}, headers=any_version)
    assert api.get(f"{path}/suppression").body["refused"] == ["greeting", "marketing"], "only a yes is a yes"
    changed = api.patch(path, {"consent": {"greeting": True}}, headers=any_version)
    assert changed.body["consent"] == {"greeting": True, "marketing": False, "service": None}
    assert api.get(f"{path}/suppression").body["refused"] == ["marketing"]
    assert greeted(shop, customer) == ("accepted", None)


def test_a_bounce_for_good_after_one_for_the_time_being_stops_the_address_once(
    shop: Shop, ses_list: SesList, api: Api
) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.mailer(ORDER.text())
    soft, hard = (event(ORDER.key, "Bounce", bounceType=kind) for kind in ("Transient", "Permanent"))
    shop.happen(soft)
    assert not suppressions.read(SUNITA["email"]).stops
    shop.happen(hard)
    assert list(suppressions.read(SUNITA["email"]).stops) == ["hard_bounce"]
    assert shop.message(ORDER).reason_code == "bounced"
    assert api.delete("/customers/sunita/suppression").status == 204
    shop.happen(hard, soft, hard)
    assert not suppressions.read(SUNITA["email"]).stops, "reports that come again are old"


def test_what_stays_after_an_erasure_does_not_hold_the_address(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.mailer(ORDER.text())
    said = [{"emailAddress": SUNITA["email"], "diagnosticCode": f"smtp; 550 5.1.1 <{SUNITA['email']}> unknown"}]
    shop.happen(event(ORDER.key, "Bounce", bounceType="Permanent", bounceSubType="General", bouncedRecipients=said))
    assert SUNITA["email"] in str(shop.message(ORDER).reason), "while there is the message, people can look it up"
    assert suppressions.read(SUNITA["email"]).stops["hard_bounce"].reason == "the mail came back (Permanent General)"
