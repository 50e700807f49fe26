"""Feeds: Atom that other programs read, with dates of entries and never of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import assume, given
from samples import HOSTILE, balanced, entry, record

from surveyext.exports.feeds import ALL, feed_path, feeds
from surveyext.exports.formats import bibtex
from surveyext.library.bib import parse
from surveyext.library.load import Library
from surveyext.survey.site import Site
from surveyext.survey.survey import Survey

if TYPE_CHECKING:
    from conftest import Site as BuiltSite
    from conftest import SmallSurvey

    from surveyext.library.model import Entry, Record

pytestmark = pytest.mark.once

ATOM = "{http://www.w3.org/2005/Atom}"
#: RFC 4287, 4.1.1 and 4.1.2: what a feed and an entry must have exactly once.
ONCE = ("id", "title", "updated")


def site(pairs: list[tuple[Entry, Record]], base: str = "") -> Site:
    """Return a site of entries on one page."""
    library = Library({each.key: each for _, each in pairs})
    titles = {"techniques/pruning": "Pruning", "techniques/empty": "Empty"}
    survey = Survey(library, tuple(each for each, _ in pairs), titles, {}, {})
    return Site(survey, "A survey", "Its authors", base, titles, {}, "{}.html".format)


def made(site: Site) -> dict[str, str]:
    """Return the text of each feed by its path."""
    return {path: feed.make().decode() for path, feed in feeds(site)}


def numbered(count: int, added: str, first: int = 0) -> list[tuple[Entry, Record]]:
    """Return entries of one day."""
    keys = [f"lee2024n{number}" for number in range(first, first + count)]
    return [(entry(key, added=added), record(key)) for key in keys]


def read(text: str) -> Any:
    """Return a feed as feedparser reads it; it must find nothing wrong."""
    found = feedparser.parse(text)
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    return found


def expect_atom(text: str) -> None:
    """Check what RFC 4287 asks of every feed."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.iter(f"{ATOM}entry")):
        assert [len(element.findall(ATOM + name)) for name in ONCE] == [1, 1, 1]
        assert str(element.findtext(f"{ATOM}id")).startswith("urn:uuid:")
        assert element.find(f"{ATOM}author") is not None or root.find(f"{ATOM}author") is not None
        kinds = [link.get("rel", "alternate") for link in element.findall(f"{ATOM}link")]
        assert kinds.count("alternate") == 1
    ids = [element.text for element in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))


def test_the_feeds_of_the_survey_are_atom(site: BuiltSite) -> None:
    paths = sorted(site.out.glob("feeds/**/*.atom"))
    techniques = list(site.out.glob("techniques/*.html"))
    assert len(paths) == len(techniques) + 1  # one for everything
    for path in paths:
        text = path.read_text(encoding="utf-8")
        expect_atom(text)
        found = read(text)
        assert found.entries
        for each in found.entries:
            target, _, fragment = each.link.partition("#")
            page = (path.parent / target).resolve()
            assert f'id="{fragment}"' in page.read_text(encoding="utf-8")


def test_an_entry_says_what_was_added_when_and_where() -> None:
    text = made(site([(entry(), record())]))[ALL]
    (found,) = read(text).entries
    assert found.title == "Movement Pruning: Adaptive Sparsity by Fine-Tuning"
    assert found.link == "../techniques/pruning.html#survey-sanh2020movement"
    assert (found.updated, found.published) == ("2026-11-21T00:00:00+00:00",) * 2
    assert [each.name for each in found.authors] == [
        "Victor Sanh",
        "Thomas Wolf",
        "Alexander M. Rush",
    ]
    assert found.summary.startswith("Victor Sanh, Thomas Wolf, and Alexander M. Rush. Movement")
    assert found.content[0].value == "Scores weights by where they move."


def test_an_address_makes_links_absolute_and_leaves_ids() -> None:
    near, far = (
        made(site([(entry(), record())], base))[ALL] for base in ("", "https://example.org/s/")
    )
    expect_atom(far)
    assert [each.id for each in read(near).entries] == [each.id for each in read(far).entries]
    assert read(far).feed.links[1].href == "https://example.org/s/feeds/all.atom"
    assert read(far).entries[0].link.startswith("https://example.org/s/techniques/pruning.html#")


def test_the_feed_is_as_new_as_its_newest_entry() -> None:
    pairs = [*numbered(1, "2024-02-29"), *numbered(1, "2025-01-01", 1)]
    found = read(made(site(pairs))[ALL])
    assert found.feed.updated == "2025-01-01T00:00:00+00:00"
    assert [each.updated[:10] for each in found.entries] == ["2025-01-01", "2024-02-29"]


def test_a_feed_ends_with_a_whole_day() -> None:
    pairs = [
        *numbered(30, "2024-03-03"),
        *numbered(40, "2024-02-02", 30),
        *numbered(40, "2024-01-01", 70),
    ]
    days = [each.updated[:10] for each in read(made(site(pairs))[ALL]).entries]
    assert days == ["2024-03-03"] * 30 + ["2024-02-02"] * 40


def test_a_technique_without_entries_has_no_feed() -> None:
    assert sorted(made(site([(entry(), record())]))) == [ALL, feed_path("techniques/pruning")]


@pytest.mark.parametrize("added", ["", "soon", "2024-13-01"])
def test_an_entry_without_a_date_is_in_no_feed(added: str) -> None:
    assert made(site([(entry(added=added), record())])) == {}


def test_pages_lead_to_no_feed_where_there_is_none(survey: SmallSurvey) -> None:
    survey.edit("techniques/pruning.md", ":added: 2026-11-21\n", "")
    survey.edit("techniques/distillation.md", ":added: 2026-11-20", ":added: 2026-13-20")
    survey.write("new.md", "---\norphan: true\n---\n\n# New\n\n```{feeds}\n```\n")
    build = survey.build()
    assert [name for name in build.files() if name.startswith("feeds/")] == []
    assert [name for name in build.files() if b".atom" in build.files()[name]] == []


@given(HOSTILE, HOSTILE)
def test_no_title_name_or_note_breaks_a_feed(title: str, note: str) -> None:
    records, problems = parse(bibtex(record(title=" ".join(balanced(title).split()))), "refs.bib")
    assume(not problems)
    pairs = [(entry(note=note, name=note), each) for each in records.values()]
    expect_atom(made(site(pairs))[ALL])


def test_pages_lead_to_the_feeds(survey: SmallSurvey) -> None:
    build = survey.build()
    home, pruning = build.read("index.html"), build.read("techniques/pruning.html")
    assert home.count("atom+xml") == 1
    assert 'href="feeds/all.atom"' in home
    assert 'href="../feeds/all.atom"' in pruning
    assert 'href="../feeds/techniques/pruning.atom"' in pruning


def test_the_clock_is_in_no_file(survey: SmallSurvey) -> None:
    survey.monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    first = survey.build(fresh=True).files()
    survey.monkeypatch.delenv("SOURCE_DATE_EPOCH")
    second = survey.build(fresh=True).files()
    changed = {name for name in first if first[name] != second[name]}
    # What says the day of the state, and nothing else, follows the day that is given.
    assert {name for name in changed if not name.startswith(".")} <= {"entries.json"}
    assert b'"as_of": "2001-09-09"' in first["entries.json"]
    assert b'"as_of": "2026-11-21"' in second["entries.json"]
