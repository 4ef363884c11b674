"""Customers who are put into the bin and brought back."""

from __future__ import annotations

from typing import Any

from tests.support.world import Answer, Api

SARA = {
    "name": "سارہ احمد",
    "email": "sara@example.com",
    "phone": "+92 300 1234567",
    "tags": ["vip"],
    "consent": {"greeting": True},
    "custom": {"shoe": 38},
}
ANY = {"if-match": "*"}


def gone(api: Api, **fields: Any) -> str:
    made = api.post("/customers", {**SARA, **fields})
    path = made.headers["location"]
    api.post(f"{path}/interactions", {"kind": "call", "summary": "hello"})
    assert api.delete(path, headers=ANY).status == 204
    return str(made.body["id"])


def restore(api: Api, customer_id: str, **query: str) -> Answer:
    return api.post(f"/bin/{customer_id}/restore", query=query)


def bin_of(api: Api) -> list[str]:
    return [entry["id"] for entry in api.get("/bin").body["items"]]
