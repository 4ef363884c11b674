"""Who may be named as the owner of a customer: whoever works here, once the business has entered anybody.

Before that tokens alone say who there is, and nobody can be looked up. Members are read by their keys: they know of
customers, so that to ask their slice would go in a circle.
"""

from collections.abc import Mapping
from typing import Any

from crm.access import roster
from crm.core import items, table
from crm.core.author import Author
from crm.core.config import settings
from crm.core.errors import InvalidFields
from crm.core.reason import Reason

REASON = Reason("there is no such member of staff; GET /staff lists them, POST /staff enters one")


def require_member(fields: Mapping[str, Any], author: Author, *, before: str | None = None) -> None:
    """Raise InvalidFields where somebody of the staff names an owner who does not work here.

    What is brought back, merged or handed on keeps the owner that it had, and who registers for themselves is known by
    their token. It reads nothing where no other owner is named.
    """
    owner = fields.get("owner")
    if author.way == "staff" and owner and owner not in {before, author.who} and not is_member(owner):
        raise InvalidFields.one("/owner", REASON)


def is_member(staff_id: str) -> bool:
    """Whether somebody works here by this id, or nobody is entered yet."""
    known = roster.current().members
    if staff_id in known or items.one(f"STAFF#{staff_id}", "MEMBER"):
        return True
    return not known and not _somebody_works_here()


def _somebody_works_here() -> bool:
    found = table.client().query(
        TableName=settings().crm_table,
        KeyConditionExpression="pk = :directory",
        ExpressionAttributeValues={":directory": {"S": "STAFF_DIRECTORY"}},
        Select="COUNT",
        Limit=1,
        ConsistentRead=True,
    )
    return found["Count"] > 0
