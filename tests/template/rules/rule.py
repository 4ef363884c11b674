"""What must hold in the template as SAM has expanded it: a scanner of the source would not see what SAM adds.

A rule takes all resources by logical id and yields what breaks it. Each has a mutant in `mutants.py` that it must find.
What is waived is waived beside its rule, by name and with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.support.template import listed

Resources = dict[str, Any]
Rule = Callable[[Resources], Iterator[str]]

RULES: dict[str, Rule] = {}
# Rebuilt from CrmTable at any time, so it has no backup and needs no protection.
COMPUTED_AGAIN = {"ViewsTable"}
OPEN_TO_ALL = ("*", {"AWS": "*"}, {"AWS": ["*"]})


def rule(check: Rule) -> Rule:
    """Adds the check to the list; its docstring is the rule."""
    RULES[check.__name__] = check
    return check


def of(resources: Resources, kind: str) -> Iterator[tuple[str, Any]]:
    """Logical ids and properties of all resources of one type."""
    return ((name, found.get("Properties", {})) for name, found in resources.items() if found["Type"] == kind)


def permitted(resources: Resources) -> Iterator[tuple[str, Any]]:
    """What every role's own policies allow, by statement."""
    return _stated(resources, "Allow")


def forbidden(resources: Resources) -> Iterator[tuple[str, Any]]:
    """What every role's own policies forbid, whatever else allows it, by statement."""
    return _stated(resources, "Deny")


def _stated(resources: Resources, effect: str) -> Iterator[tuple[str, Any]]:
    for name, role in of(resources, "AWS::IAM::Role"):
        for policy in role.get("Policies", []):
            stated = listed(policy["PolicyDocument"]["Statement"])
            yield from ((name, statement) for statement in stated if statement["Effect"] == effect)


def of_resources(resources: Resources) -> Iterator[tuple[str, Any, Any]]:
    """The statements of policies that stand on a resource: what carries it, its properties, one statement."""
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for name, policy in of(resources, kind):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                yield name, policy, statement["Fn::If"][1] if "Fn::If" in statement else statement
