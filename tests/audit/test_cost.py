"""What the audit costs in units: nothing where a thing tells itself who did it; else a record; and the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.audit import chains
from tests.support.meter import metered
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop


def test_a_change_and_a_purchase_cost_what_they_did_and_a_group_two_units_more(quick_shop: Shop) -> None:
    api = Api()
    customer = chains.made(api.post("/customers", chains.SUNITA))["id"]
    path, group = f"/customers/{customer}", {"name": "Patan", "rule": {"field": "language", "op": "eq", "value": "ne"}}

    def written(method: str, where: str, **request: Any) -> float:
        with metered() as cost:
            chains.made(api.call(method, where, **request))
        return cost.write_units

    change = written("PATCH", path, body={"email": "rai@example.com"}, headers=chains.ANY)
    purchase = written("POST", f"{path}/purchases", body={"amount": "12.50", "place": "Patan"})
    made = written("POST", "/segments", body=group)
    assert (change, purchase, made) == (12, 6, 8)
    with metered() as alone:
        chains.link(chains.records()[:1])
    with metered() as together:
        chains.link()
    assert (alone.write_units, together.write_units) == (6, 16)
