"""What a template said before: every version is kept, and can be brought back as a new one."""

from crm.core.errors import NotFound
from crm.templates import editing, shipped
from crm.templates.models import Edition, Template


def latest(*, name: str, most: int) -> list[Edition]:
    """The last versions of a template, the newest first."""
    return Edition.latest(shipped.by_its_name(name), most)


def restore(*, name: str, version: int, expected_version: int | None, caller: str) -> Template:
    """Say again in all languages what an earlier version said; 0: what was shipped. Raises NotFound, StaleVersion."""
    kept, stored = editing.expected(name, expected_version)
    edition = Edition.read(kept, version)
    if edition is None and (version != 0 or kept not in shipped.USES):
        raise NotFound(f"the template {name[:60]!a} has no version {version}")
    return editing.write(kept, stored, {"texts": edition.texts if edition else {}}, by=caller)
