"""A salesperson's and a technician's morning in the browser: in two directions, with and without script."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crm.console import wording
from infra.local.demo.client import Client
from infra.local.host import Host
from tests.browser.reading import fits, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
# Who sells and who repairs do the same with a customer.
WALKS = [("en", True, "sales"), ("en", False, "service"), ("ur", True, "service"), ("ur", False, "sales")]


def open_by_keys(page: Page, name: str) -> None:
    """The keyboard alone: down into what was found, up again into the box, and Enter opens."""
    reached = "document.activeElement.textContent || document.activeElement.id"
    for key, where in (("ArrowDown", name), ("ArrowUp", "q"), ("ArrowDown", name)):
        page.keyboard.press(key)
        assert page.evaluate(reached) == where
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("language", "has_script", "role"), WALKS)
def test_find_log_be_reminded_and_do_it(
    client: Client, host: Host, chromium: Browser, language: str, has_script: bool, role: str
) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words(language).gettext
    number = WALKS.index((language, has_script, role))
    name, line = ("سارہ خان", "Nadia Khan")[number % 2] + f" {number}", f"wants the blue one {number}"
    made = client.post("/customers", {"name": name, "owner": "sales"}, key=f"walk {number}")
    client.local("idle")
    width = 320 if has_script else 1280
    context = chromium.new_context(java_script_enabled=has_script, viewport={"width": width, "height": 800})
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))

    sign_in(page, base, role)
    page.select_option("#language", language)
    if not has_script:
        page.locator("form", has=page.locator("#language")).get_by_role("button").click()
    page.get_by_role("heading", name=said("My day"), level=1).wait_for()
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ur" else "ltr")
    assert fits(page)

    if has_script:
        page.keyboard.press("/")
        page.keyboard.type(name)
        page.locator("#found").get_by_role("link", name=name).wait_for()
        open_by_keys(page, name)
    else:
        page.locator("#q").fill(name)
        page.locator("#q").press("Enter")
    page.get_by_role("heading", name=name, level=1).wait_for()
    assert page.url == f"{base}/console/customers/{made['id']}"

    page.select_option("#days", "1")
    if has_script:
        page.locator("h1").click()
        page.keyboard.press("c")
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    else:
        page.locator("#summary").fill(line)
        page.get_by_role("button", name=said("Log"), exact=True).click()
    page.get_by_text(said("Logged, and you will be reminded.")).wait_for()
    # What happened, and what is to come.
    assert page.get_by_text(line).count() == 2
    assert fits(page)

    page.goto(f"{base}/console")
    waiting = page.get_by_role("listitem").filter(has_text=line)
    waiting.get_by_role("link", name=name).wait_for()
    waiting.get_by_role("button").click()
    page.get_by_role("status").wait_for()
    assert page.get_by_text(line).count() == 0
    context.close()
    assert wrong == [], json.dumps(wrong, ensure_ascii=False)


def test_what_was_told_in_the_night_still_waits_in_the_morning(client: Client, host: Host, chromium: Browser) -> None:
    at = datetime.fromisoformat(client.local("clock")["now"]).astimezone(UTC) + timedelta(hours=1)
    told = {"to": "staff", "staff": "sales", "at": f"{at:%Y-%m-%dT%H:%M}", "timezone": "UTC"}
    client.post("/reminders", {**told, "subject": "Ring before ten"}, key="night")
    page = chromium.new_page()
    sign_in(page, f"http://127.0.0.1:{host.port}", "sales")
    waiting = page.get_by_role("listitem").filter(has_text="Ring before ten")
    waiting.wait_for()
    client.local("clock", {"advance": "PT9H"})
    assert any("Ring before ten" in mail["text"] for mail in client.local("mail.json"))
    # A session lasts a working day, by the clock that was moved.
    page.reload()
    page.get_by_text("sales", exact=True).click()
    waiting.get_by_role("button").click()
    page.get_by_role("status").wait_for()
    assert waiting.count() == 0
    page.context.close()
