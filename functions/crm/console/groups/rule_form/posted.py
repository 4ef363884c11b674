"""The form that was sent, read into a tree, and what its buttons do to it. Pure.

Each part has its place in its names: `join-0`, `field-0-1`, `value-0-1-2`; 0 is the whole. A button says `add 0-1`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crm.console.groups.rule_form import shapes, tree
from crm.console.groups.rule_form.leaves import Condition
from crm.console.groups.rule_form.tree import JOINS, Bracket, Kept, Node, Path
from crm.core import body
from crm.criteria import bought
from crm.criteria.own import OwnKinds

Fields = Mapping[str, Sequence[str]]
_WHERE = re.compile(r"0(-[0-9]{1,3}){0,20}")
_PLACE = re.compile(r"(join|field|kept)-(0(?:-[0-9]{1,3}){0,20})")


def read(fields: Fields, own: OwnKinds) -> Bracket:
    """The tree that the form shows; an empty one where it shows none."""
    found: dict[Path, str] = {}
    for name in fields:
        if place := _PLACE.fullmatch(name):
            found[tuple(map(int, place[2].split("-")))] = place[1]
    below: dict[Path, list[Path]] = {}
    for path in sorted(found):
        below.setdefault(path[:-1], []).append(path)

    def node(path: Path) -> Node:
        if found[path] == "join":
            join = _one(fields, "join", path)
            return Bracket(join if join in JOINS else "all", tuple(map(node, below.get(path, ()))))
        return _condition(fields, path, own) if found[path] == "field" else Kept(_json(_one(fields, "kept", path)))

    root = node((0,)) if (0,) in found else None
    return root if isinstance(root, Bracket) else Bracket("all")


def name(path: Path) -> str:
    """A place as names of fields write it."""
    return "-".join(map(str, path))


def done(root: Bracket, do: str, fields: Fields, own: OwnKinds) -> Bracket:
    """The tree after a button: `add`, `remove`, `bracket` or `dissolve` with a place; the same after any other."""
    what, _, where = do.partition(" ")
    if not _WHERE.fullmatch(where):
        return root
    path = tuple(map(int, where.split("-")))
    node = tree.at(root, path)
    if what == "add" and isinstance(node, Bracket):
        return _added(root, path, node, _one(fields, "new", path), own)
    if node is None or path == (0,):
        return root
    if what == "remove":
        return _without_empty(tree.changed(root, path, ()), path)
    inner = node.parts if isinstance(node, Bracket) else (node,)
    into: Mapping[str, tuple[Node, ...]] = {"bracket": (Bracket("any", (node,)),), "dissolve": inner}
    return tree.changed(root, path, into.get(what, (node,)))


def _added(root: Bracket, path: Path, node: Bracket, chosen: str, own: OwnKinds) -> Bracket:
    ops = shapes.ops(chosen, own)
    if not ops:
        return root
    into = Bracket(node.join, (*node.parts, Condition(chosen, ops[0])))
    return into if path == (0,) else tree.changed(root, path, (into,))


def _without_empty(root: Bracket, path: Path) -> Bracket:
    """A bracket that has lost its last part goes, too."""
    above = path[:-1]
    node = tree.at(root, above)
    if len(above) > 1 and isinstance(node, Bracket) and not node.parts:
        return _without_empty(tree.changed(root, above, ()), above)
    return root


def _condition(fields: Fields, path: Path, own: OwnKinds) -> Condition:
    field, op = _one(fields, "field", path), _one(fields, "op", path)
    ops = shapes.ops(field, own)
    op = op if op in ops or not ops else ops[0]
    given = tuple(fields.get(f"value-{name(path)}", ()))
    if shapes.shape(field, op, own) == "lines":
        given = tuple(line for text in given for line in text.splitlines())
    measure = _one(fields, "measure", path)
    return Condition(
        field,
        op,
        given,
        high=_one(fields, "high", path),
        unit=_one(fields, "unit", path) or "D",
        product=_one(fields, "product", path),
        within=_one(fields, "within", path),
        span=_one(fields, "span", path) or "D",
        measure=measure if measure in bought.MEASURES else "count",
    )


def _one(fields: Fields, what: str, path: Path) -> str:
    return next(iter(fields.get(f"{what}-{name(path)}", ())), "")


def _json(text: str) -> Any:
    """A rule that the form itself has sent along. Raises InvalidRequest for anything else."""
    return body.decode(text)
