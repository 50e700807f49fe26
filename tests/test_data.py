"""Data: whatever a TOML file says, its faults become problems and never an exception."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyext.library import evidence, load
from surveyext.library import source_lists as rows
from surveyext.library.model import Kind, Problem
from surveyext.library.toml_tables import Tag, parse_tags, parse_venues, read_toml
from surveyext.library.venues import Rule

ROOT = Path(__file__).parent.parent
VENUE = {"match": "Machine Learning", "family": "ICML", "short": "ICML {year}"}
NEEDS = "; each needs match, family and short"


def bad(message: str) -> Problem:
    return Problem("data.toml", 0, Kind.BAD_DATA, message)


def test_a_toml_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "tags.toml"
    for mark in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(mark + 'edge = "Für Telefone."\r\n'.encode())
        assert read_toml(path, "data.toml") == ({"edge": "Für Telefone."}, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"edge = Phones\n", "Invalid value (at line 1, column 8)"),
        (b'edge = "Phones"\nedge = "Again"\n', "Cannot overwrite a value (at line 2, column 15)"),
        (b"edge = 2026-02-30\n", "Invalid date or datetime (at line 1, column 8)"),
        (b'edge = "T\xe9l\xe9phones"\n', "'utf-8' codec can't decode byte 0xe9 in position 9"),
        (b"edge = " + b"9" * 5000, "Exceeds the limit (4300 digits)"),
        (b"edge = " + b"[" * 5000, "maximum recursion depth exceeded"),
    ],
)
def test_an_unreadable_file_is_empty_and_one_problem(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "tags.toml"
    path.write_bytes(content)
    data, (problem,) = read_toml(path, "data.toml")
    assert data == {}
    assert (problem.file, problem.line, problem.kind) == ("data.toml", 0, Kind.BAD_DATA)
    assert problem.message.startswith(f"cannot be read: {reason}")
    assert problem.message.endswith("; mend the TOML (UTF-8) there")


def test_a_missing_file_and_a_folder_are_problems_too(tmp_path: Path) -> None:
    message = "the file does not exist; create it or correct the setting that names it"
    assert read_toml(tmp_path / "tags.toml", "data.toml") == ({}, [bad(message)])
    data, (problem,) = read_toml(tmp_path, "data.toml")
    assert data == {}
    assert "Is a directory" in problem.message


def test_tags_come_in_the_order_of_the_file_with_their_facet() -> None:
    data = {"Bits": {"8-bit": "Eight bits a value.", "1-bit": "One bit."}, "Data": {"none": "No."}}
    assert parse_tags(data, "data.toml") == (
        (
            Tag("8-bit", "Bits", "Eight bits a value."),
            Tag("1-bit", "Bits", "One bit."),
            Tag("none", "Data", "No."),
        ),
        [],
    )


@pytest.mark.parametrize(
    "facets",
    [
        {"Bits": {"1-bit": ""}},
        {"Bits": {"1-bit": 1}},
        {"Bits": {"1-bit": ["One bit."]}},
        {"Bits": {"1-bit": {"about": "One bit."}}},
        {"1-bit": "One bit."},
    ],
)
def test_a_tag_without_a_sentence_under_a_facet_is_a_problem(facets: dict[str, Any]) -> None:
    message = "tag '1-bit' needs one definition under one facet; give it a sentence"
    assert parse_tags(facets, "data.toml") == ((), [bad(message)])


def test_a_tag_under_two_facets_keeps_the_first_and_is_a_problem() -> None:
    tags, problems = parse_tags({"Bits": {"edge": "A."}, "Hardware": {"edge": "B."}}, "data.toml")
    assert tags == (Tag("edge", "Bits", "A."),)
    message = "tag 'edge' needs one definition under one facet; give it a sentence"
    assert problems == [bad(message)]


def test_venues_come_in_the_order_of_the_file() -> None:
    other = {"match": "Representations", "family": "ICLR", "short": "ICLR {year}"}
    assert parse_venues({"venue": [other, VENUE]}, "data.toml") == (
        (
            Rule("Representations", "ICLR", "ICLR {year}"),
            Rule("Machine Learning", "ICML", "ICML {year}"),
        ),
        [],
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"family": "ICML", "short": "ICML"}, f"venue 2: 'match' is no text{NEEDS}"),
        ({**VENUE, "match": " "}, f"venue 2: 'match' is no text{NEEDS}"),
        ({**VENUE, "family": 5}, f"venue 2: 'family' is no text{NEEDS}"),
        ({**VENUE, "short": ["ICML"]}, f"venue 2: 'short' is no text{NEEDS}"),
        ("ICML", f"venue 2: 'match' is no text{NEEDS}"),
        ({**VENUE, "short": "{of}"}, f"venue 2: '{{of}}' uses 'of', which nothing fills{NEEDS}"),
        (
            {**VENUE, "match": "{}"},
            f"venue 2: '{{}}' needs one name for each word in braces, as '{{of}}'{NEEDS}",
        ),
        (
            {**VENUE, "match": "x" * 501},
            f"venue 2: 'match' has 501 characters, more than 500{NEEDS}",
        ),
    ],
)
def test_a_faulty_venue_is_named_by_its_number_and_the_rest_stays(
    table: object, message: str
) -> None:
    rules, problems = parse_venues({"venue": [VENUE, table, VENUE]}, "data.toml")
    assert rules == (Rule(**_rule()), Rule(**_rule()))
    assert problems == [bad(message)]


def _rule() -> dict[str, str]:
    return {"pattern": "Machine Learning", "family": "ICML", "short": "ICML {year}"}


@pytest.mark.parametrize("value", [5, 1.5, True, "ICML", VENUE | {"match": 5}])
def test_venue_tables_that_are_no_list_are_one_problem(value: object) -> None:
    assert parse_venues({"venue": value}, "data.toml") == (
        (),
        [bad(f"venue 1: 'match' is no text{NEEDS}")],
    )


@pytest.mark.parametrize(
    "data",
    [{"lists": 5}, {"row": 5}, {"lists": ["000"], "row": []}, {"lists": {}, "row": {"a": 1}}],
)
def test_source_lists_of_another_shape_are_one_problem(data: dict[str, Any]) -> None:
    message = "needs a table [lists] and tables [[row]]; write them so"
    assert rows.parse(data, "data.toml") == ((), [bad(message)])


NAMES = st.sampled_from(
    [
        *("venue", "match", "family", "short", "lists", "000", "row", "list", "title", "key"),
        *("corrections", "what", "was", "is", "why", "source", "checked", "titles", "sources"),
        *("confirms", "url", "where", "retitled", "unverified", "note"),
    ]
)
SCALARS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["000", "(", "{of}", "{year}", "ICML"]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
FILES = st.dictionaries(NAMES, VALUES, max_size=4)


@pytest.mark.parametrize("parse", [parse_tags, parse_venues, evidence.parse, rows.parse])
@given(data=FILES)
def test_any_toml_value_gives_parts_and_problems(parse: Any, data: dict[str, Any]) -> None:
    parts, problems = parse(data, "data.toml")
    assert all(problem.kind is Kind.BAD_DATA and problem.message for problem in problems)
    assert parse(data, "data.toml") == (parts, problems)


@given(FILES)
def test_venues_that_pass_have_text_everywhere(data: dict[str, Any]) -> None:
    rules, _ = parse_venues(data, "data.toml")
    for rule in rules:
        assert rule.pattern.strip()
        assert rule.family.strip()
        assert rule.short.strip()


def test_the_library_gathers_the_problems_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@misc{a2020b, title = }\n", encoding="utf-8")
    (tmp_path / "tags.toml").write_text("edge = 5\n", encoding="utf-8")
    (tmp_path / "venues.toml").write_text("venue = 5\n", encoding="utf-8")
    (tmp_path / "evidence.toml").write_text("a2020b = 5\n", encoding="utf-8")
    (tmp_path / "lists.toml").write_text("row = 5\n", encoding="utf-8")
    paths = load.Paths(
        bib=(tmp_path / "refs.bib", tmp_path / "more.bib"),
        tags=tmp_path / "tags.toml",
        venues=tmp_path / "venues.toml",
        evidence=tmp_path / "evidence.toml",
        source_lists=tmp_path / "lists.toml",
    )
    loaded = load.load(paths, lambda path: path.name)
    assert [(problem.file, problem.line, problem.kind) for problem in loaded.problems] == [
        ("refs.bib", 1, Kind.BIB_SYNTAX),
        ("more.bib", 0, Kind.BIB_SYNTAX),
        ("tags.toml", 0, Kind.BAD_DATA),
        ("venues.toml", 0, Kind.BAD_DATA),
        ("evidence.toml", 0, Kind.BAD_DATA),
        ("lists.toml", 0, Kind.BAD_DATA),
    ]


def test_a_survey_needs_no_file_but_the_records(tmp_path: Path) -> None:
    path = tmp_path / "refs.bib"
    path.write_text("@misc{lee2024some, title = {Some}}\n", encoding="utf-8")
    loaded = load.load(load.Paths(bib=(path,)))
    assert list(loaded.records) == ["lee2024some"]
    assert (loaded.tags, loaded.rules, loaded.evidence, loaded.problems) == ({}, (), None, ())


def test_a_bib_file_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "refs.bib"
    path.write_bytes("@misc{lee2024some, title = {Système}}\n".encode("latin-1"))
    (problem,) = load.load(load.Paths(bib=(path,)), lambda path: path.name).problems
    assert (problem.file, problem.line, problem.kind) == ("refs.bib", 0, Kind.BIB_SYNTAX)
    assert problem.message.startswith("cannot be read: 'utf-8' codec can't decode byte 0xe8")
    assert problem.message.endswith("; save it as UTF-8")


@pytest.mark.parametrize(("name", "parse"), [("tags", parse_tags), ("venues", parse_venues)])
def test_the_real_files_have_no_fault(name: str, parse: Any) -> None:
    data = tomllib.loads((ROOT / f"docs/data/{name}.toml").read_text(encoding="utf-8"))
    parts, problems = parse(data, f"{name}.toml")
    assert problems == []
    assert len(parts) > 20
