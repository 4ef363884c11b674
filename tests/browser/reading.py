"""What walks through the pages have in common: signing in, choosing a language, whether all is to be seen."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page


@contextmanager
def walk(
    chromium: Browser, base: str, who: str, language: str | None, *, has_script: bool = True, width: int | None = None
) -> Iterator[Page]:
    """The first page of somebody who signs in and chooses a language, if one is told.

    Narrow where it has script and no width is told. Anything that the browser calls an error meanwhile fails the walk
    at its end.
    """
    size = {"width": width or (320 if has_script else 1280), "height": 800}
    context = chromium.new_context(java_script_enabled=has_script, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    sign_in(page, base, who)
    if language:
        read_in(page, language, has_script=has_script)
    yield page
    context.close()
    assert wrong == [], json.dumps(wrong, ensure_ascii=False)


def sign_in(page: Page, base: str, who: str) -> None:
    """By the page with the demo staff."""
    page.goto(f"{base}/console")
    page.get_by_text(who, exact=True).click()
    page.wait_for_url(f"{base}/console")
    page.wait_for_load_state()


def read_in(page: Page, language: str, *, has_script: bool = True) -> None:
    """Choose a language on the page that is open; without script its button has to be pressed."""
    with page.expect_navigation():
        if has_script:
            choose = "(chosen, code) => { chosen.value = code; chosen.form.submit(); }"
            page.locator("#language").evaluate(choose, language)
        else:
            page.select_option("#language", language)
            page.locator("form", has=page.locator("#language")).get_by_role("button").click()


def fits(page: Page) -> bool:
    """Whether nothing stands out of the page to the side."""
    width = page.locator("html").evaluate("html => [html.scrollWidth, html.clientWidth]")
    return bool(width[0] <= width[1])


def is_in_view(one: Locator) -> bool:
    """Whether an element stands whole between the sides of the screen; a row is moved by whole pixels."""
    sides = one.evaluate("one => [one.getBoundingClientRect().left, one.getBoundingClientRect().right, innerWidth]")
    return bool(sides[0] > -1 and sides[1] < sides[2] + 1)
