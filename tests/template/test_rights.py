"""A function may do what it does and nothing else."""

from __future__ import annotations

from tests.support.template import ROOT, listed, of_type, statements, target

FUNCTIONS = of_type("AWS::Lambda::Function")
ROLES = of_type("AWS::IAM::Role")
KNOWS_NO_RESOURCE = {"dynamodb:ListStreams", "ses:GetAccount", "ses:DeleteSuppressedDestination"}


def actions(function: str) -> set[str]:
    return {action for statement in statements(function) for action in listed(statement["Action"])}


def holders(action: str) -> set[str]:
    return {function for function in FUNCTIONS if action in actions(function)}


def test_only_the_mailer_sends() -> None:
    assert holders("ses:SendEmail") == {"MailerFunction"}


def test_only_jobs_speak_on_the_event_bus_and_only_on_the_default_one() -> None:
    assert holders("events:PutEvents") == {"JobsFunction"}
    [statement] = [one for one in statements("JobsFunction") if "events:PutEvents" in listed(one["Action"])]
    assert str(listed(statement["Resource"])).count("event-bus/default") == 1


def test_only_jobs_read_a_whole_table_and_previews_a_bounded_part_of_one() -> None:
    assert holders("dynamodb:Scan") == {"JobsFunction", "ApiFunction", "ConsoleFunction", "FilesFunction"}
    code = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / "functions").rglob("*.py")}
    assert {path for path, text in code.items() if ".scan(" in text} == {
        "functions/crm/exports/sources.py",
        "functions/crm/fanout/sources.py",
        "functions/crm/patterns/sampling.py",
        "functions/crm/segments/disbanding.py",
        "functions/crm/segments/preview.py",
    }


def test_an_event_of_a_mail_cannot_create_anything() -> None:
    assert not {"dynamodb:PutItem", "dynamodb:DeleteItem"} & actions("MailEventsFunction")


def test_a_link_reaches_one_customer_or_one_members_due_list_and_no_other_list() -> None:
    reached = {
        (action, target(found["Resource"])): found["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for found in statements("PublicFunction")
        for action in listed(found["Action"])
        if action.startswith("dynamodb:")
    }
    on_table = [found for found in statements("PublicFunction") if "dynamodb:GetItem" in listed(found["Action"])]
    read = [key for found in on_table for key in found["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]]
    assert read == [
        "CUSTOMER#*",
        "SUPPRESSED#*",
        "CONSENT_TEXTS",
        "OUTBOX",
        "QUESTIONNAIRES",
        "FIELDS",
        "CALENDAR#*",
        "STAFF#*",
        "RULES",
        "VIEWS",
    ]
    on_table = [found for found in statements("PublicFunction") if "dynamodb:UpdateItem" in listed(found["Action"])]
    sent = [key for found in on_table for key in found["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]]
    # Of the texts only those that we signed are written, each under its own hash; of forms only what was sent.
    assert sent == ["CUSTOMER#*", "SUPPRESSED#*", "CONSENT_TEXTS", "OUTBOX#*", "ANSWERED#*"]
    assert reached["dynamodb:Query", "ViewsTable"] == ["DUE#STAFF#*"]
    assert {action for action, _ in reached} == {"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"}
    # One customer's, for the copy that they asked for; and how the business calls its fields.
    assert reached["dynamodb:Query", "CrmTable"] == ["CUSTOMER#*", "FIELDS"]


def test_views_are_written_by_the_projection_alone() -> None:
    writers = {
        function
        for function in FUNCTIONS
        for statement in statements(function)
        if {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"} & set(listed(statement["Action"]))
        and "ViewsTable" in [target(resource) for resource in listed(statement["Resource"]) if resource != "*"]
    }
    assert writers == {"ProjectorFunction", "JobsFunction"}
