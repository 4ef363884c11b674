"""What a change of a tag makes of the tags of a customer, of rules and of questions that name it. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.core import text
from crm.criteria.rules import Rule, leaves
from crm.customers import tags as customer_tags

Question = Mapping[str, Any]


@dataclass(frozen=True)
class Renaming:
    """A tag, as it is written most often, and the name that it gets."""

    tag: str
    name: str

    def back(self) -> "Renaming":
        """The way back."""
        return Renaming(self.name, self.tag)


def retagged(tags: Iterable[str], *, key: str, name: str | None) -> list[str]:
    """The tags with every way of writing one of them replaced in its place, or taken away."""
    found = (name if customer_tags.key(tag) == key else tag for tag in tags)
    return text.distinct(tag for tag in found if tag is not None)


def returned(tags: Iterable[str], change: Mapping[str, Any]) -> list[str]:
    """The tags as they were before a change of them: {added, removed}."""
    left = [tag for tag in tags if tag not in change.get("added", ())]
    return text.distinct([*left, *change.get("removed", ())])


def names(rule: Rule, tag: str) -> bool:
    """Whether a rule asks for a tag. Rules compare more loosely than tags are told apart: without the nukta."""
    return any(_names(leaf, tag) for leaf in leaves(rule))


def both(rule: Rule, renaming: Renaming) -> Rule:
    """A rule that asks for the new name wherever it asks for the tag: nobody leaves a group on the way."""
    return _rewritten(rule, lambda leaf: _asked(leaf, [*_values(leaf), renaming.name]), renaming.tag)


def after(rule: Rule, renaming: Renaming) -> Rule:
    """A rule that asks for the new name in place of the tag."""

    def renamed(leaf: Rule) -> Rule:
        ours = customer_tags.key(renaming.tag)
        kept = [renaming.name if customer_tags.key(one) == ours else one for one in _values(leaf)]
        # Where another tag is meant as well, which differs by a nukta, that one stays.
        return _asked(leaf, [*kept, renaming.name])

    return _rewritten(rule, renamed, renaming.tag)


def sets(question: Question, tag: str) -> bool:
    """Whether an answer to a question sets a tag."""
    ours = customer_tags.key(tag)
    return any(customer_tags.key(one) == ours for one in _set_by(question))


def asked(questions: Iterable[Question], renaming: Renaming, *, of: Iterable[str]) -> list[Question]:
    """The questions, of which those with these ids set the new name; a choice that there is already is left."""
    ids = set(of)
    return [_renamed(one, renaming) if one["id"] in ids else one for one in questions]


def _names(leaf: Rule, tag: str) -> bool:
    if leaf["field"] != "tags" or leaf["op"] not in {"contains", "in"}:
        return False
    return text.loose_key(tag) in map(text.loose_key, _values(leaf))


def _values(leaf: Rule) -> list[str]:
    return [str(one) for one in (leaf["value"] if leaf["op"] == "in" else [leaf["value"]])]


def _asked(leaf: Rule, values: list[str]) -> Rule:
    several = text.distinct(values)
    if len(several) == 1 and leaf["op"] == "contains":
        return {**leaf, "value": several[0]}
    return {**leaf, "op": "in", "value": several}


def _rewritten(rule: Rule, write: Callable[[Rule], Rule], tag: str) -> Rule:
    if "field" in rule:
        return write(rule) if _names(rule, tag) else rule
    ((branch, parts),) = rule.items()
    if branch == "not":
        return {branch: _rewritten(parts, write, tag)}
    return {branch: [_rewritten(part, write, tag) for part in parts]}


def _set_by(question: Question) -> list[str]:
    if question.get("tags"):
        return [str(choice["value"]) for choice in question.get("choices") or ()]
    return [str(question["tag"])] if question.get("tag") else []


def _renamed(question: Question, renaming: Renaming) -> Question:
    ours = customer_tags.key(renaming.tag)
    if question.get("tag"):
        return {**question, "tag": renaming.name} if customer_tags.key(question["tag"]) == ours else question
    values = [str(choice["value"]) for choice in question.get("choices") or ()]
    if renaming.name in values:
        return question
    choices = [
        {**choice, "value": renaming.name} if customer_tags.key(choice["value"]) == ours else choice
        for choice in question["choices"]
    ]
    return {**question, "choices": choices}
