"""What opens something is on one page once: gone for whoever comes back to it, and made anew in one click if unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.catalogues import wording
from infra.local.demo.client import Client
from infra.local.host import Host
from tests.browser.reading import fits, walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SECRET = "[data-once]"


def made(page: Page, base: str, name: str, language: str) -> str:
    """The secret of a new key, from the page that shows it."""
    said = wording.words(language).gettext
    page.goto(f"{base}/console/keys")
    page.get_by_label(said("What it is for")).fill(name)
    page.get_by_role("button", name=said("Make the key")).click()
    page.get_by_role("heading", name=said("Copy this now")).wait_for()
    return page.locator(SECRET).inner_text()


def test_a_secret_is_gone_from_a_page_that_is_left(client: Client, host: Host, chromium: Browser) -> None:
    """Also from the page as the browser keeps it, to show it as it was to whoever goes back."""
    base, said = f"http://127.0.0.1:{host.port}", wording.words("en").gettext
    with walk(chromium, base, "owner", "en") as page:
        secret = made(page, base, "Till of the back", "en")
        assert secret.startswith("crm_")
        # What the browser says to a page that it puts aside.
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
        assert page.locator(SECRET).count() == 0
        assert secret not in page.content()
        page.get_by_role("link", name=said("I have copied it")).click()
        page.get_by_role("heading", name="Till of the back").wait_for()
        assert secret not in page.content()


@pytest.mark.parametrize(("language", "has_script"), [("en", True), ("he", False)])
def test_who_sends_the_form_again_makes_another_secret_in_one_click(
    client: Client, host: Host, chromium: Browser, language: str, has_script: bool
) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words(language).gettext
    name = f"Till twice {language}"
    with walk(chromium, base, "owner", language, has_script=has_script) as page:
        secret = made(page, base, name, language)
        # The browser sends the form again, as a double click does.
        page.reload()
        assert page.locator(SECRET).count() == 0
        assert fits(page)
        page.get_by_role("button", name=said("Make another secret")).click()
        page.get_by_role("heading", name=said("Copy this now")).wait_for()
        assert page.locator(SECRET).inner_text() != secret
        keys = client.get("/keys")["items"]
        assert len([one for one in keys if one["name"] == name]) == 1
