"""Who listens is told who joined a group and who left it, in the transaction that counts them.

Not while the views are built anew: whoever is in a group then only seems to join it. A group under two rules, since it
is filled under the next one, is one group.
"""

from collections.abc import Iterator
from dataclasses import replace

from crm.core import built, outbox
from crm.core.errors import ViewsBeingBuilt
from crm.core.outbox import Told
from crm.core.projection import FLOW, Key, Rules
from crm.views.difference import Step, joined
from crm.views.registry import GROUPS
from crm.views.state import State

JOINED, LEFT = "segment.joined", "segment.left"
Moved = dict[Key, dict[str, set[str]]]


def with_events(steps: list[Step], rules: Rules) -> list[Step]:
    """The steps of some items, in order, with what others are told of each."""
    if not any(key[1] == FLOW for step in steps for key in step.amounts):
        return steps
    if not {JOINED, LEFT} & outbox.heard() or not _are_whole():
        return steps
    moved = _moved(steps, rules)
    return [replace(step, told=tuple(_told(step, moved, rules))) for step in steps]


def _moved(steps: list[Step], rules: Rules) -> Moved:
    """By item and kind of event the groups: those that it is in after its last step and not before its first."""
    first, last = dict[Key, Step](), dict[Key, Step]()
    for step in (one for one in steps if one.family in GROUPS):
        first.setdefault(step.key, step)
        last[step.key] = step
    found: Moved = {}
    for key, step in first.items():
        was, now = (_groups(step.family, state, rules) for state in (step.before, last[key].after))
        found[key] = {JOINED: now - was, LEFT: was - now}
    return found


def _told(step: Step, moved: Moved, rules: Rules) -> Iterator[Told]:
    for (pk, name), amounts in step.amounts.items():
        if name != FLOW or step.family not in GROUPS:
            continue
        kind, group = JOINED if "joined" in amounts else LEFT, GROUPS[step.family](pk, rules)
        if group in moved[step.key][kind]:
            # Once, also where two rules of the group count it.
            moved[step.key][kind].remove(group)
            if kind in outbox.heard():
                yield kind, {"customer_id": step.key[0].partition("#")[2], "segment_id": group}


def _groups(family: str, state: State, rules: Rules) -> set[str]:
    return {group for pk in joined(state.totals) if (group := GROUPS[family](pk, rules))}


def _are_whole() -> bool:
    try:
        return built.while_whole(lambda _: True)
    except ViewsBeingBuilt:
        return False
