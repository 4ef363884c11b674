"""Two customers who have something of everything, on their way to one and back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from crm.core import table
from crm.core.config import settings
from crm.merges import facts
from tests.merges.merging import buy, new, partition, request, shown, talk, timeline
from tests.support.flow import do_jobs, queue_event
from tests.support.memory_world import once
from tests.support.rows import all_items
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from tests.support.shop import Shop

KEY = {"idempotency-key": "m"}


class Two:
    """Two customers who have something of everything, a shop around them, and all that is to hold in the end."""

    into: str
    old: str
    amounts: Counter[str]
    reminders: list[str]
    asked: dict[str, Any]
    # Of those who begin merged.
    merge_id: str

    def __init__(self, shop: Shop, *, merged: bool = False) -> None:
        self.shop, self.api, self.more = shop.at("2026-11-21T04:00Z"), Api(), 0
        vars(self).update(once(self._merged if merged else self._begun, named=(Two, merged)))

    def _begun(self) -> dict[str, Any]:
        for item in all_items():
            table.client().delete_item(TableName=settings().crm_table, Key={"pk": item["pk"], "sk": item["sk"]})
        self.shop.member("manager", timezone="UTC")
        self.into = new(self.api, "Sara Khan", email="sara@example.com", tags=["vip"], birthday="--11-21")
        self.old = new(self.api, "Sara K.", email="s.k@example.com", birthday="--11-21", language="ur")
        self.amounts = Counter()
        for customer, amount in ((self.into, 10), (self.old, 5), (self.old, 4)):
            self.buy(customer, amount)
        talk(self.api, self.old)
        self.reminders = [self.remind(to) for to in ("customer", "staff")]
        self.asked = request(self.api, self.into, self.old)
        return {name: value for name, value in vars(self).items() if name not in ("shop", "api")}

    def _merged(self) -> dict[str, Any]:
        begun = self._begun()
        merge_id = self.merge()
        do_jobs()
        return {**begun, "merge_id": merge_id}

    def buy(self, customer: str, amount: int, key: str | None = None) -> int:
        answer = buy(self.api, customer, f"{amount}.00", key=key)
        if answer.status == 201:
            self.amounts[answer.body["id"]] = amount
        return answer.status

    def remind(self, to: str) -> str:
        body = {"to": to, "customer_id": self.old, "at": "2026-12-01T10:00", "subject": "Visit", "timezone": "UTC"}
        return str(self.api.post("/reminders", body).headers["location"])

    def ask(self) -> str:
        answer = self.api.post("/merges", self.asked, headers=KEY)
        assert answer.status in (201, 503), answer.body
        return str(answer.body["id"]) if answer.status == 201 else ""

    def job(self) -> None:
        """What the stream's record and every delivery of the message bring about."""
        from handlers import jobs  # noqa: PLC0415 - after the settings are in place

        message = {"job": "merge", "customer": self.old}
        for _ in range(20):
            jobs.handler(queue_event(message), Context())

    def merge(self) -> str:
        merge_id = self.ask() or self.ask()
        self.job()
        return merge_id

    def undo(self, merge_id: str) -> None:
        assert self.api.post(f"/merges/{merge_id}/undo").status in (200, 503)

    def are_one(self, merge_id: str) -> None:
        assert self.api.get(f"/merges/{merge_id}").body["state"] == "done"
        found = shown(self.api, self.old)
        assert found["id"] == self.into
        self.adds_up(self.into)
        assert sum(self.amounts.values()) == float(found["facts"]["spent"])
        assert (set(partition(self.old)), "merging" in partition(self.into)["PROFILE"]) == ({"MERGED"}, False)
        self.are_found()
        for path in self.reminders:
            assert self.api.get(path).body["customer_id"] == self.into, path

    def are_two(self, merge_id: str) -> None:
        assert self.api.get(f"/merges/{merge_id}").body["state"] == "undone"
        spent = 0.0
        for customer in (self.into, self.old):
            assert "merging" not in partition(customer)["PROFILE"]
            assert shown(self.api, customer)["id"] == customer
            spent += float(shown(self.api, customer)["facts"]["spent"])
            self.adds_up(customer)
        assert spent == sum(self.amounts.values())
        assert not [sk for one in (self.into, self.old) for sk in partition(one) if "BEFORE" in sk or "KEPT" in sk]
        assert "MERGED" not in partition(self.old)
        self.are_found()
        assert {self.api.get(path).body["customer_id"] for path in self.reminders[:2]} == {self.old}

    def adds_up(self, customer: str) -> None:
        """The facts are those of the events, and so is what was bought."""
        events = [table.from_item(item) for sk, item in partition(customer).items() if sk.startswith("EVENT#")]
        counted = facts.counted(events, reporting_currency="USD")
        known = table.from_item(partition(customer)["PROFILE"])["facts"]
        assert {name: known[name] for name in counted} == counted
        assert len(timeline(self.api, customer)) == len(events)

    def are_found(self) -> None:
        for item in all_items():
            if item["entity"]["S"] == "contact":
                for customer in item["customers"]["SS"]:
                    profile = table.from_item(partition(customer)["PROFILE"])
                    known = {profile.get("email"), profile.get("phone"), *profile.get("other_addresses", ())}
                    assert item["pk"]["S"].removeprefix("CONTACT#") in known
