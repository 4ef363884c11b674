"""A person of whom every field, text and trace is a canary: a word that stands nowhere else, to be looked for."""

from __future__ import annotations

import copy
import gzip
import json
import logging
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.core import log as core_log
from crm.core import table
from crm.core.config import settings
from crm.mail import links
from crm.mail.links import Link
from tests.support.cloud import Cloud, at
from tests.support.visitor import visit

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = {"if-match": "*"}
MORNING = at("2026-11-21T03:00Z")


@dataclass
class Aviary:
    """All canaries that were let fly, by what they stand for."""

    birds: dict[str, str] = field(default_factory=dict)

    def __call__(self, of: str) -> str:
        """The canary of something: 26 letters at most of it, so that it is a name, a tag and a local part as well."""
        return self.birds.setdefault(of, f"zq{of.replace(' ', '')}qz")

    def number(self, of: str, digits: str) -> str:
        """A number that is one."""
        self.birds[of] = digits
        return digits

    def found_in(self, text: str) -> list[str]:
        """What the canaries stand for that are in a text, however it is spelt."""
        low = text.lower()
        return sorted(of for of, bird in self.birds.items() if bird.lower() in low)


class Log(logging.Handler):
    """All that is logged, with what hangs on it: attributes and tracebacks."""

    def __init__(self, lines: list[str] | None = None) -> None:
        super().__init__(logging.DEBUG)
        self.lines = [] if lines is None else lines

    def emit(self, record: logging.LogRecord) -> None:
        raised = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.lines.append(f"{record.getMessage()} {vars(record)} {raised}")


@contextmanager
def listening() -> Iterator[Log]:
    """Every logger speaks, and is heard; Powertools keeps its own lines from the handlers of the root."""
    log = Log()
    # Made before its level is kept: made in between, it would be put back to a level at which it says nothing of INFO.
    core_log.logger()
    loggers = (logging.getLogger(), logging.getLogger("crm"))
    levels, handlers = [one.level for one in loggers], [log, Log(log.lines)]
    logging.disable(logging.NOTSET)
    # Of libraries what the template lets through at most: botocore's own DEBUG lines quote every request.
    for one, handler, level in zip(loggers, handlers, (logging.INFO, logging.DEBUG), strict=True):
        one.addHandler(handler)
        one.setLevel(level)
    try:
        yield log
    finally:
        for one, handler, level in zip(loggers, handlers, levels, strict=True):
            one.removeHandler(handler)
            one.setLevel(level)


@dataclass
class Life:
    """What has come of a life among us: the person's id, their canaries, and the cloud as it was then."""

    person: str
    birds: dict[str, str]
    cloud: Cloud


_LIVES: list[Life] = []


def lived_before(cloud: Cloud, canary: Aviary) -> str:
    """The same life, of which a copy is taken: for who does not look at what is said and called meanwhile."""
    if not _LIVES:
        person = lived(cloud, canary)
        _LIVES.append(Life(person, dict(canary.birds), Cloud(cloud.now)))
        _copied(_LIVES[0].cloud, cloud)
    life = _LIVES[0]
    _copied(cloud, life.cloud)
    canary.birds.update(life.birds)
    return life.person


def _copied(cloud: Cloud, other: Cloud) -> None:
    """With what is under way, and what died."""
    cloud.restore(other)
    cloud.queues, cloud.dead = copy.deepcopy(other.queues), list(other.dead)
    cloud._numbers = other._numbers
    cloud.memory.queues.update({url: list(bodies) for url, bodies in other.memory.queues.items()})


def lived(cloud: Cloud, canary: Aviary) -> str:
    """The person lives for two days among us: all that can be written about them is; the id."""
    cloud.now = MORNING
    api = cloud.api
    manager = {"id": "manager", "name": "Manager", "email": "manager@shop.example", "timezone": "UTC"}
    made(api.post("/staff", manager))
    made(api.post("/staff", {**manager, "id": "sales", "email": "sales@shop.example"}))
    made(api.post("/greetings", {"name": "Birthdays", "occasion": "birthday", "active": True}))
    firm = made(api.post("/customers", {"name": canary("organisation"), "kind": "organisation"}))["id"]
    canary.birds.pop("organisation")  # a record of its own, which is not erased with its people
    person = made(api.post("/customers", profile(canary)))["id"]
    path = f"/customers/{person}"
    belongs = {"title": canary("title"), "note": canary("note about a relation"), "roles": ["payer"]}
    made(api.post(f"{path}/relations", {"kind": "member_of", "customer": firm, **belongs}))
    for kind in ("call", "email", "meeting", "visit", "note", "interview", "complaint"):
        texts = {"summary": canary(f"{kind} summary"), "channel": canary(f"{kind} channel")}
        made(
            api.post(f"{path}/interactions", {"kind": kind, **texts}, headers={"idempotency-key": canary("event key")})
        )
        break_key(canary)
    lines = [{"product": canary("product"), "quantity": 1, "amount": "5.00"}]
    made(api.post(f"{path}/purchases", {"amount": "5.00", "place": canary("place"), "lines": lines}))
    reminders(cloud, canary, person)
    cloud.settle()
    changes(cloud, canary, path)
    for day in ("2026-11-22T03:00Z", "2026-11-23T03:00Z"):
        cloud.live(until=at(day))
    answers(canary, person)
    troubles(cloud, canary, person)
    cloud.settle()
    return str(person)


def break_key(canary: Aviary) -> None:
    """Keys of requests are hashed; a new one for each."""
    canary.birds["event key"] += "x"


def profile(canary: Aviary) -> dict[str, Any]:
    """Every field that takes words."""
    words = ("gender", "income_band", "payment_method", "purchase_purpose", "address", "source")
    return {
        "name": canary("name"),
        "email": f"{canary('email')}@example.org",
        "phone": canary.number("phone", "+923001239876"),
        "birthday": "1987-11-21",
        "tags": [canary("tag")],
        "custom": {canary("custom name"): canary("custom value")},
        "language": "en",
        "timezone": "Asia/Karachi",
        "owner": "manager",
        "consent": {"greeting": True},
        **{word: canary(word.replace("_", " ")) for word in words},
    }


def reminders(cloud: Cloud, canary: Aviary, person: str) -> None:
    """To the person and about them; done, given away, repeated, deleted."""
    at_ten = {"customer_id": person, "at": "2026-11-21T10:00", "timezone": "UTC"}
    texts = {"subject": canary("reminder subject"), "message": canary("reminder message")}
    made(cloud.api.post("/reminders", {"to": "customer", **at_ten, **texts}))
    told = {"subject": canary("told subject"), "message": canary("told message")}
    about = made(cloud.api.post("/reminders", {"to": "staff", **at_ten, **told, "repeat": "FREQ=DAILY"}))
    cloud.settle()
    given = cloud.api.post(f"/reminders/{about['id']}/reassign", {"staff": "sales"}, headers=ANY)
    assert given.status == 200, given.body
    gone = made(cloud.api.post("/reminders", {"to": "staff", **at_ten, "subject": canary("deleted subject")}))
    cloud.live(until=at("2026-11-21T12:00Z"))
    assert cloud.api.delete(f"/reminders/{gone['id']}", headers=ANY).status == 204


def changes(cloud: Cloud, canary: Aviary, path: str) -> None:
    """What they were before, and what was refused."""
    later = {"name": canary("later name"), "email": f"{canary('later email')}@example.org"}
    assert cloud.api.patch(path, later, headers=ANY).status == 200
    bad = {"birthday": canary("bad birthday"), "phone": canary("bad phone"), "nonsense": canary("nonsense")}
    assert cloud.api.patch(path, bad, headers=ANY).status == 422
    assert cloud.api.get("/customers", query={"search": canary("searched")}).status == 200
    assert cloud.api.get(f"/customers/{canary('asked id')}").status == 404


def answers(canary: Aviary, person: str) -> None:
    """They answer behind the links in their mails."""
    token = links.token(Link(person, "greeting"))
    canary.birds["link"] = token
    assert visit("POST", f"/preferences/{token}", raw="greeting=yes&marketing=yes")["status"] == 200
    assert visit("POST", f"/unsubscribe/{token}", raw="List-Unsubscribe=One-Click")["status"] == 200


def troubles(cloud: Cloud, canary: Aviary, person: str) -> None:
    """Something of theirs cannot be projected, a report cannot be read, and an unknown kind of item is there."""
    raw = {"pk": {"S": f"CUSTOMER#{person}"}, "sk": {"S": "REMINDER#broken"}, "state": {"S": "pending"}}
    name = settings().crm_table
    table.client().put_item(TableName=name, Item={**raw, "due_at": {"N": "7"}, "subject": {"S": canary("parked")}})
    unknown = {"pk": {"S": f"CUSTOMER#{person}"}, "sk": {"S": "WHATEVER#1"}, "text": {"S": canary("unknown kind")}}
    table.client().put_item(TableName=name, Item=unknown)
    broken = {"detail": {"eventType": 7, "mail": [f"{canary('later email')}@example.org", canary("report")]}}
    for _ in range(2):
        cloud.send("reports", json.dumps(broken))
    for _ in range(8):
        cloud.settle()
        cloud.wait(minutes=5)


def made(answer: Any) -> Any:
    """What a POST made."""
    assert answer.status == 201, answer.body
    return answer.body


def places(cloud: Cloud) -> dict[str, str]:
    """All that is kept, by where."""
    tables = {f"table {name}": str(items) for name, items in cloud.memory.tables.items()}
    queues = {f"queue {name}": str([one.body for one in letters]) for name, letters in cloud.queues.items()}
    dead = {"dead letters": str([cloud.dead, dict(cloud.memory.queues)])}
    return {**tables, **queues, **dead, "bucket": str([*map(stored, cloud.memory.bucket.objects.items())])}


def stored(entry: tuple[str, bytes]) -> tuple[str, str]:
    """The key of an object and what is in it, unpacked."""
    key, body = entry
    text = (gzip.decompress(body) if key.endswith(".gz") else body).decode("utf-8", "replace")
    return key, text


def found(cloud: Cloud, canary: Aviary) -> dict[str, list[str]]:
    """The canaries that are still somewhere, by place."""
    return {place: birds for place, text in places(cloud).items() if (birds := canary.found_in(text))}
