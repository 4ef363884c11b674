"""The whole product on this machine, and Debian's Chromium in front of it: `make test-browser`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.build import catalogues, web
from infra.build.web import ROOT
from infra.local.demo import staff
from infra.local.demo.client import Client
from infra.local.engine import free_port
from infra.local.host import Host

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def running(directory: Path) -> Iterator[Host]:
    """A host with an empty shop."""
    catalogues.compile_into(catalogues.LOCALES)
    web.put(ROOT / "functions")
    port = free_port()
    parameters = {"PublicUrl": f"http://127.0.0.1:{port}", "BusinessName": "Corner Shop"}
    started = Host(directory=directory, port=port, parameters=parameters, write=lambda _: None)
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A running host with an empty shop and the demo staff."""
    with running(tmp_path_factory.mktemp("shop")) as started:
        yield started


@pytest.fixture(scope="session")
def client(host: Host) -> Iterator[Client]:
    """The shop's owner at the API."""
    found = Client(port=host.port, staff="owner")
    staff.employ(found)
    yield found
    found.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the machine: nothing is downloaded."""
    with opened() as browser:
        yield browser


@contextmanager
def opened() -> Iterator[Browser]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these tests need it

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, "no Chromium was found (Debian: apt install chromium fonts-noto)"
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that containers do not give; it sees nothing but this machine's pages.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
