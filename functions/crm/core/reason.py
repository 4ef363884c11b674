"""Why something is refused, as a sentence with what changes in it: whoever shows it can say it in another language.

A reason is its English text, which the API answers with, and knows what that was made of: the sentence (`template`,
which stands in the catalogues of the pages) and its parts. Nothing is ever read out of the text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

Word = Callable[[str], str]
"""A sentence in another language; the sentence itself where that language has none."""
Part = Callable[[Any], str]
"""How a part that is no reason of its own is written."""


class Reason(str):
    """`Reason("there is no group {name}", name=ascii(name))`. Without parts, braces stand for themselves."""

    template: str
    parts: Mapping[str, Any]

    def __new__(cls, template: str, /, **parts: Any) -> "Reason":
        return cls.meaning(template.format_map(parts) if parts else template, template, **parts)

    @classmethod
    def meaning(cls, text: str, template: str, /, **parts: Any) -> "Reason":
        """Where the English text is another's, such as pydantic's, and the sentence one that says the same."""
        made = super().__new__(cls, text)
        made.template, made.parts = template, parts
        return made

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """In a document that is stored: as `kept` has it."""
        from pydantic_core import core_schema  # noqa: PLC0415 - most of what refuses needs no pydantic

        storing = core_schema.plain_serializer_function_ser_schema(kept)
        return core_schema.no_info_plain_validator_function(of, serialization=storing)

    def sentences(self) -> Iterator[str]:
        """Its sentence, and those of the reasons in it."""
        yield self.template
        for one in self.parts.values():
            if isinstance(one, Reason):
                yield from one.sentences()

    def said(self, word: Word, part: Part) -> str:
        """The reason in another language."""
        if not self.parts:
            return word(self.template)
        said = {
            name: one.said(word, part) if isinstance(one, Reason) else part(one) for name, one in self.parts.items()
        }
        return word(self.template).format_map(said)


NONE = Reason(*("",))
"""That there is nothing to say."""


class BadValue(ValueError):
    """A value is not what it is to be. In a schema, pydantic makes a refused field of it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def any_of(reasons: Iterable[Reason]) -> Reason:
    """That one of these has to be mended, each said once."""
    return reduce(lambda one, other: Reason("{one}, or {other}", one=one, other=other), dict.fromkeys(reasons))


def listed(parts: Iterable[str]) -> Reason:
    """All of these, one after another; NONE where there are none. What is a reason of its own is said as one."""
    each: list[Any] = list(parts)
    if not each:
        return NONE
    first = each[0] if isinstance(each[0], Reason) else Reason("{one}", one=each[0])
    return reduce(lambda one, other: Reason("{one}, {other}", one=one, other=other), each[1:], first)


def all_of(reasons: Iterable[Reason]) -> Reason:
    """All of these, each said once; NONE where there are none."""
    each = dict.fromkeys(reasons)
    return reduce(lambda one, other: Reason("{one}; {other}", one=one, other=other), each) if each else NONE


def kept(reason: Reason) -> Any:
    """What is stored of a reason, as JSON has it: its text, or what it was made of."""
    return str(reason) if not reason.parts and reason == reason.template else _whole(reason)


def of(stored: Any) -> Reason:
    """A reason from what is stored of it."""
    if isinstance(stored, str):
        return Reason(stored)
    text, template, parts = stored
    # A part that is a list is a reason of its own.
    return Reason.meaning(
        text, template, **{name: of(one) if isinstance(one, list) else one for name, one in parts.items()}
    )


def _whole(reason: Reason) -> list[Any]:
    parts = {name: _whole(one) if isinstance(one, Reason) else one for name, one in reason.parts.items()}
    return [str(reason), reason.template, parts]
