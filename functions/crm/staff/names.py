"""What members of staff are called, for whoever shows who did something: a small module, as many pages load it."""

from collections.abc import Mapping

from crm.core import items
from crm.staff.models import DIRECTORY, MEMBER, DirectoryEntry, partition


def by_id() -> Mapping[str, str]:
    """The names of all members, also of who works here no more: a Query, and a read for each hundred.

    They may be a second old.
    """
    keys = [(partition(entry.sk), MEMBER) for entry in DirectoryEntry.query(DIRECTORY)]
    found = items.many(keys, only=("name",), consistent=False) if keys else {}
    return {pk.partition("#")[2]: str(member["name"]) for (pk, _), member in found.items()}
