"""Documents that tell of customers, and how they look without the fields that a role does not see.

A document of customers says by its class what it holds of them, and how it looks without some of their fields; it is
then as if these were unknown.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any, Self, cast

from pydantic import BaseModel, PrivateAttr

from crm.core.fields import Document
from crm.core.veil import is_hidden, visible


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
