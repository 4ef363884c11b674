"""A salesperson's and a technician's morning in the browser: in two directions, with and without script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crm.catalogues import wording
from infra.local.demo.client import Client
from infra.local.host import Host
from tests.browser.reading import fits, sign_in, walk

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
    with walk(chromium, base, role, None, has_script=has_script) as page:
        # With script the choice alone is enough.
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


@pytest.mark.parametrize(
    ("language", "name", "part", "marked"),
    [
        ("en", "Mohsin Hammadi", "sin amma", ["sin", "amma"]),
        ("ur", "عبدالرحمن قریشی", "رحم یشی", ["رحم", "یشی"]),
    ],
)
def test_a_part_is_found_and_opened_by_the_keyboard_alone(
    client: Client, host: Host, chromium: Browser, language: str, name: str, part: str, marked: list[str]
) -> None:
    number = "+923217098345" if language == "en" else "+923217198346"
    made = client.post("/customers", {"name": name, "phone": number, "owner": "sales"}, key=f"keys {language}")
    client.local("idle")
    page = chromium.new_page(viewport={"width": 320, "height": 800})
    sign_in(page, f"http://127.0.0.1:{host.port}", "sales")
    page.select_option("#language", language)
    page.get_by_role("heading", name=wording.words(language).gettext("My day"), level=1).wait_for()
    reached = "document.activeElement.id || document.activeElement.textContent || document.activeElement.tagName"

    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type(part)
    page.locator("#found mark").first.wait_for()
    assert page.locator("#found mark").all_text_contents() == marked
    assert fits(page)
    # Down to who was found and no further, back into the box, and out of it: all is as it was.
    for key, where in (("ArrowDown", name), ("ArrowDown", name), ("Escape", "q"), ("Escape", "BODY")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.tagName == 'BODY' ? 'BODY' : " + reached) == where
    page.locator("#found mark").first.wait_for(state="detached")
    assert page.locator("#q").input_value() == ""

    # Where letters of another script stand on the keys, the key is the same one.
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '.', code: 'Slash', bubbles: true}))")
    assert page.evaluate(reached) == "q"
    page.keyboard.insert_text("".join("۰۱۲۳۴۵۶۷۸۹"[int(digit)] for digit in number[-6:]))
    page.locator("#found mark", has_text=number[-6:]).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=name, level=1).wait_for()
    assert page.url.endswith(f"/console/customers/{made['id']}")
    page.context.close()


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


def test_what_was_stopped_on_its_way_can_be_sent_again(client: Client, host: Host, chromium: Browser) -> None:
    base = f"http://127.0.0.1:{host.port}"
    made = client.post("/customers", {"name": "Stopped Once", "owner": "sales"}, key="stopped")
    with walk(chromium, base, "sales", "en", has_script=True) as page:
        page.goto(f"{base}/console/customers/{made['id']}")
        line = page.locator("#summary")
        line.fill("wants the green one")
        # As the browser does when somebody stops it: the page stays, and no event says so.
        page.route("**/interactions", lambda route: route.abort("aborted"), times=1)
        line.press("Enter")
        page.locator("form[data-sent]").wait_for(state="attached")
        page.locator("form[data-sent]").wait_for(state="detached")
        line.press("Enter")
        page.wait_for_url("**done=logged*")
        assert page.get_by_text("wants the green one").count() == 1
