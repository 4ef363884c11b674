"""Whatever text comes into whatever field: it is refused by its place, or comes back as it was, and nothing breaks."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from crm.core import http, invalid
from crm.customers import service as customers
from tests.security import fields, furnished, hostile
from tests.security.failures.mails import written
from tests.security.fields import Field, Sample
from tests.security.furnished import OWNER, World
from tests.support.world import Answer

NEUTRAL = "Plain Words"
# Embeddings, overrides and isolates.
TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
LONGEST_LINE = 8_000
# What is right by itself and fits nothing else that was sent: the sum of the lines of a purchase; any version of a
# reminder that is theirs already.
BLAMED = {
    "POST /customers/{customer_id}/purchases body /lines/0/amount": "/amount",
    "POST /reminders/{reminder_id}/reassign header if-match": "/staff",
}
ELSEWHERE = (
    "GET /customers/{customer_id}/account query cursor",
    "POST /customers/{customer_id}/history/{version}/restore body /fields/0",
    "POST /customers/{customer_id}/history/{version}/restore header idempotency-key",
    "POST /reminders/{reminder_id}/reassign header idempotency-key",
)
"""Fields of requests that this shop cannot answer, whatever stands in them."""
FEW = 3
"""So many texts for each field in each run of the tests, every text in some field; `make soak` tries all in all."""
PARTS = 48


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with furnished.world(seed=3) as made:
        yield made


def ask(world: World, sample: Sample) -> Answer:
    return world.api.call(
        sample.method, sample.path, body=sample.body, query=sample.query, headers=sample.headers, **OWNER
    )


def texts_of(body: Any) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(body, str):
        yield body
    for inner in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from texts_of(inner)


def same(text: str) -> str:
    """A text without what may be put right in it: spaces around it, ends of lines, marks that turn text."""
    plain = text.translate(TURNING).replace("\r\n", "\n")
    return unicodedata.normalize("NFC", plain).strip()


class Trial:
    """One field: what it does with a plain text says what may be expected of others."""

    def __init__(self, world: World, field: Field) -> None:
        self.world, self.field = world, field
        world.restored()
        self.sample = fields.sample(field.route, world)
        for _ in range(4):
            self.plain = ask(world, self.sample.holding(field, NEUTRAL))
            more = self.sample.holding(field, NEUTRAL).completed(self.plain)
            if more is None:
                break
            self.sample = more
        self.takes = self.plain.status < 300
        self.echoes = self.takes and NEUTRAL in texts_of(self.plain.body)

    def fault(self, text: str) -> str | None:
        """What is wrong with what the field does with a text."""
        if self.field.place != "body" and (hostile.is_no_text(text) or not text.isprintable()):
            return None  # such a header or address does not reach us
        answer = ask(self.world, self.sample.holding(self.field, text))
        wrong = self._wrong(text, answer)
        return wrong and f"{self.field} = {text[:60]!a}: {answer.status} {wrong} {str(answer.body)[:300]}"

    def _wrong(self, text: str, answer: Answer) -> str | None:
        if answer.status < 300:
            came_back = not self.echoes or same(text) in map(same, texts_of(answer.body))
            return None if came_back else "it came back as another"
        if answer.status in {400, 413}:
            is_unreadable = hostile.is_no_text(text) or self.field.name == "if-match" or len(text) > 50_000
            return None if is_unreadable else "unreadable"
        if answer.status == 422:
            return None if self._is_named(answer) else "another field is blamed"
        return None if answer.status in {404, 409, 412} else "a fault of ours"

    def _is_named(self, answer: Answer) -> bool:
        told = pointers(answer)
        known = pointers(self.plain) if self.is_elsewhere else set()
        return self._is_near(told) or told <= known | {BLAMED.get(str(self.field))}

    def _is_near(self, told: set[str]) -> bool:
        own = self.field.name
        return any(one == own or _holds(one, own) or _holds(own, one) for one in told)

    @property
    def is_elsewhere(self) -> bool:
        """Whether plain words are refused for another field's sake: the request fits nothing in this shop."""
        return self.plain.status == 422 and not self._is_near(pointers(self.plain))


def pointers(answer: Answer) -> set[str]:
    """Of the fields that are refused."""
    return {error["pointer"] for error in answer.body["errors"]}


def _holds(outer: str, inner: str) -> bool:
    return inner.startswith(f"{outer}/")


def faults(world: World, chosen: Iterable[tuple[Field, list[str]]]) -> tuple[list[str], int]:
    """What is wrong, and how many fields take texts. What is taken is worked off; no job may die of it."""
    found, taking, elsewhere = [], 0, []
    for field, texts in chosen:
        trial = Trial(world, field)
        taking += trial.takes
        elsewhere += [str(field)] if trial.is_elsewhere else []
        found += [wrong for text in texts if (wrong := trial.fault(text))]
        if trial.takes and trial.sample.method != "GET":
            world.cloud.settle()
            found += [f"{field}: a job died of {body[:200]}" for _, body in world.cloud.dead]
            world.cloud.dead.clear()
    return found + [f"{field}: another field is blamed" for field in elsewhere if field not in ELSEWHERE], taking


def dealt(all_fields: list[Field], texts: list[str]) -> Iterator[tuple[Field, list[str]]]:
    """Some texts for each field, going round, so that each text meets some fields."""
    for place, field in enumerate(all_fields):
        yield field, [texts[(place * FEW + number) % len(texts)] for number in range(FEW)]


def test_there_are_many_texts_and_every_field_is_found(world: World) -> None:
    assert len(hostile.strings()) >= 500
    found = {str(field) for field in fields.fields(world.document)}
    assert len(found) > 400
    for known in ("POST /customers body /name", "POST /customers body /tags/0", "GET /customers query search"):
        assert known in found
    assert {"POST /templates body /texts/en/body", "PATCH /segments/{segment_id} header if-match"} <= found


def test_a_share_of_the_texts_in_every_field(world: World) -> None:
    found: list[tuple[list[str], int]] = []
    every = fields.fields(world.document)
    lines = written(world, lambda: found.append(faults(world, dealt(every, hostile.strings()))))
    ((wrong, taking),) = found
    assert wrong == []
    assert taking >= 90, "most refuse all but a few words"
    require_bounded(lines)


def require_bounded(lines: Iterable[str]) -> None:
    """Each is one JSON document, however long and broken what came was."""
    for line in lines:
        assert len(line) < LONGEST_LINE, line[:200]
        assert isinstance(json.loads(line), dict)


def test_what_is_planted_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = Field("POST /customers", "body", "/name")
    email = Field("POST /customers", "body", "/email")
    some = ["Plain", "<b>", "a@b@c.example"]
    assert faults(world, [(name, some), (email, some)])[0] == []

    def dies(**_: Any) -> Any:
        raise KeyError("planted")

    def strips(document: Any, *, location: str) -> Any:
        return made(document.model_copy(update={"name": document.name.replace("<", "")}), location=location)

    made = http.created
    for target, what, instead, told in (
        (customers, "register", dies, "a fault of ours"),
        (http, "created", strips, "it came back as another"),
        (invalid, "pointer", lambda _: "/phone", "another field is blamed"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(target, what, instead)
            assert told in str(faults(world, [(name, some), (email, some)])[0])


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_every_text_in_every_field(world: World, part: int, capsys: pytest.CaptureFixture[str]) -> None:
    """In parts, so that some can be run alone, or many at once: three hundred thousand requests take hours."""
    texts, some = hostile.strings(), fields.fields(world.document)[part::PARTS]
    wrong, taking = faults(world, ((field, texts) for field in some))
    with capsys.disabled():
        told = f"part {part + 1} of {PARTS}: {len(texts)} texts in {len(some)} fields, {taking} of which take them"
        print(f"\n{told}: {len(wrong)} faults")  # noqa: T201
    assert wrong == []
