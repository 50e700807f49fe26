"""Checks: each mistake is named once, with its place and what mends it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOSTILE, MOVEMENT, TINYBERT, entry, record

from surveyext.library.model import Entry, Kind, Problem, Record
from surveyext.library.toml_tables import Tag
from surveyext.library.venues import Rule
from surveyext.survey.checks import (
    REQUIRED,
    check_cites,
    check_entries,
    check_links,
    check_records,
    check_use,
)

pytestmark = pytest.mark.once

TODAY = datetime.date(2026, 11, 21)
RULES = (
    Rule("Neural Information Processing Systems", "NeurIPS", "NeurIPS {year}"),
    Rule("Findings of the Association", "Findings of ACL", "Findings {year}"),
)
TAGS = (Tag("unstructured", "Structure", "Single weights."), Tag("edge", "Hardware", "Phones."))
TECHNIQUES = ("techniques/pruning", "techniques/distillation")
RECORDS = {
    "sanh2020movement": record(line=3),
    "jiao2020tinybert": record("jiao2020tinybert", TINYBERT, line=14),
}


def of_records(*records: Record) -> list[Problem]:
    return list(check_records({one.key: one for one in records}, RULES, TODAY))


def of_entries(*entries: Entry) -> list[Problem]:
    return list(
        check_entries(entries, RECORDS, TAGS, TECHNIQUES, lambda docname: f"docs/{docname}.md")
    )


def test_correct_records_have_no_problem() -> None:
    assert of_records(*RECORDS.values()) == []


@pytest.mark.parametrize("type_", REQUIRED)
def test_a_record_of_each_type_with_its_fields_has_no_problem(type_: str) -> None:
    fields = dict.fromkeys(REQUIRED[type_], "Learning to Prune")
    fields |= {"year": "2020"} | ({"url": "https://example.org/"} if "url" in fields else {})
    for name in {"booktitle", "journal"} & fields.keys():
        fields[name] = "Neural Information Processing Systems"
    assert of_records(record(fields=fields, type=type_)) == []


@pytest.mark.parametrize(
    ("changed", "kind", "message"),
    [
        ({"type": "inproceeding"}, Kind.ODD_RECORD,
         "type '@inproceeding' is not used here and set as @misc; did you mean 'inproceedings'?"),
        ({"type": "set"}, Kind.ODD_RECORD,
         "type '@set' is not used here and set as @misc; use one of article, book, "
         "incollection, inproceedings, misc, online, phdthesis, software, techreport"),
        ({"title": None}, Kind.MISSING_FIELD,
         "no title; add the field, @inproceedings needs it"),
        ({"author": "{}"}, Kind.MISSING_FIELD,
         "no author; add the field, @inproceedings needs it"),
        ({"booktitle": None, "eprint": None}, Kind.MISSING_FIELD,
         "no booktitle; add the field, @inproceedings needs it"),
        ({"year": None}, Kind.MISSING_FIELD, "no year; add the field, @inproceedings needs it"),
        ({"type": "online", "url": None}, Kind.MISSING_FIELD,
         "no url; add the field, @online needs it"),
        ({"year": "in press"}, Kind.BAD_YEAR,
         "year 'in press' is impossible; write four digits from 1450 to 2027"),
        ({"year": "20200"}, Kind.BAD_YEAR,
         "year '20200' is impossible; write four digits from 1450 to 2027"),
        ({"year": "²⁰²⁰"}, Kind.BAD_YEAR,
         "year '²⁰²⁰' is impossible; write four digits from 1450 to 2027"),
        ({"doi": "https://doi.org/10.18653/v1/2020.acl-main.1"}, Kind.BAD_DOI,
         "DOI 'https://doi.org/10.18653/v1/2020.acl-main.1' has not the form 10.1234/suffix; "
         "leave out 'https://doi.org/'"),
        ({"eprint": "arXiv:2005.07683v2"}, Kind.BAD_EPRINT,
         "eprint 'arXiv:2005.07683v2' is no arXiv number; write the arXiv number alone, as "
         "2005.07683, without 'arXiv:' and version"),
        ({"openreview": "https://openreview.net/forum?id=SylO2yStDr"}, Kind.BAD_LINK,
         "openreview 'https://openreview.net/forum?id=SylO2yStDr' is no forum; write its id "
         "alone, as SylO2yStDr"),
        ({"url": "javascript:alert(1)"}, Kind.BAD_LINK,
         "url 'javascript:alert(1)' is no link; write a whole http(s) address"),
        ({"booktitle": "Proceedings of {ICML}"}, Kind.UNKNOWN_VENUE,
         "venue 'Proceedings of {ICML}' is not in the venue table; add a line to the venue table, "
         "or correct the name"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_record_is_said_once(
    changed: dict[str, Any], kind: Kind, message: str
) -> None:
    message = f"record 'sanh2020movement': {message}"
    assert of_records(record(line=7, file="more.bib", **changed)) == [
        Problem("more.bib", 7, kind, message)
    ]


@pytest.mark.parametrize(
    ("year", "right"),
    [("1449", False), ("1896", True), ("2026", True), ("2027", True), ("2028", False)],
)
def test_a_year_lies_between_1450_and_the_next_one(year: str, right: bool) -> None:
    assert (of_records(record(year=year)) == []) is right


def test_all_mistakes_of_all_records_come_at_once() -> None:
    wrong = record(line=1, year="20", doi="x", eprint="y", url="z", booktitle="Nothing")
    problems = of_records(wrong, record("jiao2020tinybert", TINYBERT, line=9, title=None))
    assert [(problem.line, problem.kind) for problem in problems] == [
        (1, Kind.BAD_YEAR),
        (1, Kind.BAD_DOI),
        (1, Kind.BAD_EPRINT),
        (1, Kind.BAD_LINK),
        (1, Kind.UNKNOWN_VENUE),
        (9, Kind.MISSING_FIELD),
    ]


@pytest.mark.parametrize(
    ("twin", "same"),
    [
        ({"doi": "10.18653/V1/2020.FINDINGS-EMNLP.372"}, "DOI"),
        ({"eprint": "1909.10351"}, "eprint"),
        ({"title": "TinyBERT \u2013 distilling Bert, for natural-language understanding"}, "title"),
        (
            {"title": TINYBERT["title"], "doi": TINYBERT["doi"], "eprint": "1909.10351"},
            "title and DOI and eprint",
        ),
    ],
)
def test_the_same_paper_under_two_keys_is_found(twin: dict[str, str], same: str) -> None:
    first = record("jiao2020tinybert", TINYBERT, eprint="1909.10351", line=2)
    published = {name: value for name, value in MOVEMENT.items() if name != "eprint"}
    second = record("jiao2019tinybert", published | twin, line=20)
    other = record("sanh2020movement", line=40, title="Movement Pruning Again")
    message = (
        f"record 'jiao2019tinybert' is the same paper as 'jiao2020tinybert' (same {same}); "
        "keep the published version and one key"
    )
    assert of_records(first, second, other) == [
        Problem("refs.bib", 20, Kind.DUPLICATE_RECORD, message)
    ]


def test_records_without_identifiers_or_letters_in_the_title_are_no_twins() -> None:
    bare = {"author": "{OpenAI}", "year": "2024", "url": "https://example.org/"}
    problems = of_records(
        record("a2024x", bare, type="online", title="???"),
        record("b2024y", bare, type="online", title="!!!"),
    )
    assert problems == []


@given(st.dictionaries(st.sampled_from([*MOVEMENT, "doi", "openreview"]), HOSTILE))
def test_no_value_of_a_field_raises(fields: dict[str, str]) -> None:
    assert all(problem.line == 7 for problem in of_records(record(fields=fields, line=7)))


def test_correct_entries_have_no_problem() -> None:
    assert of_entries(
        entry(also=("distillation",)),
        entry("jiao2020tinybert", TECHNIQUES[1], tags=(), extends=("sanh2020movement",), code=""),
    ) == []  # fmt: skip


def test_entries_that_build_on_one_another_in_circles_are_told_once_a_circle() -> None:
    found = of_entries(
        entry(extends=("jiao2020tinybert",)),
        entry("jiao2020tinybert", TECHNIQUES[1], extends=("sanh2020movement",), line=9),
    )
    assert [(problem.kind, problem.message) for problem in found] == [
        (
            Kind.BAD_EXTENDS,
            "entry 'sanh2020movement': :extends: runs in a circle, sanh2020movement -> "
            "jiao2020tinybert -> sanh2020movement; leave out the one that points at a later paper",
        )
    ]


@pytest.mark.parametrize(
    ("changed", "kind", "message"),
    [
        ({"key": "sanh2020movment"}, Kind.UNKNOWN_KEY,
         "key 'sanh2020movment' is in no .bib file; did you mean 'sanh2020movement'?"),
        ({"key": "zafrir2019q8"}, Kind.UNKNOWN_KEY,
         "key 'zafrir2019q8' is in no .bib file; add the record to the .bib file"),
        ({"extends": ("jiao2020tinybrt",)}, Kind.UNKNOWN_KEY,
         ":extends: 'jiao2020tinybrt' is no other entry; did you mean 'jiao2020tinybert'?"),
        ({"extends": ("sanh2020movement",)}, Kind.UNKNOWN_KEY,
         ":extends: 'sanh2020movement' is no other entry; enter that paper or leave it out"),
        ({"note": ""}, Kind.EMPTY_NOTE,
         "no note; say in two to five sentences what the paper does"),
        ({"code": "github.com/a/b"}, Kind.BAD_LINK,
         ":code: 'github.com/a/b' is no link; write a whole http(s) address"),
        ({"reimplementation": "//a.b/c"}, Kind.BAD_LINK,
         ":reimplementation: '//a.b/c' is no link; write a whole http(s) address"),
        ({"project": "javascript:x"}, Kind.BAD_LINK,
         ":project: 'javascript:x' is no link; write a whole http(s) address"),
        ({"model": "https://hf"}, Kind.BAD_LINK,
         ":model: 'https://hf' is no link; write a whole http(s) address"),
        ({"tags": ("unstructurd",)}, Kind.UNKNOWN_TAG,
         "tag 'unstructurd' is not in the vocabulary; did you mean 'unstructured'?"),
        ({"tags": ("gpu",)}, Kind.UNKNOWN_TAG,
         "tag 'gpu' is not in the vocabulary; use a tag of the vocabulary or define it there"),
        ({"also": ("pruning",)}, Kind.BAD_ALSO,
         ":also: 'pruning' is the page it stands on; leave it out"),
        ({"also": ("distilation",)}, Kind.BAD_ALSO,
         ":also: 'distilation' is no technique page; did you mean 'distillation'?"),
        ({"also": ("hardware",)}, Kind.BAD_ALSO,
         ":also: 'hardware' is no technique page; use one of distillation, pruning"),
        ({"added": ""}, Kind.BAD_DATE, ":added: '' is no date; write YYYY-MM-DD"),
        ({"added": "2026-02-30"}, Kind.BAD_DATE,
         ":added: '2026-02-30' is no date; write YYYY-MM-DD"),
        ({"added": "20261121"}, Kind.BAD_DATE, ":added: '20261121' is no date; write YYYY-MM-DD"),
        ({"added": "2026-W47-6"}, Kind.BAD_DATE,
         ":added: '2026-W47-6' is no date; write YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_each_mistake_in_an_entry_is_said_once(
    changed: dict[str, Any], kind: Kind, message: str
) -> None:
    wrong = entry(**{"line": 12, **changed})
    other = entry("jiao2020tinybert", TECHNIQUES[1], 5)
    message = f"entry '{wrong.key}': {message}"
    assert of_entries(wrong, other) == [Problem("docs/techniques/pruning.md", 12, kind, message)]


def test_an_entry_outside_the_technique_pages_is_misplaced() -> None:
    message = "entry 'sanh2020movement' stands on no technique page; move it to one"
    assert of_entries(entry(docname="index", line=9)) == [
        Problem("docs/index.md", 9, Kind.MISPLACED_ENTRY, message)
    ]


@pytest.mark.parametrize(
    ("docname", "right"),
    [
        ("techniques/distillation", "list it there with :also:"),
        ("techniques/pruning", "delete one of the two"),
    ],
)
def test_the_second_entry_of_a_key_is_the_wrong_one(docname: str, right: str) -> None:
    message = f"entry 'sanh2020movement' stands at docs/techniques/pruning.md:5 already; {right}"
    assert of_entries(entry(), entry(docname=docname, line=30)) == [
        Problem(f"docs/{docname}.md", 30, Kind.DUPLICATE_ENTRY, message)
    ]


def test_a_record_that_nothing_uses_is_named_where_it_stands() -> None:
    assert list(check_use(RECORDS, {"sanh2020movement", "jiao2020tinybert"})) == []
    message = "record 'jiao2020tinybert' is not used; enter it on a page, cite it or delete it"
    assert list(check_use(RECORDS, {"sanh2020movement"})) == [
        Problem("refs.bib", 14, Kind.UNUSED_RECORD, message)
    ]


def test_a_citation_of_no_record_is_named_where_it_stands() -> None:
    cites = [("sanh2020movement", 3), ("sanh2020movment", 4), ("zafrir2019q8", 5)]
    assert list(check_cites(cites, RECORDS, "docs/about.md")) == [
        Problem(
            "docs/about.md",
            4,
            Kind.UNKNOWN_KEY,
            "cited key 'sanh2020movment' is in no .bib file; did you mean 'sanh2020movement'?",
        ),
        Problem(
            "docs/about.md",
            5,
            Kind.UNKNOWN_KEY,
            "cited key 'zafrir2019q8' is in no .bib file; add the record to the .bib file",
        ),
    ]


def test_a_link_to_no_entry_is_named_where_it_stands() -> None:
    links = [("sanh2020movement", 3), ("sanh2020movment", 4), ("zafrir2019q8", 5)]
    assert list(check_links(links, RECORDS, "docs/about.md")) == [
        Problem(
            "docs/about.md",
            4,
            Kind.UNKNOWN_KEY,
            "no entry has the key 'sanh2020movment'; did you mean 'sanh2020movement'?",
        ),
        Problem(
            "docs/about.md",
            5,
            Kind.UNKNOWN_KEY,
            "no entry has the key 'zafrir2019q8'; enter the paper or correct the key",
        ),
    ]
