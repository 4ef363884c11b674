"""A form of a page as a browser reads it: what stands in each of its fields."""

from __future__ import annotations

from html.parser import HTMLParser

from tests.console.browser import Shown


def fields(page: Shown, action: str) -> dict[str, str]:
    """What the form that goes to an address would send if nobody touched it."""
    reader = _Form(action)
    reader.feed(page.body)
    assert reader.found, f"no form goes to {action}"
    return reader.fields


class _Form(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.found, self.inside = action, False, False
        self.fields: dict[str, str] = {}
        self._area: str | None = None
        self._choice: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            self.inside = known.get("action") == self.action
            self.found |= self.inside
        if not self.inside:
            return
        name, value = known.get("name") or "", known.get("value") or ""
        if tag == "input" and known.get("type") not in {"checkbox", "radio"} and name:
            self.fields[name] = value
        elif tag == "textarea":
            self.fields[name], self._area = "", name
        elif tag == "select":
            self.fields[name], self._choice = "", name
        elif tag == "option" and self._choice and "selected" in known:
            self.fields[self._choice] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self._area:
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data
