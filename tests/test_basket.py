"""The basket and the export of what is shown, in a real browser without a network."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import address
from playwright.sync_api import expect
from test_browser import CONTRAST, PRUNING, SCHEMES

if TYPE_CHECKING:
    from browsing import OpenPage
    from conftest import Site
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.once

KEYS = ("sanh2020movement", "jiang2023pruning")
BASKET = "basket"


def box(page: Page, key: str) -> Locator:
    """Return the tick box of a card."""
    return page.locator(f"#survey-{key} input.survey-tick")


def tick(page: Page) -> None:
    """Tick two papers."""
    for key in KEYS:
        box(page, key).check()


def go(page: Page, site: Site, name: str) -> None:
    """Go to another page of the site."""
    page.goto(address(site, name))


def saved(page: Page, where: Locator, form: str) -> str:
    """Return the file that a button gives."""
    with page.expect_download() as download:
        where.get_by_role("button", name=form, exact=True).click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def shown(page: Page, keys: list[str]) -> None:
    """Say what a filter says."""
    page.evaluate(
        "keys => document.dispatchEvent(new CustomEvent('survey:shown', { detail: { keys } }))",
        keys,
    )


def test_a_ticked_paper_stays_in_the_basket_from_page_to_page(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(PRUNING)
    expect(page.locator(".survey-bar")).to_be_hidden()
    tick(page)
    expect(page.locator(".survey-said")).to_have_text("Basket: 2")
    go(page, site, "index")
    link = page.get_by_role("link", name="Basket (2)")
    link.click()
    items = page.locator(".survey-basket li")
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text("Movement Pruning: Adaptive Sparsity by Fine-Tuning")
    items.first.get_by_role("link").click()
    expect(box(page, KEYS[0])).to_be_checked()
    box(page, KEYS[0]).uncheck()
    expect(page.get_by_role("link", name="Basket (1)")).to_be_visible()


def test_the_tick_box_works_by_keyboard_and_says_its_name_and_state(open_page: OpenPage) -> None:
    page = open_page(PRUNING)
    name = "In basket: Movement Pruning: Adaptive Sparsity by Fine-Tuning"
    tick_box = page.get_by_role("checkbox", name=name)
    tick_box.focus()
    page.keyboard.press("Space")
    expect(tick_box).to_be_checked()
    assert box(page, KEYS[0]).is_checked()


@pytest.mark.parametrize(
    ("form", "extension"),
    [("BibTeX", "bib"), ("RIS", "ris"), ("CSL-JSON", "json"), ("Reference", "txt")],
)
def test_what_the_script_exports_is_what_the_files_hold(
    site: Site, open_page: OpenPage, form: str, extension: str
) -> None:
    page = open_page(PRUNING)
    entries = json.loads((site.out / "entries.json").read_text(encoding="utf-8"))["entries"]
    shown(page, [entry["key"] for entry in entries])
    fold = page.locator(".survey-bar details")
    fold.get_by_text(re.compile(r"Export the \d+ shown")).click()
    assert saved(page, fold, form) == (site.out / f"refs.{extension}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["entries", PRUNING])
def test_what_a_filter_shows_can_be_exported(open_page: OpenPage, name: str) -> None:
    page = open_page(f"{name}?q=movement+pruning+sanh")
    fold = page.locator(".survey-bar details")
    summary = fold.get_by_text(re.compile(r"Export the \d+ shown"))
    expect(summary).to_be_visible()
    rows = page.locator("tr:visible input.survey-tick, .survey-card:visible input.survey-tick")
    keys = rows.evaluate_all("boxes => boxes.map(box => box.value)")
    assert KEYS[0] in keys
    assert 0 < len(keys) < 20
    summary.press("Enter")
    assert [item["id"] for item in json.loads(saved(page, fold, "CSL-JSON"))] == keys


@pytest.mark.parametrize(("name", "host"), [("entries", "tbody tr"), ("index", ".survey-short")])
def test_rows_and_short_cards_can_be_ticked(
    site: Site, open_page: OpenPage, name: str, host: str
) -> None:
    page = open_page(name)
    first = page.locator(host, has=page.locator("input.survey-tick")).first
    title = first.locator("a").first.inner_text()
    tick_box = first.get_by_role("checkbox", name=f"In basket: {title}")
    tick_box.check()
    target = first.locator("a").first.get_attribute("href") or ""
    go(page, site, BASKET)
    link = page.locator(".survey-basket li a")
    expect(link).to_have_attribute("href", re.compile(f"{re.escape(target)}$"))


def test_a_card_gives_each_form_by_one_key_without_a_script(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(PRUNING, java_script_enabled=False)
    fold = page.locator(f"#survey-{KEYS[0]} details.survey-cite")
    fold.locator("summary").press("Enter")
    for form in ("BibTeX", "RIS", "CSL-JSON", "Reference"):
        link = fold.get_by_role("link", name=form)
        expect(link).to_be_visible()
        href = str(link.get_attribute("href"))
        assert (site.out / "techniques" / href).resolve().parent == (site.out / "cite").resolve()
        assert (site.out / "techniques" / href).stat().st_size > 50


def names(addresses: list[str]) -> list[str]:
    """Return the files that were asked for, but for the icon of a tab: a browser picks the time."""
    found = [address.rpartition("/")[2] for address in addresses]
    return [name for name in found if name != "mark.svg"]


def test_nothing_is_loaded_before_a_reader_asks(site: Site, open_page: OpenPage) -> None:
    page = open_page(PRUNING)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    tick(page)
    shown(page, list(KEYS))
    assert names(asked) == []
    page.locator(".survey-bar summary").click()
    saved(page, page.locator(".survey-bar details"), "BibTeX")
    assert names(asked) == ["forms.js"]
    assert len(gzip.compress((site.out / "cite/forms.js").read_bytes())) < 300_000


def test_a_filter_that_shows_nothing_offers_nothing(open_page: OpenPage) -> None:
    page = open_page(PRUNING)
    shown(page, [KEYS[0]])
    expect(page.get_by_text("Export the 1 shown")).to_be_visible()
    shown(page, [])
    expect(page.locator(".survey-bar")).to_be_hidden()


def test_a_link_shows_its_papers_to_anyone_and_leaves_their_basket(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(PRUNING)
    tick(page)
    go(page, site, BASKET)
    target = page.get_by_role("link", name="Link to this list").get_attribute("href")
    assert target == f"#keys={','.join(KEYS)}"

    other = open_page(f"{BASKET}{target},x<img%20src=y>,__proto__")
    lead = other.locator(".survey-basket > p").first
    expect(lead).to_have_text("A list of 2 papers")
    expect(other.locator(".survey-basket li")).to_have_count(4)
    expect(other.get_by_text("x<img src=y>: not in this survey")).to_be_visible()
    expect(other.get_by_text("__proto__: not in this survey")).to_be_visible()
    assert saved(other, other.locator(".survey-basket"), "Reference").count("\n") == 2
    other.get_by_role("link", name="My basket").click()
    expect(other.locator(".survey-basket")).to_contain_text("Nothing here yet")
    other.go_back()
    other.get_by_role("button", name="Add all to my basket").click()
    expect(other.locator(".survey-said")).to_have_text("Basket: 2")


@pytest.mark.parametrize("fragment", ["#keys=", "#keys=%zz", "#keys=,,"])
def test_a_broken_link_says_that_there_is_nothing(open_page: OpenPage, fragment: str) -> None:
    page = open_page(BASKET + fragment)
    expect(page.locator(".survey-basket")).to_contain_text("Nothing here yet")


def test_papers_are_removed_and_the_focus_is_not_lost(site: Site, open_page: OpenPage) -> None:
    page = open_page(PRUNING)
    tick(page)
    go(page, site, BASKET)
    page.get_by_role("button", name="Remove Movement Pruning").click()
    expect(page.locator(".survey-basket li")).to_have_count(1)
    expect(page.locator(".survey-said")).to_have_text("Removed. Basket: 1")
    expect(page.locator(".survey-basket li button")).to_be_focused()
    page.get_by_role("button", name="Empty the basket").click()
    expect(page.locator(".survey-basket")).to_contain_text("Nothing here yet")


@pytest.mark.parametrize("kept", ["{", "null", '{"a": 1}', '[1, null, "sanh2020movement", "gone"]'])
def test_a_spoilt_basket_is_mended(site: Site, open_page: OpenPage, kept: str) -> None:
    page = open_page(PRUNING)
    page.evaluate(
        """kept => {
          const root = new URL(document.documentElement.dataset.content_root, location.href);
          localStorage.setItem(`survey-basket:${root.pathname}`, kept);
        }""",
        kept,
    )
    go(page, site, PRUNING)
    box(page, KEYS[1]).check()
    go(page, site, BASKET)
    expect(page.get_by_role("link", name="Pruning Pre-trained Language Models")).to_be_visible()


def test_a_browser_that_keeps_nothing_says_so(site: Site, open_page: OpenPage) -> None:
    page = open_page("index", expected="no")  # the theme's script asks too
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    go(page, site, PRUNING)
    box(page, KEYS[0]).check()
    expect(page.locator(".survey-said")).to_have_text("Basket: 1, kept on this page only")


def test_without_a_script_the_basket_says_what_it_needs_and_links_all_records(
    open_page: OpenPage,
) -> None:
    page = open_page(BASKET, java_script_enabled=False)
    expect(page.get_by_text("The basket needs JavaScript")).to_be_visible()
    expect(page.locator(".survey-basket a").first).to_have_attribute("href", "refs.bib")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [375, 1280])
def test_the_bar_and_the_basket_fit_and_stand_out(
    site: Site, open_page: OpenPage, width: int, scheme: str
) -> None:
    page = open_page(PRUNING, width=width, scheme=scheme)
    tick(page)
    expect(page.locator(".survey-bar")).to_be_in_viewport(ratio=1)
    shown(page, list(KEYS))
    page.locator(".survey-bar summary").click()
    for selector in (".survey-bar :is(a, summary, button)", ".survey-pick"):
        assert min(page.locator(selector).evaluate_all(f"all => all.map({CONTRAST})")) >= 4.5
    expect(page.locator(".survey-bar")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    go(page, site, BASKET)
    expect(page.locator(".survey-basket li")).to_have_count(2)
    texts = ".survey-basket :is(a, p, button)"
    assert min(page.locator(texts).evaluate_all(f"all => all.map({CONTRAST})")) >= 4.5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
