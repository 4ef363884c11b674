"""Steps that tests of groups share, at the HTTP edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support import flow

if TYPE_CHECKING:
    from tests.support.world import Api

EVERYBODY = {"field": "name", "op": "exists", "value": True}


def customer(api: Api, name: str, **fields: Any) -> str:
    """A customer of this name; the id."""
    made = api.post("/customers", {"name": name, **fields}, query={"allow_duplicate": "true"})
    assert made.status == 201, made.body
    return str(made.body["id"])


def purchase(api: Api, customer_id: str, amount: str, *, at: str = "2026-01-05T10:00:00Z") -> None:
    """The customer buys something in the reporting currency."""
    bought = {"at": at, "amount": amount, "currency": "USD", "payment_method": "cash"}
    assert api.post(f"/customers/{customer_id}/purchases", bought).status == 201


def call(api: Api, customer_id: str, *, at: str) -> None:
    """Somebody talks to the customer."""
    logged = {"kind": "call", "at": at, "summary": "A talk"}
    answer = api.post(f"/customers/{customer_id}/interactions", logged)
    assert answer.status == 201, answer.body


def group(api: Api, rule: Any = EVERYBODY, *, name: str = "Group") -> str:
    """A group that is filled; the id."""
    made = api.post("/segments", {"name": name, "rule": rule})
    assert made.status == 201, made.body
    flow.settle()
    return str(made.body["id"])


def names(api: Api, group_id: str, **query: str) -> list[str]:
    """The members of one page."""
    page = api.get(f"/segments/{group_id}/customers", query=query)
    assert page.status == 200, page.body
    return [member["name"] for member in page.body["items"]]


def forget(api: Api, customer_id: str) -> None:
    """Delete a customer, and do what follows."""
    assert api.delete(f"/customers/{customer_id}", headers={"If-Match": "*"}).status == 204
    flow.project((f"CUSTOMER#{customer_id}", "PROFILE"), change="REMOVE")
    flow.settle()
