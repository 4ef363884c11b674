"""Puts htmx beside the console's own script, and its compiled catalogues beside them: `python -m infra.build.web`.

npm fetches the one version that `infra/web/package-lock.json` names and looks at its hash; nothing of it is run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.build import catalogues

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "infra" / "web"
SCRIPT = WEB / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
"""What looks at pages for those who do not see them, hear them or hold a mouse; tests alone use it."""
INSTALLED = WEB / "node_modules" / ".package-lock.json"
PLACE = Path("crm", "console", "static", "htmx.js")


class NpmMissingError(Exception):
    """There is no npm here, or it could not fetch."""


def fetch() -> None:
    """Have npm fetch what the lock file names, unless that is there. Raises NpmMissingError."""
    with _alone():
        if not _is_there():
            _fetch()


@contextmanager
def _alone() -> Iterator[None]:
    """All functions are built at once, and npm takes away what another npm has just put there."""
    folder = os.open(WEB, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _is_there() -> bool:
    return INSTALLED.exists() and INSTALLED.stat().st_mtime >= (WEB / "package-lock.json").stat().st_mtime


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NpmMissingError("npm is needed for what comes from there (Debian: apt install npm)")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NpmMissingError(f"npm could not fetch:\n{done.stderr}")


def put(functions: Path) -> None:
    """Copy the script into a tree of functions. Raises NpmMissingError."""
    fetch()
    target = functions / PLACE
    if not target.exists() or target.read_bytes() != SCRIPT.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SCRIPT, target)


if __name__ == "__main__":
    catalogues.compile_into(catalogues.LOCALES)
    try:
        put(ROOT / "functions")
    except NpmMissingError as missing:
        # All works without it; what it adds is only not there.
        sys.stderr.write(f"the pages of the staff are without htmx: {missing}\n")
