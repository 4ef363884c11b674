"""Fills in a form of a page as a browser does: what it was shown with, and what somebody typed over it."""

from __future__ import annotations

import re
from html import unescape

from tests.console.browser import Shown


def filled(page: Shown, action: str, **typed: str) -> dict[str, str]:
    """The last form of a page that is sent there; `a__b` is the field `a.b`, "" takes a tick away."""
    begin = page.body.rindex(f'action="{action}"')
    body = page.body[begin : page.body.index("</form>", begin)]
    sent, ticks = {}, set[str]()
    for tag in re.findall(r"<input [^>]+>", body):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told.get("type") == "checkbox":
            ticks.add(told["name"])
        if told.get("type") != "checkbox" or " checked" in tag:
            sent[told["name"]] = unescape(told.get("value", ""))
    for name, value in re.findall(r'<textarea id="([\w.]+)"[^>]*>\n([^<]*)</textarea>', body):
        sent[name] = unescape(value)
    for name, options in re.findall(r'<select id="([\w.]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)
        sent[name] = unescape(chosen[0])
    sent |= {name.replace("__", "."): value for name, value in typed.items()}
    return {name: value for name, value in sent.items() if value or name not in ticks}
