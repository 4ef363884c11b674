"""A manager builds a group in the browser: in two directions, with and without script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from crm.catalogues import wording
from infra.local.demo.client import Client
from infra.local.host import Host
from tests.browser.reading import fits, walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
WALKS = [("en", True), ("en", False), ("ur", True), ("ur", False)]


def press(page: Page, do: str) -> None:
    """A button of the form; the page is the next one, or the part of it that the script was given."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(f'#rule-form button[value="{do}"]:not([aria-hidden])').click()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("language", "has_script"), WALKS)
def test_a_group_is_built_looked_at_and_kept(
    client: Client, host: Host, chromium: Browser, language: str, has_script: bool
) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words(language).gettext
    number = WALKS.index((language, has_script))
    name, tag = ("سلمیٰ رحمان", "Farah Iqbal")[number % 2] + f" {number}", f"walk{number}"
    client.post("/customers", {"name": name, "tags": [tag]}, key=f"group walk {number}")
    client.post("/customers", {"name": f"Other {number}", "tags": ["other"]}, key=f"group other {number}")
    with walk(chromium, base, "marketing", language, has_script=has_script) as page:
        page.goto(f"{base}/console/groups")
        page.get_by_role("link", name=said("Make a group")).first.click()
        page.get_by_role("heading", name=said("Make a group"), level=1).wait_for()
        page.locator("#name").fill(f"گروہ Group {number}")

        page.select_option("#new-0", "tags")
        press(page, "add 0")
        page.locator("#value-0-0").fill(tag)
        press(page, "bracket 0-0")
        page.select_option("#new-0-0", "facts.spent")
        press(page, "add 0-0")
        page.locator("#value-0-0-1").fill("۹۹۹۹۹۹")
        # Who moves the focus has changed the field: with a script the count comes by itself.
        if has_script:
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                page.locator("#name").press("Tab")
            page.wait_for_load_state("networkidle")
        else:
            press(page, "preview")
        page.locator("#preview").get_by_role("link", name=name).wait_for()
        assert page.locator("#preview").get_by_role("link").count() == 1
        assert page.locator("#name").input_value() == f"گروہ Group {number}"
        assert fits(page)

        press(page, "save")
        page.get_by_text(said("The group is made, and is being filled.")).wait_for()
        client.local("idle")
        page.reload()
        page.locator("#members").get_by_role("link", name=name).wait_for()
        assert page.get_by_text(f"Other {number}").count() == 0
        assert fits(page)
        if has_script:
            # The list moves by itself: nobody loads the page anew.
            page.goto(f"{base}/console/groups")
            line = page.get_by_role("row").filter(has_text=f"Group {number}")
            line.wait_for()
            client.post("/customers", {"name": f"New {number}", "tags": [tag]}, key=f"group new {number}")
            client.local("idle")
            shown = "2" if language == "en" else "۲"
            # Not by its name: on a narrow screen that begins with the column's.
            line.locator("td", has_text=re.compile(rf"^{shown}$")).first.wait_for(timeout=9_000)
