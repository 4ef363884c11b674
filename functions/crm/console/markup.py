"""How the templates of the pages are read: as the build has compiled them, or from their files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import markupsafe
from jinja2 import BaseLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined
from jinja2.runtime import Context

if TYPE_CHECKING:
    from jinja2.ext import Extension

_escaped_text = getattr(markupsafe, "_escape_inner", markupsafe.escape)
TEMPLATES = Path(__file__).with_name("templates")
_COMPILED = Path(__file__).with_name("compiled")


_OF_A_DICT = frozenset(dir(dict))


def put(value: Any) -> str:
    """A value as it stands among what a template writes: escaped, unless it is markup.

    markupsafe notes of each text that it is safe now; here it is about to be joined with others that are.
    """
    kind = type(value)
    if kind is str:
        escaped: str = _escaped_text(value)
        return escaped
    return value if kind is markupsafe.Markup else markupsafe.escape(value)


class _Plain(Context):
    """Calls what templates call and no more: none of it asks for the context, the environment or the loop."""

    def call(self, called: Any, /, *given: Any, **named: Any) -> Any:
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return called(*given, **named)


class Templates(Environment):
    """Jinja's, with its two ways that a page goes most often made short."""

    context_class = _Plain

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The attribute, else the item of this name. Of a dict it is the item, but for the names of its methods."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_A_DICT:
            return obj[attribute]
        return super().getattr(obj, attribute)


def compiled(code: str) -> Path:
    """Where the templates are as modules, in a language: made by the build alone (`infra/build/templates.py`)."""
    return _COMPILED / code


def shipped(code: str) -> Environment:
    """The templates of this deployment in a language; on a laptop, where nothing is built, their files."""
    modules = compiled(code)
    if modules.is_dir():
        return _made(ModuleLoader(modules), Templates)
    # Here, as what is built needs neither the parser of these words nor what else it loads.
    from jinja2.ext import i18n

    return environment(FileSystemLoader(TEMPLATES), i18n)


def environment(loader: BaseLoader, words: type["Extension"], kind: type[Templates] = Templates) -> Environment:
    """Templates as they are written; `words`: what reads those to translate."""
    made = _made(loader, kind, words)
    made.policies["ext.i18n.trimmed"] = True
    made.newstyle_gettext = True  # type: ignore[attr-defined]
    return made


def _made(loader: BaseLoader, kind: type[Templates], *extensions: type["Extension"]) -> Environment:
    """A name that is not given is an error and no gap."""
    return kind(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=extensions,
        auto_reload=False,
    )
