"""The real survey's site as files: links, ids, what it loads, what every page has."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import REAL_ROOT, build_site, warning_lines
from pybtex.database import parse_string

from surveyext.exports.formats import bibtex
from surveyext.library import bib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Site

TECHNIQUES = sorted(path.stem for path in (REAL_ROOT / "docs/techniques").glob("*.md"))
#: Markup of MyST, reStructuredText or TeX that a reader must never meet outside code.
RAW_MARKUP = re.compile(r"``|:::|\$\$|\{(?:cite|entry|eq|doc|ref)\b|\\(?:frac|mathbf|mathcal)\b")
#: What makes a browser load something, and the attribute that says from where.
LOADS = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}


@cache
def parse(path: Path) -> BeautifulSoup:
    """Return a page as a tree."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


def pages(site: Site) -> dict[str, BeautifulSoup]:
    """Return all pages by their path in the site."""
    found = {str(path.relative_to(site.out)): parse(path) for path in site.out.rglob("*.html")}
    assert len(found) > len(TECHNIQUES)
    return found


def one(soup: BeautifulSoup | Tag, selector: str) -> Tag:
    """Return the only element that matches."""
    found = soup.select(selector)
    assert len(found) == 1, f"{len(found)} of {selector}"
    return found[0]


def addresses(soup: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """Yield every address on a page with the element that has it."""
    for attribute in ("href", "src", "data", "action"):
        for element in soup.select(f"[{attribute}]"):
            yield element.name, str(element[attribute])


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return what a fragment may name on a page."""
    return frozenset(str(element["id"]) for element in parse(path).find_all(id=True))


def test_the_survey_builds_without_a_warning(site: Site) -> None:
    lines = warning_lines(site.log, REAL_ROOT)
    warnings = [line for line in lines if "WARNING" in line]
    assert warnings == []
    assert [line for line in lines if " INFO " in line] == []  # of the libraries below Sphinx
    assert site.code == 0, site.log


def test_two_builds_give_the_same_bytes(site: Site, tmp_path: Path) -> None:
    # Serial instead of parallel, another hash seed, another folder.
    again = build_site(tmp_path / "again", tmp_path / "doctrees", PYTHONHASHSEED="4242")

    def content(root: Path) -> dict[str, bytes]:
        files = (path for path in root.rglob("*") if path.is_file())
        return {str(path.relative_to(root)): path.read_bytes() for path in files}

    first, second = content(site.out), content(again.out)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_every_internal_link_and_fragment_exists(site: Site) -> None:
    broken = []
    for name, soup in pages(site).items():
        page = site.out / name
        broken += [(name, str(link)) for link in soup.select('article a[href="#"]')]
        for _, address in addresses(soup):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or address == "#":  # "#": the theme's way to the top
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            inside = target.is_file() and target.is_relative_to(site.out.resolve())
            named = {unquote(parts.fragment)} - {""}
            if not inside or (named and not named <= anchors(target)):
                broken.append((name, address))
    assert broken == []


def test_every_file_that_a_style_sheet_names_exists(site: Site) -> None:
    named = re.compile(r"""url\(["']?(?!data:)([^"')#?]+)""")
    wanted = [
        (path.parent / name).resolve()
        for path in site.out.rglob("*.css")
        for name in named.findall(path.read_text(encoding="utf-8"))
    ]
    assert site.out.resolve() / "_static/survey-math.woff2" in wanted
    assert [str(path) for path in wanted if not path.is_file()] == []


def test_links_have_no_other_scheme_than_http_https_and_mailto(site: Site) -> None:
    strange = [
        (name, address)
        for name, soup in pages(site).items()
        for element, address in addresses(soup)
        if element == "a" and urlsplit(address).scheme not in {"", "http", "https", "mailto"}
    ]
    assert strange == []


def test_pages_load_nothing_from_another_host(site: Site) -> None:
    foreign = []
    for name, soup in pages(site).items():
        for element in soup.find_all(list(LOADS)):
            address = str(element.get(LOADS[element.name], ""))
            parts = urlsplit(address)
            loaded = element.name != "link" or element.get("rel") != ["canonical"]
            if loaded and (parts.netloc or parts.scheme not in {"", "data"}):
                foreign.append((name, address))
        foreign += [(name, str(tag["srcset"])) for tag in soup.find_all(srcset=True)]
    assert foreign == []


def test_styles_load_nothing_from_another_host(site: Site) -> None:
    styles = {path.name: path.read_text("utf-8") for path in site.out.rglob("*.css")}
    assert "survey.css" in styles
    loads = re.compile(r"""(?:url\(|@import)\s*["']?(?!data:)((?:[a-z]+:)?//[^"')]*)""")
    assert {name: found for name, text in styles.items() if (found := loads.findall(text))} == {}


def test_ids_are_unique_on_every_page(site: Site) -> None:
    repeated = {}
    for name, soup in pages(site).items():
        counts = Counter(str(element["id"]) for element in soup.find_all(id=True))
        if found := sorted(key for key, count in counts.items() if count > 1):
            repeated[name] = found
    assert repeated == {}


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_page_has_a_title_an_introduction_and_cards(site: Site, name: str) -> None:
    article = one(parse(site.page(f"techniques/{name}")), "article")
    assert one(article, "h1").get_text(strip=True).removesuffix("¶")
    assert article.select(".survey-card")
    before_cards = article.get_text(" ", strip=True).partition(
        article.select(".survey-card")[0].get_text(" ", strip=True)
    )[0]
    assert len(before_cards.split()) >= 40, before_cards


def test_every_technique_page_is_in_the_menu_and_on_the_home_page(site: Site) -> None:
    home = parse(site.page("index"))
    for part in (".sidebar-tree", "article"):
        linked = {str(link["href"]) for link in home.select(f"{part} a[href]")}
        assert {f"techniques/{name}.html" for name in TECHNIQUES} - linked == set(), part


def test_every_page_has_a_language_a_title_of_its_own_and_one_main_heading(site: Site) -> None:
    titles = []
    for soup in pages(site).values():
        assert one(soup, "html")["lang"] == "en"
        titles.append(one(soup, "head > title").get_text(strip=True))
        assert one(soup, "h1").get_text(strip=True)
    assert [title for title, count in Counter(titles).items() if count > 1] == []


def test_headings_skip_no_level(site: Site) -> None:
    skips = []
    for name, soup in pages(site).items():
        before = 0
        for heading in one(soup, "article").find_all(re.compile("^h[1-6]$")):
            level = int(heading.name[1])
            if level > before + 1:
                skips.append((name, heading.get_text(strip=True)))
            before = level
    assert skips == []


@pytest.mark.parametrize("name", TECHNIQUES)
def test_equations_are_numbered_in_their_order(site: Site, name: str) -> None:
    found = [tag.get_text() for tag in parse(site.page(f"techniques/{name}")).select(".eqno")]
    numbers = [text.removesuffix("¶") for text in found]
    assert numbers == [f"({number})" for number in range(1, len(found) + 1)]


def test_every_displayed_equation_is_checked_and_counted(site: Site) -> None:
    entries, equations = 0, 0
    for name in TECHNIQUES:
        page = parse(site.page(f"techniques/{name}"))
        equations += len(page.select(".eqno"))
        assert len(page.select(".survey-checked a")) == len(page.select("div.math"))
        entries += sum(bool(card.select(".eqno")) for card in page.select(".survey-card"))
    assert entries >= 80
    text = " ".join(parse(site.page("equations")).text.split())
    assert f"{equations} of {equations} displayed equations checked: " in text
    assert f"Entries that state one or more of them: {entries}." in text


def test_images_have_a_text_for_who_cannot_see_them(site: Site) -> None:
    images = [(name, tag) for name, soup in pages(site).items() for tag in soup.find_all("img")]
    assert [(name, str(tag)) for name, tag in images if not tag.has_attr("alt")] == []


def test_no_page_shows_markup_that_was_not_rendered(site: Site) -> None:
    shown = [
        (name, str(text))
        for name, soup in pages(site).items()
        for text in one(soup, "article").find_all(string=RAW_MARKUP)
        if not text.find_parent(["pre", "code", "script"])
    ]
    assert shown == []


def test_every_card_offers_the_record_of_refs_bib_as_it_is_exported(site: Site) -> None:
    records, _ = bib.parse((REAL_ROOT / "refs.bib").read_text(encoding="utf-8"), "refs.bib")
    offered = {}
    for name in TECHNIQUES:
        for card in parse(site.page(f"techniques/{name}")).select(".survey-card"):
            source = one(card, ".survey-bibtex pre").get_text()
            entries = parse_string(source, "bibtex").entries
            assert list(entries) == [str(card["id"]).removeprefix("survey-")]
            offered.update(entries)
    expected = parse_string("\n".join(map(bibtex, records.values())), "bibtex").entries
    assert offered
    assert {key for key, entry in offered.items() if entry != expected[key]} == set()
