"""Addresses: redirects from old ones, the site map, and that none was ever lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from conftest import REAL_ROOT
from published import addresses, published

from surveyext.library.model import Kind, Problem
from surveyext.library.redirects import (
    Move,
    check,
    check_files,
    copies,
    page,
    page_script,
    parse,
    places,
)
from surveyext.library.toml_tables import read_toml

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site, SmallSurvey
    from playwright.sync_api import Browser

pytestmark = pytest.mark.once

BASE = "https://survey.example/en/latest/"
PAGES = ["index", "techniques/pruning"]
FILES = ["cite/new2020.bib"]
TABLE = """
"methods/cutting" = "techniques/pruning"
"methods/cutting#taylor" = "techniques/distillation#survey-jiao2020tinybert"
"techniques/pruning#survey-sanh2020old" = "techniques/pruning#survey-sanh2020movement"
"techniques/pruning#survey-jiao2020tinybert" = "techniques/distillation#survey-jiao2020tinybert"
"cite/sanh2020old.bib" = "cite/sanh2020movement.bib"
"""


def move(old: str, new: str) -> Move:
    return Move(old, new, "redirects.toml")


def moved(survey: SmallSurvey, **conf: Any) -> Any:
    """Build a survey with the table above."""
    survey.write("redirects.toml", TABLE)
    return survey.build(survey_redirects="redirects.toml", **conf)


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        ([move("index", "techniques/pruning")], "'index' is here; remove its redirect"),
        (
            [move("old", "techniques/prunning")],
            "'old' leads to 'techniques/prunning', which is not here; "
            "did you mean 'techniques/pruning'?",
        ),
        (
            [move("oldest", "old"), move("old", "index")],
            "'oldest' leads to 'old', which moved too; name where that is now",
        ),
        (
            [move("gone#place", "index#place")],
            "the page of 'gone#place' is not here; say where the page is now, too",
        ),
    ],
    ids=["page-exists", "nowhere", "twice", "place-without-page"],
)
def test_each_wrong_redirect_is_said(moves: list[Move], message: str) -> None:
    expected = [Problem("redirects.toml", 0, Kind.BAD_REDIRECT, message)]
    assert list(check(moves, PAGES)) == expected
    assert list(check_files(moves, [])) == []


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        (move("cite/new2020.bib", "cite/x.bib"), "'cite/new2020.bib' is here; remove its redirect"),
        (
            move("cite/old2020.bib", "cite/gone2020.bib"),
            "'cite/old2020.bib' leads to 'cite/gone2020.bib', which is not here; "
            "did you mean 'cite/new2020.bib'?",
        ),
    ],
    ids=["file-exists", "nowhere"],
)
def test_each_wrong_redirect_of_a_file_is_said(moved: Move, message: str) -> None:
    expected = [Problem("redirects.toml", 0, Kind.BAD_REDIRECT, message)]
    assert list(check_files([moved], FILES)) == expected
    assert list(check([moved], PAGES)) == []


def test_right_redirects_are_silent() -> None:
    moves = [
        move("old", "techniques/pruning"),
        move("old#place", "index#place"),
        move("index#old", "index#new"),
        move("cite/old2020.bib", "cite/new2020.bib"),
    ]
    assert [*check(moves, PAGES), *check_files(moves, FILES)] == []


def test_a_redirect_without_target_is_a_problem() -> None:
    moves, problems = parse({"old": "index", "older": 3}, "redirects.toml")
    assert moves == (move("old", "index"),)
    assert [problem.kind for problem in problems] == [Kind.BAD_REDIRECT]
    assert "'older'" in problems[0].message


def test_what_a_page_is_made_of_cannot_break_out_of_it() -> None:
    text = page('"><script>alert(1)</script>', "", {"</script>": "</script>"})
    assert text.count("<script>") == text.count("</script>") == 1
    assert "<" not in page_script({"</script>": "x"})


def test_an_old_place_of_a_page_leads_to_the_new_one_without_a_script(survey: SmallSurvey) -> None:
    build = moved(survey)
    assert build.warnings == []
    pruning = build.read("techniques/pruning.html")
    card = pruning.partition('id="survey-sanh2020movement"')[2]
    assert card.partition(">")[2].lstrip().startswith('<span id="survey-sanh2020old"></span>')


def test_a_file_that_moved_is_there_under_both_names(survey: SmallSurvey) -> None:
    files = moved(survey).files()
    assert files["cite/sanh2020old.bib"] == files["cite/sanh2020movement.bib"]
    assert copies([move("cite/a.bib", "cite/b.bib")], {"cite/b.bib": "b"}) == {"cite/a.bib": "b"}


def test_a_page_that_moved_leads_on_without_a_script(survey: SmallSurvey) -> None:
    old = moved(survey).read("methods/cutting.html")
    assert (
        '<noscript><meta http-equiv="refresh" content="0; url=../techniques/pruning.html">' in old
    )
    assert '<a href="../techniques/pruning.html">' in old
    assert '<meta name="robots" content="noindex">' in old
    assert "canonical" not in old  # nobody knows the address of this copy
    again = moved(survey, html_baseurl=BASE).read("methods/cutting.html")
    assert f'<link rel="canonical" href="{BASE}techniques/pruning.html">' in again


@pytest.mark.once
def test_a_browser_arrives_at_the_place_that_an_old_address_named(
    survey: SmallSurvey, browser: Browser
) -> None:
    out = moved(survey).out
    tinybert = "techniques/distillation.html#survey-jiao2020tinybert"
    opened = browser.new_page()
    for old, new in {
        "methods/cutting.html": "techniques/pruning.html",
        "methods/cutting.html#eq-score": "techniques/pruning.html#eq-score",
        "methods/cutting.html#taylor": tinybert,
        "techniques/pruning.html#survey-jiao2020tinybert": tinybert,
        "techniques/pruning.html#survey-sanh2020movement": (
            "techniques/pruning.html#survey-sanh2020movement"
        ),
    }.items():
        opened.goto("about:blank")
        opened.goto(f"{out.as_uri()}/{old}")
        opened.wait_for_url(f"{out.as_uri()}/{new}", timeout=10_000)
    opened.close()


def test_a_changed_redirect_changes_the_page(survey: SmallSurvey) -> None:
    moved(survey)
    survey.write("redirects.toml", TABLE.replace("sanh2020old", "sanh2020older"))
    build = survey.build(survey_redirects="redirects.toml")
    assert 'id="survey-sanh2020older"' in build.read("techniques/pruning.html")


def test_a_site_map_names_each_page_where_the_site_has_an_address(survey: SmallSurvey) -> None:
    build = survey.build(html_baseurl=BASE)
    root = ElementTree.fromstring(build.read("sitemap.xml"))
    names = ["bibliography", "index", "techniques/distillation", "techniques/pruning"]
    assert [element.text for element in root.iter() if element.tag.endswith("loc")] == [
        f"{BASE}{name}.html" for name in names
    ]
    assert f"Sitemap: {BASE}sitemap.xml" in build.read("robots.txt")


def test_nothing_of_an_address_is_there_without_one(survey: SmallSurvey) -> None:
    build = survey.build()
    assert {"sitemap.xml", "robots.txt", "404.html"} & build.files().keys() == set()
    assert "canonical" not in build.read("index.html")


def real_moves() -> dict[str, str]:
    """Return the real survey's table."""
    path = REAL_ROOT / "docs/data/redirects.toml"
    moves, problems = parse(read_toml(path, path.name)[0], path.name)
    assert problems == []
    return {old: new for old, new, _ in moves}


def test_every_address_that_was_ever_published_leads_somewhere(site: Site) -> None:
    offered, there = addresses(site.out)
    assert len(offered) > 1000
    assert sorted(offered - there) == [], "the site links what it does not have"
    moves = real_moves()
    lost = {old for old in published() if moves.get(old, old) not in there}
    assert sorted(lost) == [], "say in docs/data/redirects.toml where these are now"


def test_the_list_of_addresses_only_grows(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.html").write_text(
        '<p id="x"><a href="../c.html#y">c</a> <a href="#x">x</a> <a href="/z">z</a>'
        ' <a href="https://example.org/">e</a> <a href="../d.bib?q=1">d</a>'
    )
    offered, there = addresses(tmp_path)
    assert offered == {"c#y", "a/b#x", "d.bib"}
    assert there == {"a", "a/b", "a/b#x"}


def test_places_of_other_pages_are_not_taken_for_those_of_this_one() -> None:
    moves = [move("a#x", "b#y"), move("c#x", "d#y"), move("a", "b")]
    assert places(moves, "a") == {"x": "b#y"}
    assert json.loads(page_script({"x": "b#y"}).partition("=")[2].partition("[")[0]) == {"x": "b#y"}
