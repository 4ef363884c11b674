"""What walks through the pages have in common: signing in, choosing a language, whether all is to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def sign_in(page: Page, base: str, who: str) -> None:
    """By the page with the demo staff."""
    page.goto(f"{base}/console")
    page.get_by_text(who, exact=True).click()
    page.wait_for_url(f"{base}/console")
    page.wait_for_load_state()


def read_in(page: Page, language: str) -> None:
    """Choose a language on the page that is open."""
    with page.expect_navigation():
        page.locator("#language").evaluate("(chosen, code) => { chosen.value = code; chosen.form.submit(); }", language)


def fits(page: Page) -> bool:
    """Whether nothing stands out of the page to the side."""
    width = page.locator("html").evaluate("html => [html.scrollWidth, html.clientWidth]")
    return bool(width[0] <= width[1])
