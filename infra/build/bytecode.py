"""Bytecode that ships: a cold start that has to compile its imports takes several times the CPU.

Ordinary `.pyc` files compare the source's modification time, which a zip keeps only to two seconds; so they are made
with a hash that Lambda does not check again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

RUNTIME = "3.13"
"""Python of `Runtime` in template.yaml: bytecode of another version would be ignored."""

SAME_TIME = 946684800
"""2000-01-01. One time for all files: equal content makes an equal zip, which is not deployed again."""


class NoRuntimePythonError(Exception):
    """There is no Python of the Lambda runtime's version on this machine."""


def compile_tree(folder: Path, *, seen_at: str) -> None:
    """Compile all of `folder`; tracebacks then show `seen_at`, the path that the folder has in Lambda.

    Without a Python of the right version, warns and ships the sources alone: correct, but slow to start.
    """
    try:
        python = runtime_python()
    except NoRuntimePythonError as missing:
        sys.stderr.write(f"WARNING: {missing}; built without bytecode, cold starts will be slow\n")
    else:
        command = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        subprocess.run([*command, "-s", str(folder), "-p", seen_at, str(folder)], check=True)
    even_times(folder)


def runtime_python() -> str:
    """Command of a Python of the runtime's version: this one, the one on PATH, or pyenv's."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == RUNTIME:
        return sys.executable
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{RUNTIME}.*/bin/python"))
    found = shutil.which(f"python{RUNTIME}")
    for candidate in [found, *map(str, reversed(pyenv))]:
        if candidate and subprocess.run([candidate, "-c", ""], check=False, capture_output=True).returncode == 0:
            return candidate
    raise NoRuntimePythonError(f"no Python {RUNTIME} here")


def even_times(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (SAME_TIME, SAME_TIME))
