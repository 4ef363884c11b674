"""One broken template for each rule: what somebody in a hurry might write, and what the rule must find.

Most change the expanded template; where SAM itself makes what is wrong, the source is changed and expanded anew.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from tests.support.template import TEMPLATE, after_sam, expanded

Change = Callable[[Any], object]
EVERYTHING = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}


def broken(rule: str) -> dict[str, Any]:
    """The resources of the template that breaks one rule."""
    if rule in OF_SOURCE:
        document = yaml_parse(TEMPLATE.read_text("utf-8"))
        OF_SOURCE[rule](document["Resources"])
        return after_sam(document)
    resources = copy.deepcopy(expanded())
    OF_EXPANDED[rule](resources)
    return resources


def at(path: str, value: Any = None) -> Change:
    """Puts the value where a pointer (RFC 6901) into the properties of a resource leads; None takes it away."""

    def change(resources: Any) -> None:
        name, *way, last = [step.replace("~1", "/") for step in path.split("/")]
        place = resources[name]["Properties"]
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        end = int(last) if isinstance(place, list) else last
        if value is None:
            del place[end]
        else:
            place[end] = value

    return change


def granted(statement: dict[str, Any]) -> Change:
    """Gives the public function one more right."""
    return lambda resources: resources["PublicRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
        statement
    )


def given_rights_by_sam(resources: Any) -> None:
    """Without a role of ours SAM makes one, with a policy of AWS and what its own policies hold."""
    function = resources["PublicFunction"]["Properties"]
    del function["Role"]
    function["Policies"] = [{"DynamoDBCrudPolicy": {"TableName": {"Ref": "CrmTable"}}}]


def chain_open_to_jobs(resources: Any) -> None:
    policy = resources["JobsRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    policy["Statement"] = [one for one in policy["Statement"] if one["Effect"] == "Allow"]


OF_SOURCE: dict[str, Change] = {
    "no_role_carries_rights_from_elsewhere": given_rights_by_sam,
    "no_function_has_an_address_of_its_own": at("PublicFunction/FunctionUrlConfig", {"AuthType": "NONE"}),
    "a_function_is_called_by_our_api_alone": at("PublicFunction/FunctionUrlConfig", {"AuthType": "NONE"}),
    "a_tick_that_is_lost_is_kept": at("GreetingsFunction/EventInvokeConfig"),
    "a_function_writes_into_a_log_of_the_template": at("ApiFunction/LoggingConfig"),
}
OF_EXPANDED: dict[str, Change] = {
    "the_truth_can_be_restored_to_any_second": at("CrmTable/PointInTimeRecoverySpecification"),
    "the_truth_refuses_to_be_deleted": at("CrmTable/DeletionProtectionEnabled"),
    "the_truth_and_the_accounts_outlive_their_stack": lambda all_: all_["CrmTable"].update(DeletionPolicy="Delete"),
    "a_table_is_encrypted_by_kms": at("CrmTable/SSESpecification"),
    "a_stream_carries_keys_and_nothing_of_a_person": at("CrmTable/StreamSpecification/StreamViewType", "NEW_IMAGE"),
    "what_has_an_end_is_taken_away": at("CrmTable/TimeToLiveSpecification"),
    "no_bucket_is_public": at("FilesBucket/PublicAccessBlockConfiguration/BlockPublicPolicy", value=False),
    "a_bucket_is_encrypted": at("FilesBucket/BucketEncryption"),
    "a_bucket_knows_no_acls": at("FilesBucket/OwnershipControls/Rules/0/ObjectOwnership", "ObjectWriter"),
    "a_bucket_speaks_tls_alone": at("FilesBucketPolicy/PolicyDocument/Statement/0/Resource/1"),
    "what_lies_in_a_bucket_is_forgotten": at("StreamFailuresBucket/LifecycleConfiguration/Rules/0/Status", "Disabled"),
    "an_upload_comes_from_a_named_page": at(
        "FilesBucket/CorsConfiguration", {"CorsRules": [{"AllowedOrigins": ["*"]}]}
    ),
    "no_action_is_a_wildcard": granted({"Effect": "Allow", "Action": ["dynamodb:Get*"], "Resource": "arn"}),
    "no_resource_is_a_wildcard": granted(EVERYTHING),
    "nothing_is_granted_by_exception": granted({"Effect": "Allow", "Action": [], "Resource": [], "NotAction": "iam:*"}),
    "no_function_can_give_itself_rights": granted({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn"}),
    "the_signing_key_is_written_by_its_rotation_alone": granted(
        {
            "Effect": "Allow",
            "Action": "ssm:PutParameter",
            "Resource": {"Fn::Sub": "arn:parameter${SigningKeyParameter}"},
        }
    ),
    "the_chain_of_the_audit_is_added_to_and_never_changed": chain_open_to_jobs,
    "each_function_has_a_role_of_its_own": at("PublicFunction/Role", {"Fn::GetAtt": ["ApiRole", "Arn"]}),
    "a_role_is_taken_by_one_service_and_nobody_else": at(
        "ApiRole/AssumeRolePolicyDocument/Statement/0/Principal", {"AWS": "*"}
    ),
    "a_policy_on_a_resource_names_who_may": at("InboxMayArrive/PolicyDocument/Statement/0/Principal", "*"),
    "a_service_acts_for_this_account_alone": at("InboxMayArrive/PolicyDocument/Statement/0/Condition"),
    "a_log_ends": at("ApiLog/RetentionInDays"),
    "no_secret_stands_in_the_environment": at("ApiFunction/Environment/Variables/API_TOKEN", "t0ps3cret"),
    "nothing_is_set_that_only_a_laptop_may_do": at("ApiFunction/Environment/Variables/DELIVERS_TO_THIS_MACHINE", "yes"),
    "a_function_has_an_end": at("ApiFunction/Timeout", 900),
    "a_layer_is_our_own": at("ApiFunction/Layers/0", "arn:aws:lambda:eu-west-1:123456789012:layer:theirs:1"),
    "the_front_door_is_throttled": at("HttpApiApiGatewayDefaultStage/DefaultRouteSettings"),
    "a_route_needs_a_token_with_a_scope": at("HttpApi/Body/paths/~1customers/get/security", [{"StaffAuthorizer": []}]),
    "a_token_has_an_issuer_and_an_audience": at(
        "HttpApi/Body/components/securitySchemes/StaffAuthorizer/x-amazon-apigateway-authorizer/jwtConfiguration/audience"
    ),
    "no_other_page_may_call": at("HttpApi/Body/x-amazon-apigateway-cors", {"allowOrigins": ["*"]}),
    "an_api_without_its_authorizer_is_not_made": at("HttpApi/FailOnWarnings", value=False),
    "an_api_has_no_more_routes_than_an_account_may_make": lambda all_: all_["HttpApi"]["Properties"]["Body"][
        "paths"
    ].update({f"/more/{number}": {"get": {}} for number in range(300)}),
    "nobody_makes_an_account_for_themselves": at(
        "StaffPool/AdminCreateUserConfig/AllowAdminCreateUserOnly", value=False
    ),
    "a_password_is_long_and_a_pool_protected": at("StaffPool/Policies/PasswordPolicy/MinimumLength", 8),
    "sign_in_is_by_code_alone": at("StaffClient/AllowedOAuthFlows", ["code", "implicit"]),
    "a_token_lives_for_minutes_and_can_be_revoked": at("StaffClient/TokenValidityUnits/AccessToken", "hours"),
    "a_queue_is_encrypted": at("MailQueue/SqsManagedSseEnabled"),
    "a_queue_has_dead_letters_that_are_kept": at("MailQueue/RedrivePolicy"),
    "one_bad_record_does_not_fail_its_batch": at("MailerFunctionMail/FunctionResponseTypes"),
    "a_stream_gives_up_in_time_and_keeps_the_record": at("ProjectorFunctionCrmStream/DestinationConfig"),
    "an_event_that_reaches_nobody_is_kept": at("MailEventsRule/Targets/0/DeadLetterConfig"),
    "whatever_may_fail_for_good_has_an_alarm": at("Alarms/Parameters/MailDeadLetters"),
    "whoever_bounced_or_complained_is_not_written_to": at("MailConfigurationSet/SuppressionOptions"),
    "mail_that_comes_in_is_scanned": at("InboxRule/Rule/ScanEnabled", value=False),
    "no_account_and_no_partition_is_written_down": at("MailQueue/QueueName", "arn:aws:sqs:eu-west-1:123456789012:mail"),
}
