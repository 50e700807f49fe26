"""Offline: the site as a zip, unpacked and read without a network."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from conftest import REAL_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site
    from playwright.sync_api import Browser

pytestmark = pytest.mark.once
NAME = "efficient-language-models"


def zipped(site: Path, target: Path) -> Path:
    """Zip a site as `make offline` does."""
    command = [sys.executable, "tools/offline.py", str(site), str(target)]
    subprocess.run(command, cwd=REAL_ROOT, check=True, capture_output=True)
    return target


def test_a_reader_finds_filters_and_searches_in_an_unpacked_zip(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    with zipfile.ZipFile(zipped(site.out, tmp_path / f"{NAME}.zip")) as archive:
        archive.extractall(tmp_path)
    foreign = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("request", lambda request: foreign.append(request.url))
    page.goto((tmp_path / NAME / "index.html").as_uri())
    page.locator(".survey-short a", has_text="Pruning").first.click()
    page.wait_for_url("**/techniques/pruning.html")
    page.goto((tmp_path / NAME / "entries.html").as_uri())
    page.fill("#survey-words", "TinyBERT")
    page.locator("table.survey-entries a:visible", has_text="TinyBERT").first.click()
    page.wait_for_url("**/knowledge-distillation.html#survey-jiao2020tinybert")
    page.goto((tmp_path / NAME / "search.html").as_uri() + "?q=outliers")
    page.locator("#search-results li").first.wait_for()
    assert [url for url in foreign if not url.startswith("file:")] == []
    context.close()


def test_the_same_site_gives_the_same_zip(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "a").mkdir(parents=True)
    for name in ("b.html", "a/c.html", "404.html", "sitemap.xml"):
        (site / name).write_text(name)
    one = zipped(site, tmp_path / "one" / f"{NAME}.zip")
    os.utime(site / "b.html", (1, 1))
    two = zipped(site, tmp_path / "two" / f"{NAME}.zip")
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.namelist() == [f"{NAME}/a/c.html", f"{NAME}/b.html"]
