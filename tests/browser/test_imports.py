"""A file goes through the pages in a real browser: chosen, sent to the bucket, tried, written."""

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
WALKS = [("en", True), ("ur", False)]


@pytest.mark.parametrize(("language", "has_script"), WALKS)
def test_import_a_file(client: Client, host: Host, chromium: Browser, language: str, has_script: bool) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words(language).gettext
    with walk(chromium, base, "owner", language, has_script=has_script) as page:
        page.goto(f"{base}/console/imports")
        page.get_by_role("button", name=said("Go on to the file")).click()
        name = f"رضیہ {language}"
        rows = f"name,email\n{name},razia.{language}@customers.example.com\nOmar,omar at home\n"
        page.set_input_files("#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": rows.encode()})
        page.get_by_role("button", name=said("Send"), exact=True).click()
        if not has_script:
            page.get_by_role("button", name=said("Look at it")).click()
        # Without script the page loads itself anew.
        write = page.get_by_role("button", name=said("Write these rows"))
        write.wait_for(timeout=15_000)
        assert fits(page)
        if has_script:
            page.locator("td").get_by_text("email", exact=True).wait_for()
        write.click()
        page.get_by_role("heading", name=said("What became of the rows")).wait_for(timeout=15_000)
        assert fits(page)
        client.local("idle")
        assert client.get("/customers", search=name)["items"][0]["name"] == name
