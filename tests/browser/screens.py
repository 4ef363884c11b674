"""Takes pictures of every page of the staff into `docs/screens/`: `make screens`. Needs Chromium and fonts-noto.

A sheet holds one page in all languages side by side, from the shop of the tests: one sheet as on a telephone of 320
pixels, one as on a screen of 1280.
"""

from __future__ import annotations

import argparse
import base64
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crm.templates.rules import LANGUAGES
from infra.build.web import ROOT
from infra.local.demo.client import Client
from tests.browser import shop
from tests.browser.conftest import opened, running
from tests.browser.reading import read_in, sign_in
from tests.console import pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TARGET = ROOT / "docs" / "screens"
WIDTHS = (320, 1280)
_HEIGHT, _TALLEST = 400, 4000
_QUALITY = 35
_GAP = 16
# Five telephones beside each other; of screens two and smaller, or a sheet would be wider than any screen.
_SCALE = {320: 1, 1280: 0.6}
_BESIDE = {320: 5, 1280: 2}
_SHEET = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: {gap}px; display: grid; grid-template-columns: repeat({beside}, {width}px); gap: {gap}px; }}
body {{ background: #777; align-items: start; inline-size: max-content; }}
img {{ display: block; inline-size: {width}px; }}
</style>{pictures}"""


def name_of(route: str, number: int) -> str:
    """The name of the picture of a page, and of the so-manieth query of it."""
    words = re.findall(r"[a-z_-]+", route.removeprefix("GET /console").replace("_id}", "}")) or ["my-day"]
    return "-".join(words) + (f"-{number}" if number else "")


def take(browser: Browser, base: str, addresses: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """Each sheet with its name."""
    for width in WIDTHS:
        taken: dict[str, list[bytes]] = {name: [] for name in addresses}
        for language in LANGUAGES:
            page = browser.new_page(viewport={"width": width, "height": _HEIGHT}, locale=language)
            sign_in(page, base, "owner")
            read_in(page, language)
            for name, address in addresses.items():
                page.goto(base + address)
                if page.locator("[hx-trigger*=load]").count():
                    # Parts of it are asked for by the page itself.
                    page.wait_for_load_state("networkidle")
                taken[name].append(_picture(page))
            page.context.close()
        for name, pictures in taken.items():
            yield f"{name}.{width}", _sheet(browser, pictures, width)


def _picture(page: Page) -> bytes:
    size = page.locator("html").evaluate("html => [html.clientWidth, html.scrollHeight]")
    height, whole = min(size[1], _TALLEST), page.viewport_size
    assert whole is not None
    # A frame of another origin, as those of mails are, is painted only once it is in view.
    page.set_viewport_size({"width": whole["width"], "height": max(height, _HEIGHT)})
    picture = page.screenshot(clip={"x": 0, "y": 0, "width": size[0], "height": height})
    page.set_viewport_size(whole)
    return picture


def _sheet(browser: Browser, pictures: list[bytes], width: int) -> bytes:
    page = browser.new_page(viewport={"width": _BESIDE[width] * (width + _GAP) + _GAP, "height": _HEIGHT})
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in pictures)
    page.set_content(_SHEET.format(gap=_GAP, beside=_BESIDE[width], width=width, pictures=images))
    box = page.locator("body").bounding_box()
    assert box is not None
    told = {
        "format": "webp",
        "quality": _QUALITY,
        "captureBeyondViewport": True,
        "clip": {**box, "scale": _SCALE[width]},
    }
    sheet = page.context.new_cdp_session(page).send("Page.captureScreenshot", told)["data"]
    page.context.close()
    return base64.b64decode(sheet)


def index(names: list[str]) -> str:
    """The page that shows all of them."""
    told = "\n\n".join(
        f"## {name}\n\n" + "\n\n".join(f"![{name}, {width} pixels wide]({name}.{width}.webp)" for width in WIDTHS)
        for name in names
    )
    return (
        "# The pages of the staff\n\nEach in English, Urdu, Bengali, Nepali and Hebrew, 320 and 1280 pixels wide, as "
        f"`make screens` takes them.\n\n{told}\n"
    )


@contextmanager
def _shop() -> Iterator[tuple[str, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as directory, running(Path(directory)) as host:
        client = Client(port=host.port, staff="owner")
        ids = shop.furnished(client, host.port)
        found = {
            name_of(route, number): address
            for route in pages.read()
            for number, address in enumerate(pages.addresses(route, ids))
        }
        yield f"http://127.0.0.1:{host.port}", found
        client.close()


def main(wanted: list[str]) -> None:
    """Take all of them, or those that are named."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with _shop() as (base, every), opened() as browser:
        chosen = {name: address for name, address in every.items() if not wanted or name in wanted}
        for name, sheet in take(browser, base, chosen):
            (TARGET / f"{name}.webp").write_bytes(sheet)
            sys.stdout.write(f"docs/screens/{name}.webp {len(sheet) // 1024} KiB\n")
        for old in TARGET.glob("*.webp"):
            if old.name.rsplit(".", 2)[0] not in every:
                old.unlink()
        (TARGET / "README.md").write_text(index(sorted(every)), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make screens", description=__doc__)
    parser.add_argument("names", nargs="*", help="pages by the names of their pictures; all where none is named")
    main(parser.parse_args().names)
