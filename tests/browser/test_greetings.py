"""Reading tomorrow's greetings before they go: in two directions, with and without script."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
def test_read_tomorrows_greetings(
    client: Client, host: Host, chromium: Browser, language: str, has_script: bool
) -> None:
    base, said = f"http://127.0.0.1:{host.port}", wording.words(language).gettext
    number = WALKS.index((language, has_script))
    name, rule, line = f"Zainab {number}", f"Birthdays {number}", f"اس دن کے لیے {number}"
    told = {"name": name, "birthday": f"1990-{tomorrow(client):%m-%d}", "language": "ur", "owner": "manager"}
    client.post("/customers", {**told, "email": f"zainab{number}@customers.example.com"}, key=f"birthday {number}")
    client.local("idle")
    with walk(chromium, base, "manager", language, has_script=has_script) as page:
        page.locator("nav").get_by_role("link", name=said("Greetings"), exact=True).click()
        page.get_by_role("link", name=said("Add a rule"), exact=True).click()
        page.locator("#name").fill(rule)
        assert page.locator("#feast").is_visible() is False
        page.get_by_role("button", name=said("Save"), exact=True).click()
        page.get_by_role("status").wait_for()
        page.get_by_role("link", name=said("Tomorrow’s mail"), exact=True).click()
        mine = page.get_by_role("listitem").filter(has_text=name).filter(has_text=rule)
        mine.get_by_role("link", name=said("See the mail")).click()
        mail = page.frame_locator("iframe.mail")
        page.locator("#mail").filter(has_text=name).wait_for()
        assert mail.locator("html").get_attribute("dir") == "rtl"
        assert fits(page)

        page.goto(f"{base}/console/templates/birthday?language=ur")
        steps = page.evaluate("history.length")
        page.locator("#heading").fill(line)
        if not has_script:
            page.get_by_role("button", name=said("Preview"), exact=True).click()
        mail.get_by_text(line).wait_for()
        if has_script:
            # What was previewed is no step to go back through.
            assert page.evaluate("history.length") == steps
        assert page.url.endswith("/console/templates/birthday?language=ur")
        page.get_by_role("button", name=said("Save"), exact=True).click()
        page.get_by_role("status").wait_for()
        page.goto(f"{base}/console/upcoming/tomorrow")
        mine.get_by_role("link", name=said("See the mail")).click()
        mail.get_by_text(line).wait_for()
        assert fits(page)
        page.goto(f"{base}/console/greetings")
        page.locator("section").filter(has_text=rule).get_by_role("button").click()
        page.get_by_role("status").wait_for()


def tomorrow(client: Client) -> date:
    """Where the business is, by the clock that other walks have moved."""
    now = datetime.fromisoformat(client.local("clock")["now"])
    return now.astimezone(ZoneInfo(client.get("/business")["timezone"])).date() + timedelta(days=1)
