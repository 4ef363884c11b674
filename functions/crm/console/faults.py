"""The summary of a refused form calls each field as the page does, and leads there.

It stands above the fields, whose labels are written by many templates: only the finished page knows all of them.
"""

import re
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser

from crm.console.forms import FAULT

_ENTRY = re.compile(rf'<li {FAULT}="([^"]*)">(.*?)</li>', re.DOTALL)
_FIELDS = frozenset({"input", "select", "textarea", "button"})
_GROUPS = frozenset({"fieldset", "details"})
_NAMES = frozenset({"label", "legend", "summary", "button"})


def named(page: str) -> str:
    """The page with each entry of its summary as a link; one of no field that it has stays as it is."""
    reader = _Reader()
    reader.feed(page)
    return _ENTRY.sub(lambda entry: _led(entry, reader.found.get(unescape(entry[1]))), page)


@dataclass
class _Field:
    """A field, or several as a group. `called`: its name, after those of the groups around it; `at`: where to go."""

    called: list[str]
    at: str = ""


def _led(entry: re.Match[str], field: _Field | None) -> str:
    if field is None or not field.at:
        return entry[0]
    called = " – ".join(f"<bdi>{escape(name)}</bdi>" for name in field.called if name)
    label = f"<strong>{called}</strong>: " if called else ""
    return f'<li><a href="#{escape(field.at)}">{label}{entry[2]}</a></li>'


class _Reader(HTMLParser):
    """Finds the fields and groups of a page by their ids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, _Field] = {}
        # Those that are not closed yet, the outermost first.
        self._groups: list[_Field] = []
        self._text: list[str] | None = None
        self._for = ""
        self._is_aside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        own = told.get("id", "")
        if tag in _GROUPS:
            self._groups.append(self._of(own) if own else _Field([]))
        elif tag in _NAMES:
            self._text, self._for = [], told.get("for", own)
        if tag in _FIELDS and own and told.get("type") != "hidden":
            self._field(own, told.get("aria-label", ""))
        # No part of a name: that a field may be left empty, and which key leads to it.
        self._is_aside = tag == "kbd" or told.get("class") == "optional"

    def handle_endtag(self, tag: str) -> None:
        self._is_aside = False
        if tag in _GROUPS and self._groups:
            self._groups.pop()
        elif tag in _NAMES and self._text is not None:
            self._name(tag, " ".join("".join(self._text).split()))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._is_aside:
            self._text.append(data)

    def _of(self, own: str) -> _Field:
        return self.found.setdefault(own, _Field([]))

    def _field(self, own: str, said: str) -> None:
        found = self._of(own)
        found.at, found.called = own, found.called or [*self._above(), said]
        for group in self._groups:
            # One goes to a group by the first of its fields, as only there one can type.
            group.at = group.at or own

    def _name(self, tag: str, name: str) -> None:
        if tag in {"label", "button"}:
            self._of(self._for).called = [*self._above(), name]
        elif self._groups:
            self._groups[-1].called = [*self._above()[:-1], name]

    def _above(self) -> list[str]:
        return [group.called[-1] if group.called else "" for group in self._groups]
