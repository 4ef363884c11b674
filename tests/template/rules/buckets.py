"""What lies in a bucket is private, encrypted and forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.template import listed, target
from tests.template.rules.rule import OPEN_TO_ALL, Resources, of, of_resources, rule


@rule
def no_bucket_is_public(resources: Resources) -> Iterator[str]:
    asked = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    for name, bucket in of(resources, "AWS::S3::Bucket"):
        blocked = {key for key, value in bucket.get("PublicAccessBlockConfiguration", {}).items() if value is True}
        if blocked != asked or "WebsiteConfiguration" in bucket or "AccessControl" in bucket:
            yield name


@rule
def a_bucket_is_encrypted(resources: Resources) -> Iterator[str]:
    for name, bucket in of(resources, "AWS::S3::Bucket"):
        if not bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration"):
            yield name


@rule
def a_bucket_knows_no_acls(resources: Resources) -> Iterator[str]:
    for name, bucket in of(resources, "AWS::S3::Bucket"):
        if bucket.get("OwnershipControls", {}).get("Rules") != [{"ObjectOwnership": "BucketOwnerEnforced"}]:
            yield name


@rule
def a_bucket_speaks_tls_alone(resources: Resources) -> Iterator[str]:
    for name, _ in of(resources, "AWS::S3::Bucket"):
        refused = [
            statement
            for _, policy, statement in of_resources(resources)
            if target(policy.get("Bucket", {"Ref": ""})) == name and _refuses_plain_http(statement)
        ]
        covered = [json.dumps(resource) for one in refused for resource in listed(one["Resource"])]
        if not any("/*" in one for one in covered) or not any("/*" not in one for one in covered):
            yield name


@rule
def what_lies_in_a_bucket_is_forgotten(resources: Resources) -> Iterator[str]:
    for name, bucket in of(resources, "AWS::S3::Bucket"):
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        days = [one["ExpirationInDays"] for one in rules if one["Status"] == "Enabled" and "ExpirationInDays" in one]
        if not days or max(days) > 30:
            yield name


@rule
def an_upload_comes_from_a_named_page(resources: Resources) -> Iterator[str]:
    for name, bucket in of(resources, "AWS::S3::Bucket"):
        if '"AllowedOrigins": ["*"]' in json.dumps(bucket.get("CorsConfiguration", {})):
            yield name


def _refuses_plain_http(statement: Any) -> bool:
    everybody = statement["Effect"] == "Deny" and statement["Principal"] in OPEN_TO_ALL
    plain = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") in ("false", False)
    return bool(everybody and plain and statement["Action"] == "s3:*")
