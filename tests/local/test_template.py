"""template.yaml is read as CloudFormation would, and what the local host does not know is an error."""

from pathlib import Path

import pytest

from infra.local import stack
from infra.local.host import TEMPLATE
from infra.local.intrinsics import TemplateError

ENDPOINT = "http://127.0.0.1:4566"
HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\n"
FUNCTION = "{Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., %s}}"


def read(directory: Path, text: str, **parameters: str) -> stack.Stack:
    path = directory / "template.yaml"
    path.write_text(HEAD + text)
    return stack.load(path, endpoint=ENDPOINT, parameters=parameters)


@pytest.fixture(scope="module")
def product() -> stack.Stack:
    return stack.load(TEMPLATE, endpoint=ENDPOINT, parameters={"PublicUrl": "http://127.0.0.1:3000"})


def test_every_function_of_the_product_gets_the_tables_and_queues_that_exist_locally(product: stack.Stack) -> None:
    assert len(product.functions) >= 8
    for function in product.functions.values():
        assert function.environment["CRM_TABLE"] in product.tables
        assert function.environment["MAIL_QUEUE_URL"].startswith(f"{ENDPOINT}/")
        assert function.environment["MAIL_QUEUE_URL"].rpartition("/")[2] in product.queues


def test_staff_routes_ask_for_the_scope_and_public_ones_for_nothing(product: stack.Stack) -> None:
    scopes = {(route.method, route.path): route.scopes for route in product.routes}
    assert scopes["POST", "/customers"] == ("crm/staff",)
    assert scopes["POST", "/unsubscribe/{token}"] is None
    assert {route.function for route in product.routes} <= set(product.functions)


def test_event_sources_and_schedules_lead_to_functions_that_exist(product: stack.Stack) -> None:
    sources = {source.source: source for source in product.event_sources}
    assert sources["CrmTable"].kind == "dynamodb"
    assert sources["MailQueue"].kind == "sqs"
    targets = {source.function for source in product.event_sources} | {tick.function for tick in product.schedules}
    assert targets <= set(product.functions)
    assert all(url.startswith(ENDPOINT) for rule in product.event_rules for url in rule.queue_urls)


def test_a_given_public_address_stands_in_the_mailers_links(product: stack.Stack) -> None:
    assert product.functions["MailerFunction"].environment["PUBLIC_URL"] == "http://127.0.0.1:3000"


def test_an_unknown_resource_type_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"^Machine is an AWS::StepFunctions::StateMachine, which .* not know$"):
        read(tmp_path, "Resources: {Machine: {Type: AWS::StepFunctions::StateMachine}}")


def test_an_unknown_function_of_cloudformation_is_named(tmp_path: Path) -> None:
    bad = "{Type: AWS::SQS::Queue, Properties: {QueueName: {'Fn::ImportValue': x}}}"
    with pytest.raises(TemplateError, match="Fn::ImportValue"):
        read(tmp_path, f"Resources: {{Work: {bad}}}")


def test_a_reference_to_nothing_is_named(tmp_path: Path) -> None:
    variables = "Environment: {Variables: {URL: !Ref Missing}}"
    with pytest.raises(TemplateError, match="Missing"):
        read(tmp_path, f"Resources: {{Api: {FUNCTION % variables}}}")


def test_a_parameter_without_value_and_one_that_does_not_exist_are_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="Name has no default"):
        read(tmp_path, "Parameters: {Name: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue}}")
    with pytest.raises(TemplateError, match="no parameter Other"):
        read(
            tmp_path, "Parameters: {Name: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue}}", Name="a", Other="b"
        )


def test_what_sam_refuses_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as refused:
        read(tmp_path, "Resources: {Api: {Type: AWS::Serverless::Function, Properties: {}}}")
    assert "\n" not in str(refused.value)


def test_a_resource_whose_condition_is_false_does_not_exist(tmp_path: Path) -> None:
    text = """
Parameters: {Stage: {Type: String, Default: dev}}
Conditions: {Live: !Equals [!Ref Stage, live], Dev: !Not [!Condition Live]}
Resources:
  Work: {Type: AWS::SQS::Queue, Condition: Live}
  Play: {Type: AWS::SQS::Queue, Condition: Dev}
"""
    assert set(read(tmp_path, text).queues) == {"Play"}
    assert set(read(tmp_path, text, Stage="live").queues) == {"Work"}


def test_functions_of_cloudformation_give_what_they_give_there(tmp_path: Path) -> None:
    variables = """Environment: {Variables: {
      SUB: !Sub ['${A}-${Name}-${Work.QueueName}-${!Kept}', {A: 1}], JOIN: !Join ['/', [a, !Ref Name]],
      PART: !Select [1, !Split ['.', 'x.y.z']], MAPPED: !FindInMap [Sizes, big, count],
      GONE: !If [Never, a, !Ref AWS::NoValue], ARN: !GetAtt Work.Arn, REGION: !Ref AWS::Region}}"""
    found = read(
        tmp_path,
        f"""
Parameters: {{Name: {{Type: String, Default: shop}}}}
Mappings: {{Sizes: {{big: {{count: 9}}}}}}
Conditions: {{Never: !Equals [a, b]}}
Resources:
  Work: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub 'work-of-${{Name}}'}}}}
  Api: {FUNCTION % variables}
""",
    )
    assert found.functions["Api"].environment == {
        "SUB": "1-shop-work-of-shop-${Kept}",
        "JOIN": "a/shop",
        "PART": "y",
        "MAPPED": "9",
        "ARN": "arn:aws:sqs:eu-west-1:000000000000:work-of-shop",
        "REGION": "eu-west-1",
    }


def test_nested_stacks_take_parameters_and_give_outputs(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(
        """
Parameters: {Name: {Type: String}}
Resources: {Inner: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'q-${Name}'}}}
Outputs: {Arn: {Value: !GetAtt Inner.Arn}}
"""
    )
    variables = "Environment: {Variables: {ARN: !GetAtt Mail.Outputs.Arn}}"
    found = read(
        tmp_path,
        f"""
Resources:
  Mail: {{Type: AWS::Serverless::Application, Properties: {{Location: inner.yaml, Parameters: {{Name: mail}}}}}}
  Api: {FUNCTION % variables}
""",
    )
    assert set(found.queues) == {"q-mail"}
    assert found.functions["Api"].environment["ARN"].endswith(":q-mail")


def test_a_missing_template_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read"):
        stack.load(tmp_path / "template.yaml", endpoint=ENDPOINT, parameters={})
