"""Compiles the templates of the console's pages into modules, which a function loads instead of parsing the files."""

from __future__ import annotations

import sys
from pathlib import Path

from jinja2 import FileSystemLoader

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
sys.path.insert(0, str(FUNCTIONS))

from crm.console import markup  # noqa: E402 - lies in the functions' tree


def compile_into(functions: Path) -> None:
    """Write the modules into a tree of functions. Raises TemplateSyntaxError."""
    made = markup.environment(FileSystemLoader(markup.TEMPLATES))
    # The words of each language come in when a page is made; that there are some changes what is compiled.
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    target = functions / markup.COMPILED.relative_to(FUNCTIONS)
    made.compile_templates(target, zip=None, ignore_errors=False)
