"""An erasure takes the records, breaks no chain, and leaves no way to tell what was in them."""

from __future__ import annotations

from tests.audit import chains
from tests.audit.test_verifying import verified
from tests.support.cloud import Cloud, at


def test_an_erasure_chains_first_what_is_not_chained_yet_and_breaks_nothing() -> None:
    cloud = Cloud(at("2026-11-22T03:00Z"))
    with cloud.running():
        customer = chains.done()
        chains.link(chains.records()[:2])
        said = {one["says"]["number"]: one["text"] for one in chains.entries()}
        chains.made(cloud.api.post(f"/customers/{customer}/erasure"))
        told = {(pk, sk) for pk, sk in chains.records() if pk == f"CUSTOMER#{customer}"}
        cloud.settle()
        assert not [pk for pk, _ in chains.records() if customer in pk], "the records are gone"
        chained = {tuple(one["says"]["record"]) for one in chains.entries()}
        assert told <= chained, "what was asked for last, too"
        chains.link()
        found = verified()
        assert (found["broken"], found["checked"]) == (None, len(chains.entries()))
        assert {number: one["text"] for number, one in enumerate(chains.entries(), 1) if number in said} == said
        shown = cloud.api.get("/audit", query={"customer": customer}, role="owner").body["items"]
        assert len(shown) == len(told)
        assert {entry["stands"] for entry in shown} == {False}
        assert {"route": "PATCH /customers/{customer_id}", "changes": {"/email": {}}} in [
            {"route": entry["route"], "changes": deed["changes"]} for entry in shown for deed in entry["deeds"]
        ]
        assert "sunita" not in str(chains.stored()).lower()
