"""Every page, in every language: readable for everybody by what axe-core looks for, and nothing cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from crm.templates.rules import LANGUAGES
from infra.build import web
from infra.local.demo.client import Client
from tests.browser import shop
from tests.browser.conftest import running
from tests.browser.reading import fits, is_in_view, read_in, sign_in, walk
from tests.console import pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NARROW, WIDE = {"width": 320, "height": 800}, {"width": 1280, "height": 900}
# What stands above a page's heading on a telephone leaves more than half of the screen to the page.
HIGHEST = 360
BLANK = "<!doctype html><html><head></head><body><img src='data:,'><p lang='nothing'>x</p></body></html>"


@dataclass(frozen=True)
class Furnished:
    """Where a shop is in which there is something of everything, and its pages."""

    base: str
    addresses: tuple[str, ...]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with running(tmp_path_factory.mktemp("furnished")) as host:
        client = Client(port=host.port, staff="owner")
        ids = shop.furnished(client, host.port)
        found = [one for route in pages.read() for one in pages.addresses(route, ids)]
        yield Furnished(f"http://127.0.0.1:{host.port}", tuple(found))
        client.close()


def found_by_axe(page: Page) -> list[str]:
    """What is wrong with the page that is open, a line each: the rule, and where."""
    told: Any = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']} {node['target']} {node['html'][:120]}" for one in told for node in one["nodes"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shuts_anybody_out(furnished: Furnished, chromium: Browser, language: str) -> None:
    # Every other one as it is read in the dark: colours do not depend on the language.
    scheme = "dark" if LANGUAGES.index(language) % 2 else "light"
    page = chromium.new_page(viewport=WIDE, color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(page, furnished.base, "owner")
    read_in(page, language)
    axe, wrong = web.AXE.read_text("utf-8"), []
    for address in furnished.addresses:
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        answer = page.goto(furnished.base + address)
        assert answer is not None
        assert answer.status == 200, address
        assert page.locator("html").get_attribute("lang") == language
        page.evaluate(axe)
        wrong += [f"{address}: {one}" for one in found_by_axe(page)]
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        wrong += [] if fits(page) else [f"{address}: stands out of 320 pixels"]
        heading = page.locator("h1").bounding_box()
        wrong += [] if heading and heading["y"] < HIGHEST else [f"{address}: begins below {HIGHEST} pixels: {heading}"]
    page.context.close()
    assert wrong == [], "\n".join(wrong)


def test_what_is_wrong_is_found(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(BLANK)
    page.evaluate(web.AXE.read_text("utf-8"))
    rules = {one.split()[0] for one in found_by_axe(page)}
    assert {"image-alt", "html-has-lang", "document-title", "valid-lang"} <= rules
    page.context.close()


@pytest.mark.parametrize("has_script", [True, False])
@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_narrow_menu_begins_where_one_is(
    furnished: Furnished, chromium: Browser, language: str, *, has_script: bool
) -> None:
    with walk(chromium, furnished.base, "owner", language, has_script=has_script, width=320) as page:
        for address, rows in (("/console", 1), ("/console/audit", 2)):
            page.goto(furnished.base + address)
            here = page.locator(".menu [aria-current]").all()
            assert [one.inner_text() for one in here if not is_in_view(one)] == []
            assert len(here) == rows
