"""template.yaml for tests: as written, and as SAM expands it, with references left standing."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
ANYWHERE = "s3://bucket/key"


@lru_cache(maxsize=1)
def expanded() -> dict[str, Any]:
    """The resources of the template by logical id, after SAM. Not to be changed: all tests share it."""
    return after_sam(yaml_parse(TEMPLATE.read_text("utf-8")))


def after_sam(document: dict[str, Any]) -> dict[str, Any]:
    """The resources of a template as written, by logical id, after SAM; the document is used up."""
    document["Globals"]["Function"]["CodeUri"] = ANYWHERE
    for resource in document["Resources"].values():
        if "ContentUri" in resource["Properties"]:
            resource["Properties"]["ContentUri"] = ANYWHERE
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    session = boto3.Session(region_name="eu-west-1")
    resources: dict[str, Any] = Translator({}, Parser(), boto_session=session).translate(document, {})["Resources"]
    return resources


@lru_cache
def of_type(kind: str) -> dict[str, Any]:
    """Properties by logical id of all resources of one type, such as `AWS::SQS::Queue`. Shared, too."""
    return {name: found["Properties"] for name, found in expanded().items() if found["Type"] == kind}


def target(reference: Any) -> str:
    """The logical id that a `Ref`, `Fn::GetAtt` or `Fn::Sub` speaks of; of a choice the first."""
    if "Fn::If" in reference:
        return target(reference["Fn::If"][1])
    if "Ref" in reference:
        return str(reference["Ref"])
    if "Fn::GetAtt" in reference:
        named = reference["Fn::GetAtt"]
        return str(named[0] if isinstance(named, list) else named.partition(".")[0])
    return str(reference["Fn::Sub"]).split("${")[-1].partition("}")[0].partition(".")[0]


def function_of(handler: str) -> str:
    """The logical id of the function that runs `functions/handlers/<handler>.py`."""
    return "".join(part.capitalize() for part in handler.split("_")) + "Function"


def statements(function: str) -> list[dict[str, Any]]:
    """What the role of a function allows."""
    role = of_type("AWS::IAM::Role")[target(of_type("AWS::Lambda::Function")[function]["Role"])]
    stated = (statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"])
    return [statement for statement in stated if statement["Effect"] == "Allow"]


def listed(value: Any) -> list[Any]:
    """IAM lets a single entry stand without its list."""
    return value if isinstance(value, list) else [value]
