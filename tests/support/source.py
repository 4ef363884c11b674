"""What is defined under functions/, what each part of it mentions, and which operations of AWS it asks for itself.

Functions inside a function count as part of it, methods as `Class.method`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from tests.support.template import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


FUNCTIONS = ROOT / "functions"
# PynamoDB's own words for operations, by what they are called on: a model, or a transaction's end.
_OF_MODELS = {"get": "GetItem", "query": "Query", "count": "Query", "scan": "Scan", "batch_get": "BatchGetItem"}
_OF_ITEMS = {"save": "PutItem", "update": "UpdateItem", "delete": "DeleteItem", "refresh": "GetItem"}
_OF_LIBRARY = {"TransactWrite": "TransactWriteItems", "TransactGet": "TransactGetItems"}
_MODEL = "crm.core.table.CrmItem"
Name = str
"""Where something is defined: `crm.mail.ledger.claim`, `crm.mail.models.Message.read`."""


@dataclass
class Part:
    """A function, method or value of a module: what it mentions, and which operations it asks for itself."""

    mentions: set[Name] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)
    is_function: bool = True


@dataclass
class Class:
    """A class of ours: its bases, and the methods that an object of it has."""

    bases: list[Name]
    methods: list[Name]


@dataclass
class Source:
    """All that is defined under functions/."""

    parts: dict[Name, Part] = field(default_factory=dict)
    classes: dict[Name, Class] = field(default_factory=dict)

    def is_model(self, name: Name) -> bool:
        """Whether a class is an item of the truth."""
        found = self.classes.get(name)
        return name == _MODEL or (found is not None and any(self.is_model(base) for base in found.bases))

    def member(self, name: Name) -> Name | None:
        """The part that a name stands for, a method also where a base has it."""
        if name in self.parts:
            return name
        owner, _, method = name.rpartition(".")
        for base in self.classes[owner].bases if owner in self.classes else ():
            found = self.member(f"{base}.{method}")
            if found:
                return found
        return None

    def reached(self, start: Name) -> set[Name]:
        """Everything that can be reached from a part by the names that it mentions."""
        seen: set[Name] = set()
        open_ = [start]
        while open_:
            name = open_.pop()
            found = self.member(name)
            # Whoever makes an object may call all its methods; models are asked by class methods, which are named.
            more = [found] if found else self.classes[name].methods if name in self.classes else []
            for one in more:
                if one not in seen:
                    seen.add(one)
                    open_ += self.parts[one].mentions
        return seen


PREFIX = f"{FUNCTIONS}/"


@lru_cache(maxsize=1024)
def module_of(file: str) -> str:
    """The dotted name of a file under functions/."""
    return file.removeprefix(PREFIX).removesuffix(".py").replace("/", ".")


@lru_cache(maxsize=1)
def modules() -> dict[str, Path]:
    """Where each module is."""
    paths = [*FUNCTIONS.glob("handlers/*.py"), *FUNCTIONS.glob("crm/**/*.py")]
    return {module_of(str(path)): path for path in paths if path.stem != "__init__"}


@lru_cache(maxsize=1)
def defined() -> Source:
    """All of it, read once."""
    source = Source()
    trees = {module: ast.parse(path.read_text("utf-8")) for module, path in modules().items()}
    names = {module: _names(module, tree) for module, tree in trees.items()}
    for module, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                bases = [found for base in node.bases if (found := _dotted(base, names[module]))]
                own = [one for one in _methods(node) if not _of_class(one)]
                methods = [f"{module}.{node.name}.{one.name}" for one in own]
                source.classes[f"{module}.{node.name}"] = Class(bases, methods)
    for module, tree in trees.items():
        for name, nodes, owner in _definitions(module, tree):
            source.parts[name] = _part(nodes, names[module], owner, source)
            source.parts[name].is_function = isinstance(nodes[0], ast.FunctionDef)
    return source


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [one for one in node.body if isinstance(one, ast.FunctionDef)]


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    places = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [place.id for place in places if isinstance(place, ast.Name)]


def _of_class(method: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id.endswith("method") for one in method.decorator_list)


def _definitions(module: str, tree: ast.Module) -> Iterator[tuple[Name, list[ast.AST], Name | None]]:
    """Functions, methods and values of a module, each with the class it belongs to."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield f"{module}.{node.name}", [node], None
        elif isinstance(node, ast.ClassDef):
            for one in _methods(node):
                yield f"{module}.{node.name}.{one.name}", [one], f"{module}.{node.name}"
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            for place in _targets(node):
                yield f"{module}.{place}", [node.value], None


def _names(module: str, tree: ast.Module) -> dict[str, Name]:
    """What the names of a module stand for: what it defines, and what it imports, inside functions as well."""
    found = {
        node.name: f"{module}.{node.name}" for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            found |= {name: f"{module}.{name}" for name in _targets(node)}
    for imported in ast.walk(tree):
        if isinstance(imported, ast.ImportFrom) and imported.module:
            found |= {(one.asname or one.name): f"{imported.module}.{one.name}" for one in imported.names}
        elif isinstance(imported, ast.Import):
            found |= {(one.asname or one.name): one.name for one in imported.names}
    return found


def _dotted(node: ast.AST, names: dict[str, Name]) -> Name | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else None
    return None


def _part(nodes: list[ast.AST], names: dict[str, Name], owner: Name | None, source: Source) -> Part:
    part = Part()
    for top in nodes:
        within = list(ast.walk(top))
        hidden = _locals(within)
        known = {name: meant for name, meant in names.items() if name not in hidden}
        known |= {"cls": owner, "self": owner} if owner else {}
        for node in within:
            if isinstance(node, (ast.Name, ast.Attribute)):
                found = _dotted(node, known)
                if found:
                    part.mentions.add(found)
            if isinstance(node, ast.Call):
                part.operations |= _operations(node, known, source)
    return part


def _locals(within: list[ast.AST]) -> set[str]:
    """Names that a function gives a meaning of its own."""
    if not isinstance(within[0], ast.FunctionDef):
        return set()
    given = {node.arg for node in within if isinstance(node, ast.arg)}
    return given | {node.id for node in within if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _operations(call: ast.Call, names: dict[str, Name], source: Source) -> set[str]:
    """What one call in the source asks AWS for by itself."""
    said = _dotted(call.func, names) or ""
    if said.rpartition(".")[2] in _OF_LIBRARY and said.startswith("pynamodb."):
        return {_OF_LIBRARY[said.rpartition(".")[2]]}
    if not isinstance(call.func, ast.Attribute):
        return set()
    verb, of = call.func.attr, call.func.value
    if verb in _OF_MODELS and source.is_model(_dotted(of, names) or ""):
        return {_OF_MODELS[verb]}
    made = of.func if isinstance(of, ast.Call) else of if isinstance(of, ast.Name) and of.id == "self" else None
    maker = (made and _dotted(made, names)) or ""
    # An item is made by its class, or by a method of the class such as `Message.keyed`.
    if verb in _OF_ITEMS and (source.is_model(maker) or source.is_model(maker.rpartition(".")[0])):
        return {_OF_ITEMS[verb]}
    if _is_client(of):
        asked = call.args[0] if verb == "get_paginator" else None
        return {_operation(str(asked.value) if isinstance(asked, ast.Constant) else verb)}
    return set()


def _is_client(node: ast.AST) -> bool:
    """`client()`, `table.client()`, `_client()`, or a variable of that name."""
    if isinstance(node, ast.Call):
        node = node.func
        return (isinstance(node, ast.Name) and node.id.endswith("client")) or (
            isinstance(node, ast.Attribute) and node.attr.endswith("client")
        )
    return isinstance(node, ast.Name) and node.id == "client"


def _operation(verb: str) -> str:
    return "".join(word.capitalize() for word in verb.split("_"))
