"""What a job or a public page does stands in the chain with whom it was done for, and by which way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.mail import links
from crm.mail.links import Link
from tests.audit import chains
from tests.audit.test_listing import listed
from tests.audit.test_verifying import verified
from tests.imports.office import table
from tests.merges.merging import request
from tests.privacy import traces
from tests.support.cloud import Cloud, at
from tests.support.visitor import visit

if TYPE_CHECKING:
    from collections.abc import Iterator

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    cloud = Cloud(at("2026-11-22T03:00Z"))
    with cloud.running():
        yield cloud


def told(customer: str) -> list[tuple[str, str | None, str | None]]:
    """Who did something with a customer, by which way, and what that was of; the last first."""
    chains.link()
    return [(one["who"], one["way"], one["of"]) for one in listed({"customer": customer})]


def of(cloud: Cloud, name: str) -> str:
    (found,) = [item for item in cloud.items("profile") if item["name"] == name]
    return str(found["pk"]).removeprefix("CUSTOMER#")


def test_an_import_is_told_with_who_asked_for_it(cloud: Cloud) -> None:
    traces.run(cloud, table(("name", "email"), [("Anna", "anna@example.com")]))
    bought = table(("customer email", "date", "amount", "place"), [("anna@example.com", "2026-11-01", "9.50", "Patan")])
    traces.run(cloud, bought, kind="purchases")
    imports = {str(one["sk"]).removeprefix("IMPORT#") for one in cloud.items("import")}
    assert len(imports) == 2
    assert sorted(told(of(cloud, "Anna"))) == sorted(("manager", "import", one) for one in imports)
    assert verified()["broken"] is None


def test_a_merge_is_told_of_both_and_moves_no_entry(cloud: Cloud) -> None:
    one, other = (chains.made(cloud.api.post("/customers", {"name": name}))["id"] for name in ("Sara", "Sara A."))
    chains.made(cloud.api.post(f"/customers/{other}/purchases", {"amount": "3.00"}))
    chains.link(chains.records()[:2])
    merge = chains.made(cloud.api.post("/merges", request(cloud.api, one, other), caller="meena"))["id"]
    cloud.settle()
    assert ("meena", "merge", merge) in told(one)
    before = len(told(other))
    assert before == 2, "what was done before stands under the id of then, once"
    chains.made(cloud.api.post(f"/merges/{merge}/undo"))
    cloud.settle()
    assert len(told(other)) >= before
    entries = [tuple(entry["says"]["record"]) for entry in chains.entries()]
    assert len(entries) == len(set(entries))
    assert verified()["broken"] is None


def test_a_tag_renamed_everywhere_is_told_of_each(cloud: Cloud) -> None:
    customer = chains.made(cloud.api.post("/customers", {"name": "Sara", "tags": ["vip"]}))["id"]
    cloud.settle()
    answer = cloud.api.patch("/tags/vip", {"name": "guest"}, caller="meena")
    assert answer.status < 300, answer.body
    cloud.settle()
    cloud.wait(minutes=1)
    cloud.settle()
    assert told(customer)[0][:2] == ("meena", "upkeep")


def test_what_a_customer_says_on_a_page_is_theirs(cloud: Cloud) -> None:
    customer = chains.made(cloud.api.post("/customers", {"name": "Sara", "email": "sara@example.org"}))["id"]
    page = f"/unsubscribe/{links.token(Link(customer, 'greeting'))}"
    assert visit("POST", page, raw="page=1", headers=FORM)["status"] == 200
    assert told(customer)[0][:2] == ("", "customer")
    assert verified()["broken"] is None
