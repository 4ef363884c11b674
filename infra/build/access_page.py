"""docs/access.md from the policy: `python -m infra.build.access_page` writes it anew."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "functions"))

from crm.access.rules import policy  # noqa: E402 - lies in the functions' tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crm.access.rules import Policy

PAGE = ROOT / "docs" / "access.md"
_BEGINNING = """# Who may see and do what

Made from `functions/crm/access/policy.toml` by `make access`; change that file, not this page.

A role holds permissions. Those about customers go as far as its reach: one's **own** customers (and those of whom one
stands in for while that one is away), those of one's **team**, or **all**. A customer who is out of reach answers like
one that does not exist. Fields that a role does not see are absent for it: in answers, lists, searches, exports,
history and sources, in groups whose rules name them, in sums by them, in what purchases, interviews and forms told of
them, in the questions that fill them, in errors that list what there is. What somebody writes in words of their own (a
note, a mail) is shown as it is. Permissions marked with * are held only by who sees all fields.

A role can be bound to a **purpose** (greeting, marketing, service). It then sees how people are reached, their e-mail
address, phone number and postal address, only of customers who allow contact for it: in the record of one, and in
exports. In lists, searches, rules of groups, sums, history and messages these fields are hidden from it, whoever
allows what. That somebody has no address can be told from why they get no mail.

A member's role is what the business has given (`PATCH /staff/{id}`, permission `staff.manage`), and nobody gives more
than they hold or lowers who holds more. Only of whom the business has said nothing the groups of their token count: so
begins the first owner. A role that is taken away, and a member set `inactive`, is out within ten seconds. Roles of the
business's own are made of the same permissions (`POST /roles`); teams stand under `/teams`. Who is away
(`away_from`, `away_until`) names a `substitute`, who then reaches what is theirs.
"""


def text(table: Policy) -> str:
    """The page."""
    parts = [
        _BEGINNING,
        "## Roles\n\n" + "\n".join(_roles(table)),
        "## Permissions about customers\n\n" + "\n".join(_permissions(table, table.of_customers)),
        "## Held only by who reaches all customers\n\n" + "\n".join(_permissions(table, table.of_everybody)),
        "## Permissions about the business\n\n" + "\n".join(_permissions(table, table.of_business)),
        "## Noted in the audit when somebody sees it\n\n" + "\n".join(_noted(table)),
        "## Routes\n\n" + "\n".join(_routes(table)),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _roles(table: Policy) -> Iterator[str]:
    yield "| Role | | Customers of nobody | Does not see |"
    yield "| --- | --- | --- | --- |"
    for name, role in table.roles.items():
        never = [f"`{one}`" for one in sorted(role.hidden - role.contact)]
        asked = [f"`{one}` without consent to {role.purpose}" for one in sorted(role.contact)]
        hidden = ", ".join([*never, *asked]) or "-"
        everybody = role.rights.get("customers.read") == "all"
        yield f"| {name} | {role.says} | {'yes' if role.unowned or everybody else 'no'} | {hidden} |"


def _permissions(table: Policy, sentences: Mapping[str, str]) -> Iterator[str]:
    yield f"| Permission | | {' | '.join(table.roles)} |"
    yield "| --- | --- |" + " --- |" * len(table.roles)
    for name, sentence in sentences.items():
        mark = " *" if name in table.needs_all_fields else ""
        held = " | ".join(role.rights.get(name, "-") for role in table.roles.values())
        yield f"| `{name}`{mark} | {sentence} | {held} |"


def _noted(table: Policy) -> Iterator[str]:
    yield "| | Route | When |"
    yield "| --- | --- | --- |"
    for route, places in table.noted.items():
        when = f"{' or '.join(f'`{place}`' for place in places)} is shown" if places else "always"
        yield f"| {route.replace(' ', ' | `', 1)}` | {when} |"


def _routes(table: Policy) -> Iterator[str]:
    yield "| | Route | Needs |"
    yield "| --- | --- | --- |"
    needs = {route: f"`{needed}`" for route, needed in table.routes.items()}
    needs |= dict.fromkeys(table.signed_in, "a role")
    for route, needed in sorted(needs.items(), key=lambda one: one[0].partition(" ")[::-1]):
        yield f"| {route.replace(' ', ' | `', 1)}` | {needed} |"


if __name__ == "__main__":
    PAGE.write_text(text(policy()), encoding="utf-8")
