"""How the templates of the pages are read: as the build has compiled them, or from their files."""

from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined

TEMPLATES = Path(__file__).with_name("templates")
COMPILED = Path(__file__).with_name("compiled")
"""Made by the build alone (`infra/build/templates.py`): to compile them takes as long as all else of a first page."""


def environment(loader: BaseLoader) -> Environment:
    """Templates in no language yet; a name that is not given is an error and no gap."""
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.policies["ext.i18n.trimmed"] = True
    return made


def shipped() -> BaseLoader:
    """The templates of this deployment; on a laptop, where nothing is built, their files."""
    return ModuleLoader(COMPILED) if COMPILED.is_dir() else FileSystemLoader(TEMPLATES)
