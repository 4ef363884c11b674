"""Each template of the pages is compiled once a process, whatever the language and the world: its code is the same.

To compile them anew for each took a third of the time of the pages' tests.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from jinja2 import BytecodeCache

from crm.console import markup

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from jinja2.bccache import Bucket


class _Kept(BytecodeCache):
    """Code by template, by its source, and by whether it escapes."""

    def __init__(self) -> None:
        self._code: dict[tuple[object, ...], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get(_key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[_key(bucket)] = bucket.code


def _key(bucket: Bucket) -> tuple[object, ...]:
    return bucket.key, bucket.checksum, bucket.environment.autoescape


def keep_compiled() -> None:
    """From now on, in this process."""
    make, kept = markup.environment, _Kept()

    @wraps(make)
    def environment(loader: BaseLoader, *more: Any) -> Environment:
        made = make(loader, *more)
        made.bytecode_cache = kept
        return made

    markup.environment = environment  # type: ignore[assignment]
