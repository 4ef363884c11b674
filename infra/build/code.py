"""Copies `functions/` into a function's build folder, with bytecode: `python -m infra.build.code <folder>`."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from pathlib import Path

from infra.build import catalogues, templates, web
from infra.build.bytecode import compile_tree

FUNCTIONS = Path(__file__).parents[2] / "functions"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "Makefile", ".*", "*.po", "*.mo")


def build(target: Path) -> None:
    """All of `functions/`, for each function alike: one zip, whose bytes are the same every time."""
    shutil.copytree(FUNCTIONS, target, ignore=LEFT_OUT, dirs_exist_ok=True)
    catalogues.compile_into(target / catalogues.LOCALES.relative_to(FUNCTIONS))
    templates.compile_into(target)
    web.put(target)
    policy = target / "crm" / "access" / "policy.toml"
    policy.with_suffix(".json").write_text(json.dumps(tomllib.loads(policy.read_text("utf-8"))), "utf-8")
    compile_tree(target, seen_at="/var/task")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
