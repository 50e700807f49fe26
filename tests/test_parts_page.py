"""Parts in a browser: without JavaScript, by keyboard, and with a filter over all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from conftest import Site
from playwright.sync_api import expect

from benchmarks.weights import build

if TYPE_CHECKING:
    from browsing import OpenPage
    from playwright.sync_api import Page

pytestmark = pytest.mark.once
SIZE, LINES = 90, 40


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a survey of ninety entries on two techniques, at forty lines a page."""
    out = build(tmp_path_factory.mktemp("parts"), SIZE, survey_lines=LINES)
    return Site(out, 0, "")


def tab_to(page: Page, name: str) -> None:
    """Reach a link of the text with the Tab key."""
    link = page.locator("article").get_by_role("link", name=name, exact=True).first
    page.locator("article h1 a").focus()
    for _ in range(200):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            return
    pytest.fail(f"{name} cannot be reached")


@pytest.mark.parametrize("width", [375, 1280])
def test_without_a_script_a_reader_finds_a_group_and_its_papers(
    open_page: OpenPage, width: int
) -> None:
    page = open_page("indexes/tag", width, java_script_enabled=False)
    page.locator(".survey-jump").get_by_role("link", name="structured", exact=True).click()
    heading = page.locator("#tag-structured")
    expect(heading).to_be_in_viewport()
    assert re.search(r"/tag-\d+\.html#tag-structured$", page.url)
    assert heading.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.locator(".survey-rows li a").first.click()
    expect(page.locator(":target .survey-tags")).to_contain_text("structured")


def test_a_reader_turns_pages_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("indexes/added")
    parts = page.locator(".survey-parts").first
    said = re.fullmatch(r"Part 1 of (\d+) · Next: (.+)", parts.inner_text())
    assert said is not None
    tab_to(page, said[2])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("By added, part 2")
    expect(page.locator(".sidebar-tree a.current")).to_have_text("By added")
    expect(page.locator(".sidebar-tree a.current")).to_have_attribute("href", "added.html")


def test_a_tag_on_a_card_leads_to_the_part_that_has_it(open_page: OpenPage) -> None:
    page = open_page("techniques/technique-1")
    tag = page.locator(".survey-tags a").first
    name = tag.inner_text()
    tag.click()
    expect(page.locator(":target")).to_contain_text(f"{name} (")


@pytest.mark.parametrize("name", ["entries", "entries-2"])
def test_the_filter_of_a_part_finds_what_is_on_another(open_page: OpenPage, name: str) -> None:
    page = open_page(f"{name}?technique=technique-0")
    rows = page.locator("table.survey-entries tbody tr:visible")
    expect(rows).to_have_count(60)
    expect(page.locator(".survey-status")).to_contain_text(f"60 of {SIZE} entries")
    expect(page.locator(".survey-parts").first).to_be_hidden()
    # Rows of other parts are like those that were there: cells, ticks, links.
    assert set(rows.evaluate_all("rows => rows.map((row) => row.cells.length)")) == {7}
    expect(rows.locator("input.survey-tick")).to_have_count(0)  # the survey has no basket
    links = page.locator("table.survey-entries tbody tr th a")
    assert links.count() == SIZE
    page.get_by_role("button", name="Remove the filter Technique: Technique 0").click()
    expect(rows).to_have_count(SIZE)
    years = [int(text) for text in page.locator("tbody td:nth-child(4)").all_inner_texts()]
    assert years[:60] == sorted(years[:60], reverse=True)
    page.get_by_role("button", name="Added").click()
    added = page.locator("tbody td:nth-child(7)").all_inner_texts()
    assert added == sorted(added, reverse=True)
    last = rows.locator("th a").last
    label = last.inner_text()
    last.click()
    expect(page.locator(":target h2, :target h3, :target .survey-title").first).to_contain_text(
        label.split(" \u2014 ")[0]
    )


def test_a_picture_leads_without_a_script_to_the_row_on_its_part(open_page: OpenPage) -> None:
    page = open_page("pictures", java_script_enabled=False)
    page.locator("a[href*='entries-']").first.click()
    expect(page.locator("tr:target")).to_be_in_viewport()
