"""Accounts are made by the business, and tokens are short-lived."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.template.rules.rule import Resources, of, rule

SHORT_LIVED_MINUTES = 15


@rule
def nobody_makes_an_account_for_themselves(resources: Resources) -> Iterator[str]:
    for name, pool in of(resources, "AWS::Cognito::UserPool"):
        if pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly") is not True:
            yield name


@rule
def a_password_is_long_and_a_pool_protected(resources: Resources) -> Iterator[str]:
    for name, pool in of(resources, "AWS::Cognito::UserPool"):
        long_enough = pool.get("Policies", {}).get("PasswordPolicy", {}).get("MinimumLength", 0) >= 12
        if not long_enough or "ACTIVE" not in json.dumps(pool.get("DeletionProtection", "")):
            yield name


@rule
def sign_in_is_by_code_alone(resources: Resources) -> Iterator[str]:
    for name, client in of(resources, "AWS::Cognito::UserPoolClient"):
        flows = set(client.get("ExplicitAuthFlows", ["ALLOW_USER_PASSWORD_AUTH"]))
        if client.get("AllowedOAuthFlows") != ["code"] or flows != {"ALLOW_REFRESH_TOKEN_AUTH"}:
            yield name


@rule
def a_token_lives_for_minutes_and_can_be_revoked(resources: Resources) -> Iterator[str]:
    for name, client in of(resources, "AWS::Cognito::UserPoolClient"):
        minutes = client.get("TokenValidityUnits", {}).get("AccessToken") == "minutes"
        if not minutes or not 0 < client.get("AccessTokenValidity", 0) <= SHORT_LIVED_MINUTES:
            yield name
        if client.get("EnableTokenRevocation") is not True or client.get("PreventUserExistenceErrors") != "ENABLED":
            yield name
