"""Evidence and source lists: clashes are named, gaps are counted, faults are problems."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from surveyext.library import evidence, source_lists
from surveyext.library.evidence import Evidence, Source
from surveyext.library.model import Kind, Record

DISTILBERT = Record(
    "sanh2019distilbert",
    "misc",
    (
        ("title", "{DistilBERT}, a distilled version of {BERT}"),
        ("author", "Sanh, Victor"),
        ("year", "2019"),
        ("eprint", "1910.01108"),
        ("archiveprefix", "arXiv"),
        ("url", "https://arxiv.org/abs/1910.01108"),
    ),
    (),
    "refs.bib",
    7,
)
TITLE = "DistilBERT, a distilled version of BERT"


def known(titles: dict[str, str], **more: Any) -> Evidence:
    """Return evidence for DistilBERT with these titles."""
    source = Source("https://arxiv.org/abs/1910.01108", ("title", "author", "year", "eprint"), "")
    values: dict[str, Any] = {"sources": (source,), "checked": "2026-11-21", **more}
    return Evidence(DISTILBERT.key, titles=tuple(titles.items()), **values)


def messages(record: Record, found: Evidence) -> list[str]:
    """Return what the check says."""
    return [each.message for each in evidence.check({record.key: record}, {record.key: found}, "e")]


def test_the_right_title_passes_whatever_its_case_and_braces() -> None:
    assert messages(DISTILBERT, known({"arXiv:1910.01108": TITLE.upper()})) == []


def test_an_address_that_spells_out_the_eprint_is_the_same_identifier() -> None:
    assert messages(DISTILBERT, known({"https://arxiv.org/abs/1910.01108": TITLE})) == []


def test_an_identifier_of_another_paper_is_named_with_that_papers_title() -> None:
    other = "Pre-train, Prompt, and Predict"
    assert messages(DISTILBERT, known({"arXiv:1910.01108": other})) == [
        f"record 'sanh2019distilbert': arXiv:1910.01108 is '{other}', not '{TITLE}'; "
        "correct the identifier, or list the other title under 'retitled'"
    ]


def test_a_retitled_paper_passes_once_the_other_title_is_listed() -> None:
    found = known({"arXiv:1910.01108": "Another name"}, retitled=("Another name",))
    assert messages(DISTILBERT, found) == []


def test_a_changed_identifier_needs_evidence_of_its_own() -> None:
    found = known({"arXiv:2107.13586": TITLE})
    assert messages(DISTILBERT, found) == [
        "record 'sanh2019distilbert': eprint 'arXiv:1910.01108' has no evidence; "
        "open its page and write down its title",
        "record 'sanh2019distilbert': evidence names arXiv:2107.13586, which the record does not "
        "have; correct one of the two",
    ]


def test_evidence_of_no_record_is_named() -> None:
    found = known({"arXiv:1910.01108": TITLE})
    (problem,) = evidence.check(
        {"sanh2019distilber": DISTILBERT}, {DISTILBERT.key: found}, "e.toml"
    )
    assert (problem.file, problem.kind) == ("e.toml", Kind.BAD_EVIDENCE)
    assert "did you mean 'sanh2019distilber'?" in problem.message


def test_fields_that_no_source_confirms_are_open_work() -> None:
    found = known({"arXiv:1910.01108": TITLE}, unverified=("pages",))
    assert evidence.unconfirmed(DISTILBERT, found) == ("url",)
    assert evidence.open_work([DISTILBERT], {DISTILBERT.key: found}) == [
        (DISTILBERT, ("url", "pages"))
    ]
    assert evidence.open_work([DISTILBERT], {}) == [(DISTILBERT, ("everything",))]


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"checked": "2026-11-21", "titles": {}, "sources": []},
        {"checked": datetime.date(2026, 11, 21), "titles": [], "sources": []},
        {"checked": datetime.date(2026, 11, 21), "titles": {}, "sources": [{"url": "x"}]},
        {"checked": datetime.date(2026, 11, 21), "titles": {}, "sources": {}, "unverified": "x"},
        "text",
    ],
)
def test_a_faulty_table_is_a_problem_and_no_exception(table: Any) -> None:
    found, problems = evidence.parse({"key": table}, "evidence.toml")
    assert found == {}
    assert [(each.file, each.kind) for each in problems] == [("evidence.toml", Kind.BAD_DATA)]


ROW = {"list": "001", "row": 1, "title": "T", "key": "sanh2019distilbert", "corrections": []}


def test_a_row_that_leads_to_no_entry_is_named() -> None:
    lists, problems = source_lists.parse({"lists": {"001": "One"}, "row": [ROW]}, "rows.toml")
    assert problems == []
    assert list(source_lists.check(lists, ["sanh2019distilbert"])) == []
    (problem,) = source_lists.check(lists, ["sanh2019distilbart"])
    assert problem.message == (
        "list 001 row 1: no entry 'sanh2019distilbert'; did you mean 'sanh2019distilbart'?"
    )


def test_a_missing_row_is_named() -> None:
    table = {"lists": {"001": "One"}, "row": [ROW, {**ROW, "row": 3}]}
    lists, _ = source_lists.parse(table, "rows.toml")
    (problem,) = source_lists.check(lists, ["sanh2019distilbert"])
    assert problem.message == "list 001 has no row 2; add it"


@pytest.mark.parametrize(
    "fault",
    [{"list": "002"}, {"row": "x"}, {"corrections": [{"what": "year"}]}, {"corrections": 1}],
)
def test_a_faulty_row_is_a_problem_and_no_exception(fault: dict[str, Any]) -> None:
    lists, problems = source_lists.parse(
        {"lists": {"001": "One"}, "row": [{**ROW, **fault}]}, "rows.toml"
    )
    assert [each.rows for each in lists] == [()]
    assert [each.kind for each in problems] == [Kind.BAD_DATA]
