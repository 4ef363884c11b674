"""Who can sign in, with what, and for how long."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from crm.access import rules
from crm.mail import languages
from infra.local import stack
from tests.support.template import ROOT, TEMPLATE, expanded, of_type

POOL = of_type("AWS::Cognito::UserPool")["StaffPool"]
CLIENT = of_type("AWS::Cognito::UserPoolClient")["StaffClient"]
OF_SIGN_IN = [name for name, found in expanded().items() if found["Type"].startswith("AWS::Cognito::")]


def test_nobody_signs_up_by_themselves() -> None:
    assert POOL["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True


def test_an_invitation_says_the_username_and_the_first_password() -> None:
    text = POOL["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailMessage"]["Fn::Sub"]
    assert (text.count("{username}"), text.count("{####}")) == (1, 1)


def test_an_invitation_speaks_all_languages_of_mail_each_in_its_direction() -> None:
    invitation = POOL["AdminCreateUserConfig"]["InviteMessageTemplate"]
    said = {name: text["Fn::Sub"] for name, text in invitation.items()}
    spoken = re.findall(r'<p lang="(\w+)"( dir="rtl")?>([^<]*)</p>', said["EmailMessage"])
    assert {code for code, _, _ in spoken} == set(languages.NAMES)
    assert {code for code, to_the_left, _ in spoken if to_the_left} == languages.RIGHT_TO_LEFT
    assert all("${BusinessName}" in words for _, _, words in spoken)
    # Cognito's limits, with a name of sixty letters.
    assert len(said["EmailSubject"]) + 60 < 140
    assert len(said["EmailMessage"]) + 5 * 60 < 20_000


def test_the_page_has_no_secret_and_signs_in_with_a_code_alone() -> None:
    assert CLIENT["GenerateSecret"] is False
    assert CLIENT["AllowedOAuthFlows"] == ["code"]


def test_no_flow_takes_a_password() -> None:
    # Left out, it would be three flows, one of them with a password.
    assert CLIENT["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]


def test_tokens_open_the_crm_and_nothing_of_the_account() -> None:
    [server] = of_type("AWS::Cognito::UserPoolResourceServer").values()
    [scope] = server["Scopes"]
    assert CLIENT["AllowedOAuthScopes"] == [f"{server['Identifier']}/{scope['ScopeName']}"] == ["crm/staff"]


def test_there_is_a_group_for_each_built_in_role() -> None:
    groups = [group["GroupName"] for group in of_type("AWS::Cognito::UserPoolGroup").values()]
    assert sorted(groups) == sorted(rules.policy().roles)


def test_tokens_are_short_lived_and_can_be_revoked() -> None:
    assert CLIENT["TokenValidityUnits"] == {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"}
    assert CLIENT["AccessTokenValidity"] <= 15
    assert CLIENT["RefreshTokenValidity"] <= 24
    assert CLIENT["EnableTokenRevocation"] is True


def test_passwords_are_long_and_a_first_one_ends() -> None:
    policy = POOL["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] >= 12
    assert policy["TemporaryPasswordValidityDays"] <= 7


def test_a_wrong_name_and_a_wrong_password_look_alike() -> None:
    assert CLIENT["PreventUserExistenceErrors"] == "ENABLED"


def test_an_account_is_recovered_by_verified_mail_and_never_by_sms() -> None:
    assert [one["Name"] for one in POOL["AccountRecoverySetting"]["RecoveryMechanisms"]] == ["verified_email"]
    assert POOL["EnabledMfas"]["Fn::If"][1] == ["SOFTWARE_TOKEN_MFA"]
    assert POOL["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}


def test_the_pool_outlives_its_stack_and_is_not_deleted_by_mistake() -> None:
    assert POOL["DeletionProtection"] == {"Fn::If": ["Protects", "ACTIVE", "INACTIVE"]}
    assert {expanded()["StaffPool"][name] for name in ("DeletionPolicy", "UpdateReplacePolicy")} == {"Retain"}


@pytest.mark.parametrize("name", OF_SIGN_IN)
def test_with_an_issuer_of_ones_own_there_is_no_second_way_in(name: str) -> None:
    assert expanded()[name]["Condition"] == "HasPool"


def test_tokens_come_from_the_pool_unless_an_issuer_is_given() -> None:
    # The console's own client is none of them: its tokens open nothing at the API.
    assert issuer_and_audience({}) == ("https://cognito-idp.eu-west-1.amazonaws.com/StaffPool", ("StaffClient",))
    own = {"JwtIssuer": "https://sign-in.shop.example", "JwtAudience": "crm"}
    assert issuer_and_audience(own) == ("https://sign-in.shop.example", ("crm",))


def issuer_and_audience(parameters: dict[str, str]) -> tuple[str, Any]:
    found = stack.load(Path(ROOT / TEMPLATE), endpoint="http://127.0.0.1:9", parameters=parameters)
    return found.jwt_issuer, found.jwt_audience
