"""A role may do what its function does and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support.template import listed, target
from tests.template.rules.rule import OPEN_TO_ALL, Resources, forbidden, of, of_resources, permitted, rule

# These actions know no resource (service authorization reference of each service).
KNOWS_NO_RESOURCE = {"dynamodb:ListStreams", "ses:GetAccount", "ses:DeleteSuppressedDestination"}
NEVER_GRANTED = ("iam:", "sts:", "kms:", "organizations:", "lambda:Add", "lambda:Update", "lambda:Create")
# Whoever writes the signing key can sign whatever they like: one role, one parameter.
ROTATES = {"RotationRole"}
SIGNING_KEY = "parameter${SigningKeyParameter}"
# The audit: entries are added by its auditor and, before an erasure, by a job; nobody changes or deletes one.
CHAIN = ["AUDIT#CHAIN#*", "AUDIT#OF#*", "AUDIT#HEAD"]
ADDS = {"AuditorRole", "JobsRole"}
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}


@rule
def no_action_is_a_wildcard(resources: Resources) -> Iterator[str]:
    for name, statement in permitted(resources):
        yield from (f"{name}: {action}" for action in listed(statement["Action"]) if "*" in action)


@rule
def no_resource_is_a_wildcard(resources: Resources) -> Iterator[str]:
    for name, statement in permitted(resources):
        everything = [one for one in listed(statement["Resource"]) if one in ("*", {"Fn::Sub": "*"}, "arn:aws:*")]
        if everything and not set(listed(statement["Action"])) <= KNOWS_NO_RESOURCE:
            yield f"{name}: {statement['Action']}"


@rule
def nothing_is_granted_by_exception(resources: Resources) -> Iterator[str]:
    for name, statement in permitted(resources):
        if {"NotAction", "NotResource"} & set(statement):
            yield name


@rule
def no_role_carries_rights_from_elsewhere(resources: Resources) -> Iterator[str]:
    for name, role in of(resources, "AWS::IAM::Role"):
        if role.get("ManagedPolicyArns"):
            yield name
    yield from (name for kind in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy") for name, _ in of(resources, kind))


@rule
def no_function_can_give_itself_rights(resources: Resources) -> Iterator[str]:
    for name, statement in permitted(resources):
        yield from (f"{name}: {one}" for one in listed(statement["Action"]) if one.startswith(NEVER_GRANTED))


@rule
def the_signing_key_is_written_by_its_rotation_alone(resources: Resources) -> Iterator[str]:
    for name, statement in permitted(resources):
        writes = [
            one for one in listed(statement["Action"]) if re.match(r"(ssm|secretsmanager):(?!GetParameter$)", one)
        ]
        is_one = all(json.dumps(one).endswith(f'{SIGNING_KEY}"}}') for one in listed(statement["Resource"]))
        if writes and not (name in ROTATES and writes == ["ssm:PutParameter"] and is_one):
            yield f"{name}: {writes}"


@rule
def the_chain_of_the_audit_is_added_to_and_never_changed(resources: Resources) -> Iterator[str]:
    kept = {(name, action) for name, statement in forbidden(resources) for action in _kept_from_the_chain(statement)}
    for name, statement in permitted(resources):
        on_table = "CrmTable" in [target(one) for one in listed(statement["Resource"]) if one != "*"]
        limits = statement.get("Condition", {}).values()
        named = [key for limit in limits for key in limit.get("dynamodb:LeadingKeys", [])]
        reaches = on_table and (not named or any(key.startswith("AUDIT#") for key in named))
        for action in WRITES & set(listed(statement["Action"])) if reaches else ():
            adds = name in ADDS and action == "dynamodb:PutItem"
            if not adds and (name, action) not in kept:
                yield f"{name}: {action}"


def _kept_from_the_chain(statement: dict[str, Any]) -> list[str]:
    named = statement.get("Condition", {}).get("ForAnyValue:StringLike", {}).get("dynamodb:LeadingKeys")
    on_table = "CrmTable" in [target(one) for one in listed(statement["Resource"])]
    return listed(statement["Action"]) if named == CHAIN and on_table else []


@rule
def each_function_has_a_role_of_its_own(resources: Resources) -> Iterator[str]:
    seen: set[str] = set()
    for name, function in of(resources, "AWS::Lambda::Function"):
        if target(function["Role"]) in seen:
            yield name
        seen.add(target(function["Role"]))


@rule
def a_role_is_taken_by_one_service_and_nobody_else(resources: Resources) -> Iterator[str]:
    for name, role in of(resources, "AWS::IAM::Role"):
        for statement in listed(role["AssumeRolePolicyDocument"]["Statement"]):
            service = statement["Principal"].get("Service") if isinstance(statement["Principal"], dict) else None
            alone = len(listed(service or [])) == 1 and set(statement["Principal"]) == {"Service"}
            if not alone or (service != "lambda.amazonaws.com" and "Condition" not in statement):
                yield name


@rule
def a_policy_on_a_resource_names_who_may(resources: Resources) -> Iterator[str]:
    for name, _, statement in of_resources(resources):
        if statement["Effect"] == "Allow" and statement["Principal"] in OPEN_TO_ALL:
            yield name


@rule
def a_service_acts_for_this_account_alone(resources: Resources) -> Iterator[str]:
    for name, _, statement in of_resources(resources):
        limits = json.dumps(statement.get("Condition", {}))
        if statement["Effect"] == "Allow" and not re.search("aws:Source(Account|Arn)", limits):
            yield name
