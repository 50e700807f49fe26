"""Filter: facets, state in the address, sorting, the search page, and the weight of it all."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from browsing import NO_EXCERPT
from playwright.sync_api import expect

if TYPE_CHECKING:
    from browsing import OpenPage
    from conftest import Site
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.once
FIELD = "#survey-words"
STATUS = ".survey-status"


@pytest.fixture(scope="module")
def entries(site: Site) -> list[dict[str, Any]]:
    """Return what the site publishes of each entry."""
    published = json.loads((site.out / "entries.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = published["entries"]
    return found


def narrow(page: Page) -> Page:
    """Unfold the facets."""
    page.locator(".survey-more summary").click()
    expect(page.locator(".survey-facets fieldset").first).to_be_visible()
    return page


def option(page: Page, facet: str, value: str) -> Locator:
    """Return the box of a facet's value."""
    group = page.get_by_role("group", name=facet, exact=True)
    return group.get_by_role("checkbox", name=re.compile(rf"^{re.escape(value)} \("))


def left(box: Locator) -> int:
    """Return how many entries a facet's value says that it leaves."""
    found = re.search(r"\((\d+)\)$", box.locator("..").inner_text().strip())
    assert found is not None
    return int(found[1])


def shown(page: Page) -> int:
    """Return how many rows there are to see."""
    return page.locator("table.survey-entries tbody tr:visible").count()


def test_a_facet_leaves_as_many_as_it_says(open_page: OpenPage) -> None:
    page = narrow(open_page("entries"))
    for facet, value in (("Technique", "Pruning"), ("Venue", "ACL"), ("Structure", "structured")):
        box = option(page, facet, value)
        promised = left(box)
        box.check()
        expect(page.locator(STATUS)).to_contain_text(f"{promised} of ")
        assert shown(page) == promised > 0


def test_values_of_one_facet_add_and_facets_narrow(
    open_page: OpenPage, entries: list[dict[str, Any]]
) -> None:
    page = narrow(open_page("entries"))
    option(page, "Venue", "ACL").check()
    option(page, "Venue", "EMNLP").check()
    option(page, "Model family", "decoder").check()
    right = [
        entry
        for entry in entries
        if entry["venue_family"] in {"ACL", "EMNLP"} and "decoder" in entry["tags"]
    ]
    expect(page.locator(STATUS)).to_contain_text(f"{len(right)} of {len(entries)} entries")


def test_a_value_that_would_leave_nothing_cannot_be_picked(open_page: OpenPage) -> None:
    page = narrow(open_page("entries?technique=early-exiting"))
    boxes = page.locator(".survey-facets fieldset input[type=checkbox]").all()
    assert len(boxes) > 50
    for box in boxes:
        text = box.locator("..").inner_text()
        assert box.is_disabled() == text.strip().endswith("(0)"), text
    assert sum(box.is_disabled() for box in boxes) > 10


def test_nothing_found_says_so_and_what_to_drop(open_page: OpenPage) -> None:
    page = open_page("entries?technique=early-exiting&q=quaternion")
    expect(page.locator(STATUS)).to_contain_text("0 of ")
    drop = page.locator(STATUS).get_by_role("button")
    expect(drop).to_have_text(re.compile(r"^\u201cquaternion\u201d: \d+ left$"))
    drop.click()
    expect(page.locator(STATUS)).not_to_contain_text("0 of ")
    expect(page.locator(FIELD)).to_have_value("")
    assert shown(page) > 5
    assert "quaternion" not in page.url


def test_the_address_keeps_the_state_and_back_undoes(open_page: OpenPage, site: Site) -> None:
    page = narrow(open_page("entries"))
    every = shown(page)
    option(page, "Technique", "Pruning").check()
    expect(page.locator(STATUS)).not_to_contain_text(f"{every} of")
    pruning = shown(page)
    page.get_by_role("combobox", name="From").select_option("2022")
    page.get_by_role("button", name="Year", exact=True).click()
    expect(page.get_by_role("columnheader", name="Year")).to_have_attribute(
        "aria-sort", "descending"
    )
    narrowed = shown(page)
    assert narrowed < pruning < every
    linked = open_page(f"entries?{page.url.partition('?')[2]}")
    expect(linked.locator(STATUS)).to_contain_text(f"{narrowed} of ")
    expect(linked.get_by_role("columnheader", name="Year")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.go_back()
    page.go_back()
    expect(page.locator(STATUS)).to_contain_text(f"{pruning} of ")
    expect(option(page, "Technique", "Pruning")).to_be_checked()
    page.go_back()
    expect(page.locator(STATUS)).to_contain_text(f"{every} of ")
    page.go_forward()
    expect(page.locator(STATUS)).to_contain_text(f"{pruning} of ")


@pytest.mark.parametrize("column", ["Paper", "People", "Venue", "Year", "Technique"])
def test_each_column_sorts_both_ways(open_page: OpenPage, column: str) -> None:
    page = open_page("entries")
    head = page.get_by_role("columnheader", name=column)
    number = page.locator("table.survey-entries thead th").all_inner_texts().index(column)
    cells = page.locator(f"table.survey-entries tbody tr > :nth-child({number + 1})")
    orders = {}
    for _ in range(2):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", re.compile("."))
        way = str(head.get_attribute("aria-sort"))
        expect(page).to_have_url(re.compile(rf"sort={'-' if way == 'descending' else ''}\w"))
        orders[way] = [text.casefold() for text in cells.all_inner_texts()]
    assert set(orders) == {"ascending", "descending"}
    assert orders["ascending"] != orders["descending"]
    assert sorted(orders["ascending"]) == sorted(orders["descending"])
    if column in {"Year", "Added"}:
        assert orders["ascending"] == sorted(orders["ascending"])
        assert orders["descending"] == sorted(orders["descending"], reverse=True)
    head.get_by_role("button").click()
    expect(head).not_to_have_attribute("aria-sort", re.compile("."))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("tinbert", "tinybert"), ("Quantisation", "quantization"), ("movment", "movement")],
)
def test_a_typo_is_read_as_the_nearest_word_and_says_so(
    open_page: OpenPage, typed: str, meant: str
) -> None:
    page = open_page("entries")
    page.locator(FIELD).fill(typed)
    expect(page.locator(STATUS)).to_contain_text(f"\u201c{typed.lower()}\u201d read as {meant}")
    assert shown(page) > 0


def test_edits_between_words_are_counted_with_swaps(open_page: OpenPage) -> None:
    distance = "([one, two, most]) => surveyFind.distance(one, two, most)"
    page = open_page("entries")
    cases = [("lora", "lroa", 2), ("kitten", "sitting", 3), ("a", "a", 0), ("abc", "xyz", 2)]
    found = [page.evaluate(distance, list(case)) for case in cases]
    assert found[:3] == [1, 3, 0]
    assert found[3] == float("inf")


def test_the_cards_of_a_page_are_filtered_with_their_sections(open_page: OpenPage) -> None:
    page = open_page("techniques/quantization")
    sections = page.locator("article section section")
    before = sections.locator("visible=true").count()
    page.locator(FIELD).fill("outlier")
    expect(page.locator(STATUS)).to_contain_text(" of ")
    cards = page.locator(".survey-card[id]:visible")
    assert 0 < cards.count() < page.locator(".survey-card[id]").count()
    for card in cards.all():
        assert "outlier" in card.inner_text().lower()
    assert sections.locator("visible=true").count() < before
    page.locator(".survey-chips button").first.click()
    expect(page.locator(STATUS)).to_contain_text(
        re.compile(rf"^{page.locator('.survey-card[id]').count()} of ")
    )


def test_the_keyboard_reaches_every_control_of_the_filter(open_page: OpenPage) -> None:
    page = open_page("entries?technique=early-exiting")
    expect(page.locator(".survey-chips button")).to_be_visible()
    page.locator(FIELD).focus()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText.trim()"))
    assert reached == [
        "Filter",
        "Technique: Early exiting \u00d7",
        "Narrow by technique, year, venue, tag, code",
        "Paper",
    ]


@pytest.mark.parametrize(
    ("words", "card"),
    [
        ("TinyBERT", "jiao2020tinybert"),
        ("Hinrich Schutze", "wang2023distill"),
        ("Findings of EMNLP 2020 tinybert", "jiao2020tinybert"),
        ("straight-through top-v selection", "sanh2020movement"),
    ],
)
def test_the_search_page_leads_to_the_card(open_page: OpenPage, words: str, card: str) -> None:
    page = open_page("index", expected=NO_EXCERPT)
    page.locator(".sidebar-search").fill(words)
    page.keyboard.press("Enter")
    found = page.locator(f'.survey-found a[href$="#survey-{card}"]')
    expect(found).to_be_visible()
    found.click()
    expect(page.locator(f"#survey-{card}")).to_be_in_viewport()


def test_without_a_script_the_table_is_whole_and_says_where_else_to_look(
    open_page: OpenPage, entries: list[dict[str, Any]]
) -> None:
    page = open_page("entries", java_script_enabled=False)
    assert shown(page) == len(entries)
    box = page.locator(".survey-filter")
    expect(box).to_contain_text("Filtering needs JavaScript")
    assert box.get_by_role("link").count() == 6
    cell = open_page("pictures", java_script_enabled=False).locator(".survey-heat a").first
    page.goto(str(cell.evaluate("link => link.href")))
    assert page.locator(":target").count() == 1


def test_nothing_moves_when_the_filter_appears(open_page: OpenPage) -> None:
    for name in ("entries", "techniques/pruning"):
        page = open_page(name)
        expect(page.locator(FIELD)).to_be_visible()
        moved = page.evaluate(
            """() => new Promise((resolve) => {
              new PerformanceObserver((list) => {
                resolve(list.getEntries().reduce((sum, shift) => sum + shift.value, 0));
              }).observe({ type: "layout-shift", buffered: true });
              setTimeout(() => resolve(0), 500);
            })"""
        )
        assert moved < 0.01, name


def test_the_data_load_when_the_reader_asks_and_not_before(open_page: OpenPage) -> None:
    page = open_page("entries")
    scripts = page.locator('script[src*="find/"]')
    expect(page.locator(FIELD)).to_be_visible()
    assert scripts.count() == 0
    page.locator(FIELD).focus()
    expect(scripts).to_have_count(1)
    page.locator(FIELD).fill("lora")
    expect(scripts).to_have_count(2)


def test_a_row_is_light_enough_for_five_thousand(site: Site, entries: list[dict[str, Any]]) -> None:
    whole = site.page("entries").read_text(encoding="utf-8")
    start, end = whole.index("<tbody>"), whole.index("</tbody>")
    rows = len(gzip.compress(whole[start:end].encode()))
    around = len(gzip.compress((whole[:start] + whole[end:]).encode()))
    assert around + rows / len(entries) * 5000 < 300_000


def test_marks_are_named_by_their_entries(open_page: OpenPage) -> None:
    page = open_page("pictures")
    mark = page.locator(".survey-marks a").first
    assert str(mark.get_attribute("href")).startswith("techniques/")
    expect(mark).to_have_accessible_name(re.compile(r"\w"))
    mark.focus()
    expect(mark).to_have_css("font-size", "12.8px")
