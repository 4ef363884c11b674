"""A function is reached by one way, says little, and ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.support.template import target
from tests.template.rules.rule import Resources, of, rule

LONGEST_LOG_DAYS = 365
# A clock that can be moved; webhooks that reach this very machine.
OF_A_LAPTOP = {"CLOCK_FILE", "DELIVERS_TO_THIS_MACHINE"}
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|PRIVATE|CREDENTIAL|API_?KEY|SIGNING_KEY$")


@rule
def no_function_has_an_address_of_its_own(resources: Resources) -> Iterator[str]:
    yield from (name for name, _ in of(resources, "AWS::Lambda::Url"))


@rule
def a_function_is_called_by_our_api_alone(resources: Resources) -> Iterator[str]:
    for name, permission in of(resources, "AWS::Lambda::Permission"):
        named = json.dumps(permission.get("SourceArn", ""))
        if permission["Principal"] != "apigateway.amazonaws.com" or "${HttpApi}" not in named:
            yield name


@rule
def a_log_ends(resources: Resources) -> Iterator[str]:
    for name, log in of(resources, "AWS::Logs::LogGroup"):
        days = log.get("RetentionInDays")
        if days != {"Ref": "LogDays"} and not (isinstance(days, int) and days <= LONGEST_LOG_DAYS):
            yield name


@rule
def a_function_writes_into_a_log_of_the_template(resources: Resources) -> Iterator[str]:
    for name, function in of(resources, "AWS::Lambda::Function"):
        group = function.get("LoggingConfig", {}).get("LogGroup")
        if not group or resources.get(target(group), {}).get("Type") != "AWS::Logs::LogGroup":
            yield name


@rule
def no_secret_stands_in_the_environment(resources: Resources) -> Iterator[str]:
    for name, function in of(resources, "AWS::Lambda::Function"):
        variables = function.get("Environment", {}).get("Variables", {})
        yield from (f"{name}: {setting}" for setting in variables if SECRET.search(setting))
        yield from (f"{name}: {key}" for key, value in variables.items() if "{{resolve:" in json.dumps(value))


@rule
def nothing_is_set_that_only_a_laptop_may_do(resources: Resources) -> Iterator[str]:
    for name, function in of(resources, "AWS::Lambda::Function"):
        yield from (f"{name}: {one}" for one in function["Environment"]["Variables"] if one in OF_A_LAPTOP)


@rule
def a_function_has_an_end(resources: Resources) -> Iterator[str]:
    yield from (name for name, one in of(resources, "AWS::Lambda::Function") if not 0 < one.get("Timeout", 0) <= 300)


@rule
def a_layer_is_our_own(resources: Resources) -> Iterator[str]:
    for name, function in of(resources, "AWS::Lambda::Function"):
        for layer in function.get("Layers", []):
            if not isinstance(layer, dict) or resources[target(layer)]["Type"] != "AWS::Lambda::LayerVersion":
                yield name
