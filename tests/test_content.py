"""The survey's own data: what its records, notes and evidence promise, for every one."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from surveyext.library.evidence import open_work
from surveyext.library.load import Library, Paths, load
from surveyext.library.text import fold, plain

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
DATA = ROOT / "docs/data"
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the of on in to for and or is are with by from do does what when how at as not it "
        "its be we",
    )
)
#: Rows that announce a work which never appeared.
NOTHING_EXISTS = {("003", 2)}


@cache
def library() -> Library:
    """Return the survey's own library."""
    return load(
        Paths(
            bib=(ROOT / "refs.bib",),
            tags=DATA / "tags.toml",
            venues=DATA / "venues.toml",
            evidence=DATA / "evidence.toml",
            source_lists=DATA / "source-lists.toml",
        )
    )


@cache
def entries() -> dict[str, tuple[str, str]]:
    """Return page and source of each entry block, by key."""
    blocks = {}
    for page in sorted((ROOT / "docs/techniques").glob("*.md")):
        pattern = r"^:::\{entry\} (\S+)\n(.*?)^:::$"
        for key, body in re.findall(pattern, page.read_text("utf-8"), re.S | re.M):
            blocks[key] = (page.stem, body)
    return blocks


def note(key: str) -> str:
    """Return the note before its equations, without options."""
    body = re.sub(r"^:[a-z]+:.*\n", "", entries()[key][1], flags=re.M)
    return body.split("\n$$", 1)[0].strip()


def source_rows() -> list[dict[str, Any]]:
    """Return the committed rows of the source lists."""
    rows: list[dict[str, Any]] = tomllib.loads((DATA / "source-lists.toml").read_text())["row"]
    return rows


def test_the_data_files_have_no_problem() -> None:
    assert library().problems == ()


def test_every_key_is_surname_year_and_first_word_that_carries_meaning() -> None:
    wrong = []
    for key, record in library().records.items():
        words = [fold(word) for word in re.split(r"[\s:,]+", plain(record.field("title")))]
        word = next(word for word in words if word and word not in STOP_WORDS)
        ascii_word = word.encode("ascii", "ignore").decode()
        expected = f"{fold(record.people[0].family)}{record.field('year')}{ascii_word}"
        if not re.fullmatch(re.escape(expected) + "[b-z]?", key):  # a letter where two are alike
            wrong.append((key, expected))
    assert wrong == []


def test_every_record_is_entered_and_every_entry_has_a_record() -> None:
    assert entries().keys() == library().records.keys()


def test_all_rows_of_the_four_lists_lead_to_an_entry() -> None:
    rows = source_rows()
    assert Counter(row["list"] for row in rows) == {"000": 16, "001": 46, "003": 118, "004": 6}
    nowhere = {(row["list"], row["row"]) for row in rows if row["key"] not in entries()}
    assert nowhere == NOTHING_EXISTS


def test_every_correction_says_why_and_where_that_stands() -> None:
    bare = [
        (row["list"], row["row"])
        for row in source_rows()
        for correction in row["corrections"]
        if not (correction["what"] and correction["why"] and correction["source"])
    ]
    assert bare == []


def test_every_field_of_every_record_is_confirmed_by_a_source_that_was_opened() -> None:
    evidence = library().evidence
    assert evidence is not None
    assert evidence.keys() == library().records.keys()
    unconfirmed = {
        record.key: [name for name in left if record.field(name)]
        for record, left in open_work(library().records.values(), evidence)
    }
    assert {key: names for key, names in unconfirmed.items() if names} == {}


@pytest.mark.parametrize("option", ["code", "reimplementation"])
def test_every_code_link_is_confirmed(option: str) -> None:
    evidence = library().evidence or {}
    bare = [
        key
        for key, (_, body) in entries().items()
        if f"\n:{option}:" in f"\n{body}"
        and not any({"code", option} & {*source.confirms} for source in evidence[key].sources)
    ]
    assert bare == []


def test_every_note_has_one_to_eight_sentences() -> None:
    wrong = {}
    for key in entries():
        text = re.sub(r"\$[^$]*\$|\{[a-z:]+\}`[^`]*`", "X", note(key))
        text = re.sub(r"\b(et al|e\.g|i\.e|vs|Eq|Fig|Sec|No|cf|St)\.", r"\1", text)
        sentences = len(re.findall(r"[.!?](?=[\"')\]]*(\s|$))", text))
        if not 1 <= sentences <= 8:  # a short entry is one sentence; a full one adds its lead
            wrong[key] = sentences
    assert wrong == {}


def test_every_entry_says_its_tags_and_the_day_it_was_added() -> None:
    for key, (_, body) in entries().items():
        assert re.search(r"^:added: \d{4}-\d{2}-\d{2}$", body, re.M), key
        assert re.search(r"^:tags: \S", body, re.M), key


def test_a_venue_that_recurs_is_written_once_as_a_string() -> None:
    text = (ROOT / "refs.bib").read_text("utf-8")
    written = re.findall(r"^  (?:booktitle|journal)\s*= \{(.*)\},$", text, re.M)
    assert [name for name, count in Counter(written).items() if count > 1] == []
    names = re.findall(r"^@string\{(\S+) =", text, re.M)
    uses = Counter(re.findall(r"^  (?:booktitle|journal)\s*= ([a-z0-9]+),$", text, re.M))
    assert {name for name in names if uses[name] < 2} == set()


def test_records_are_sorted_by_key() -> None:
    keys = list(library().records)
    assert keys == sorted(keys)


def test_capitals_inside_words_of_titles_are_braced() -> None:
    bare = {}
    for key, record in library().records.items():
        outside = re.sub(r"\{[^{}]*\}", "", record.field("title"))
        words = re.findall(r"\b\w*[a-z0-9]\w*[A-Z]\w*\b|\b[A-Z]{2,}\w*\b", outside)
        if words:
            bare[key] = words
    assert bare == {}


def test_every_equation_has_a_label_of_its_own() -> None:
    labels: Counter[str] = Counter()
    for page in (ROOT / "docs/techniques").glob("*.md"):
        text = page.read_text("utf-8")
        closings = re.findall(r"^\$\$(.*)$", text, re.M)[1::2]
        for closing in closings:
            label = re.fullmatch(r" \((eq-[a-z0-9-]+)\)", closing)
            assert label, f"{page.name}: {closing}"
            labels[label[1]] += 1
    assert [label for label, count in labels.items() if count > 1] == []
    assert len(labels) >= 80
