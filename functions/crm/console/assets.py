"""The style sheet and the scripts of the pages, under names that change with them."""

import hashlib
from functools import lru_cache
from pathlib import Path

from crm.console.asked import Asked, Asset
from crm.core.errors import NotFound

STATIC = Path(__file__).with_name("static")
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@lru_cache(maxsize=16)
def address(name: str) -> str | None:
    """Where a file of the pages is; None where this build has none of this name: htmx is fetched when it is built."""
    path = STATIC / name
    return f"/console/static/{path.stem}.{_print(name)}{path.suffix}" if path.is_file() else None


def read(asked: Asked) -> Asset:
    """The file that an address names. Raises NotFound."""
    stem, _, kind = asked.names["file"].rpartition(".")
    name = f"{stem.rpartition('.')[0]}.{kind}"
    if name not in _names() or asked.path != address(name):
        raise NotFound("there is no such file")
    return Asset(_KINDS[f".{kind}"], (STATIC / name).read_bytes())


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.iterdir() if path.suffix in _KINDS)


@lru_cache(maxsize=16)
def _print(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
