"""One seeded history of a small shop: changes, projectors and jobs interleaved call by call, with deaths and refusals.

The stream is worse than the real one: records come in any order, twice, and in batches cut anyhow. When nothing is
left to do, members and totals must equal a recount that knows nothing of rules, states or projections. At any moment
a segment that can be read must hold exactly the right ones of the customers who never change.
"""

from __future__ import annotations

import random
import secrets
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.exceptions import ClientError, ConnectionClosedError
from pynamodb.exceptions import PynamoDBException

from crm.core import table
from crm.core.errors import CrmError
from crm.core.projection import FLOW, SUM
from crm.fanout import sources
from crm.segments import service as segments
from crm.segments.models import to_text
from crm.segments.orders import Sort
from crm.views import difference, reading, transaction
from handlers import jobs, projector
from tests.support import memory
from tests.support.faults import Crash
from tests.support.flow import FIRST_SEQUENCE_NUMBER, queue_event, stream_event
from tests.support.memory import Memory
from tests.support.schedule import Schedule
from tests.support.world import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

Key = tuple[str, str]
CRM, VIEWS, QUEUE = "crm", "views", "jobs-queue"
MOVING = ("c0", "c1", "c2")
STATIC = {"s0": ("Sana", "100", "ur"), "s1": ("Tara", "0", "bn")}

Person = tuple[str, str, str | None]  # name, spent, language
RULES: list[tuple[dict[str, Any], Callable[[Person], bool]]] = [
    ({"field": "facts.spent", "op": "ge", "value": "100"}, lambda p: Decimal(p[1]) >= 100),
    ({"field": "language", "op": "eq", "value": "ur"}, lambda p: p[2] == "ur"),
    ({"not": {"field": "language", "op": "eq", "value": "ur"}}, lambda p: p[2] != "ur"),
    (
        {
            "any": [
                {"field": "facts.spent", "op": "lt", "value": 100},
                {"field": "language", "op": "in", "value": ["ur"]},
            ]
        },
        lambda p: Decimal(p[1]) < 100 or p[2] == "ur",
    ),
]


@dataclass
class Shop:
    """The world of one schedule."""

    seed: int
    changes: int = 14
    faults: int = 6
    memory: Memory = field(default_factory=Memory)
    pending: list[tuple[Key, str]] = field(default_factory=list)
    in_work: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    injected: dict[str, int] = field(default_factory=dict)
    out: dict[str, int] = field(default_factory=dict)
    weights: tuple[int, ...] = (50, 15, 5, 12, 12, 6)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - a schedule, not a secret
        self.schedule = Schedule(self.draw, self._answer)
        self.memory.on_change = self._changed
        self.faults_left = self.faults

    def run(self) -> int:
        """Run to the end and compare. Gives the number of AWS calls. Raises AssertionError."""
        for customer, person in STATIC.items():
            self._put(customer, person)
        self.schedule.add("clerk", self._clerk)
        for number in range(3):
            self.schedule.add(f"projector {number}", self._projector)
        for number in range(2):
            self.schedule.add(f"job {number}", self._job)
        with ExitStack() as stack:
            stack.enter_context(self.schedule.hooked())
            for target, name, value in self._settings():
                stack.enter_context(mock.patch.object(target, name, value))
            self.schedule.run(finished=self._is_drained)
        self._compare()
        return self.schedule.steps

    def _settings(self) -> list[tuple[Any, str, Any]]:
        most = self.draw.choice((3, 4, 90))
        random_ = random.Random(self.seed)  # noqa: S311 - so that a seed always gives the same schedule
        return [
            (secrets, "randbelow", random_.randrange),
            (secrets, "token_bytes", random_.randbytes),
            (secrets, "token_urlsafe", lambda size: random_.randbytes(size).hex()),
            (reading, "_Known", _Known()),  # each worker is a process of its own
            (sources, "PAGE", self.draw.choice((1, 2, 50))),
            (sources, "_ITEMS_PER_PIECE", self.draw.choice((2, 5, 50))),
            (difference, "MOST_WRITES", most),
            (transaction, "MOST_WRITES", max(most, 4)),
        ]

    # -- the truth and whoever changes it

    def _clerk(self) -> bool:
        if self.changes <= 0:
            return self._mend()
        self.changes -= 1
        kind = self.draw.choices(("put", "delete", "poison", "group", "rule", "ungroup"), weights=self.weights)[0]
        try:
            getattr(self, f"_{kind}_something")()
        except (CrmError, PynamoDBException):
            return True  # a caller who is told to come again, and does not
        return True

    def _put_something(self) -> None:
        person = ("Asma", self.draw.choice(("0", "100")), self.draw.choice(("ur", "bn")))
        self._put(self.draw.choice(MOVING), person)

    def _poison_something(self) -> None:
        self._put(self.draw.choice(MOVING), ("Asma", "broken", None))

    def _delete_something(self) -> None:
        customer = self.draw.choice(MOVING)
        self.people.pop(customer, None)
        self.memory.call("DeleteItem", {"TableName": CRM, "Key": _low(_profile(customer))})

    def _group_something(self) -> None:
        rule, _ = self.draw.choice(RULES)
        made = segments.register(name="Group", rule=rule, caller="clerk", idempotency_key=None)
        self.groups.append(made.segment_id)

    def _rule_something(self) -> None:
        if self.groups:
            rule, _ = self.draw.choice(RULES)
            segments.change(segment_id=self.draw.choice(self.groups), fields={"rule": rule}, expected_version=None)

    def _ungroup_something(self) -> None:
        if self.groups:
            segments.remove(segment_id=self.draw.choice(self.groups), expected_version=None)

    def _mend(self) -> bool:
        broken = [customer for customer, person in self.people.items() if person[1] == "broken"]
        for customer in broken:
            self._put(customer, ("Asma", "100", "bn"))
        return bool(broken)

    def _put(self, customer: str, person: Person) -> None:
        self.people[customer] = person
        name, spent, language = person
        amount = {"S": spent} if spent == "broken" else {"N": spent}
        facts = {"M": {"spent": amount, "purchases": {"N": "1"}, "interactions": {"N": "0"}}}
        shown = table.to_item({"name": name, "language": language, "kind": "person"})
        item = {**_low(_profile(customer)), **shown, "facts": facts}
        self.memory.call("PutItem", {"TableName": CRM, "Item": item})

    # -- stream and queue

    def _changed(self, name: str, key: Key, existed: bool, exists: bool) -> None:
        if name == CRM and (key[1] == "PROFILE" or key[1].startswith("SEGMENT#")) and (existed or exists):
            self.pending.append((key, "MODIFY" if exists else "REMOVE"))
        self._require_whole_groups()

    def _projector(self) -> bool:
        if not self.pending:
            return False
        batch = self.draw.sample(self.pending, min(len(self.pending), self.draw.randint(1, 4)))
        for record in batch:
            self.pending.remove(record)
        if self.draw.random() < 0.1:
            self.pending.append(self.draw.choice(batch))
        self.in_work += 1
        again = batch
        try:
            event = stream_event(key for key, _ in batch)
            for record, (_, change) in zip(event["Records"], batch, strict=True):
                record["eventName"] = change
            failures = projector.handler(event, Context())["batchItemFailures"]
            numbers = [int(entry["itemIdentifier"]) for entry in failures]
            again = batch[min(numbers) - FIRST_SEQUENCE_NUMBER :] if numbers else []
        finally:
            self.in_work -= 1
            self.pending += again
        return True

    def _job(self) -> bool:
        messages = self.memory.queues[QUEUE]
        if not messages:
            return False
        body = messages.pop(self.draw.randrange(len(messages)))
        message = body if body.startswith("delivered") else f"delivered {secrets.token_urlsafe(6)} {body}"
        if self.draw.random() < 0.1:
            messages.append(message)
        self.in_work += 1
        again = [message]
        try:
            event = queue_event({})
            _, event["Records"][0]["messageId"], event["Records"][0]["body"] = message.split(" ", 2)
            answer = jobs.handler(event, Context())
            again = [message] if answer["batchItemFailures"] else []
        finally:
            self.in_work -= 1
            messages += again
        return True

    def _is_drained(self) -> bool:
        if not self.pending and not self.memory.queues[QUEUE]:
            assert not self.in_work
            return True
        return False

    # -- AWS, with faults

    def _answer(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        fault = self._fault(operation)
        if fault == "crash before":
            raise Crash(operation)
        if fault in {"throttled", "conflict"}:
            raise _refusal(fault, operation, parameters)
        if fault == "sent twice" and operation != "TransactWriteItems":
            self._call(client, operation, parameters)
        answer = self._call(client, operation, parameters)
        if fault == "crash after":
            raise Crash(operation)
        if fault == "answer lost":
            raise ConnectionClosedError(endpoint_url="https://lost.example")
        return answer

    def _call(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        try:
            return self.memory.call(operation, parameters)
        except ClientError as error:
            known: Any = client.exceptions.from_code(error.response["Error"]["Code"])
            raise known(error.response, operation) from error

    def _fault(self, operation: str) -> str | None:
        worker = threading.current_thread().name
        if self.out.get(worker, 0) > 0:
            self.out[worker] -= 1
            return "throttled"
        if self.faults_left <= 0 or self.draw.random() > 0.06:
            return None
        self.faults_left -= 1
        kinds = ["crash before", "crash after", "answer lost", "sent twice", "throttled", "outage"]
        kind = self.draw.choice([*kinds, "conflict"] if operation == "TransactWriteItems" else kinds)
        self.injected[kind] = self.injected.get(kind, 0) + 1
        if kind == "outage":
            self.out[worker] = self.draw.randint(5, 30)
        return "throttled" if kind == "outage" else kind

    # -- what is right

    def _require_whole_groups(self) -> None:
        for rule, epoch, _ in self._live():
            held = {sk.rpartition("#")[2] for pk, sk in self.memory.tables[VIEWS] if pk == f"SEGMENT#{epoch}#name"}
            expected = {customer for customer, person in STATIC.items() if rule(person)}
            assert held & STATIC.keys() == expected, f"group read half: {sorted(held)} instead of {sorted(expected)}"

    def _live(self) -> list[tuple[Callable[[Person], bool], int, str]]:
        return [
            (_predicate(item["live_rule"]["S"]), int(item["live_epoch"]["N"]), key[1].removeprefix("SEGMENT#"))
            for key, item in self.memory.tables[CRM].items()
            if key[1].startswith("SEGMENT#") and int(item["live_epoch"]["N"])
        ]

    def _compare(self) -> None:
        groups = {key for key in self.memory.tables[CRM] if key[1].startswith("SEGMENT#")}
        live = self._live()
        assert len(live) == len(groups), "a group was never shown"
        expected_members, expected_totals = set(), {}
        for rule, epoch, group in live:
            assert self.memory.tables[CRM]["SEGMENTS", f"SEGMENT#{group}"]["rule_epoch"]["N"] == str(epoch), "old rule"
            members = {customer: person for customer, person in self.people.items() if rule(person)}
            expected_members |= {(f"SEGMENT#{epoch}#{sort}", customer) for customer in members for sort in Sort}
            if members:
                expected_totals[f"TOTAL#SEGMENT#{epoch}"] = _recount(list(members.values()))
        views = self.memory.tables[VIEWS]
        self._require_flows_to_balance()
        members_held = {(pk, sk.rpartition("#")[2]) for pk, sk in views if pk.startswith("SEGMENT#")}
        assert members_held == expected_members, f"members {members_held} instead of {expected_members}"
        totals_held = self._totals_held()
        assert totals_held == expected_totals, f"totals {totals_held} instead of {expected_totals}"
        assert {sk.rpartition("#")[2] for pk, sk in views if pk == "CUSTOMERS"} == self.people.keys(), "list"
        assert not [key for key in views if key[0] == "PARKED"], "something is parked"

    def _require_flows_to_balance(self) -> None:
        """Who joined a group and has not left it is a member; also in groups that are gone."""
        balance: dict[str, Decimal] = {}
        for (pk, sk), item in self.memory.tables[VIEWS].items():
            flow = {name: Decimal(value["N"]) for name, value in item.items() if "N" in value}
            if pk.startswith("TOTAL#SEGMENT#") and sk.startswith(f"{FLOW}#"):
                balance[pk] = balance.get(pk, Decimal(0)) + flow.get("joined", 0) - flow.get("left", 0)
            elif pk.startswith("TOTAL#SEGMENT#") and sk.startswith(f"{SUM}#"):
                balance[pk] = balance.get(pk, Decimal(0)) - flow.get("members", 0)
        assert not any(balance.values()), f"flows do not balance: {balance}"

    def _totals_held(self) -> dict[str, dict[str, Decimal]]:
        found: dict[str, dict[str, Decimal]] = {}
        for (pk, sk), item in self.memory.tables[VIEWS].items():
            if pk.startswith("TOTAL#") and not sk.startswith(f"{FLOW}#"):
                sums = found.setdefault(pk, {})
                for name, value in item.items():
                    if "N" in value:
                        sums[name] = sums.get(name, Decimal(0)) + Decimal(value["N"])
        held = {pk: {name: amount for name, amount in sums.items() if amount} for pk, sums in found.items()}
        return {pk: sums for pk, sums in held.items() if sums}


class _Known(threading.local):
    rules: Any = None


def _recount(members: list[Person]) -> dict[str, Decimal]:
    sums = {
        "members": Decimal(len(members)),
        "spent": sum((Decimal(spent) for _, spent, _ in members), Decimal(0)),
        "purchases": Decimal(len(members)),
        **{f"language:{code}": Decimal(sum(p[2] == code for p in members)) for code in ("ur", "bn")},
        "owner:-": Decimal(len(members)),
        "age:unknown": Decimal(len(members)),
        "income:unknown": Decimal(len(members)),
    }
    return {name: amount for name, amount in sums.items() if amount}


def _predicate(rule_text: str) -> Callable[[Person], bool]:
    return next(predicate for rule, predicate in RULES if to_text(rule) == rule_text)


def _profile(customer: str) -> Key:
    return f"CUSTOMER#{customer}", "PROFILE"


def _low(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _refusal(fault: str, operation: str, parameters: dict[str, Any]) -> Exception:
    if fault == "throttled":
        return memory.error("ProvisionedThroughputExceededException", operation)
    reasons = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * (len(parameters["TransactItems"]) - 1)]
    return memory.error("TransactionCanceledException", operation, CancellationReasons=reasons)
