"""A small model of how an item is projected, in which every order of events can be tried.

One item, one sum, some projectors. A world moves by steps of one read or one write each, which is what DynamoDB makes
atomic; every world that can be reached from the first is looked at, breadth first. Where nothing is left to do, the
view must say what the item and the rules say. `Variant` names the parts of the protocol that can be left out, so that
a test can show that each of them is needed. What the model does not know (several items in a transaction, cut steps,
shards, pages of a sweep) is in tests/views/simulation.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

Value = str | None
AMOUNTS = {(1, "A"): 1, (1, "B"): 2, (2, "A"): 10, (2, "B"): 0}
"""What an item of this value adds to the sum under the rules of this epoch: under the second, B is no member."""


def amount(value: Value, epoch: int) -> int:
    """The projection."""
    return 0 if value is None else AMOUNTS[epoch, value]


@dataclass(frozen=True)
class Variant:
    """What is different from the protocol in crm.views.refresh."""

    item_before_state: bool = False
    no_condition: bool = False
    no_second_look: bool = False
    second_look_at_rules_left_out: bool = False
    warm_rules: bool = False
    counted_tokens: bool = False
    plain_add: bool = False
    record_gone_before_it_is_done: bool = False
    total_apart_from_state: bool = False


PROTOCOL = Variant()


class State(NamedTuple):
    """What a state item says is applied. `token` 0: there is no item."""

    token: int = 0
    applied: int = 0
    of: int = 0
    """The change that the item applied had come to; for the check only."""


class Projector(NamedTuple):
    """A process at work for one record; `at` names the step that comes next."""

    at: str = "idle"
    state: State = State()
    value: Value = None
    epoch: int = 0
    seen: int = 0
    """How many changes there had been when the item was read; for the check only."""
    knows: int = 0
    """The epoch of the rules that the process has loaded; they stay loaded when the work is done."""


class World(NamedTuple):
    """All there is. `script`: changes still to come, values of the item or "rule"; `draw`: tokens drawn so far."""

    script: tuple[Value, ...]
    projectors: tuple[Projector, ...]
    crashes: int
    value: Value = None
    epoch: int = 1
    records: int = 0
    changes: int = 0
    state: State = State()
    total: int = 0
    draw: int = 0

    @property
    def is_quiet(self) -> bool:
        return not self.script and not self.records and all(one.at == "idle" for one in self.projectors)

    @property
    def is_right(self) -> bool:
        return self.total == self.state.applied == amount(self.value, self.epoch)


def search(script: tuple[Value, ...], *, variant: Variant = PROTOCOL, projectors: int = 2, crashes: int = 1) -> int:
    """Look at every world that can come of a script; how many there were. Raises Drift at the first wrong end."""
    first = World(script, (Projector(),) * projectors, crashes)
    seen, open_ = {first}, deque([first])
    while open_:
        world = open_.popleft()
        if world.is_quiet and not world.is_right:
            raise Drift(f"{world} after {script}")
        for after in _after(world, variant):
            if after not in seen:
                seen.add(after)
                open_.append(after)
    return len(seen)


class Drift(AssertionError):
    """Nothing is left to do, and a view says something else than the truth."""


class Backwards(Drift):
    """An older item was written over what a newer one had left, for readers to see until somebody looks again."""


def _after(world: World, variant: Variant) -> Iterator[World]:
    if world.script:
        yield _changed(world)
    for index, projector in enumerate(world.projectors):
        # Idle processes that know the same are the same: it is enough that the first of them begins.
        if projector.at != "idle" or projector not in world.projectors[:index]:
            yield from _moved(world, index, variant)


def _changed(world: World) -> World:
    """A change by the product and its stream record: a job's message, where the rules change."""
    change, rest = world.script[0], world.script[1:]
    after = world._replace(script=rest, changes=world.changes + 1, records=world.records + 1)
    return after._replace(epoch=world.epoch + 1) if change == "rule" else after._replace(value=change)


def _moved(world: World, index: int, variant: Variant) -> Iterator[World]:
    one = world.projectors[index]
    if one.at == "idle":
        if world.records:
            kept = world.records - 1
            yield _with(world._replace(records=kept), index, one._replace(at="first look"))
        return
    if world.crashes:
        # Whoever dies is called again for the same record, in a new process that has loaded nothing.
        again = 0 if variant.record_gone_before_it_is_done else 1
        dead = world._replace(crashes=world.crashes - 1, records=world.records + again)
        yield _with(dead, index, Projector())
    yield STEPS[one.at](world, index, variant)


def _first_look(world: World, index: int, variant: Variant) -> World:
    one = world.projectors[index]
    one = _with_item(one, world) if variant.item_before_state else one._replace(state=world.state)
    return _with(world, index, one._replace(at="other look"))


def _other_look(world: World, index: int, variant: Variant) -> World:
    one = world.projectors[index]
    one = one._replace(state=world.state) if variant.item_before_state else _with_item(one, world)
    return _with(world, index, one._replace(at="rules"))


def _rules(world: World, index: int, variant: Variant) -> World:
    """Loading the rules: those of now, which may be later than the epoch seen, unless the right ones are loaded."""
    one = world.projectors[index]
    is_loaded = one.knows and (variant.warm_rules or one.knows == one.epoch)
    one = one if is_loaded else one._replace(knows=world.epoch)
    same = amount(one.value, one.knows) == one.state.applied and not variant.plain_add
    return _with(world, index, _idle(one) if same else one._replace(at="commit"))


# Whoever meets another's token starts over. That he might as well stop is a finding of this model: the other one has
# written, and looks at the item again after that.
def _commit(world: World, index: int, variant: Variant) -> World:
    one = world.projectors[index]
    wanted = amount(one.value, one.knows)
    if variant.plain_add:
        return _with(world._replace(total=world.total + wanted, state=State(1, wanted)), index, _idle(one))
    if world.state.token != one.state.token and not variant.no_condition:
        return _with(world, index, one._replace(at="first look"))
    if one.seen < world.state.of and not variant.no_condition:
        raise Backwards(f"{world}: {one}")
    draw = world.draw + 1
    token = world.state.token + 1 if variant.counted_tokens else draw
    after = world._replace(draw=draw, state=State(token, wanted, one.seen) if wanted else State())
    if variant.total_apart_from_state:
        return _with(after, index, one._replace(at="add"))
    return _with(_added(after, wanted - one.state.applied), index, _written(one, variant))


def _add(world: World, index: int, variant: Variant) -> World:
    one = world.projectors[index]
    added = amount(one.value, one.knows) - one.state.applied
    return _with(_added(world, added), index, _written(one, variant))


def _second_look(world: World, index: int, variant: Variant) -> World:
    one = world.projectors[index]
    is_same = world.value == one.value and (variant.second_look_at_rules_left_out or world.epoch == one.knows)
    return _with(world, index, _idle(one) if is_same else one._replace(at="first look"))


STEPS = {
    "first look": _first_look,
    "other look": _other_look,
    "rules": _rules,
    "commit": _commit,
    "add": _add,
    "second look": _second_look,
}


def _written(one: Projector, variant: Variant) -> Projector:
    return _idle(one) if variant.no_second_look else one._replace(at="second look")


def _with_item(one: Projector, world: World) -> Projector:
    return one._replace(value=world.value, epoch=world.epoch, seen=world.changes)


def _idle(one: Projector) -> Projector:
    return Projector(knows=one.knows)


def _added(world: World, difference: int) -> World:
    return world._replace(total=world.total + difference)


def _with(world: World, index: int, projector: Projector) -> World:
    after = list(world.projectors)
    after[index] = projector
    return world._replace(projectors=tuple(after))
