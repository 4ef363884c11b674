"""The roles beside each other: what each may and how far, what it does not see, how many have it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from crm.access import rules
from crm.access.models import Roster
from crm.access.rules import Role
from crm.console.asked import Page, Visit
from crm.console.roles import permitting
from crm.console.routes import HOME
from crm.mail.languages import Language

HERE = f"{HOME}/roles"


def show(visit: Visit) -> Page:
    """All roles, the built-in ones first."""
    known = Roster.read()
    having = Counter(one.get("role") for one in known.members.values())
    values = {
        "roles": [{**_told(one, visit.language), "having": having[one.name]} for one in permitting.roles(known)],
        "groups": permitting.groups(visit.language),
        "may_make": visit.actor.may("roles.manage"),
        "done": visit.asked.query.get("done"),
    }
    return Page("roles/roles.html", values)


def _told(role: Role, language: Language) -> Mapping[str, Any]:
    return {
        "name": role.name,
        "says": permitting.says(role, language),
        "is_own": role.name not in rules.policy().roles,
        "rights": role.rights,
        "hidden": permitting.fields(role.hidden - role.contact, language),
        "contact": permitting.fields(role.contact, language),
        "purpose": role.purpose,
        "unowned": role.unowned,
    }
