"""A merge or its undoing that is killed at any call ends done or not begun, whoever comes in between."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import table
from crm.core.config import settings
from crm.merges import facts
from tests.merges.merging import buy, new, partition, request, shown, talk, timeline
from tests.support import faults
from tests.support.flow import do_jobs, queue_event
from tests.support.memory_world import once
from tests.support.rows import all_items
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def dying(shop: Shop, act: Callable[[Two], Any], *, every: int) -> Iterator[tuple[Two, str]]:
    """Worlds in which `act` dies before or after each of its calls, or loses its answer."""
    for crash in faults.crash_points(every=every):
        two = Two(shop)
        with crash:
            act(two)
        yield two, str(crash)
    for at in range(1, faults.MOST_CALLS, every):
        two = Two(shop)
        with faults.losing_answer(at=at) as calls:
            act(two)
        yield two, f"answer {at} lost"
        if len(calls) < at:
            return


def asked_and_carried(two: Two) -> None:
    two.ask()
    two.job()


def test_a_merge_that_is_killed_anywhere_is_made_once_when_it_is_asked_again(quick_shop: Shop, every: int) -> None:
    tried = 0
    for two, where in dying(quick_shop, Two.ask, every=every):
        before = shown(two.api, two.old)["id"]
        assert before in (two.old, two.into), where
        two.are_one(two.merge())
        assert sum(item["entity"]["S"] == "merge" for item in all_items()) == 1, where
        tried += 1
    assert tried > 30 // every


def test_the_carrying_over_killed_anywhere_and_delivered_again_loses_and_doubles_nothing(
    quick_shop: Shop, every: int
) -> None:
    tried = 0
    for two, _ in dying(quick_shop, asked_and_carried, every=every):
        two.ask()
        two.job()
        two.are_one(two.ask())
        tried += 1
    assert tried > 80 // every


def test_an_undoing_killed_anywhere_and_asked_again_leaves_two(quick_shop: Shop, every: int) -> None:
    tried = 0

    for point in faults.crash_points(every=every):
        two = Two(quick_shop, merged=True)
        merge_id = two.merge_id
        with point:
            two.undo(merge_id)
            two.job()
        two.undo(merge_id)
        two.job()
        two.are_two(merge_id)
        tried += 1
    assert tried > 80 // every


@pytest.mark.parametrize("what", ["purchase of the old", "purchase of the new", "reminder", "mail", "change"])
def test_whoever_comes_between_two_calls_of_a_merge_is_not_lost(quick_shop: Shop, what: str, every: int) -> None:
    for call in range(1, 400, every):
        two = Two(quick_shop)
        merge_id = ""

        def meanwhile(two: Two = two) -> None:
            _come(two, what)

        with faults.interrupted(at=call, by=meanwhile) as calls:
            answer = two.api.post("/merges", two.asked, headers=KEY)
            two.job()
        if answer.status == 412:
            # Somebody changed one of them after the preview.
            two.asked = request(two.api, two.into, two.old)
        merge_id = two.merge()
        two.are_one(merge_id)
        if len(calls) < call:
            return
        _arrived(two, what)
    raise AssertionError("the merge makes more calls than expected")


@pytest.mark.parametrize("what", ["purchase of the old", "purchase of the new", "reminder", "mail"])
def test_whoever_comes_between_two_calls_of_an_undoing_is_not_lost(quick_shop: Shop, what: str, every: int) -> None:
    for call in range(1, 400, every):
        two = Two(quick_shop, merged=True)
        merge_id = two.merge_id

        def meanwhile(two: Two = two) -> None:
            _come(two, what)

        with faults.interrupted(at=call, by=meanwhile) as calls:
            two.undo(merge_id)
            two.job()
        two.undo(merge_id)
        two.job()
        two.are_two(merge_id)
        if len(calls) < call:
            return
        _arrived(two, what)
    raise AssertionError("the undoing makes more calls than expected")


def _come(two: Two, what: str) -> None:
    if what.startswith("purchase"):
        customer = two.old if what.endswith("old") else two.into
        # A till repeats itself until it has an answer.
        while two.buy(customer, 7, key="till") != 201:
            two.more += 1
            assert two.more < 5
    elif what == "reminder":
        two.reminders.append(two.remind("customer"))
    elif what == "mail":
        order = f"customer_{two.old}_{two.reminders[0].rpartition('/')[2]}_once"
        two.shop.at("2026-12-01T10:00Z")
        from crm.mail import orders  # noqa: PLC0415

        two.shop.mailer(orders.of_key(order).text())
    else:
        two.api.patch(f"/customers/{two.old}", {"gender": "f"}, headers={"if-match": "*"})


def _arrived(two: Two, what: str) -> None:
    if what.startswith("purchase"):
        customer = two.old if what.endswith("old") else two.into
        before = sum(two.amounts.values())
        assert two.buy(customer, 7, key="till") == 201
        assert sum(two.amounts.values()) == before, "booked twice"
        assert 7 in two.amounts.values()
        spent = {shown(two.api, one)["id"]: float(shown(two.api, one)["facts"]["spent"]) for one in (two.into, two.old)}
        assert sum(spent.values()) == before
    elif what == "mail":
        two.shop.at("2026-12-01T10:30Z").tick()
        two.shop.deliver()
        two.shop.tick()
        two.shop.deliver()
        subjects = Counter(mail.to for mail in two.shop.post.accepted if "Visit" in mail.subject)
        assert subjects["manager@shop.example"] == 1
        assert sum(subjects.values()) == 2, subjects
        two.shop.post.accepted.clear()
    elif what == "change":
        assert shown(two.api, two.old)["gender"] == "f"
