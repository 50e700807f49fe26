"""Citation: the survey itself, from its CITATION.cff, in each form."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import rispy
import yaml
from bs4 import BeautifulSoup
from conftest import REAL_ROOT
from hypothesis import given
from pybtex.database import parse_string
from samples import HOSTILE

from surveyext.exports.formats import bibtex, csl
from surveyext.library import bib
from surveyext.library.citation import of_page, of_survey, parse
from surveyext.library.model import Person
from surveyext.library.text import one_line

if TYPE_CHECKING:
    from conftest import Site, SmallSurvey

pytestmark = pytest.mark.once

CFF = """
cff-version: 1.2.0
title: "Small & good: a survey"
message: Cite it.
version: 1.2.3
doi: 10.5281/zenodo.1234
url: https://example.org/survey
license: CC-BY-4.0
authors:
  - family-names: Maaten
    given-names: Laurens
    name-particle: van der
    name-suffix: Jr.
  - name: The team
"""
DATA: dict[str, Any] = yaml.safe_load(CFF)


def citable(survey: SmallSurvey) -> None:
    """Give the small survey a citation and a page that shows it."""
    survey.write("CITATION.cff", CFF)
    survey.write("cite.md", "---\norphan: true\n---\n\n# Cite\n\n```{cite-survey}\n```\n")


def test_a_citation_keeps_people_version_and_doi() -> None:
    citation, problems = parse(DATA, "CITATION.cff")
    assert problems == []
    assert citation is not None
    assert citation.people == (Person("van der Maaten", "Laurens", "Jr."), Person("The team"))
    item = csl(of_survey(citation, "2026-11-21", ""))
    assert item["type"] == "dataset"
    assert item["title"] == "Small & good: a survey"
    assert item["author"][1] == {"literal": "The team"}
    assert (item["version"], item["DOI"]) == ("1.2.3", "10.5281/zenodo.1234")
    assert item["URL"] == "https://example.org/survey"
    assert item["note"] == "Version 1.2.3, as of 2026-11-21"
    assert item["issued"] == {"date-parts": [[2026]]}


def test_a_page_is_cited_as_a_part_of_the_survey_without_its_doi() -> None:
    citation, _ = parse(DATA, "CITATION.cff")
    assert citation is not None
    item = csl(of_page(citation, "Pruning", "2026-11-21", "https://example.org/pruning.html"))
    assert (item["type"], item["title"]) == ("webpage", "Pruning")
    assert item["container-title"] == "Small & good: a survey"
    assert "DOI" not in item


@given(HOSTILE, HOSTILE)
def test_whatever_a_citation_is_called_its_bibtex_can_be_read(title: str, name: str) -> None:
    data = {**DATA, "title": title, "authors": [{"name": f"x{name}"}]}
    citation, _ = parse(data, "CITATION.cff")
    assert citation is not None
    text = bibtex(of_survey(citation, "2026-11-21", ""))
    records, _ = bib.parse(text, "survey.bib")
    (read,) = records.values()
    assert len(read.people) == 1
    assert list(parse_string(text, "bibtex").entries) == [read.key]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"title": ""}, "has no title; give the survey's"),
        ({"authors": []}, "has no authors; give each 'family-names' or a 'name'"),
        ({"authors": "Sanh"}, "has no authors; give each 'family-names' or a 'name'"),
        ({"doi": "https://doi.org/10.1/x"}, "is no DOI; write 10.<registrant>/<suffix>"),
        ({"url": "example.org"}, "is no absolute http(s) address; mend it or leave it out"),
    ],
)
def test_what_a_citation_lacks_is_a_problem(changed: dict[str, object], message: str) -> None:
    _, problems = parse({**DATA, **changed}, "CITATION.cff")
    assert [message in problem.message for problem in problems] == [True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: [", "CITATION.cff:1: WARNING: cannot be read: while parsing"),
        ("- a list", "CITATION.cff:1: WARNING: is no table of names and values; write"),
        (None, "CITATION.cff:1: WARNING: the file does not exist; create it or correct"),
    ],
)
def test_a_citation_that_cannot_be_read_is_one_warning(
    survey: SmallSurvey, text: str | None, message: str
) -> None:
    citable(survey)
    if text is None:
        (survey.root / "CITATION.cff").unlink()
    else:
        survey.write("CITATION.cff", text)
    build = survey.build(survey_citation="CITATION.cff")
    assert [line.startswith(message) for line in build.warnings] == [True]
    assert build.warnings[0].endswith("[survey.bad-data]")
    assert "does not say how to cite it" in build.read("cite.html")


def test_the_survey_and_each_page_come_in_each_form(survey: SmallSurvey) -> None:
    citable(survey)
    build = survey.build(survey_citation="CITATION.cff", html_baseurl="https://example.org/s")
    assert build.warnings == []
    (entry,) = parse_string(build.read("survey.bib"), "bibtex").entries.values()
    assert entry.fields["url"] == "https://example.org/s/"
    shown = BeautifulSoup(build.read("cite.html"), "html.parser")
    assert one_line(shown.select(".survey-bibtex pre")[0].get_text()) == one_line(
        build.read("survey.bib")
    )
    page = "cite/works/techniques/pruning"
    (item,) = json.loads(build.read(f"{page}.json"))
    assert item["URL"] == "https://example.org/s/techniques/pruning.html"
    (reference,) = rispy.loads(build.read(f"{page}.ris"))
    assert reference["title"] == "Pruning"
    assert "Small & good: a survey, 2026. Version 1.2.3, as of 2026-11-21" in build.read(
        f"{page}.txt"
    )
    facts = "Version: 1.2.3 · State of: 2026-11-21 · DOI: 10.5281/zenodo.1234 · Licence: CC-BY-4.0"
    assert facts in one_line(shown.get_text())
    (meta,) = shown.select('meta[name="citation_doi"]')
    assert meta["content"] == "10.5281/zenodo.1234"


def test_a_new_entry_rewrites_the_page_that_says_the_state(survey: SmallSurvey) -> None:
    citable(survey)
    survey.build(survey_citation="CITATION.cff")
    survey.edit("techniques/distillation.md", "2026-11-20", "2026-11-22")
    build = survey.build(survey_citation="CITATION.cff")
    assert "as of 2026-11-22" in build.read("cite.html")
    assert "techniques/pruning" not in build.pages_written


def test_pages_offer_themselves_only_while_the_survey_can_be_cited(survey: SmallSurvey) -> None:
    citable(survey)
    pages = survey.build(survey_citation="CITATION.cff").read("techniques/pruning.html")
    assert "This page:" in pages
    survey.write("CITATION.cff", "- spoilt")
    build = survey.build(survey_citation="CITATION.cff")
    assert "This page:" not in build.read("techniques/pruning.html")
    assert not any(name.startswith(("survey.", "cite/works")) for name in build.files())


def test_a_survey_that_says_nothing_of_itself_has_no_such_files(survey: SmallSurvey) -> None:
    names = survey.build().files()
    assert not any(name.startswith(("survey.", "cite/works")) for name in names)


def test_the_survey_shows_what_its_citation_cff_says(site: Site) -> None:
    facts = yaml.safe_load((REAL_ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (item,) = json.loads((site.out / "survey.json").read_text(encoding="utf-8"))
    assert (item["title"], item["version"]) == (facts["title"], facts["version"])
    assert item["author"] == [{"literal": facts["authors"][0]["name"]}]
    page = BeautifulSoup((site.out / "cite.html").read_text(encoding="utf-8"), "html.parser")
    assert one_line(page.select(".survey-bibtex pre")[0].get_text()) == one_line(
        (site.out / "survey.bib").read_text(encoding="utf-8")
    )


def test_the_citation_cff_is_as_the_format_says() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    done = subprocess.run(
        [*command, "vendor.citation-file-format", str(REAL_ROOT / "CITATION.cff")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
