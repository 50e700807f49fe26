"""The canonical form of .bib files: nothing lost, stable, and the survey's own file has it."""

from __future__ import annotations

import re

import pytest
import samples
from conftest import REAL_ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from surveyext.library.bib import parse
from surveyext.library.canonical import format_bib, insert_record

pytestmark = pytest.mark.once

REFS = (REAL_ROOT / "refs.bib").read_text(encoding="utf-8")
UNTIDY = r"""% My file
% since 2020

@STRING{neurips="Advances in  Neural Information Processing Systems"} % a series

% the youngest
@Article{zeta2024b,
  Year = 2024, TITLE = "On {"}Quotes{"}", custom = jan # " 1",
  author={Zeta, Ann}, journal = neurips
}
@comment{jabref-meta: databaseType:bibtex;}

@inproceedings(alpha2020a, title={A
   long    title}, booktitle = neurips, year = {2020}, author = {Alpha, Bo})
the end"""
TIDY = r"""% My file
% since 2020

@string{neurips = {Advances in Neural Information Processing Systems}} % a series

@comment{jabref-meta: databaseType:bibtex;}

@inproceedings{alpha2020a,
  title         = {A long title},
  author        = {Alpha, Bo},
  booktitle     = neurips,
  year          = {2020},
}

% the youngest
@article{zeta2024b,
  title         = {On {"}Quotes{"}},
  author        = {Zeta, Ann},
  journal       = neurips,
  year          = {2024},
  custom        = jan # { 1},
}

the end
"""

WORDS = st.text("abcXYZ 0\n\t%-:.", max_size=12)
COMMENTS = st.one_of(
    WORDS.map(lambda text: f"% {text}"),
    samples.BALANCED.map(lambda text: f"@comment{{{text}}}"),
    samples.HOSTILE,
)
VALUES = st.one_of(
    samples.BALANCED.map(lambda text: f"{{{text}}}"),
    samples.BALANCED.filter(lambda text: '"' not in text).map(lambda text: f'"{text}"'),
    st.integers(0, 3000).map(str),
    st.sampled_from(["jan", "venue", "{a } # venue", 'venue # " b"']),
)
FIELDS = st.lists(
    st.tuples(st.sampled_from(["title", "Year", "author", "zz", "note", "doi"]), VALUES),
    max_size=5,
)
KEYS = st.sampled_from(["b2020x", "a2021y", "C1999", "a2021Y", "z"])
RECORDS = st.builds(
    lambda kind, key, fields, last: (
        f"@{kind}{{{key}," + ", ".join(f"{n} = {v}" for n, v in fields) + last
    ),
    st.sampled_from(["misc", "Article", "inproceedings"]),
    KEYS,
    FIELDS,
    st.sampled_from(["}", ",}", "\n}", ",\n}", ""]),
)
STRINGS = st.builds(
    lambda name, value: f"@string{{{name} = {value}}}",
    st.sampled_from(["venue", "other"]),
    VALUES,
)
FILES = st.lists(
    st.one_of(COMMENTS, RECORDS, STRINGS, st.just('@preamble{"\\x" # venue}')), max_size=8
).flatmap(
    lambda parts: st.lists(
        st.sampled_from(["\n", "\n\n", " ", "\r\n"]), min_size=len(parts), max_size=len(parts)
    ).map(lambda gaps: "".join(part + gap for part, gap in zip(parts, gaps, strict=True)))
)


def test_the_surveys_own_file_is_canonical() -> None:
    assert format_bib(REFS).text == REFS


def test_an_untidy_file_gets_the_one_form() -> None:
    assert format_bib(UNTIDY).text == TIDY
    assert format_bib(UNTIDY).left == ()


@given(FILES)
@example(UNTIDY)
@example(REFS)
def test_formatting_changes_no_record_and_no_problem(text: str) -> None:
    before, after = parse(text, "x"), parse(format_bib(text).text, "x")
    assert {key: said(record) for key, record in after[0].items()} == {
        key: said(record) for key, record in before[0].items()
    }
    assert sorted(problem.kind for problem in after[1]) == sorted(p.kind for p in before[1])


def said(record: object) -> object:
    """Return what a record says, without its place and the order of its fields."""
    return record.type, record.key, sorted(record.fields), record.people  # type: ignore[attr-defined]


@given(FILES)
@example(UNTIDY)
def test_formatting_twice_is_formatting_once(text: str) -> None:
    once = format_bib(text).text
    assert format_bib(once).text == once


@given(FILES)
def test_no_word_outside_of_records_is_lost(text: str) -> None:
    words = re.compile(r"[^\s{}\",=#@]+")
    before, after = (
        sorted(word.lower() for word in words.findall(each))
        for each in (text, format_bib(text).text)
    )
    assert after == before


@pytest.mark.parametrize(
    "broken",
    ["@misc{a,\n  title = {open\n\n", "@misc{a, title = nostring}\n", "@misc{a, title {x}}\n"],
)
def test_what_is_not_bibtex_is_left_alone_and_named(broken: str) -> None:
    done = format_bib(f"{broken}@Misc{{b,title={{x}}}}\n")
    assert broken.strip() in done.text
    assert "@misc{b,\n  title         = {x},\n}\n" in done.text
    assert done.left == ((1, "this is not BibTeX"),)


def test_strings_that_use_strings_keep_their_order() -> None:
    text = '@string{b = {B}}\n@string{a = b # " A"}\n'
    assert format_bib(text).text == "@string{b = {B}}\n@string{a = b # { A}}\n"


def test_a_string_that_is_defined_twice_keeps_every_record_in_its_place() -> None:
    text = "@string{v = {A}}\n\n@misc{z,\n  title         = v,\n}\n\n@string{v = {B}}\n"
    assert format_bib(text).text == text


def test_a_record_goes_before_the_first_whose_key_comes_after() -> None:
    new = samples.record(key="middle2020")
    text = insert_record(TIDY, new)
    assert text.replace("@inproceedings{middle2020", "").count("@inproceedings") == 1
    before, _, after = text.partition("@inproceedings{middle2020,")
    assert before.endswith("year          = {2020},\n}\n\n")
    assert "\n}\n\n% the youngest\n@article{zeta2024b," in after
    assert format_bib(text).text == text


@given(st.sampled_from(["aaa", "middle2020", "zzz", "Zeta"]))
def test_an_inserted_record_can_be_read_and_leaves_the_others(key: str) -> None:
    new = samples.record(key=key)
    before, after = parse(REFS, "x")[0], parse(insert_record(REFS, new), "x")[0]
    assert said(after.pop(key)) == (new.type, key, sorted(new.fields), new.people)
    assert {name: said(record) for name, record in after.items()} == {
        name: said(record) for name, record in before.items()
    }
    assert "booktitle     = neurips" in insert_record(REFS, new).partition(f"{{{key},")[2][:400]


def test_a_record_starts_an_empty_file() -> None:
    assert insert_record("", samples.record()).startswith("@inproceedings{sanh2020movement,\n")


@pytest.mark.parametrize("key", ["zeta2024b", "ZETA2024B"])
def test_a_record_whose_key_is_taken_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="already"):
        insert_record(TIDY, samples.record(key=key))
