"""CloudFormation's functions and conditions, resolved against parameters and the names that resources have locally."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

NO_VALUE = object()
PLACEHOLDER = re.compile(r"\$\{([^!${}][^${}]*)\}")


class TemplateError(Exception):
    """The template cannot be read or asks for what the local host does not know. The text is one line."""


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """Resolves one template. `reference` and `attribute` give what Ref and GetAtt of a resource are locally."""

    parameters: Mapping[str, Any]
    reference: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """Return the value with every function replaced; `AWS::NoValue` entries vanish. Raises TemplateError."""
        if isinstance(value, Mapping):
            return self._call(value) if _is_call(value) else self._fields(value)
        if isinstance(value, list):
            return [kept for entry in value if (kept := self.resolve(entry)) is not NO_VALUE]
        return value

    def holds(self, condition: str) -> bool:
        """Tell whether a condition of the template is true. Raises TemplateError when there is no such condition."""
        if condition not in self.conditions:
            raise TemplateError(f"condition {condition} is not in the template")
        return bool(self.resolve(self.conditions[condition]))

    def _fields(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {key: kept for key, entry in value.items() if (kept := self.resolve(entry)) is not NO_VALUE}

    def _call(self, value: Mapping[str, Any]) -> Any:
        ((name, argument),) = value.items()
        function = FUNCTIONS.get(name)
        if function is None:
            raise TemplateError(f"{name} is a function that the local host does not know")
        return function(self, argument)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.parameters[name] if name in self.parameters else self.reference(name)

    def _get_att(self, argument: Any) -> Any:
        resource, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.attribute(resource, attribute)

    def _sub(self, argument: Any) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else (argument[0], self.resolve(argument[1]))

        def put(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in given:
                return str(given[name])
            return str(self._get_att(name) if "." in name else self._ref(name))

        return PLACEHOLDER.sub(put, text).replace("${!", "${")

    def _join(self, argument: Any) -> str:
        separator, entries = argument
        return str(separator).join(str(entry) for entry in self.resolve(entries))

    def _if(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)

    def _equals(self, argument: Any) -> bool:
        left, right = self.resolve(argument)
        return str(left) == str(right)

    def _select(self, argument: Any) -> Any:
        index, entries = self.resolve(argument)
        return entries[int(index)]

    def _split(self, argument: Any) -> list[str]:
        separator, text = self.resolve(argument)
        return str(text).split(separator)

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = self.resolve(argument)[:3]
        return self.mappings[name][first][second]


FUNCTIONS: dict[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver._ref,
    "Fn::GetAtt": Resolver._get_att,
    "Fn::Sub": Resolver._sub,
    "Fn::Join": Resolver._join,
    "Fn::If": Resolver._if,
    "Fn::Equals": Resolver._equals,
    "Fn::And": lambda resolver, argument: all(resolver.resolve(argument)),
    "Fn::Or": lambda resolver, argument: any(resolver.resolve(argument)),
    "Fn::Not": lambda resolver, argument: not resolver.resolve(argument)[0],
    "Fn::Select": Resolver._select,
    "Fn::Split": Resolver._split,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::Base64": lambda resolver, text: base64.b64encode(str(resolver.resolve(text)).encode()).decode(),
    "Condition": Resolver.holds,
}


def _is_call(value: Mapping[str, Any]) -> bool:
    if len(value) != 1:
        return False
    ((name, argument),) = value.items()
    # `Condition` is also an ordinary field, as in a policy statement: there it holds a mapping.
    return name == "Ref" or name.startswith("Fn::") or (name == "Condition" and isinstance(argument, str))
