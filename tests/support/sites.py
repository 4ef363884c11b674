"""Where our code asks AWS for something: derived from the source, and named again when it happens.

A site is `module:function Operation`: the innermost function outside of `crm.core` on whose behalf the call is made,
and the AWS operation. (`crm.core` only passes on: nearly every write there is one line of `table.commit`.)

Statically (source.py): which functions can be reached from a handler by the names that they mention, and which calls
in them are, or lead through `crm.core` to, one of an SDK client's operations or a model's. At run time: the stack.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from types import CodeType

from tests.support.source import PREFIX, Name, Source, defined, module_of, modules

CORE = "crm.core."


def of_handlers(*handlers: str) -> set[str]:
    """All sites that can be reached from the handlers, as `module:function Operation`."""
    source = defined()
    reached = set().union(*(source.reached(f"handlers.{handler}.handler") for handler in handlers))
    return {f"{_shown(name)} {operation}" for name in reached if _is_site(name) for operation in _asked(source, name)}


def running(operation: str) -> str | None:
    """The site on whose behalf the present call is made; None when no code of ours is on the stack."""
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(PREFIX):
            module = module_of(code.co_filename)
            if not module.startswith(CORE):
                return f"{module}:{_outer(code)} {operation}"
        frame = frame.f_back  # type: ignore[assignment]
    return None


# The views' mark is read by whoever reads a view; tests/views/test_rebuild.py goes through that.
_MARK = "crm.core.built."


@lru_cache(maxsize=4096)
def _outer(code: CodeType) -> str:
    """The outermost function that a piece of code stands in."""
    return code.co_qualname.partition(".<locals>")[0].removesuffix(".<lambda>").removesuffix(".<genexpr>")


def _shown(name: Name) -> str:
    module = max((m for m in modules() if name.startswith(f"{m}.")), key=len)
    return f"{module}:{name.removeprefix(module + '.')}"


def _is_site(name: Name) -> bool:
    return not name.startswith(CORE) and defined().parts[name].is_function


def _asked(source: Source, name: Name) -> set[str]:
    """The operations that a function asks for, by itself or through `crm.core`."""
    found: set[str] = set()
    seen: set[Name] = set()
    open_ = [name]
    while open_:
        part = source.member(open_.pop())
        if part is None or part in seen:
            continue
        seen.add(part)
        found |= source.parts[part].operations
        mentioned = [one for one in source.parts[part].mentions if one.startswith(CORE)]
        open_ += [one for one in mentioned if not one.startswith(_MARK)]
    return found
