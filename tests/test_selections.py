"""Selections: what a section, a page and a group of an index give to take along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import rispy
from bs4 import BeautifulSoup
from pybtex.database import parse_string
from samples import TINYBERT, entry, record

from surveyext.library.load import Library
from surveyext.survey.facets import FACETS
from surveyext.survey.selections import everything, of_page, section_path
from surveyext.survey.survey import Survey, View

if TYPE_CHECKING:
    from conftest import Build, Site, SmallSurvey

    from surveyext.library.model import Entry

pytestmark = pytest.mark.once

KEYS = ("sanh2020movement", "jiao2020tinybert")
PAGE = "techniques/pruning"


def survey(*entries: Entry, **index_pages: str) -> Survey:
    """Return a survey of these entries, whose records are two that are real."""
    records = {KEYS[0]: record(), KEYS[1]: record(KEYS[1], TINYBERT), "lee2024cited": record()}
    cites = {PAGE: ("lee2024cited", "xu2021unknown")}
    return Survey(Library(records), entries, {PAGE: "Pruning"}, cites, index_pages, facets=FACETS)


def test_a_page_gives_its_entries_then_what_its_prose_cites() -> None:
    found = of_page(
        survey(entry(), entry(KEYS[1])),
        PAGE,
        (View("entry", KEYS[0]), View("link", KEYS[1]), View("entry", "xu2021unknown")),
    )
    assert found.path == "pages/techniques/pruning"
    assert found.keys == (*KEYS, "lee2024cited")


@pytest.mark.parametrize(
    ("view", "keys"),
    [
        (View("newest", "1"), KEYS[:1]),
        (View("entry-index", "year"), KEYS),
        (View("bibliography"), (*KEYS, "lee2024cited")),
        (View("downloads"), ()),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_a_view_gives_what_it_shows(view: View, keys: tuple[str, ...]) -> None:
    entries = survey(entry(), entry(KEYS[1], added="2026-01-01"))
    assert set(of_page(entries, "index", (view,)).keys) == set(keys)


def test_sections_of_one_name_go_together_and_a_page_without_records_gives_nothing() -> None:
    found = {
        each.path: each.keys
        for each in everything(
            survey(entry(), entry(KEYS[1], section="Un-structured"), entry("x")), {"contribute": ()}
        )
    }
    assert found == {
        "sections/techniques/pruning/unstructured": KEYS[:1],
        "sections/techniques/pruning/un-structured": KEYS[1:],
    }
    assert section_path(PAGE, "剪枝 1") == "sections/techniques/pruning/1"
    assert section_path(PAGE, "剪枝") == "sections/techniques/pruning/剪枝"


def test_a_group_of_one_entry_has_no_files_of_its_own() -> None:
    one = survey(entry(), entry(KEYS[1], tags=()), year="indexes/year", code="indexes/code")
    found = {each.path: set(each.keys) for each in everything(one, {})}
    assert found["indexes/year-2020"] == set(KEYS)
    assert found["indexes/code-authors-code"] == set(KEYS)
    assert not any(path.startswith("indexes/person") for path in found)


def links(build: Build, page: str, summary: str) -> dict[str, str]:
    """Return the links behind a summary, by their text, resolved from the site's root."""
    soup = BeautifulSoup(build.read(f"{page}.html"), "html.parser")
    (fold,) = [
        each for each in soup.select("details") if each.summary and summary in each.summary.text
    ]
    folder = (build.out / page).parent
    return {
        link.get_text(): (folder / str(link["href"])).resolve().relative_to(build.out).as_posix()
        for link in fold.select("p:first-of-type a")
    }


@pytest.mark.parametrize(
    ("page", "summary", "keys"),
    [
        (PAGE, "Cite this section (1)", KEYS[:1]),
        (PAGE, "on this page", KEYS[:1]),
        ("techniques/distillation", "Cite the 2 works on this page", KEYS),
        ("index", "Cite the 2 works on this page", KEYS),
        ("years", "Cite these 2", KEYS),
        ("bibliography", "Cite the 2 works on this page", KEYS),
    ],
)
def test_each_form_of_a_selection_is_a_plain_link_to_a_file(
    survey: SmallSurvey, page: str, summary: str, keys: tuple[str, ...]
) -> None:
    survey.write("years.md", "---\norphan: true\n---\n\n# Years\n\n```{entry-index} year\n```\n")
    build = survey.build()
    assert build.warnings == []
    found = {name: build.read(path) for name, path in links(build, page, summary).items()}
    assert list(found) == ["BibTeX", "RIS", "CSL-JSON", "Reference"]
    assert set(parse_string(found["BibTeX"], "bibtex").entries) == set(keys)
    assert {each["id"] for each in rispy.loads(found["RIS"])} == set(keys)
    assert {each["id"] for each in json.loads(found["CSL-JSON"])} == set(keys)
    assert len(found["Reference"].splitlines()) == len(keys)


def test_a_section_that_goes_takes_its_files_and_folder_along(survey: SmallSurvey) -> None:
    survey.build()
    survey.edit(f"{PAGE}.md", "## Unstructured", "## Whole")
    names = survey.build().files()
    folder = "cite/sections/techniques/pruning"
    assert [name for name in names if name.startswith(folder) and name.endswith(".bib")] == [
        f"{folder}/whole.bib"
    ]
    survey.edit(f"{PAGE}.md", "## Whole\n", "")
    out = survey.build().out
    assert not (out / folder).exists()


@pytest.mark.parametrize("builder", ["epub", "latex", "singlehtml", "text"])
def test_what_is_no_site_offers_no_selections(survey: SmallSurvey, builder: str) -> None:
    build = survey.build(builder)
    assert not any(b"Cite this section" in content for content in build.files().values())


def test_every_technique_of_the_survey_can_be_taken_along(site: Site) -> None:
    for path in sorted((site.out / "techniques").glob("*.html")):
        text = (site.out / f"cite/pages/techniques/{path.stem}.bib").read_text(encoding="utf-8")
        cards = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select(
            ".survey-card"
        )
        keys = [str(card["id"]).removeprefix("survey-") for card in cards]
        assert list(parse_string(text, "bibtex").entries)[: len(keys)] == keys
