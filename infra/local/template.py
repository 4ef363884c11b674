"""Reads template.yaml as CloudFormation would: SAM expanded, nested stacks included, every function resolved."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from infra.local import names
from infra.local.intrinsics import NO_VALUE, Resolver, TemplateError

PSEUDO_PARAMETERS = {
    "AWS::AccountId": names.ACCOUNT,
    "AWS::Region": names.REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "crm-local",
    "AWS::StackId": f"arn:aws:cloudformation:{names.REGION}:{names.ACCOUNT}:stack/crm-local/0",
    "AWS::NotificationARNs": [],
}
# SAM refuses local folders as code; which folder it is, the local host knows without it.
SOMEWHERE = "s3://local/code"
CODE_FIELDS = ("CodeUri", "ContentUri")
NESTED = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource with resolved properties; `name` is what it is called in the engine."""

    kind: str
    name: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A whole template: resources by logical id (those of a nested stack as `<its id><their id>`), and outputs."""

    resources: Mapping[str, Resource]
    outputs: Mapping[str, Any]


def read(path: Path, *, endpoint: str, parameters: Mapping[str, str]) -> Resolved:
    """Read the template at `path`; `endpoint` is the engine's URL, `parameters` override defaults.

    Raises TemplateError when a file is missing or cannot be understood.
    """
    return _Template(path, endpoint, parameters, prefix="").resolved()


def of_kind(resources: Mapping[str, Resource], kind: str) -> dict[str, Resource]:
    """The resources of one type, by logical id."""
    return {logical_id: resource for logical_id, resource in resources.items() if resource.kind == kind}


class _Template:
    def __init__(self, path: Path, endpoint: str, parameters: Mapping[str, Any], prefix: str) -> None:
        self._path = path
        self._endpoint = endpoint
        self._prefix = prefix
        self._document = expanded(path)
        self._nested: dict[str, Resolved] = {}
        self._resolver = Resolver(
            parameters={**PSEUDO_PARAMETERS, **_values(path, self._document.get("Parameters", {}), parameters)},
            reference=self._reference,
            attribute=self._attribute,
            conditions=self._document.get("Conditions", {}),
            mappings=self._document.get("Mappings", {}),
        )

    def resolved(self) -> Resolved:
        resources: dict[str, Resource] = {}
        for logical_id, resource in self._document["Resources"].items():
            if self._exists(resource) and resource["Type"] == NESTED:
                resources |= self._nested_stack(logical_id).resources
            elif self._exists(resource):
                resources[self._prefix + logical_id] = self._resource(logical_id)
        outputs = {
            name: self._resolver.resolve(output["Value"])
            for name, output in self._document.get("Outputs", {}).items()
            if self._exists(output)
        }
        return Resolved(resources=resources, outputs=outputs)

    def _exists(self, part: Mapping[str, Any]) -> bool:
        return "Condition" not in part or self._resolver.holds(part["Condition"])

    def _resource(self, logical_id: str) -> Resource:
        resource = self._document["Resources"][logical_id]
        return Resource(
            kind=resource["Type"],
            name=self._name(logical_id),
            properties=self._resolver.resolve(resource.get("Properties", {})),
        )

    def _name(self, logical_id: str) -> str:
        resource = self._document["Resources"].get(logical_id)
        if resource is None:
            raise TemplateError(f"{self._path.name} speaks of {logical_id}, which is not in it")
        key = names.GIVEN_NAMES.get(resource["Type"], "")
        given = self._resolver.resolve(resource.get("Properties", {}).get(key))
        properties = {} if given in (None, NO_VALUE) else {key: given}
        return names.physical_name(resource["Type"], self._prefix + logical_id, properties)

    def _reference(self, logical_id: str) -> str:
        name = self._name(logical_id)
        return names.reference(self._document["Resources"][logical_id]["Type"], name, self._endpoint)

    def _attribute(self, logical_id: str, attribute: str) -> Any:
        name = self._name(logical_id)
        kind = self._document["Resources"][logical_id]["Type"]
        if kind == NESTED and attribute.startswith("Outputs."):
            return self._nested_stack(logical_id).outputs[attribute.removeprefix("Outputs.")]
        return names.attribute(kind, name, attribute, self._endpoint)

    def _nested_stack(self, logical_id: str) -> Resolved:
        if logical_id not in self._nested:
            properties = self._resolver.resolve(self._document["Resources"][logical_id]["Properties"])
            path = self._path.parent / properties["TemplateURL"]
            inner = _Template(path, self._endpoint, properties.get("Parameters", {}), self._prefix + logical_id)
            self._nested[logical_id] = inner.resolved()
        return self._nested[logical_id]


def expanded(path: Path) -> dict[str, Any]:
    """A template as CloudFormation gets it, with its references. Raises TemplateError."""
    try:
        document = yaml_parse(path.read_text())
    except OSError as error:
        raise TemplateError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or "Resources" not in document:
        raise TemplateError(f"{path} has no Resources")
    return _translated(path, document) if "Transform" in document else document


def _translated(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    for properties in _with_code(document):
        for field in CODE_FIELDS:
            if field in properties:
                properties[field] = SOMEWHERE
    # It complains of usage figures that nobody asked it to send.
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    session = boto3.Session(region_name=names.REGION)
    try:
        translated: dict[str, Any] = Translator({}, Parser(), boto_session=session).translate(document, {})
    except InvalidDocumentException as error:
        raise TemplateError(f"{path}: {'; '.join(cause.message for cause in error.causes)}") from error
    return translated


def _with_code(document: dict[str, Any]) -> list[dict[str, Any]]:
    of_all = document.get("Globals", {}).get("Function", {})
    return [of_all, *(resource.get("Properties", {}) for resource in document["Resources"].values())]


def _values(path: Path, declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"{path.name} has no parameter {', '.join(unknown)}")
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        if name not in given and "Default" not in parameter:
            raise TemplateError(f"{path.name}: parameter {name} has no default and was not given")
        values[name] = _typed(parameter["Type"], given.get(name, parameter.get("Default")))
    return values


def _typed(kind: str, value: Any) -> Any:
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [part.strip() for part in str(value).split(",")] if not isinstance(value, list) else value
    return str(value)
