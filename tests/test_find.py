"""Find: what the filter loads, the table, the pictures, the family lines and the backlinks."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import TINYBERT, entry, record

from surveyext.exports.filter_data import ENTRIES, WORDS, find_files
from surveyext.library.load import Library
from surveyext.library.venues import Rule
from surveyext.survey.site import Site
from surveyext.survey.survey import Mentions, Survey

if TYPE_CHECKING:
    from conftest import Build, SmallSurvey

    from surveyext.library.model import Entry

PRUNING, DISTILLATION = "techniques/pruning", "techniques/distillation"
MOVEMENT, TINY, BLOCK = "sanh2020movement", "jiao2020tinybert", "lagunas2021block"
RULES = (Rule("Neural Information Processing Systems", "NeurIPS", "NeurIPS {year}"),)
RECORDS = {
    MOVEMENT: record(),
    TINY: record(TINY, TINYBERT),
    BLOCK: record(BLOCK, title="Block Pruning For Faster Transformers", year="2021"),
}


def survey(*entries: Entry, **more: Any) -> Survey:
    """Return a survey of these entries."""
    titles = {PRUNING: "Pruning", DISTILLATION: "Distillation"}
    library = Library(RECORDS, {}, RULES)
    return replace(Survey(library, entries, titles, {}, {}), **more)


def data(files: dict[str, str], path: str) -> Any:
    """Return the value that a script assigns."""
    found = re.fullmatch(r"\(globalThis\.surveyData \?\?= \{\}\)\.(\w+) = (.*);\n", files[path])
    assert found is not None
    assert path == f"find/{found[1]}.js"
    return json.loads(found[2])


def page(docname: str) -> str:
    """Return a page's address."""
    return f"{docname}.html"


def site(*entries: Entry) -> Site:
    """Return a site of these entries."""
    return Site(survey(*entries), "", "", "", {}, {}, page)


def test_the_filter_loads_what_it_shows_and_narrows_by() -> None:
    files = find_files(site(entry(also=("distillation",))))
    assert data(files, ENTRIES)["techniques"] == [
        ["techniques/pruning.html", "pruning", "Pruning"],
        ["techniques/distillation.html", "distillation", "Distillation"],
    ]
    assert data(files, ENTRIES)["entries"] == [
        [
            MOVEMENT,
            "Movement pruning",
            "Movement Pruning: Adaptive Sparsity by Fine-Tuning",
            "Sanh, Wolf and Rush",
            "NeurIPS 2020",
            "NeurIPS",
            2020,
            [0, 1],
            ["unstructured"],
            1,
            "2026-11-21",
        ]
    ]


def test_words_have_neither_case_nor_accents_and_stand_once() -> None:
    one = entry(name="ÉLAN", note="Élan, elan: scores weights.")
    words = data(find_files(site(one)), WORDS)[MOVEMENT].split()
    assert words.count("elan") == 1
    assert {"victor", "sanh", "scores", "neurips", "2020", "unstructured"} <= {*words}
    assert words == [word.casefold() for word in words]


@given(st.text())
def test_any_note_is_a_script_that_can_be_read_back(note: str) -> None:
    files = find_files(site(entry(note=note)))
    assert set(data(files, WORDS)) == {MOVEMENT}
    assert all(text.count("\n") == 1 for text in files.values())


def test_an_entry_is_listed_under_its_own_page_first_and_once_each() -> None:
    one = entry(also=("distillation", "nowhere", "pruning"))
    known = survey(one)
    assert known.listed_under(known.items[MOVEMENT]) == (PRUNING, DISTILLATION)


def test_a_family_line_goes_from_old_to_new() -> None:
    known = survey(
        entry(BLOCK, extends=(TINY, MOVEMENT)),
        entry(),
        entry(TINY, DISTILLATION, extends=(MOVEMENT,)),
    )
    assert known.family(PRUNING) == {
        MOVEMENT: (),
        TINY: (MOVEMENT,),
        BLOCK: (MOVEMENT, TINY),
    }
    assert list(known.family(PRUNING)) == [MOVEMENT, TINY, BLOCK]


def test_an_entry_without_relatives_is_on_no_family_line() -> None:
    assert survey(entry()).family(PRUNING) == {}


def test_mentions_know_notes_from_prose_and_leave_out_a_card_s_own() -> None:
    known = survey(
        entry(),
        entry(BLOCK),
        mentions={
            "index": ((MOVEMENT, "", "home"), (MOVEMENT, "", "later")),
            PRUNING: ((MOVEMENT, BLOCK, ""), (MOVEMENT, MOVEMENT, ""), (BLOCK, "", "pruning")),
        },
    )
    assert known.mentioned == {
        MOVEMENT: Mentions((BLOCK,), (("index", "home"),)),
        BLOCK: Mentions((), ((PRUNING, "pruning"),)),
    }


PICTURES = """
# Pictures

## Years

```{picture} years
```

## Matrix

```{picture} matrix
```

## Pairs

```{picture} pairs
```

## All

```{filter}
```

```{all-entries}
```
"""
FAMILY = """
## What builds on what

```{family-line}
```
"""


@pytest.fixture
def pictured(survey: SmallSurvey) -> SmallSurvey:
    """Return the small survey with its pictures, its table and a family line."""
    survey.write("pictures.md", PICTURES)
    survey.edit("index.md", "bibliography", "bibliography\npictures")
    survey.write(
        "techniques/distillation.md",
        (survey.root / "techniques/distillation.md").read_text(encoding="utf-8") + FAMILY,
    )
    return survey


def test_pictures_read_as_tables_in_plain_text(pictured: SmallSurvey) -> None:
    build = pictured.build("text")
    assert build.warnings == []
    text = build.read("pictures.txt")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|") and not line.startswith("|=")
    ]
    assert rows[:9] == [
        ["Year", "Entries", "By technique, a mark each"],
        ["2020", "2", "Pruning (1): Movement pruning  Distillation (1): TinyBERT"],
        ["Technique", "2020"],
        ["Pruning", "1"],
        ["Distillation", "2"],
        ["Technique", "1", "2"],
        ["1 Pruning", "\u2013", "1"],
        ["2 Distillation", "1", "\u2013"],
        ["Paper", "People", "Venue", "Technique"],
    ]
    assert [row[3] for row in rows[9:] if row[3]] == ["Pruning", "Distillation"]


def test_marks_and_cells_are_links(pictured: SmallSurvey) -> None:
    html = pictured.build().read("pictures.html")
    marks = re.findall(r'class="survey-marks">(.*?)</span></p>', html)
    assert [re.findall(r'href="([^"]+)"', mark) for mark in marks] == [
        ["techniques/pruning.html#survey-sanh2020movement"],
        ["techniques/distillation.html#survey-jiao2020tinybert"],
    ]
    cells = re.findall(r'class="survey-heat survey-heat-\d"><a [^>]*href="([^"]+)"', html)
    assert [cell.replace("&amp;", "&") for cell in cells] == [
        "?technique=pruning&from=2020&to=2020#pruning-2020",
        "?technique=distillation&from=2020&to=2020#distillation-2020",
        "?technique=pruning&with=distillation",
        "?technique=distillation&with=pruning",
    ]
    assert html.count('id="pruning-2020"') == 1


def test_a_family_line_is_a_list_of_links(pictured: SmallSurvey) -> None:
    text = pictured.build("text").read("techniques/distillation.txt")
    assert text.endswith("* Movement pruning (2020)\n\n  * TinyBERT (2020)\n")


def test_an_edit_of_what_is_pictured_gives_the_pages_of_a_fresh_build(
    pictured: SmallSurvey,
) -> None:
    pictured.build()
    pictured.edit("techniques/pruning.md", ":also: distillation\n", "")
    pictured.edit("refs.bib", "  year = {2020},\n  eprint", "  year = {2021},\n  eprint")
    again = pages(pictured.build())
    assert again == pages(pictured.build(fresh=True))
    assert "2021" in again["pictures.html"]
    assert "?technique=pruning&amp;with=distillation" not in again["pictures.html"]


def pages(build: Build) -> dict[str, str]:
    """Return every page and every file of the filter."""
    names = [name for name in build.files() if name.endswith(".html") or name.startswith("find/")]
    return {name: build.read(name) for name in names}


def test_an_unknown_picture_is_told_with_the_known_ones(pictured: SmallSurvey) -> None:
    pictured.edit("pictures.md", "{picture} pairs", "{picture} pair")
    (warning,) = pictured.build().warnings
    assert "pictures.md:16: ERROR: 'pair' is no picture; did you mean 'pairs'?" in warning


def test_a_survey_without_the_table_has_pictures_without_links(survey: SmallSurvey) -> None:
    survey.write("pictures.md", "# Pictures\n\n```{picture} matrix\n```\n")
    survey.edit("index.md", "bibliography", "bibliography\npictures")
    build = survey.build()
    assert build.warnings == []
    assert 'class="survey-heat survey-heat-3"><span>1</span>' in build.read("pictures.html")


def test_a_bibliography_line_says_where_its_record_is_used(survey: SmallSurvey) -> None:
    html = survey.build().read("bibliography.html")
    (line,) = re.findall(r"<p>Victor Sanh.*?</p>", html, re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", "", line).split())
    assert words.endswith(
        "\u2192 card \u00b7 Extended by: TinyBERT \u00b7 Also under: Distillation"
        " \u00b7 Discussed on: Pruning"
    )
    assert 'href="techniques/pruning.html#pruning"' in line


def test_an_unknown_facet_is_told_with_the_one_that_was_meant(pictured: SmallSurvey) -> None:
    pictured.edit("pictures.md", "{picture} pairs", "{entry-index} venues")
    (warning,) = pictured.build().warnings
    assert "pictures.md:16: ERROR: 'venues' is no facet; did you mean 'venue'?" in warning
