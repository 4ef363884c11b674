"""Fields of customers that a role does not see, taken out of what is answered to it: in one place, whatever the route.

A document of customers says by its class what it holds of them, and how it looks without some of their fields; it is
then as if these were unknown.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Self, cast

from pydantic import BaseModel, PrivateAttr

from crm.core.fields import Document

# What stands under another name, or is computed: of which fields it tells.
_TELLS: Mapping[str, tuple[str, ...]] = {
    "age": ("/birthday", "/age_noted"),
    "birthday_bikram_sambat": ("/birthday",),
    "member_of": ("/relations",),
    "other_addresses": ("/email", "/phone"),
    "own_answers": ("/consent",),
}
_BY_MEMBER = "custom"


def is_hidden(pointer: str, hidden: Collection[str]) -> bool:
    """Whether a field of a customer (`/email`, `/custom/size`), or one that it tells of, is hidden."""
    if not hidden:
        return False
    name = pointer.split("/")[1] if pointer.startswith("/") else pointer
    told = (pointer, *_TELLS.get(name, ()))
    return any(one == hide or one.startswith(f"{hide}/") for one in told for hide in hidden)


def visible(values: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """Some fields of a customer by name without those that are hidden."""
    seen = {name: value for name, value in values.items() if not is_hidden(f"/{name}", hidden)}
    if isinstance(own := seen.get(_BY_MEMBER), Mapping):
        seen[_BY_MEMBER] = {name: own[name] for name in own if not is_hidden(f"/{_BY_MEMBER}/{name}", hidden)}
    return seen


class Veiled(Document, ABC):
    """A document that tells of fields of a customer."""

    @abstractmethod
    def veiled(self, hidden: Collection[str]) -> Self | None:
        """The same without hidden fields; None where nothing is left to say."""


class OfCustomer(Veiled):
    """A document whose fields are a customer's own, under the same names, each of which may be unknown."""

    _shown: frozenset[str] = PrivateAttr(default=frozenset())

    def showing(self, fields: frozenset[str]) -> Self:
        """The same, of which fields (JSON pointers) are shown though they are hidden of others."""
        shown = self.model_copy()
        shown._shown = fields
        return shown

    def veiled(self, hidden: Collection[str]) -> Self | None:
        hidden = frozenset(hidden) - self._shown
        seen = visible(dict(self), hidden)
        fields = type(self).model_fields
        gone = {name: fields[name].get_default(call_default_factory=True) for name in dict(self) if name not in seen}
        if "conflicts" in seen:
            seen["conflicts"] = [one for one in seen["conflicts"] if not is_hidden(one, hidden)]
        unknown = {name: None if fields[name].is_required() else value for name, value in gone.items()}
        return self.model_copy(update={**seen, **unknown})


def masked(document: BaseModel, hidden: Collection[str]) -> BaseModel | None:
    """A document, and all within it, without hidden fields of customers."""
    if not hidden:
        return document
    if isinstance(document, Veiled):
        found = document.veiled(hidden)
        if found is None:
            return None
        document = found
    inner = {name: _inner(value, hidden) for name, value in document if isinstance(value, (BaseModel, list))}
    return document.model_copy(update=inner) if inner else document


def _inner(value: Any, hidden: Collection[str]) -> Any:
    if isinstance(value, BaseModel):
        return masked(value, hidden)
    return list(_seen(cast("list[Any]", value), hidden))


def _seen(values: Iterable[Any], hidden: Collection[str]) -> Iterable[Any]:
    for value in values:
        if not isinstance(value, BaseModel):
            yield value
        elif (one := masked(value, hidden)) is not None:
            yield one
