"""Whoever writes in whatever order, dying or not: the changes lead to the record, and each value has its source."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from crm.core.author import Author
from crm.core.errors import CrmError
from crm.customers import answers, service
from tests.changes import record
from tests.support import faults
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

STEPS = 30
HEADERS = {"if-match": "*"}


class People:
    """A customer, and all who write of them."""

    def __init__(self, draw: random.Random) -> None:
        self.draw, self.api = draw, Api()
        self.groups = [self.api.post("/segments", {"name": name, "kind": "static"}).body["id"] for name in "ab"]
        self.one = str(self.api.post("/customers", self.said()).body["id"])

    def said(self) -> dict[str, Any]:
        known = {
            "name": self.draw.choice(["Sunita", "Sunita Rai"]),
            "email": self.draw.choice([None, "a@example.com", "b@example.com"]),
            "address": self.draw.choice([None, "Patan", "Kathmandu"]),
            "tags": self.draw.sample(["vip", "till", "gold"], k=self.draw.randint(0, 3)),
            "custom": {name: self.draw.choice([None, 1, True, "1"]) for name in "xy"},
            "consent": {"greeting": self.draw.choice([None, True, False])},
        }
        kept = self.draw.sample(sorted(known), k=self.draw.randint(1, len(known)))
        return {name: known[name] for name in {*kept, "name"}}

    def act(self) -> None:
        acts = [self.staff, self.staff, self.file, self.newer_file, self.customer, self.pick, self.decide, self.restore]
        self.draw.choice([*acts, self.buy])()

    def staff(self) -> None:
        self.api.patch(f"/customers/{self.one}", self.said(), headers=HEADERS)

    def file(self) -> None:
        author = Author("manager", "import", of=f"i{self.draw.randint(1, 9)}")
        service.change(
            customer_id=self.one, fields=self.said(), author=author, expected_version=None, on_conflict="note"
        )

    def newer_file(self) -> None:
        author = Author("manager", "import", at=f"2026-11-{self.draw.randint(1, 25):02}")
        service.change(
            customer_id=self.one, fields=self.said(), author=author, expected_version=None, on_conflict="newer"
        )

    def customer(self) -> None:
        said = {"greeting": self.draw.choice([True, False, None])}
        answers.record(customer_id=self.one, answers=said, how="preferences_page")

    def pick(self) -> None:
        for group in self.groups:
            self.api.post(f"/segments/{group}/members", {self.draw.choice(["add", "add", "remove"]): [self.one]})

    def decide(self) -> None:
        for field in self.api.get(f"/customers/{self.one}").body["conflicts"][:1]:
            decision = {"field": field, "take": self.draw.choice(["stored", "other"])}
            self.api.post(f"/customers/{self.one}/conflicts", decision, headers=HEADERS)

    def restore(self) -> None:
        last = self.api.get(f"/customers/{self.one}").body["version"]
        path = f"/customers/{self.one}/history/{self.draw.randint(1, last)}/restore"
        self.api.post(path, {"anyway": self.draw.random() < 0.7}, headers=HEADERS)

    def buy(self) -> None:
        bought = {"amount": "10.00", "currency": "USD", "at": "2026-01-05T10:00:00Z"}
        self.api.post(f"/customers/{self.one}/purchases", bought)


def require_in_step(people: People, told: str) -> None:
    noted = record.changes(people.one)
    assert record.replayed(noted) == record.held(people.one), told
    profile = record.of(people.one)["PROFILE"]
    assert [change["sk"] for change in noted if change["sk"].count("#") == 1] == [
        f"CHANGE#{version:010}" for version in range(1, int(profile["version"]) + 1)
    ], told
    sources = people.api.get(f"/customers/{people.one}/sources")
    assert sources.status == 200, told
    assert all(field["source"] for field in sources.body["fields"]), told
    conflicts = {field["field"] for field in sources.body["fields"] if field["conflicts"]}
    assert conflicts == set(profile.get("conflicts", ())), told
    kept = {name.removeprefix("?") for name in record.of(people.one).get("SOURCES", {}) if name.startswith("?")}
    assert kept == conflicts, told
    seen = people.api.get(f"/customers/{people.one}/history", query={"limit": "200"}).body["items"]
    assert len(seen) == len(noted), told


@pytest.mark.parametrize("seed", range(12))
def test_the_changes_lead_to_the_record_and_each_value_has_its_source(shop: Shop, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - the same again each time
    people = People(draw)
    for step in range(STEPS):
        shop.wait(minutes=draw.choice([0, 1, 600]))
        where = faults.CrashPoint(draw.randint(1, 8), draw.choice(["before", "after"]))
        try:
            with where:
                people.act()
        except CrmError as refused:
            assert refused.status < 500, (seed, step)  # noqa: PT017 - most are not refused
        require_in_step(people, f"seed {seed}, step {step}")
