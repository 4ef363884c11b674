"""The truth is kept, encrypted, and can be restored."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.rules.rule import COMPUTED_AGAIN, Resources, of, rule


@rule
def the_truth_can_be_restored_to_any_second(resources: Resources) -> Iterator[str]:
    for name, table in of(resources, "AWS::DynamoDB::Table"):
        restores = table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        if restores is not True and name not in COMPUTED_AGAIN:
            yield name


@rule
def the_truth_refuses_to_be_deleted(resources: Resources) -> Iterator[str]:
    for name, table in of(resources, "AWS::DynamoDB::Table"):
        if name not in COMPUTED_AGAIN and table.get("DeletionProtectionEnabled") not in (True, {"Ref": "ProtectTable"}):
            yield name


@rule
def the_truth_and_the_accounts_outlive_their_stack(resources: Resources) -> Iterator[str]:
    for kind in ("AWS::DynamoDB::Table", "AWS::Cognito::UserPool"):
        for name, _ in of(resources, kind):
            kept = {resources[name].get(policy) for policy in ("DeletionPolicy", "UpdateReplacePolicy")}
            if kept != {"Retain"} and name not in COMPUTED_AGAIN:
                yield name


@rule
def a_table_is_encrypted_by_kms(resources: Resources) -> Iterator[str]:
    for name, table in of(resources, "AWS::DynamoDB::Table"):
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield name


@rule
def a_stream_carries_keys_and_nothing_of_a_person(resources: Resources) -> Iterator[str]:
    for name, table in of(resources, "AWS::DynamoDB::Table"):
        if table.get("StreamSpecification", {}).get("StreamViewType", "KEYS_ONLY") != "KEYS_ONLY":
            yield name


@rule
def what_has_an_end_is_taken_away(resources: Resources) -> Iterator[str]:
    for name, table in of(resources, "AWS::DynamoDB::Table"):
        if name not in COMPUTED_AGAIN and table.get("TimeToLiveSpecification", {}).get("Enabled") is not True:
            yield name
