"""Birthdays of tomorrow, a rule that greets them, and its form as a browser would send it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from typing import Any

from crm.core import clock
from crm.core.config import settings
from crm.core.lease import Lease
from tests.console.browser import Shown
from tests.support.flow import settle
from tests.support.world import Api

CANARY = "<script>alert('x')</script>\"'&{{7*7}}"
LIST = "/console/greetings"


@dataclass(frozen=True)
class Known:
    """A rule, whom it greets tomorrow, and tomorrow."""

    rule: str
    ids: dict[str, str]
    tomorrow: date


@contextmanager
def greeted() -> Iterator[Known]:
    """A birthday tomorrow: of one who gets a mail, one without an address, one who refused, one out of reach."""
    api = Api()
    forget_rules(api)
    tomorrow = clock.now().astimezone(settings().business_timezone).date() + timedelta(days=1)
    born = f"1990-{tomorrow:%m-%d}" if f"{tomorrow:%m-%d}" != "02-29" else "1988-02-29"
    people: dict[str, dict[str, Any]] = {
        "nadia": {"email": "nadia@example.com", "language": "ur", "owner": "sales"},
        "omar": {"owner": "sales"},
        "rina": {"email": "rina@example.com", "consent": {"greeting": False}, "owner": "sales"},
        "far": {"email": "far@example.com", "owner": "somebody_else"},
    }
    ids = {}
    for name, more in people.items():
        told = {"name": f"{name.title()} {CANARY}", "birthday": born, **more}
        made = api.post("/customers", told)
        assert made.status == 201, made.body
        ids[name] = str(made.body["id"])
    rule = {"name": f"Birthdays {CANARY}", "occasion": "birthday", "send_at": "09:30"}
    made = api.post("/greetings", rule)
    assert made.status == 201, made.body
    settle()
    Lease.forget_all()
    yield Known(made.body["id"], ids, tomorrow)
    forget_rules(api)
    for one in ids.values():
        assert api.delete(f"/customers/{one}", headers={"if-match": "*"}).status == 204
    settle()


def forget_rules(api: Api) -> None:
    """The shop is shared with other tests, whose rules would greet the same people."""
    for one in api.get("/greetings").body["items"]:
        assert api.delete(f"/greetings/{one['id']}", headers={"if-match": str(one["version"])}).status == 204


def fields_of(page: Shown) -> dict[str, str]:
    """What a browser would send of the page's form of a rule, as it stands."""
    form = page.body.partition('class="card for-occasion"')[2].partition("</form>")[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        told = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if told.get("type") != "checkbox" or " checked" in tag:
            found[told["name"]] = told.get("value", "")
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        found[name] = unescape(chosen[1])
    return found


def sent(page: Shown, **changed: str) -> dict[str, str]:
    """A form as it stands on a page, with what somebody typed over it."""
    return {**fields_of(page), **changed}


def mail_of(known: Known, name: str) -> str:
    asked = f"greeting={known.rule}&customer={known.ids[name]}&occurrence={known.tomorrow.year}"
    return f"/console/upcoming/tomorrow?{asked}"


def sample_of(known: Known, name: str, more: str = "") -> str:
    year = known.tomorrow.year
    return f"{LIST}/{known.rule}/sample?customer={known.ids[name]}&occurrence={year}{more}"
