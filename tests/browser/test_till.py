"""Over the counter: somebody new is entered, somebody known is found by the number that they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.catalogues import wording
from infra.local.demo.client import Client
from infra.local.host import Host
from tests.browser.reading import fits, walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "has_script"), [("en", True), ("ur", False)])
def test_enter_somebody_new_and_find_them_by_their_number(
    client: Client, host: Host, chromium: Browser, language: str, has_script: bool
) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words(language).gettext
    name, number = ("Rubina Akhtar", "+923007654321") if has_script else ("روبینہ اختر", "+923007654322")
    with walk(chromium, base, "till", language, has_script=has_script, width=768) as page:
        page.get_by_role("link", name=said("Add a customer"), exact=True).first.click()
        page.locator("#name").fill(name)
        page.locator("#phone").fill(number)
        page.get_by_role("button", name=said("Add"), exact=True).click()
        page.get_by_role("heading", name=name, level=1).wait_for()
        assert fits(page)
        # What a till does not see is not on the page.
        assert page.get_by_role("heading", name=said("What they allow")).count() == 0

        client.local("idle")
        page.goto(f"{base}/console")
        page.locator("#q").fill(number[:9])
        page.locator("#q").press("Enter")
        page.get_by_role("link", name=name).or_(page.get_by_role("heading", name=name, level=1)).first.wait_for()
        # What was typed is marked within it.
        assert number in page.locator("main").inner_text()


def test_a_language_that_is_chosen_loses_nothing_that_is_typed(client: Client, host: Host, chromium: Browser) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words("ur").gettext
    with walk(chromium, base, "till", "ur", width=768) as page:
        page.get_by_role("link", name=said("Add a customer"), exact=True).first.click()
        page.locator("#name").fill("Rubina Akhtar")
        page.select_option("#language", "ne")
        page.get_by_role("button", name=said("Choose"), exact=True).wait_for()
        assert page.locator("#name").input_value() == "Rubina Akhtar"
        assert page.locator("html").get_attribute("lang") == "ur"
        page.locator("#name").fill("")
        with page.expect_navigation():
            page.select_option("#language", "en")
        assert page.locator("html").get_attribute("lang") == "en"
