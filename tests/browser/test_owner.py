"""An owner in the browser: decides until when mail goes out, and reads in the audit who did; in two directions."""

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
WALKS = [("en", True), ("en", False), ("ur", True), ("ur", False)]


@pytest.mark.parametrize(("language", "has_script"), WALKS)
def test_quiet_hours_are_changed_and_the_audit_tells_who_did(
    client: Client, host: Host, chromium: Browser, language: str, has_script: bool
) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words(language).gettext
    number = WALKS.index((language, has_script))
    hour = f"18:{10 + number}"
    with walk(chromium, base, "owner", language, has_script=has_script) as page:
        page.get_by_role("link", name=said("Settings"), exact=True).click()
        page.get_by_role("heading", name=said("Settings"), level=1).wait_for()
        assert fits(page)
        page.get_by_label(said("Latest hour")).fill(hour)
        page.get_by_role("button", name=said("Save"), exact=True).click()
        page.get_by_role("status").get_by_text(said("Saved.")).wait_for()
        assert page.get_by_label(said("Latest hour")).input_value() == hour
        assert client.get("/business")["latest_hour"] == hour

        client.local("idle")
        page.get_by_role("link", name=said("Audit"), exact=True).click()
        changed = page.get_by_role("listitem").filter(has_text=hour).first
        changed.get_by_text("owner", exact=True).first.wait_for()
        assert changed.get_by_role("row").filter(has_text=hour).get_by_text(said("Latest hour")).count() == 1
        page.get_by_role("button", name=said("Look now")).click()
        page.get_by_role("status").wait_for()
        assert page.locator(".wrong").count() == 0
        assert fits(page)
