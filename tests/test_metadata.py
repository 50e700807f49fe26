"""Metadata: what Zotero and search engines find in a page, read by their own rules."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from conftest import REAL_ROOT
from hypothesis import given
from samples import HOSTILE, TINYBERT, record

from surveyext.exports import metadata
from surveyext.exports.formats import container
from surveyext.exports.metadata import coins, coins_span
from surveyext.library.bib import parse
from surveyext.library.model import Person
from surveyext.library.text import plain

if TYPE_CHECKING:
    from conftest import Site

pytestmark = pytest.mark.once

REAL = parse((REAL_ROOT / "refs.bib").read_text(encoding="utf-8"), "refs.bib")[0]
#: BibTeX type -> the type of item that Zotero makes of the COinS.
ZOTERO = {
    "article": "journalArticle",
    "inproceedings": "conferencePaper",
    "misc": "preprint",
    "online": "webpage",
    "software": "computerProgram",
}


def soup(text: str) -> BeautifulSoup:
    """Return HTML as a tree."""
    return BeautifulSoup(text, "html.parser")


def zotero(context: str) -> dict[str, Any]:
    """Return the item that Zotero makes of a context object.

    By the rules of parseContextObject in zotero/utilities, openurl.js: parts end at "&",
    values at the next "=", "+" is a blank even where it is escaped, the format and the
    genre give the type, and Dublin Core's type overrides it.
    """
    pairs = [part.split("=")[:2] for part in context.split("&")]
    parts = [(name, unquote(re.sub(r"\+|%2B", " ", value)).strip()) for name, value in pairs]
    values = dict(reversed(parts))  # the first of a name
    form = values["rft_val_fmt"].rpartition(":")[2]
    genre = values.get("rft.genre", "")
    kinds = {"proceeding": "conferencePaper", "bookitem": "bookSection", "report": "report"}
    item: dict[str, Any] = {
        "journal": {"type": "journalArticle"},
        "book": {"type": kinds.get(genre, "book")},
        "dissertation": {"type": "thesis"},
        "dc": {"type": values.get("rft.type", "webpage")},
    }[form]
    part = item["type"] in {"journalArticle", "bookSection", "conferencePaper"}
    whole = item["type"] in {"book", "report"}
    item["title"] = values.get("rft.atitle" if part else "rft.btitle" if whole else "rft.title", "")
    within = {"journal": "rft.jtitle", "dc": "rft.source"}.get(form, "rft.btitle")
    item["within"] = values.get(within, "")
    item["people"] = [value for name, value in parts if name in {"rft.au", "rft.aucorp"}]
    item["doi"] = next(
        (value[9:] for name, value in parts if name == "rft_id" and value[:8] == "info:doi"), ""
    )
    item["date"] = values.get("rft.date", "")
    item["pages"] = [values[name] for name in ("rft.spage", "rft.epage") if name in values]
    item["volume"], item["issue"] = values.get("rft.volume", ""), values.get("rft.issue", "")
    return item


def test_zotero_finds_every_card_with_nothing_lost(site: Site) -> None:
    found = {}
    for path in sorted((site.out / "techniques").glob("*.html")):
        for card in soup(path.read_text(encoding="utf-8")).select(".survey-card"):
            (span,) = card.select("span.Z3988[title]")
            assert span["aria-hidden"] == "true"
            assert span.get_text() == ""
            found[str(card["id"]).removeprefix("survey-")] = zotero(str(span["title"]))
    assert found.keys() == REAL.keys()
    for key, item in found.items():
        each = REAL[key]
        kind = ZOTERO[each.type] if each.type != "misc" or each.field("eprint") else "document"
        assert (key, item["type"]) == (key, kind)
        # Zotero reads a plus sign as a blank: utilities/openurl.js.
        assert item["title"].split() == plain(each.field("title")).replace("+", " ").split()
        assert item["people"] == [
            ", ".join(part for part in (person.family, person.given) if part)
            for person in each.people
        ]
        assert (item["doi"], item["date"]) == (each.field("doi"), each.field("year"))
        assert item["pages"] == [part for part in each.field("pages").split("--") if part]
        assert (item["volume"], item["issue"]) == (each.field("volume"), each.field("number"))
        assert item["within"] == (container(each) or ("arXiv" if kind == "preprint" else ""))


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_out_of_a_context_object(title: str, name: str) -> None:
    hostile = record(fields={"title": title, "year": "2024"}, people=(Person(name, "A"),))
    item = zotero(coins(hostile))
    assert item["title"].split() == plain(title).replace("+", " ").split()
    assert item["date"] == "2024"
    (span,) = soup(coins_span(hostile)).find_all(True)
    assert span["title"] == coins(hostile)


def linked_data(text: str) -> dict[str, Any]:
    """Return the JSON-LD of a page."""
    (script,) = soup(text).select('head script[type="application/ld+json"]')
    return dict(json.loads(script.get_text()))


def test_every_card_says_what_work_it_is_about(site: Site) -> None:
    page = soup(site.page("techniques/pruning").read_text(encoding="utf-8"))
    assert page.select('head script[type="application/ld+json"]') == []
    works = {}
    for card in page.select(".survey-card"):
        (script,) = card.select('script[type="application/ld+json"]')
        works[str(card["id"])] = json.loads(script.get_text())
    assert [work["@id"] for work in works.values()] == [f"#{name}" for name in works]
    assert {work["@context"] for work in works.values()} == {"https://schema.org"}
    movement = works["survey-sanh2020movement"]
    assert movement["@type"] == "ScholarlyArticle"
    assert movement["name"] == "Movement Pruning: Adaptive Sparsity by Fine-Tuning"
    assert movement["author"][0] == {"@type": "Person", "name": "Victor Sanh"}
    assert "https://arxiv.org/abs/2005.07683" in movement["sameAs"]


def test_an_index_is_a_list_of_addresses(site: Site) -> None:
    data = linked_data(site.page("indexes/year").read_text(encoding="utf-8"))
    rows = data["mainEntity"]["itemListElement"]
    assert len(rows) == len(REAL)
    assert [row["position"] for row in rows] == list(range(1, len(REAL) + 1))
    for row in rows:
        path, _, fragment = row["url"].partition("#")
        page = (site.out / "indexes" / path).resolve()
        assert f'id="{fragment}"' in page.read_text(encoding="utf-8")


@given(HOSTILE)
def test_no_title_ends_the_element_of_json_ld(title: str) -> None:
    (script,) = soup(metadata.script(metadata.work(record(title=title)))).find_all(True)
    assert json.loads(script.get_text()).get("name", "") == plain(title)


def test_a_kind_of_record_is_a_kind_of_schema_org() -> None:
    assert metadata.work(record(fields=TINYBERT))["@type"] == "ScholarlyArticle"
    assert metadata.work(record(type="software"))["@type"] == "SoftwareSourceCode"
    team = metadata.work(record(people=(Person("FederatedAI"),)))
    assert team["author"] == [{"@type": "Organization", "name": "FederatedAI"}]


def test_only_the_page_that_is_one_work_has_highwire_tags(site: Site) -> None:
    pages = {
        str(path.relative_to(site.out)): soup(path.read_text(encoding="utf-8"))
        for path in site.out.rglob("*.html")
    }
    tagged = {name for name, page in pages.items() if page.select('meta[name^="citation_"]')}
    assert tagged == {"cite.html"}
    metas = pages["cite.html"].select("head > meta[name]")
    found = {str(meta["name"]): str(meta["content"]) for meta in metas}
    assert found["citation_title"] == "Efficient Language Models: a living survey"
    assert found["citation_author"] == "The survey's contributors"
    assert found["DC.type"] == "dataset"
    assert len(found["citation_publication_date"].split("/")) == 3
    assert pages["cite.html"].select("span.Z3988") == []  # it would be taken instead


@pytest.mark.parametrize("kind", ["thesis", "unknown"])
def test_an_unknown_type_is_a_document(kind: str) -> None:
    assert zotero(coins(record(type=kind)))["type"] == "document"
