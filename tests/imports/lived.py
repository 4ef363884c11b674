"""Files brought in and taken back step by step, and the store as it is then, without what is never twice the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ConnectionClosedError

from crm.core import files, table
from crm.core.config import settings
from handlers import projector
from tests.imports.office import Office, deliver, receive
from tests.imports.office import table as file_of
from tests.support import flow
from tests.support.faults import recording
from tests.support.memory import Memory
from tests.support.memory_world import forget_memories, go_back, moment
from tests.support.world import Context

PEOPLE = file_of(
    ("customer number", "name", "email", "phone"),
    [
        ("K-1", "Anna Khan", "anna@example.com", "+923001111111"),
        ("", "Bilal", "", "+923007654321"),
        ("", "Bad", "no address", ""),
        ("", "Anna Khan", "anna@example.com", "+923002222222"),
    ],
)
SALES = file_of(
    ("customer number", "customer email", "date", "amount"),
    [
        ("", "anna@example.com", "2025-01-25", "10.00"),
        ("K-9", "", "2025-01-26", "5.00"),
        # Two of one customer in one piece are written together.
        ("K-9", "", "2025-01-26", "5.00"),
        ("K-9", "", "2025-01-27", "6.00"),
    ],
)
FILES = {"customers": PEOPLE, "purchases": SALES}
# What differs between two histories that come to the same.
_VOLATILE = frozenset(
    {
        "at",
        "audit",
        "begun_at",
        "busy_until",
        "by",
        "created_at",
        "deleted_at",
        "ended_at",
        "etag",
        "expires_at",
        "holder",
        "pace",
        "ran_at",
    }
    | {"ran_at", "recorded_at", "requested_at", "said_at", "saved_at", "since", "token", "updated_at", "uploaded_at"}
)
# What the product calls; the test itself receives the messages and looks at the tables.
OURS = frozenset(
    {"BatchGetItem", "BatchWriteItem", "DeleteItem", "DeleteObjects", "GetItem", "GetObject", "HeadObject"}
    | {"ListObjectsV2", "PutItem", "PutObject", "Query", "SendMessage", "TransactWriteItems", "UpdateItem"}
)
State = dict[tuple[str, str], dict[str, Any]]
Step = Callable[[], Any]


class Passed:
    """How much later it is than the clock says."""

    by = timedelta()


def anna() -> None:
    api = Office().api
    anna = {"name": "Anna", "email": "anna@example.com", "tags": ["regular"]}
    made = api.post("/customers", anna, headers={"idempotency-key": "anna"})
    sold = {"amount": "7.00", "at": "2025-01-01T10:00:00Z"}
    key = {"idempotency-key": "sold"}
    assert api.post(f"/customers/{made.body['id']}/purchases", sold, headers=key).status == 201


def stored() -> State:
    """All that is in the store, without times and without who asked for it from where."""
    found: State = {}
    for page in table.client().get_paginator("scan").paginate(TableName=settings().crm_table):
        for item in map(table.from_item, page["Items"]):
            if item["sk"].startswith("AUDIT#"):
                continue
            values = {name: value for name, value in item.items() if name not in {*_VOLATILE, "pk", "sk"}}
            if item["sk"] == "SOURCES":
                values = dict.fromkeys(values)
            # What lies in the bin is listed by the time.
            found[item["pk"], item["sk"].rpartition("#")[2] if item["pk"] == "BIN" else item["sk"]] = values
    return found


def begin(office: Office, kind: str) -> str:
    asked = {"kind": kind, "file_name": "file.csv"}
    made = asked_until_taken(lambda: office.api.post("/imports", asked, headers={"idempotency-key": kind}))
    # Whether its answer comes or not, the file is there.
    with suppress(ConnectionClosedError):
        files.put(f"uploads/{made.body['id']}/file", FILES[kind].encode())
    return str(made.body["id"])


def streamed(import_id: str) -> Any:
    """The stream tells that somebody has asked for an import to go on."""
    return projector.handler(flow.stream_event([("IMPORTS", f"GOAHEAD#{import_id}")]), Context())


@dataclass
class Life:
    """A file on its way into the store and out again: each step is asked for, told by the stream, and delivered.

    `left`: what is still to be asked for; `is_asked`: the stream has not yet told of the last.
    """

    office: Office
    kind: str
    import_id: str = ""
    left: tuple[str, ...] = ("uploaded", "run", "undo")
    is_asked: bool = False
    written: State | None = None

    def step(self) -> Step | None:
        """What is to be done next; None: it is over."""
        if self.is_asked:
            self.is_asked = False
            return partial(streamed, self.import_id)
        if message := receive():
            return partial(deliver, message)
        if not self.left:
            return None
        verb, *left = self.left
        if verb == "undo":
            self.written = stored()
        self.left, self.is_asked = tuple(left), True
        return partial(self.office.api.post, f"/imports/{self.import_id}/{verb}")

    def live(self, act: Callable[[Step], Any] = lambda step: step()) -> tuple[State | None, State]:
        """Begin, go through all steps, each done by `act`, and tell what was stored before the undoing and after it."""
        self.import_id = self.import_id or begin(self.office, self.kind)
        while step := self.step():
            act(step)
        return self.written, stored()


@dataclass(frozen=True)
class Moment:
    """A life before one of its steps, and what AWS was asked for until then: in its steps, and by us at all."""

    life: Life
    held: Memory
    in_steps: tuple[str, ...]
    in_all: tuple[str, ...]

    def again(self) -> Life:
        """The same life, from here on."""
        Passed.by = timedelta()
        go_back(self.held)
        return replace(self.life)


@dataclass(frozen=True)
class Lived:
    """How a life goes where nothing goes wrong. What goes wrong at a call is tried from the moment before it.

    Each step is one of a process that remembers nothing, so that from each moment its calls come as they came.
    """

    wanted: tuple[State | None, State]
    moments: list[Moment]

    @classmethod
    def of(cls, office: Office, kind: str) -> Lived:
        """Lived through once."""
        life, moments, in_steps = Life(office, kind), list[Moment](), list[str]()
        with recording() as calls:

            def note() -> None:
                forget_memories()
                ours = tuple(call for call in calls if call in OURS)
                moments.append(Moment(replace(life), moment(), tuple(in_steps), ours))

            note()
            life.import_id = begin(office, kind)
            note()
            while step := life.step():
                made = len(calls)
                step()
                in_steps += calls[made:]
                note()
        return cls((life.written, stored()), moments)

    def before(self, call: int) -> Moment:
        """The last moment before a call of the steps."""
        return next(one for one in reversed(self.moments) if len(one.in_steps) < call)

    def before_any(self, call: int) -> Moment:
        """The last moment before a call of the product."""
        return next(one for one in reversed(self.moments) if len(one.in_all) < call)


def asked_until_taken(step: Callable[[], Any]) -> Any:
    answer = step()
    if getattr(answer, "status", 202) >= 500:
        answer = step()
    if isinstance(answer, dict) and answer.get("batchItemFailures"):
        answer = step()
    assert getattr(answer, "status", 202) < 500
    return answer
