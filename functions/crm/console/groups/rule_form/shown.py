"""The tree as the templates show it: each part with its place, its inputs and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm.catalogues import wording
from crm.console.groups.rule_form import posted, shapes, tree
from crm.console.groups.rule_form.choosing import Choosing
from crm.console.groups.rule_form.leaves import Condition
from crm.console.groups.rule_form.tree import Bracket, Kept, Node, Path
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.segments import saying, service
from crm.segments.models import to_text


def conditions(node: Node) -> Iterator[Condition]:
    """All of them."""
    if isinstance(node, Bracket):
        for part in node.parts:
            yield from conditions(part)
    elif isinstance(node, Condition):
        yield node


def part(root: Bracket, choosing: Choosing, wrong: Mapping[Path, Reason]) -> dict[str, Any]:
    """The whole tree. `wrong`: reasons by place."""
    labels = choosing.labels({one.field for one in conditions(root) if shapes.ops(one.field, choosing.own)})

    def shown(node: Node, path: Path) -> dict[str, Any]:
        made: dict[str, Any] = {"place": posted.name(path), "wrong": wrong.get(path), "is_root": path == (0,)}
        if isinstance(node, Bracket):
            parts = [shown(one, (*path, place)) for place, one in enumerate(node.parts)]
            return {**made, "is": "bracket", "join": node.join, "parts": parts}
        if isinstance(node, Kept):
            return {**made, "is": "kept", "text": to_text(node.rule), "says": _says(node.rule, choosing)}
        return {**made, "is": "condition", **_inputs(node, choosing, labels)}

    return shown(root, (0,))


def _inputs(one: Condition, choosing: Choosing, labels: Mapping[str, str]) -> dict[str, Any]:
    kind = shapes.kind_of(one.field, choosing.own)
    shape = shapes.shape(one.field, one.op, choosing.own)
    return {
        "one": one,
        "label": labels.get(one.field, one.field),
        "kind": "number" if one.field == shapes.PURCHASES else kind.name if kind else one.field,
        "ops": shapes.ops(one.field, choosing.own),
        "shape": shape,
        "options": _options(one, choosing) if shape in {"one", "several"} else [],
    }


def _options(one: Condition, choosing: Choosing) -> Sequence[tuple[str, str]]:
    known = list(choosing.options(one.field))
    # What is not there any more stays chosen, to be seen and taken out.
    return [*known, *((value, value) for value in one.given if value and value not in dict(known))]


def _says(rule: Any, choosing: Choosing) -> str:
    try:
        service.require_rule(rule, hidden=choosing.hidden)
    except InvalidFields as refused:
        return wording.reason(choosing.language, refused.reason) or refused.detail
    return saying.of_rule(rule, language=choosing.language, names=choosing.names, defined=lambda: choosing.definitions)


def reasons(refused: InvalidFields, places: Mapping[str, Path]) -> dict[Path, Reason]:
    """What the rules refuse, at the parts of the form that it is about."""
    found: dict[Path, Reason] = {}
    for one in refused.fields:
        if one.pointer.startswith("/rule"):
            found.setdefault(tree.place_of(one.pointer, places), one.reason)
    return found
