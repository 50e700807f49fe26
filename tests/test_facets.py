"""Facets: which entries stand together, and when two spellings are one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyext.library.load import Library
from surveyext.library.model import Entry, Person, Record
from surveyext.library.toml_tables import Tag
from surveyext.library.venues import Rule
from surveyext.survey.facets import FACETS, anchor, by_code, by_person, by_tag, by_venue, by_year
from surveyext.survey.survey import Survey

RULES = (
    Rule("Findings of *: {of}", "Findings of ACL", "Findings of {of} {year}"),
    Rule("Neural Information", "NeurIPS", "NeurIPS {year}"),
)


def record(key: str, year: int, venue: str, *people: str) -> Record:
    """Return a record; people are "Family, Given"."""
    fields = (("title", key), ("booktitle", venue), ("year", str(year)))
    names = (person.partition(", ") for person in people)
    return Record(key, "inproceedings", fields, tuple(Person(f, g) for f, _, g in names), "r", 1)


def survey(*records: Record, entries: tuple[Entry, ...] = ()) -> Survey:
    """Return a survey of these records, entered on one page unless said otherwise."""
    tags = {name: Tag(name, "Structure", f"{name}.") for name in ("unstructured", "structured")}
    library = Library({each.key: each for each in records}, tags, RULES)
    entries = entries or tuple(Entry(each.key, "techniques/p", 1, "") for each in records)
    return Survey(library, entries, {"techniques/p": "P"}, {}, {})


def people(*names: str) -> list[str]:
    """Return the headings that papers by one of these people each give."""
    papers = [record(f"paper{number}", 2020, "x", name) for number, name in enumerate(names)]
    return [group.label for heading in by_person(survey(*papers)) for group in heading.groups]


def test_venues_stand_by_family_and_then_by_edition_newest_first() -> None:
    headings = by_venue(
        survey(
            record("a", 2019, "Advances in Neural Information Processing Systems"),
            record("b", 2023, "Findings of the ACL: EMNLP"),
            record("c", 2021, "Advances in Neural Information Processing Systems"),
        )
    )
    shown = [(heading.label, [group.label for group in heading.groups]) for heading in headings]
    assert shown == [
        ("Findings of ACL", ["Findings of EMNLP 2023"]),
        ("NeurIPS", ["NeurIPS 2021", "NeurIPS 2019"]),
    ]


def test_years_stand_newest_first_with_their_papers_by_title() -> None:
    headings = by_year(survey(*(record(key, year, "x") for key, year in (("b", 1), ("a", 2020)))))
    assert [heading.label for heading in headings] == ["2020", "1"]
    assert [heading.size for heading in headings] == [1, 1]


def test_tags_keep_the_order_of_the_vocabulary_and_their_definition() -> None:
    entries = (
        Entry("a", "techniques/p", 1, "", tags=("structured", "unstructured", "structured")),
        Entry("b", "techniques/p", 2, "", tags=("structured", "no-such-tag")),
    )
    (heading,) = by_tag(survey(record("a", 2020, "x"), record("b", 2021, "x"), entries=entries))
    groups = [(group.label, group.about, group.keys) for group in heading.groups]
    assert groups == [
        ("unstructured", "unstructured.", ("a",)),
        ("structured", "structured.", ("b", "a")),
    ]
    assert heading.size == 2


def test_code_tells_the_authors_own_from_somebody_elses() -> None:
    entries = (
        Entry("a", "techniques/p", 1, "", code="https://github.com/a/a"),
        Entry("b", "techniques/p", 2, "", reimplementation="https://github.com/x/b"),
        Entry("c", "techniques/p", 3, ""),
    )
    headings = by_code(survey(*(record(key, 2020, "x") for key in "abc"), entries=entries))
    shown = {heading.label: heading.groups[0].keys for heading in headings}
    assert shown == {
        "Authors' code": ("a",),
        "No code known": ("c",),
        "Reimplementation only": ("b",),
    }


@pytest.mark.parametrize(
    ("names", "headings"),
    [
        (("Schütze, Hinrich", "Schutze, Hinrich"), ["Schütze, Hinrich"]),
        (("Rush, Alexander", "Rush, Alexander M."), ["Rush, Alexander M."]),
        (("Rush, A.", "Rush, Alexander M."), ["Rush, Alexander M."]),
        (("O'Neill, James", "O\u2019Neill, James"), ["O'Neill, James"]),
        (
            ("Rush, A.", "Rush, Anna", "Rush, Alexander"),
            ["Rush, A.", "Rush, Alexander", "Rush, Anna"],
        ),
        (("Li, Yang", "Li, Ying"), ["Li, Yang", "Li, Ying"]),
        (("Rush, A. M.", "Rush, A. B."), ["Rush, A. B.", "Rush, A. M."]),
        (("Wang, Wei", "Wei, Wang"), ["Wang, Wei", "Wei, Wang"]),
        (("Hugging Face", "Hugging Face"), ["Hugging Face"]),
    ],
)
def test_spellings_share_a_heading_only_when_they_can_mean_one_person(
    names: tuple[str, ...], headings: list[str]
) -> None:
    found = people(*names)
    assert len(found) == len(headings)
    if len(headings) > 1:
        assert sorted(found) == headings


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Rush", "Li", "Müller", "Muller"]),
            st.sampled_from(["", "A.", "Anna", "Alexander", "Alexander M.", "A. M.", "Änna"]),
        ),
        max_size=8,
    ),
    st.randoms(),
)
def test_headings_of_people_do_not_depend_on_the_order_of_papers(
    names: list[tuple[str, str]], random: object
) -> None:
    papers = [
        record(f"p{number}", 2020, "x", f"{family}, {given}" if given else family)
        for number, (family, given) in enumerate(names)
    ]
    shuffled = list(papers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert by_person(survey(*papers)) == by_person(survey(*shuffled))


@given(st.lists(st.sampled_from(["Rush, A.", "Rush, Anna", "Li, Yang", "Rush, Alexander"])))
def test_every_paper_of_a_person_stands_under_exactly_one_heading(names: list[str]) -> None:
    papers = [record(f"p{number}", 2020, "x", name) for number, name in enumerate(names)]
    keys = [key for h in by_person(survey(*papers)) for group in h.groups for key in group.keys]
    assert sorted(keys) == sorted(paper.key for paper in papers)


def test_every_facet_lists_every_entry_of_the_survey() -> None:
    papers = [
        record("a", 2020, "Advances in Neural Information Processing Systems", "Li, Yang"),
        record("b", 2021, "Nowhere", "Rush, Anna"),
    ]
    entries = tuple(
        Entry(key, "techniques/p", 1, "", tags=("structured",), added="2026-11-21") for key in "ab"
    )
    for name, facet in FACETS.items():
        headings = facet(survey(*papers, entries=entries))
        listed = {key for heading in headings for group in heading.groups for key in group.keys}
        assert listed == {"a", "b"}, name


def test_anchors_are_ids() -> None:
    assert anchor("venue", "Findings of ACL 2023") == "venue-findings-of-acl-2023"
    assert anchor("person", "李") == "person-李"
