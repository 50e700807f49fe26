"""Survey: what each view selects, in which order, and when a page counts as changed."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import MOVEMENT, TINYBERT, entry, record

from surveyext.library.load import Library
from surveyext.library.model import Entry, Kind, Person, Record
from surveyext.library.toml_tables import Tag
from surveyext.library.venues import Rule
from surveyext.survey.facets import FACETS
from surveyext.survey.survey import Survey, Technique, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PRUNING, DISTILLATION = "techniques/pruning", "techniques/distillation"
TITLES = {PRUNING: "Pruning", DISTILLATION: "Distillation"}
Q8BERT = {**MOVEMENT, "title": "{Q8BERT}: Quantized 8Bit {BERT}", "year": "2019"}
RULES = (
    Rule("Neural Information Processing Systems", "NeurIPS", "NeurIPS {year}"),
    Rule("Findings of the Association", "Findings of ACL", "Findings of EMNLP {year}"),
)
LIBRARY = Library(
    records={
        "sanh2020movement": record(line=3),
        "jiao2020tinybert": record("jiao2020tinybert", TINYBERT, line=14),
        "zafrir2019q8bert": record("zafrir2019q8bert", Q8BERT, line=25),
        "gordon2020compressing": record("gordon2020compressing", title="Compressing", line=40),
    },
    tags={"unstructured": Tag("unstructured", "Structure", "Single weights.")},
    rules=RULES,
)
ENTRIES = (
    entry(also=("distillation",)),
    entry("zafrir2019q8bert", line=30, name="", extends=("jiao2020tinybert", "jiao2020tinybert")),
    entry(
        "jiao2020tinybert",
        DISTILLATION,
        name="TinyBERT",
        extends=("sanh2020movement", "gordon2020compressing"),
        added="2026-11-20",
    ),
)
CITES = {PRUNING: ("gordon2020compressing", "sanh2020movement", "nobody2020nothing")}
SURVEY = Survey(
    library=LIBRARY,
    entries=ENTRIES,
    titles=TITLES,
    facets=FACETS,
    cites=CITES,
    index_pages={"tag": "indexes/tags"},
)


def keys(items: Iterable[Any]) -> list[str]:
    return [item.record.key for item in items]


def test_items_join_entries_with_records_in_reading_order() -> None:
    assert list(SURVEY.items) == ["sanh2020movement", "zafrir2019q8bert", "jiao2020tinybert"]
    item = SURVEY.items["jiao2020tinybert"]
    assert (item.entry, item.record) == (ENTRIES[2], LIBRARY.records["jiao2020tinybert"])


def test_an_entry_without_a_record_is_left_out_and_of_two_the_first_counts() -> None:
    twins = (entry(name="First"), entry("nobody2020nothing"), entry(docname=DISTILLATION))
    survey = replace(SURVEY, entries=twins)
    assert list(survey.items) == ["sanh2020movement"]
    assert survey.items["sanh2020movement"].entry.name == "First"


def test_techniques_come_in_reading_order_with_their_own_entries_counted() -> None:
    assert SURVEY.techniques == (
        Technique(PRUNING, "Pruning", 2),
        Technique(DISTILLATION, "Distillation", 1),
    )
    misplaced = replace(SURVEY, entries=(entry(docname="index"),), titles={PRUNING: "Pruning"})
    assert misplaced.techniques == (Technique(PRUNING, "Pruning", 0),)


def test_cross_listed_are_the_entries_of_other_pages_that_name_this_one() -> None:
    assert keys(SURVEY.cross_listed(DISTILLATION)) == ["sanh2020movement"]
    assert keys(SURVEY.cross_listed(PRUNING)) == []
    itself = replace(SURVEY, entries=(entry(also=("pruning",)),))
    assert itself.cross_listed(PRUNING) == ()


def test_cross_listed_come_newest_paper_first_then_by_title() -> None:
    also = [
        entry(key, PRUNING, also=("distillation",))
        for key in ("zafrir2019q8bert", "jiao2020tinybert", "sanh2020movement")
    ]
    survey = replace(SURVEY, entries=tuple(also))
    assert keys(survey.cross_listed(DISTILLATION)) == [
        "sanh2020movement",
        "jiao2020tinybert",
        "zafrir2019q8bert",
    ]


@pytest.mark.parametrize(
    ("name", "docname"),
    [("pruning", PRUNING), ("distillation", DISTILLATION), ("quantization", ""), ("ing", "")],
)
def test_a_technique_is_called_by_the_last_part_of_its_page(name: str, docname: str) -> None:
    assert SURVEY.technique_docname(name) == docname


def test_a_technique_page_may_stand_at_the_top() -> None:
    assert replace(SURVEY, titles={"pruning": "Pruning"}).technique_docname("pruning") == "pruning"


def test_extended_by_turns_extends_round_without_repeating() -> None:
    assert SURVEY.extended_by == {
        "jiao2020tinybert": ("zafrir2019q8bert",),
        "sanh2020movement": ("jiao2020tinybert",),
        "gordon2020compressing": ("jiao2020tinybert",),
    }


def test_newest_are_those_added_last_then_the_newest_papers() -> None:
    order = ["sanh2020movement", "zafrir2019q8bert", "jiao2020tinybert"]
    assert keys(SURVEY.newest(3)) == order
    assert keys(SURVEY.newest(2)) == order[:2]
    assert keys(SURVEY.newest(12)) == order


@st.composite
def many(draw: st.DrawFn) -> list[tuple[Entry, Record]]:
    """Papers that share years, titles and days as far as their keys allow."""
    papers = []
    for number in range(draw(st.integers(2, 8))):
        key = f"lee20{number}some"
        title = draw(st.sampled_from(["Pruning", "pruning", "Prüning", "Distilling"]))
        year = draw(st.sampled_from(["2019", "2020", "in press"]))
        added = draw(st.sampled_from(["2026-11-20", "2026-11-21", ""]))
        papers.append((entry(key, added=added), record(key, title=title, year=year)))
    return papers


@given(many(), st.randoms(use_true_random=False))
def test_newest_is_a_total_order_whatever_the_order_of_reading(
    papers: list[tuple[Entry, Record]], rng: random.Random
) -> None:
    def order() -> list[str]:
        library = Library(records={paper.key: paper for _, paper in papers})
        survey = replace(SURVEY, library=library, entries=tuple(one for one, _ in papers))
        return keys(survey.newest(99))

    first = order()
    rng.shuffle(papers)
    assert order() == first
    assert sorted(first) == sorted(paper.key for _, paper in papers)
    days = {one.key: one.added for one, _ in papers}
    years = {paper.key: paper.year or 0 for _, paper in papers}
    shown = [(days[key], years[key]) for key in first]
    assert shown == sorted(shown, reverse=True)


def test_references_are_what_a_page_cites_by_people_and_year() -> None:
    assert [one.key for one in SURVEY.references(PRUNING)] == [
        "gordon2020compressing",
        "sanh2020movement",
    ]
    jiao = record("jiao2020tinybert", people=(Person("Jiao", "Xiaoqi"),))
    old = record("zafrir2019q8bert", Q8BERT)
    library = Library(records={one.key: one for one in (record(), old, jiao)})
    cites = {PRUNING: ("sanh2020movement", "zafrir2019q8bert", "jiao2020tinybert")}
    survey = replace(SURVEY, library=library, entries=(), cites=cites)
    assert [one.key for one in survey.references(PRUNING)] == [
        "jiao2020tinybert",
        "zafrir2019q8bert",
        "sanh2020movement",
    ]
    assert survey.references(DISTILLATION) == ()


def test_links_call_an_entry_by_its_short_name_else_by_its_title() -> None:
    assert SURVEY.label("sanh2020movement") == "Movement pruning"
    assert SURVEY.label("zafrir2019q8bert") == "{Q8BERT}: Quantized 8Bit {BERT}"
    assert SURVEY.label("gordon2020compressing") == "gordon2020compressing"


def test_an_unknown_view_is_a_mistake_in_the_program() -> None:
    with pytest.raises(ValueError, match="no-such-view"):
        SURVEY.select(View("no-such-view"), PRUNING)


def test_the_kinds_of_problems_are_all_shown() -> None:
    assert SURVEY.select(View("problem-kinds"), "contribute") == tuple(Kind)


def with_entry(key: str, **changed: Any) -> Survey:
    """Return the survey with one entry changed."""
    entries = tuple(replace(one, **changed) if one.key == key else one for one in ENTRIES)
    return replace(SURVEY, entries=entries)


def with_record(key: str, **changed: Any) -> Survey:
    """Return the survey with fields of one record changed."""
    old = LIBRARY.records[key]
    new = record(key, dict(old.fields), line=old.line, **changed)
    return replace(SURVEY, library=replace(LIBRARY, records={**LIBRARY.records, key: new}))


def with_library(**changed: Any) -> Survey:
    return replace(SURVEY, library=replace(LIBRARY, **changed))


#: What somebody may do to a survey, and the views that must then be shown anew.
CARD = View("entry", "jiao2020tinybert")  # on the distillation page
OWN = View("entry", "sanh2020movement")  # on the pruning page, and before that card
NEWEST, CROSS, REFERENCES = View("newest", "2"), View("cross-listed"), View("references")
SIZES, LINK, LINES = View("techniques"), View("link", "sanh2020movement"), View("bibliography")
TAGS, ROWS = View("entry-index", "tag"), View("source-rows")
ALL = (TAGS, ROWS, CARD, OWN, NEWEST, CROSS, REFERENCES, SIZES, LINK, LINES)
HOME = {CARD: DISTILLATION, OWN: PRUNING, CROSS: DISTILLATION, REFERENCES: PRUNING}
EDITS: dict[str, tuple[Callable[[], Survey], set[View]]] = {
    "a note": (lambda: with_entry("sanh2020movement", note="Other words."), {OWN}),
    "code": (lambda: with_entry("sanh2020movement", code="https://example.org/"), {OWN}),
    "no code": (lambda: with_entry("sanh2020movement", code=""), {OWN}),
    "a month": (lambda: with_entry("zafrir2019q8bert", added="2026-12-01"), {NEWEST}),
    "a tag": (lambda: with_entry("sanh2020movement", tags=()), {OWN, TAGS}),
    "a line": (lambda: with_entry("sanh2020movement", line=99), set()),
    "a short name": (
        lambda: with_entry("sanh2020movement", name="MvP"),
        {CARD, OWN, NEWEST, CROSS, REFERENCES, LINK, LINES, TAGS},
    ),
    "the page": (
        lambda: with_entry("sanh2020movement", docname=DISTILLATION),
        {CARD, OWN, NEWEST, CROSS, REFERENCES, SIZES, LINK, LINES, TAGS},
    ),
    "the day": (
        lambda: with_entry("jiao2020tinybert", added="2026-11-22"),
        {CARD, NEWEST},
    ),
    "a relation": (lambda: with_entry("jiao2020tinybert", extends=()), {CARD, OWN, LINES}),
    "a further page": (lambda: with_entry("sanh2020movement", also=()), {OWN, CROSS, LINES}),
    "a title": (
        lambda: with_record("sanh2020movement", title="Movement Pruning: Adaptive Thrift"),
        {CARD, OWN, NEWEST, CROSS, REFERENCES, LINK, LINES, TAGS},
    ),
    "people": (
        lambda: with_record("sanh2020movement", people=(Person("Sanh", "Victor"),)),
        {OWN, NEWEST, CROSS, REFERENCES, LINES, TAGS},
    ),
    "pages of a record": (
        lambda: with_record("sanh2020movement", pages="1--9"),
        {OWN, REFERENCES, LINES},
    ),
    "a cited record": (
        lambda: with_record("gordon2020compressing", pages="1--9"),
        {REFERENCES, LINES},
    ),
    "one more record": (
        lambda: with_library(
            records={"aaa2020first": record("aaa2020first"), **LIBRARY.records}
        ),
        {LINES},
    ),
    "places in the file": (
        lambda: with_library(
            records={
                key: replace(one, line=one.line + 9, file="more.bib")
                for key, one in LIBRARY.records.items()
            }
        ),
        set(),
    ),
    "the venue table": (
        lambda: with_library(rules=(Rule("Neural Inf", "NIPS", "NIPS {year}"), *RULES[1:])),
        {OWN, NEWEST, CROSS, REFERENCES, TAGS},
    ),
    "a title of a page": (
        lambda: replace(SURVEY, titles={**TITLES, DISTILLATION: "Knowledge distillation"}),
        {OWN, SIZES, LINES},
    ),
    "the words on a tag": (
        lambda: with_library(tags={"unstructured": Tag("unstructured", "Structure", "Any.")}),
        {TAGS},
    ),
    "an index": (lambda: replace(SURVEY, index_pages={}), {CARD, OWN}),
    "a citation": (lambda: replace(SURVEY, cites={PRUNING: ("sanh2020movement",)}), {REFERENCES}),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_a_page_changes_exactly_when_something_shown_changes(edit: str) -> None:
    make, expected = EDITS[edit]
    after = make()

    def digest(survey: Survey, view: View) -> str:
        # On a page without citations of its own but for the references.
        docname = HOME.get(view, "index")
        cites = survey.cites if view == REFERENCES else {}
        return replace(survey, cites=cites).page_digest(docname, (view,))

    assert {view for view in ALL if digest(SURVEY, view) != digest(after, view)} == expected


def test_a_bibliography_changes_with_the_records_that_it_lists_alone() -> None:
    listed = {"old": ("zafrir2019q8bert",), "new": ("gordon2020compressing",)}
    before = replace(SURVEY, listed=listed)
    after = replace(with_record("gordon2020compressing", pages="1--9"), listed=listed)
    assert after.page_digest("old", (LINES,)) == before.page_digest("old", (LINES,))
    assert after.page_digest("new", (LINES,)) != before.page_digest("new", (LINES,))
    fewer = replace(before, listed={"old": ()})
    assert fewer.page_digest("old", (LINES,)) != before.page_digest("old", (LINES,))


def test_a_page_changes_when_a_record_that_its_prose_cites_does() -> None:
    after = with_record("gordon2020compressing", year="2021")
    assert after.page_digest(PRUNING, ()) != SURVEY.page_digest(PRUNING, ())
    assert after.page_digest(DISTILLATION, ()) == SURVEY.page_digest(DISTILLATION, ())


def test_a_page_changes_when_a_view_is_added_or_moved() -> None:
    digests = {
        SURVEY.page_digest(PRUNING, views)
        for views in ((), (OWN,), (OWN, CROSS), (CROSS, OWN), (NEWEST,))
    }
    assert len(digests) == 5


def test_a_digest_is_the_same_in_the_next_build() -> None:
    again = replace(SURVEY, titles=dict(TITLES), cites=dict(CITES))
    assert [again.page_digest(PRUNING, (view,)) for view in ALL] == [
        SURVEY.page_digest(PRUNING, (view,)) for view in ALL
    ]
