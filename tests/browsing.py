"""Browsing: Debian's Chromium for tests, which reaches nothing but the site's files."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Site
    from playwright.sync_api import Browser, Page

    OpenPage = Callable[..., Page]

LOCAL = "asks for file:"
#: How long a busy machine may take, in milliseconds.
PATIENCE = 30_000
#: The search fetches the pages it found, for excerpts, which a browser refuses for files.
NO_EXCERPT = r"Access to fetch at 'file:|Failed to load resource: net::ERR_FAILED|Failed to fetch"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "chromium is missing; `make test` installs it, or: apt-get install chromium"
    arguments = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
    arguments += ["--disable-component-update", "--disable-sync"]
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Return what opens a page; in the end nothing foreign was asked for, nothing complained."""
    complaints: list[str] = []
    contexts = []

    def opened(
        name: str, width: int = 1280, scheme: str = "light", expected: str = "(?!)", **options: Any
    ) -> Page:
        context = browser.new_context(
            offline=True,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: complain(name, message.text, expected))
        page.on("pageerror", lambda error: complain(name, str(error), expected))
        page.on("request", lambda request: complain(name, f"asks for {request.url}", LOCAL))
        page.goto(address(site, name))
        return page

    def complain(name: str, text: str, expected: str) -> None:
        if not re.match(expected, text):
            complaints.append(f"{name}: {text}")

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def address(site: Site, name: str) -> str:
    """Return where a page lies; the name may end in a query and a fragment."""
    parts = urlsplit(name)
    return urlunsplit(urlsplit(site.page(parts.path).as_uri())[:3] + parts[3:])
