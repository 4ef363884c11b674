"""A small shop to which things happen: who writes to it, its stream, its queue, its day, and AWS with faults.

The stream is worse than the real one: records come in any order, twice, and in batches cut anyhow. Who does what when
is for others to say: a seeded interleaving of many workers (simulation.py), or hypothesis (test_histories.py).

A message that is delayed for a quarter of an hour comes when all is over that was under way when it was sent: so long
no process lives, and no record is on the stream but when an alarm has rung.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.exceptions import ClientError

from crm.core import clock, ids, table
from crm.core.author import Author
from crm.core.errors import CrmError
from crm.fanout import sources
from crm.privacy import ledger, receipts
from crm.segments import handpicked
from crm.segments import service as segments
from crm.views import difference, report, transaction, wake, waking
from handlers import jobs, projector, upkeep
from tests.support.flow import FIRST_SEQUENCE_NUMBER, queue_event, stream_event
from tests.support.memory import Memory
from tests.support.world import Context, know_the_mark
from tests.views.people import TIMED, TIMELESS, Person, low, made_of, people
from tests.views.recount import require_no_drift
from tests.views.watch import Watch

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from botocore.client import BaseClient

    from tests.views.people import Key

CRM, VIEWS, QUEUE = "crm", "views", "jobs-queue"
MOVING = ("c0", "c1", "c2")
STATIC = (
    Person("s0", name="Sana", spent="100", language="ur", birthday="1986-03-05"),
    Person("s1", name="Tara", language="bn", birthday="1991-02-23", teas=(date(2026, 1, 30), date(2026, 2, 19))),
)
_BEGUN = date(2026, 2, 20)
_QUARTER_OF_AN_HOUR = 900
_STREAMED = ("PROFILE", "PAIR", "SUBMISSION", "REMINDER#", "SEGMENT#", "ERASING", "DISBANDING#")


@dataclass
class History:
    """The world of one history; `draw` decides what is drawn in it."""

    draw: random.Random
    memory: Memory = field(default_factory=Memory)
    pending: list[tuple[Key, str]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    today: date = _BEGUN
    ticked: date = _BEGUN
    instants: int = 0
    weekly: bool = False
    in_work: list[list[object]] = field(default_factory=list)
    later: list[tuple[str, list[object]]] = field(default_factory=list)
    told: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory.on_send = self._sent
        self.watch = Watch(self.memory, STATIC, self.today)
        self.memory.on_change = self._changed

    @contextmanager
    def lived_in(self, *, pages: int, most_writes: int) -> Iterator[None]:
        """Its clock, its ids, and sizes so small that a few customers make many pages and steps."""
        settings: list[tuple[Any, str, Any]] = [
            (clock, "now", self._now),
            (ids, "new", lambda: self.draw.randbytes(10).hex()),
            (secrets, "randbelow", self.draw.randrange),
            (secrets, "token_bytes", self.draw.randbytes),
            (secrets, "token_urlsafe", lambda size: self.draw.randbytes(size).hex()),
            (secrets, "token_hex", lambda size: self.draw.randbytes(size).hex()),
            (sources, "PAGE", pages),
            (sources, "_ITEMS_PER_PIECE", max(pages, 2)),
            (wake, "_PAGE", pages),
            (upkeep, "DUTIES", tuple(duty for duty in upkeep.DUTIES if duty.job not in self._left_out())),
            (waking, "PARTS", 1 if pages == 1 else 2),
            (difference, "MOST_WRITES", most_writes),
            (transaction, "MOST_WRITES", max(most_writes, 4)),
            # Of an erasure only what it does to the two tables.
            (jobs, "PLACES", ()),
            (ledger, "keep", lambda *_, **__: None),
            (receipts, "issue", lambda *_, **__: "signed"),
        ]
        with ExitStack() as stack:
            for setting in settings:
                stack.enter_context(mock.patch.object(*setting))
            # What goes wrong here is meant to, and writing it down would take half of the time.
            logging.disable(logging.CRITICAL)
            stack.callback(logging.disable, logging.NOTSET)
            know_the_mark()
            self._open()
            yield

    def _left_out(self) -> set[str]:
        # Groups that the patterns make by themselves would need a recount of their own.
        return {"patterns"} if self.weekly else {"patterns", "reconcile"}

    def _open(self) -> None:
        """Two who never change; and all was projected for this place: else the first tick did so, whatever time did."""
        done = table.to_item({"done": {"swept_for": "Asia/Karachi 02-28"}})
        self.memory.call("PutItem", {"TableName": CRM, "Item": {**low(("RULES", "UPKEEP")), **done}})
        for person in STATIC:
            self.put(person)

    def _now(self) -> datetime:
        # Noon at the business; no two instants are the same.
        self.instants += 1
        return datetime.combine(self.today, time(7), UTC) + timedelta(microseconds=self.instants)

    # -- the truth and whoever changes it

    def act(self, kind: str) -> None:
        """Something happens in the shop."""
        try:
            getattr(self, f"{kind}_something")()
        except (CrmError, *table.STORE_ERRORS):
            return  # a caller who is told to come again, and does not

    def put_something(self) -> None:
        draw = self.draw.choice
        teas = {self.today - timedelta(days=draw((0, 5, 29))) for _ in range(draw((0, 0, 1, 2)))}
        self.put(
            Person(
                draw(MOVING),
                name=draw(("Asma", "Asma", "Asma Bibi")),
                spent=draw(("0", "100")),
                language=draw(("ur", "bn")),
                owner=draw((None, None, "zia")),
                birthday=draw((None, "1986-03-10", "2000-02-29", "1985-12-24")),
                teas=tuple(sorted(teas)),
            )
        )

    def poison_something(self) -> None:
        self.put(Person(self.draw.choice(MOVING), spent="broken"))

    def delete_something(self) -> None:
        key = f"CUSTOMER#{self.draw.choice(MOVING)}", "PROFILE"
        self.memory.call("DeleteItem", {"TableName": CRM, "Key": low(key)})

    def erase_something(self) -> None:
        pk = f"CUSTOMER#{self.draw.choice(MOVING)}"
        mark = {**low((pk, "ERASING")), "requested_at": {"S": clock.stamp()}}
        writes = [
            {"Delete": {"TableName": CRM, "Key": low((pk, "PROFILE"))}},
            {"Put": {"TableName": CRM, "Item": mark}},
        ]
        self.memory.call("TransactWriteItems", {"TransactItems": writes})

    def remind_something(self) -> None:
        key = f"CUSTOMER#{self.draw.choice(MOVING)}", f"REMINDER#r{self.draw.randrange(2)}"
        due = f"{self.today + timedelta(days=self.draw.randrange(3))}T05:00:00.000000Z"
        item = table.to_item({"state": self.draw.choice(("pending", "pending", "sent")), "due_at": due})
        self.memory.call("PutItem", {"TableName": CRM, "Item": {**low(key), **item}})

    def group_something(self) -> None:
        made = segments.register(name="Group", rule=self._rule(), caller="clerk", idempotency_key=None)
        self.groups.append(made.segment_id)

    def static_something(self) -> None:
        made = segments.register(name="Picked", kind="static", rule=None, caller="clerk", idempotency_key=None)
        self.groups.append(made.segment_id)

    def pick_something(self) -> None:
        picked = [one for one in self._known_groups() if one.kind == "static"]
        if picked:
            one, *others = self.draw.sample((*MOVING, "s0"), 3)
            handpicked.pick(self.draw.choice(picked), add=[one], remove=others, author=Author("manager"))

    def rule_something(self) -> None:
        if self.groups:
            segments.change(
                segment_id=self.draw.choice(self.groups), fields={"rule": self._rule()}, expected_version=None
            )

    def ungroup_something(self) -> None:
        free = [one for one in self.groups if not self._is_named(one)]
        if free:
            segments.remove(segment_id=self.draw.choice(free), expected_version=None)

    def day_something(self) -> None:
        self.today += timedelta(days=self.draw.choice((1, 3, 12, 31)))

    def mend(self) -> bool:
        """Whoever could not be projected gets what can; False where there is nobody."""
        broken = [one for one in people(self.memory.tables[CRM]).values() if one.spent == "broken"]
        for one in broken:
            self.put(replace(one, spent="100"))
        return bool(broken)

    def put(self, person: Person) -> None:
        """Write a profile, in whatever groups they have been picked for, and what they bought."""
        known = self.memory.tables[CRM].get(person.key, {})
        writes = [{"Put": {"TableName": CRM, "Item": person.item(groups=known.get("groups"))}}]
        if person.teas:
            writes.append({"Put": {"TableName": CRM, "Item": person.bought()}})
        else:
            writes.append({"Delete": {"TableName": CRM, "Key": low((person.key[0], "BOUGHT"))}})
        self.memory.call("TransactWriteItems", {"TransactItems": writes})

    def _rule(self) -> Any:
        if self.groups and self.draw.random() < 0.3:
            return made_of(self.draw.choice(self.groups))
        return self.draw.choice((*TIMELESS, *TIMED))[0]

    def _known_groups(self) -> list[Any]:
        return [segments.get(segment_id=one) for one in self.groups if self._stands(one)]

    def _is_named(self, group: str) -> bool:
        """Whether another group is made of this one."""
        own = f"SEGMENT#{group}"
        truth = self.memory.tables[CRM].items()
        return any(sk != own and group in item["rule"]["S"] for (_, sk), item in truth if sk.startswith("SEGMENT#"))

    def _stands(self, group: str) -> bool:
        return ("SEGMENTS", f"SEGMENT#{group}") in self.memory.tables[CRM]

    # -- stream, queue and schedule

    def _changed(self, name: str, key: Key, existed: bool, exists: bool) -> None:
        if name == CRM and key[1].startswith(_STREAMED) and (existed or exists):
            self.pending.append((key, "MODIFY" if exists else "REMOVE"))
        if name == VIEWS and key == report.RECONCILED:
            found = report.last()
            assert found is not None
            self.told.append(found.drift)
        self.watch.forget_gone(name, key, exists=exists)
        self.watch.changed(name, key)

    @contextmanager
    def at_work(self, *on: object) -> Iterator[None]:
        """Somebody is at work on these things."""
        work: list[object] = [object(), *on]
        self.in_work.append(work)
        try:
            yield
        finally:
            self.in_work.remove(work)

    def _sent(self, queue: str, body: str, seconds: int) -> None:
        if seconds < _QUARTER_OF_AN_HOUR:
            self.memory.queues[queue].append(body)
        else:
            self.later.append((body, self._under_way()))

    def _under_way(self) -> list[object]:
        # A tick that died comes again within a quarter of an hour, and so do its jobs.
        ticks: list[object] = [] if self.ticked == self.today else [self]
        in_work = (one for work in self.in_work for one in work)
        return [*ticks, *self.pending, *self.memory.queues[QUEUE], *in_work]

    def let_later_ones_come(self) -> None:
        """Put messages into the queue whose quarter of an hour is over."""
        now = set(map(id, self._under_way()))
        due = [one for one in self.later if not now & set(map(id, one[1]))]
        self.later = [one for one in self.later if one not in due]
        self.memory.queues[QUEUE] += [body for body, _ in due]

    def deliver(self, batch: list[tuple[Key, str]]) -> list[tuple[Key, str]]:
        """Hand a batch to the projector; what comes again. May die of Crash."""
        self.watch.begin_work()
        event = stream_event(key for key, _ in batch)
        for record, (_, change) in zip(event["Records"], batch, strict=True):
            record["eventName"] = change
        failures = projector.handler(event, Context())["batchItemFailures"]
        numbers = [int(entry["itemIdentifier"]) for entry in failures]
        return batch[min(numbers) - FIRST_SEQUENCE_NUMBER :] if numbers else []

    def named(self, body: str) -> str:
        """A message with an id, which it keeps however often it is delivered."""
        return body if body.startswith("delivered") else f"delivered {secrets.token_urlsafe(6)} {body}"

    def do(self, message: str) -> bool:
        """Hand a message to the jobs; whether it is done. May die of Crash."""
        self.watch.begin_work()
        event = queue_event({})
        _, event["Records"][0]["messageId"], event["Records"][0]["body"] = message.split(" ", 2)
        return not jobs.handler(event, Context())["batchItemFailures"]

    def tick(self) -> None:
        """The quarter of an hour has passed. May die of Crash."""
        self.watch.begin_work()
        day = self.today
        try:
            upkeep.handler({}, Context())
        except (CrmError, *table.STORE_ERRORS):
            return
        self.ticked = day

    # -- AWS, and how it all must end

    def call(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        """What AWS answers when nothing goes wrong with it."""
        applied = self.watch.is_about_to(operation, parameters)
        try:
            answer = self.memory.call(operation, parameters)
        except ClientError as error:
            known: Any = client.exceptions.from_code(error.response["Error"]["Code"])
            raise known(error.response, operation) from error
        self.watch.went_through(applied)
        self.watch.answered(operation, parameters, answer)
        return answer

    def require_no_drift(self) -> None:
        """Everything has been looked at after its last change: the views say what the truth does."""
        require_no_drift(self.memory, day=self.today)
