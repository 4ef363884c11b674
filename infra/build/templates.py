"""Compiles the templates of the console's pages into modules, which a function loads instead of parsing the files.

Once for each language, with its words in place: a page says a hundred of them, and each look into the catalogue took
longer than to write the word out. What stands beside each other in a template is then one piece.
"""

from __future__ import annotations

import gettext
import re
import sys
import tempfile
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, nodes
from jinja2.compiler import CodeGenerator
from jinja2.ext import InternationalizationExtension
from jinja2.visitor import NodeTransformer

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
sys.path.insert(0, str(FUNCTIONS))

from crm.catalogues import wording  # noqa: E402 - lies in the functions' tree
from crm.console import markup  # noqa: E402
from crm.console.routes import HOME  # noqa: E402
from crm.mail.languages import NAMES  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2.compiler import Frame


_WRITES_WITH = f"from {markup.__name__} import {markup.put.__name__}\n"
# Around the number of a text, in what was compiled before its language is known.
_MARK = "\x02{}\x03"
_MARKED = re.compile(r"\\x02(\d+)\\x03")


def compile_into(functions: Path) -> None:
    """Write the modules into a tree of functions that has its catalogues. Raises TemplateSyntaxError."""
    made, texts = markup.environment(FileSystemLoader(markup.TEMPLATES), _Spoken, _Whole), list[str]()
    made.extend(texts=texts)
    with tempfile.TemporaryDirectory() as folder:
        made.compile_templates(folder, zip=None, ignore_errors=False)
        modules = {path.name: path.read_text("utf-8") for path in Path(folder).glob("*.py")}
    for code in NAMES:
        said = _said(functions, code, texts)
        target = functions / markup.compiled(code).relative_to(FUNCTIONS)
        target.mkdir(parents=True)
        for name, source in modules.items():
            (target / name).write_text(_WRITES_WITH + _spoken(source, said), "utf-8")


def _spoken(source: str, said: Sequence[str]) -> str:
    return _MARKED.sub(lambda found: said[int(found[1])], source)


def _said(functions: Path, code: str, texts: list[str]) -> list[str]:
    """The texts in a language, as they stand between quotes in a module, of whichever kind."""
    locales = functions / wording.LOCALES.relative_to(FUNCTIONS)
    # English is what the templates say.
    words = gettext.translation(wording.DOMAIN, locales, languages=[code], fallback=code == "en")
    # The sign is doubled in all texts, as some have values put in.
    found = (words.gettext(text) % {} for text in texts)
    return [text.encode("unicode_escape").decode().replace("'", r"\'").replace('"', r"\"") for text in found]


class _Spoken(InternationalizationExtension):
    """Leaves a mark where a text goes; where a number or a name is put into it, it is looked up when that is known."""

    def _make_node(self, singular: str, plural: str | None, *given: Any) -> nodes.Output:
        context, variables = given[:2]
        if plural is not None or variables or context is not None:
            return super()._make_node(singular, plural, *given)
        texts: list[str] = self.environment.texts  # type: ignore[attr-defined]
        texts.append(singular)
        return nodes.Output([nodes.TemplateData(_MARK.format(len(texts) - 1))])


class _Short(CodeGenerator):
    """Writes a call as a call, as that is what the templates' context makes of it, and values by `markup.put`."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - jinja2's
        if forward_caller or node.dyn_args or node.dyn_kwargs or any(iskeyword(one.key) for one in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for given in (*node.args, *node.kwargs):
            self.visit(given, frame)
            self.write(", ")
        self.write(")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write(f"{markup.put.__name__}(")


class _Whole(markup.Templates):
    """Joins what is put out one after another, and knows what is the same on each page."""

    code_generator_class = _Short

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Known().visit(super()._parse(source, name, filename))
        for node in tree.find_all(nodes.Node):
            for field in ("body", "else_"):
                if isinstance(some := getattr(node, field, None), list):
                    setattr(node, field, list(_joined(some)))
        return tree


class _Known(NodeTransformer):
    def visit_Name(self, node: nodes.Name) -> nodes.Expr:  # noqa: N802 - jinja2's name for it
        return nodes.Const(HOME) if (node.name, node.ctx) == ("home", "load") else node


def _joined(body: list[nodes.Node]) -> Iterator[nodes.Node]:
    last: nodes.Output | None = None
    for node in body:
        if isinstance(node, nodes.Output) and last is not None:
            last.nodes.extend(node.nodes)
            continue
        last = node if isinstance(node, nodes.Output) else None
        yield node
