"""A slice knows of another only what that one offers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

SLICES = ROOT / "functions" / "crm"
CORE = "core"
NEIGHBOURS = {"service", "rules", "models"}
# Mail offers its other side, too: what greetings and reminders answer it, and how they order from it.
# Segments say to the views which rules to keep, and are told when all customers have been projected.
# Of the calendar's rules those that others ask by name: what an occasion is, when nobody is to be disturbed.
OFFERED = {
    # The console stands behind the same guard as the API.
    "access": {"persons", "roster", "scope"},
    # Whoever takes records away has them in the chain first.
    "audit": {"linking", "listing", "recording", "showing", "told", "verifying"},
    "business": {"country", "schemas"},
    "calendar": {"bikram_sambat", "feasts", "occasions", "placeholders", "quiet", "rest"},
    # What is said to people in their language, whoever says it.
    "catalogues": {"wording"},
    # What a page shows of the list, without what marks a call as made.
    "calls": {"reading", "schemas"},
    "changes": {"reading"},
    "criteria": {
        "bought",
        "checking",
        "courses",
        "fields",
        "own",
        "references",
        "schema",
        "standing",
        "values",
        "words",
    },
    # What a row of a file must come to: the schema that the route takes; and what a page marks of whom it has found.
    "customers": {
        "answers",
        "asking",
        "changing",
        "confirming",
        "conflicts",
        "contacts",
        "duplicates",
        "listing",
        "marking",
        "owning",
        "phones",
        "schemas",
        "unseen",
        "tags",
    },
    # Which of the customers are made up.
    "demo": {"people"},
    # What a public page puts into its form, and gets back.
    "forms": {"facts", "markup", "sheets"},
    "exports": {"schemas"},
    # The pages show imports as the API does, and say what a column can be.
    "imports": {"kinds", "opening", "outcomes", "schemas", "showing"},
    # What is done with a mail, which needs schemas that reading it does not.
    "inbox": {"schemas", "settling"},
    # What one customer is to be greeted for next, for their page; what a page shows before anything goes out.
    "greetings": {"agenda", "ahead", "preview", "prospects", "schemas", "seeing", "today"},
    # How far a handover is, for whoever shows it.
    "handovers": {"counts"},
    "history": {"filled", "restoring"},
    "announcements": {"schemas"},
    "interactions": {"schemas"},
    "keys": {"schemas"},
    "mail": {
        # What the settings say of the sender.
        "account",
        # How mail goes out, for the pages.
        "breaker",
        "doubts",
        # A template tried on oneself.
        "trials",
        "health",
        "reconciling",
        "allowances",
        "changes",
        "languages",
        "links",
        "obstacles",
        "orders",
        "own_values",
        "preview",
        "public_page",
        "queue",
        "reading",
        "reasons",
        "recipients",
        "rendering",
        "sources",
        "templates",
    },
    # What a page shows of two before they are one, and taking that back.
    "merges": {"plans", "undoing"},
    # What is taken out is erased, with what was made of it.
    # The pages show the bin, erasures and the copy for a customer, and say values as that copy does.
    "privacy": {
        "bin",
        "erasures",
        "partition",
        "person",
        "person_page",
        "person_values",
        "receipts",
        "requests",
        "schemas",
    },
    "purchases": {"schemas"},
    # The links that the pages hand out, and the form that makes one.
    # What of a questionnaire a role does not see.
    "questionnaires": {"interviewing", "links", "schemas", "unseen"},
    # The groups that come with the product, bringing them back, and those that are suggested.
    "patterns": {"groups", "named", "schemas", "suggesting"},
    "reminders": {"actions", "digests", "due", "schemas"},
    "routing": {"assigned", "schemas"},
    # What a kind of rounds is made of.
    "rounds": {"giving", "moving"},
    "relations": {"chains", "forgetting", "schemas", "telling"},
    # And all that the pages about groups show of them.
    "segments": {
        "asking",
        "dependents",
        "filling",
        "growth",
        "handpicked",
        "members",
        "orders",
        "overview",
        "preview",
        "reading",
        "saying",
        "schemas",
        "seeing",
        "totals",
        "why",
        "writes",
    },
    "own_fields": {"schemas"},
    "staff": {"names", "roles", "schemas", "signing_out", "teams"},
    "suppressions": {"forgotten", "soft_bounces"},
    "tags": {"counts", "schemas", "uses"},
    "templates": {"editing", "placeholders", "reading", "schemas", "shipped", "versions"},
    "timeline": {"recording"},
    "webhooks": {"deliveries", "schemas"},
    # What stands in the views because of one customer: the groups on their page.
    "views": {"state", "status"},
}
# The registry is the one place that knows all projections.
EXCEPT = {"views/registry.py": {"projection"}}


def modules() -> list[Path]:
    return sorted(
        path for path in SLICES.rglob("*.py") if path.relative_to(SLICES).parts[0] not in {CORE, "__init__.py"}
    )


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """(slice, module) of everything that a module imports from the product."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("crm."):
            _, noun, *inner = (node.module or "").split(".")
            yield from ((noun, part) for part in (inner or [alias.name for alias in node.names]))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SLICES)))
def test_a_slice_uses_what_a_neighbour_offers_and_nothing_behind_it(path: Path) -> None:
    own = path.relative_to(SLICES).parts[0]
    allowed = NEIGHBOURS | EXCEPT.get(str(path.relative_to(SLICES)), set())
    foreign = [(noun, part) for noun, part in imported(path) if noun not in {own, CORE}]
    assert [(noun, part) for noun, part in foreign if part not in allowed | OFFERED.get(noun, set())] == []


def test_core_knows_no_slice() -> None:
    known = [(path.name, noun) for path in (SLICES / CORE).glob("*.py") for noun, _ in imported(path) if noun != CORE]
    assert known == []
