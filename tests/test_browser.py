"""The real survey in a real browser: layout, keyboard, search, contrast, without a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from browsing import NO_EXCERPT, address
from conftest import REAL_ROOT
from playwright.sync_api import expect
from pybtex.database import parse_file, parse_string

if TYPE_CHECKING:
    from browsing import OpenPage
    from conftest import Site
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.once
WIDTHS = (320, 375, 768, 1280)
SCHEMES = ("light", "dark")
PRUNING = "techniques/pruning"
MOVEMENT = "#survey-sanh2020movement"
#: The contrast between the text of an element and its ground, by the formula of WCAG.
CONTRAST = """
  (element) => {
    // What is seen behind an element: the backgrounds of all around it, one over the other.
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const layers = [];
    for (let around = element; around; around = around.parentElement) {
      layers.unshift(getComputedStyle(around).backgroundColor);
    }
    const paint = (colors) => {
      context.fillStyle = "white";
      for (const color of colors) {
        context.fillRect(0, 0, 1, 1);
        context.fillStyle = color;
      }
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (rgb) => {
      const [r, g, b] = rgb
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const text = luminance(paint([...layers, getComputedStyle(element).color]));
    const ground = luminance(paint(layers));
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  }
"""


def every_page(site: Site) -> list[str]:
    """Return the names of all pages."""
    names = [path.relative_to(site.out).with_suffix("") for path in site.out.rglob("*.html")]
    return sorted(name.as_posix() for name in names)


def box(locator: Locator) -> dict[str, float]:
    """Return where an element lies, with its right and lower ends."""
    found = locator.bounding_box()
    assert found is not None
    x, y, width, height = found["x"], found["y"], found["width"], found["height"]
    return {
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "right": x + width,
        "bottom": y + height,
    }


def summary(page: Page, card: str, text: str) -> Locator:
    """Return the line of a card that unfolds something."""
    return page.locator(f"{card} summary").filter(has_text=text)


def is_below_the_header(page: Page, target: Locator) -> bool:
    """Tell whether the upper end of an element is on the screen and nothing lies over it."""
    return bool(
        target.evaluate(
            """(element) => {
              const { left, top } = element.getBoundingClientRect();
              if (top < 0 || top >= innerHeight) return false;
              // Not in the middle, where the theme floats its button "Back to top".
              const seen = document.elementFromPoint(left + 20, top + 2);
              return seen !== null && element.contains(seen);
            }"""
        )
    )


def expect_below_the_header(page: Page, target: Locator) -> None:
    """Wait until the page has scrolled to an element and stands still, and not too far."""
    expect(target).to_be_in_viewport()
    page.evaluate(
        """() => new Promise((resolve) => {
          let still = 0;
          let before = scrollY;
          const look = () => {
            still = scrollY === before ? still + 1 : 0;
            before = scrollY;
            still > 20 ? resolve() : requestAnimationFrame(look);
          };
          look();
        })"""
    )
    assert is_below_the_header(page, target)


def test_no_page_scrolls_sideways(site: Site, open_page: OpenPage) -> None:
    page = open_page("index")
    wide = []
    for name in every_page(site):
        page.goto(address(site, name))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide += page.evaluate(
                """([name, width]) => {
                  const article = document.querySelector("article");
                  const scrolls = (element) =>
                    element !== article &&
                    (/auto|scroll/.test(getComputedStyle(element).overflowX) ||
                      scrolls(element.parentElement));
                  const out = [...article.querySelectorAll("*:not(math *)")].filter(
                    (element) =>
                      element.getBoundingClientRect().right > innerWidth + 0.5 && !scrolls(element)
                  );
                  const root = document.documentElement;
                  return root.scrollWidth > innerWidth || out.length
                    ? [[name, width, root.scrollWidth, out[0]?.outerHTML.slice(0, 80)]]
                    : [];
                }""",
                [name, width],
            )
    assert wide == []


@pytest.mark.parametrize("width", WIDTHS)
def test_cards_in_a_grid_lie_side_by_side(open_page: OpenPage, width: int) -> None:
    page = open_page("index", width)
    column = box(page.locator("article > section"))
    cards = [box(card) for card in page.locator(".survey-grid > *").all()]
    assert len(cards) >= 12
    for number, card in enumerate(cards):
        assert column["x"] - 1 <= card["x"], number
        assert card["right"] <= column["right"] + 1, number
        for other in cards[:number]:
            beside = card["x"] >= other["right"] or other["x"] >= card["right"]
            below = card["y"] >= other["bottom"] or other["y"] >= card["bottom"]
            assert beside or below, (card, other)


def test_the_gradient_of_movement_pruning_is_set_as_an_equation(open_page: OpenPage) -> None:
    equation = open_page(PRUNING).locator("[id=equation-eq-movement-score]")
    math = equation.locator("math[display=block]")
    expect(math).to_be_visible()
    assert math.evaluate("math => math.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
    assert box(math)["width"] > 100
    assert box(math)["height"] > 30
    fractions = math.locator("mfrac").all()
    assert len(fractions) == 4
    for fraction in fractions:  # the numerator stands over the denominator
        over, under = fraction.locator("> *").all()
        assert box(over)["bottom"] <= box(under)["y"] + 1
        assert box(over)["width"] > 0
    expect(math.locator("mi", has_text="\N{SCRIPT CAPITAL L}").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 375])
def test_a_wide_equation_scrolls_in_its_own_box(open_page: OpenPage, width: int) -> None:
    page = open_page(PRUNING, width)
    equations = page.locator("div.math:has(> .survey-scroll)").all()
    wide = []
    for equation in equations:
        scroll, number = equation.locator(".survey-scroll"), equation.locator(".eqno")
        assert box(scroll)["right"] <= box(number)["x"] + 1, "the number covers the equation"
        assert box(number)["right"] <= width
        if scroll.evaluate("box => box.scrollWidth > box.clientWidth"):
            wide.append(scroll)
    assert wide
    for scroll in wide:
        first = box(scroll.locator("math > *").first)
        assert first["x"] >= box(scroll)["x"] - 1, "its left end cannot be reached"
        scroll.evaluate("box => { box.scrollLeft = box.scrollWidth }")
        last = box(scroll.locator("math > *").last)
        assert last["right"] <= box(scroll)["right"] + 1, "its right end cannot be reached"
    assert page.evaluate("document.documentElement.scrollLeft") == 0


def cited(text: str) -> dict[str, Any]:
    """Return the records in a piece of BibTeX."""
    entries = dict(parse_string(text, "bibtex").entries.items())
    for entry in entries.values():  # added for Zotero and biblatex
        entry.fields.pop("eprinttype", None)
    return entries


def record(key: str) -> dict[str, Any]:
    """Return one record of the survey's own file, by key."""
    return {key: parse_file(str(REAL_ROOT / "refs.bib"), "bibtex").entries[key]}


def open_with_clipboard(open_page: OpenPage, name: str) -> Page:
    """Open a page that may use the clipboard, with something else on it."""
    page = open_page(name, permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('something else')")
    return page


def test_cite_and_copy_work_with_the_keyboard_alone(open_page: OpenPage) -> None:
    page = open_with_clipboard(open_page, PRUNING)
    cite = summary(page, MOVEMENT, "Cite")
    source = page.locator(f"{MOVEMENT} .survey-bibtex")
    page.locator(f"{MOVEMENT} .survey-title a").first.focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        if cite.evaluate("summary => summary === document.activeElement"):
            break
    expect(cite).to_be_focused()
    expect(source).to_be_hidden()
    page.keyboard.press("Enter")
    expect(source).to_be_visible()
    page.keyboard.press("Tab")  # to the address in the reference
    page.keyboard.press("Tab")
    copy = page.locator(f"{MOVEMENT} .survey-copy")
    expect(copy).to_be_focused()
    page.keyboard.press("Enter")
    expect(copy).to_have_text("Copied")
    assert cited(page.evaluate("navigator.clipboard.readText()")) == record("sanh2020movement")
    expect(copy).to_have_text("Copy")


def test_cite_and_copy_work_with_the_mouse(open_page: OpenPage) -> None:
    page = open_with_clipboard(open_page, "techniques/knowledge-distillation")
    card = page.locator(".survey-card").filter(has_text="Hinrich Schütze")
    key = str(card.get_attribute("id")).removeprefix("survey-")
    card.locator("summary").filter(has_text="Cite").click()
    card.locator(".survey-copy").click()
    expect(card.locator(".survey-copy")).to_have_text("Copied")
    assert cited(page.evaluate("navigator.clipboard.readText()")) == record(key)


@pytest.mark.parametrize(
    "refusal",
    [
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }",
        "() => { Object.defineProperty(navigator, 'clipboard', { value: undefined }); }",
    ],
    ids=["refused", "absent"],
)
def test_copy_selects_the_record_when_there_is_no_clipboard(
    open_page: OpenPage, refusal: str
) -> None:
    page = open_page(PRUNING)
    page.evaluate(refusal)
    summary(page, MOVEMENT, "Cite").click()
    page.locator(f"{MOVEMENT} .survey-copy").click()
    expect(page.locator(f"{MOVEMENT} .survey-copy")).to_have_text("Selected")
    assert cited(page.evaluate("getSelection().toString()")) == record("sanh2020movement")


def test_everything_is_readable_without_a_script(open_page: OpenPage) -> None:
    page = open_page(PRUNING, java_script_enabled=False)
    card = page.locator(MOVEMENT)
    expect(card.locator(".survey-note")).to_contain_text("straight-through")
    expect(card.locator("math[display=block]").first).to_be_visible()
    expect(card.locator(".survey-bibtex")).to_be_hidden()
    summary(page, MOVEMENT, "Cite").click()
    expect(card.locator(".survey-bibtex")).to_be_visible()
    expect(card.locator(".survey-bibtex")).to_contain_text("@inproceedings{sanh2020movement,")
    expect(page.locator(".survey-copy")).to_have_count(0)  # it could do nothing
    crowd = page.locator("details.survey-people").first
    hidden = crowd.locator("p")
    expect(hidden).to_be_hidden()
    crowd.locator("summary").click()
    expect(hidden).to_be_visible()
    shown = re.sub(r" and \d+ more$", "", crowd.locator("summary").inner_text().strip())
    assert hidden.inner_text().startswith(f"{shown}, ")


@pytest.mark.parametrize("width", [375, 1280])
def test_a_permalink_leads_to_its_card_below_the_header(open_page: OpenPage, width: int) -> None:
    page = open_page(PRUNING, width)
    card = page.locator(".survey-card").nth(5)
    card.locator(".survey-title").hover()
    mark = card.locator(".survey-title .headerlink")
    expect(mark).to_be_visible()
    mark.click()
    assert page.url.endswith(f"#{card.get_attribute('id')}")
    expect_below_the_header(page, card)


def test_the_page_jumps_for_who_wants_no_motion(open_page: OpenPage) -> None:
    page = open_page(PRUNING)
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(behaviour) == "auto"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(behaviour) == "smooth"


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("target", ["survey-voita2019analyzing", "equation-eq-voita-gates"])
def test_an_address_with_a_fragment_shows_its_target_below_the_header(
    open_page: OpenPage, width: int, target: str
) -> None:
    page = open_page(f"{PRUNING}#{target}", width)
    expect_below_the_header(page, page.locator(f"[id={target}]"))


@pytest.mark.parametrize("where", ["section > p", ".survey-note"])
def test_a_citation_leads_to_something_that_is_there(open_page: OpenPage, where: str) -> None:
    page = open_page(PRUNING, 375)
    citation = page.locator(f"{where} a[href*='#cite-']").first
    fragment = str(citation.get_attribute("href")).partition("#")[2]
    citation.click()
    page.wait_for_url(f"**/*#{fragment}")
    target = page.locator(f"[id={fragment}]")
    expect(target).to_have_count(1)
    expect_below_the_header(page, target)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("DeeBERT", "xin2020deebert"),
        ("movement pruning", "sanh2020movement"),
        ("GPTQ", "frantar2023optq"),
    ],
)
def test_the_search_finds_a_card_by_its_short_name(
    open_page: OpenPage, words: str, key: str
) -> None:
    page = open_page("search", expected=NO_EXCERPT)
    page.locator("input.sidebar-search").fill(words)
    page.keyboard.press("Enter")
    found = page.locator(f"#search-results li a[href$='#survey-{key}']")
    expect(found).to_contain_text(words, ignore_case=True)
    found.click()
    page.wait_for_url(f"**/*#survey-{key}")
    expect_below_the_header(page, page.locator(f"#survey-{key}"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_focus_is_visible(open_page: OpenPage, scheme: str) -> None:
    page = open_page(PRUNING, scheme=scheme)
    summary(page, MOVEMENT, "Cite").click()
    page.locator(".sidebar-brand").focus()
    seen = set()
    bare = []
    for _ in range(150):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => {
              const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
              const drawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
              return [document.activeElement.tagName, drawn];
            }"""
        )
        seen.add(name)
        if name in {"A", "BUTTON", "SUMMARY"} and not outline:
            bare.append(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    assert seen >= {"A", "BUTTON", "SUMMARY"}
    assert bare == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["index", PRUNING, "techniques/parameter-efficient-fine-tuning"])
def test_the_text_of_cards_stands_out_from_its_ground(
    open_page: OpenPage, name: str, scheme: str
) -> None:
    page = open_page(name, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    texts = page.evaluate(
        f"""() => {{
          const ratio = {CONTRAST};
          const found = [];
          for (const card of document.querySelectorAll(".survey-card, .survey-short")) {{
            const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {{
              const text = walker.currentNode.data.trim();
              const element = walker.currentNode.parentElement;
              if (text && element.checkVisibility({{ visibilityProperty: true }})) {{
                found.push([Math.round(ratio(element) * 100) / 100, text.slice(0, 40)]);
              }}
            }}
          }}
          return found;
        }}"""
    )
    assert len(texts) >= 12
    assert [text for text in texts if text[0] < 4.5] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_visited_links_stand_out_too(open_page: OpenPage, scheme: str) -> None:
    page = open_page(PRUNING, scheme=scheme)
    link = page.locator(f"{MOVEMENT} .survey-links a").first
    link.evaluate("link => { link.style.color = 'var(--color-brand-visited)' }")
    assert link.evaluate(CONTRAST) >= 4.5
