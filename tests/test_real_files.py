"""Real files: what BibTeX, biblatex and INSPIRE write is read, shown and exported whole."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import rispy

from surveyext.exports.formats import bibtex, csl, reference, ris
from surveyext.library import bib
from surveyext.library.links import record_links
from surveyext.library.model import Kind, Person
from surveyext.survey.audit import FATAL
from surveyext.survey.checks import check_records

if TYPE_CHECKING:
    from surveyext.library.model import Problem, Record

TODAY = datetime.date(2026, 12, 1)


def read(fields: str, kind: str = "misc") -> tuple[Record, list[Problem]]:
    """Return the one record of these fields, and all that is said of it."""
    text = f"@{kind}{{k, {fields}}}"
    records, problems = bib.parse(text, "refs.bib")
    return records["k"], [*problems, *check_records(records, (), TODAY)]


def one(fields: str, kind: str = "misc") -> Record:
    return read(f"title = {{T}}, author = {{Lee, Ada}}, year = 2000, {fields}", kind)[0]


@pytest.mark.parametrize(
    "fields",
    [
        "slaccitation = {%%CITATION = ARXIV:1612.03077;%%}",
        r"howpublished = {\url{https://x.org/a%20b}}",
        "abstract = {It is 50% faster}",
        "file = {C:\\Users\\me\\a.pdf}",
        r"note = {\href{https://x.org/%7Eme}{here}}",
        r"doi = {10.1007/978-3-032-00942-5\_12}",
        "doi = {10.1175/1520-0493(1987)115<1606:GARSPP>2.0.CO;2}",
        "eprint = {15599377}, eprinttype = {pmid}",
        "eprint = {hal-01234567}, archiveprefix = {HAL}",
        "pages = {1263-1264}",
    ],
)
def test_what_loses_nothing_is_not_spoken_of(fields: str) -> None:
    said = read(f"title = {{T}}, author = {{Lee, Ada}}, year = 1896, {fields}")[1]
    assert said == []


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ("note = {50% off}", "bare '%'"),
        (r"title = {The \mystery{x}}", r"has \mystery, which is not known"),
        ("author = {J. Smith et al.}", "is nobody's name"),
        ("author = {Lee, Ada, Bo, Cy}", "Too many commas"),
    ],
)
def test_one_odd_record_warns_and_is_shown(fields: str, part: str) -> None:
    record, said = read(f"{fields}, year = 2000")
    odd = [each for each in said if each.kind is Kind.ODD_RECORD]
    assert [part in each.message for each in odd] == [True]
    assert Kind.ODD_RECORD not in FATAL
    assert reference(record)


TYPES = ["mastersthesis", "conference", "dataset", "proceedings", "inbook", "manual", "unpublished"]


@pytest.mark.parametrize("kind", [*TYPES, "booklet", "thesis", "report", "collection", "patent"])
def test_types_of_bibtex_and_biblatex_are_known(kind: str) -> None:
    more = "school = {S}, booktitle = {B}, publisher = {P}, institution = {I}"
    record, said = read(f"title = {{T}}, author = {{Lee, Ada}}, year = 2000, {more}", kind)
    assert said == []
    assert csl(record)["type"] != "document"
    assert "T" in reference(record)


@pytest.mark.parametrize("kind", ["jurthesis", "movie", "online2"])
def test_a_type_that_nobody_knows_is_set_as_misc(kind: str) -> None:
    record, said = read("title = {T}, author = {Lee, Ada}, year = 2000", kind)
    assert [(each.kind, "set as @misc" in each.message) for each in said] == [
        (Kind.ODD_RECORD, True)
    ]
    assert reference(record) == "Ada Lee. T. 2000."


@pytest.mark.parametrize(
    "doi", ["10.1007/978-3-032-00942-5\\_12", "10.1000/a<b>c;2", "10.1000/a\\&b"]
)
def test_a_doi_of_another_program_becomes_a_link(doi: str) -> None:
    links = dict(record_links(one(f"doi = {{{doi}}}")))
    assert links["DOI"].startswith("https://doi.org/10.10")
    assert not set(links["DOI"]) & set("\\<>")


def test_an_eprint_of_another_archive_is_not_taken_for_arxivs() -> None:
    other = one("eprint = {15599377}, eprinttype = {pmid}")
    assert record_links(other) == []
    assert "archive" not in csl(other)
    assert "arxiv" not in (reference(other) + ris([other])).lower()
    ours = one("eprint = {2005.07683}, archiveprefix = {arXiv}")
    assert [label for label, _ in record_links(ours)] == ["PDF", "arXiv"]


def twins(*several: str) -> list[str]:
    text = "\n".join(f"@misc{{k{n}, {fields}}}" for n, fields in enumerate(several))
    said = check_records(bib.parse(text, "refs.bib")[0], (), TODAY)
    return [each.message for each in said if each.kind is Kind.DUPLICATE_RECORD]


def test_papers_that_only_share_a_title_are_not_the_same() -> None:
    graph = "title = {Graph Theory}, author = {%s}, year = %d"
    assert twins(graph % ("Harary, F", 1969), graph % ("Diestel, R", 2000)) == []
    assert twins(graph % ("Harary, F", 1969), graph % ("Harary, F", 1994)) == []
    assert len(twins(graph % ("Harary, F", 1969), graph % ("Harary, Frank", 1970))) == 1


def test_exports_keep_editors_pages_and_leave_out_nobody_else() -> None:
    record, _ = read(
        "title = {T}, editor = {Wang, Ed and Xu, Di}, publisher = {P}, year = 2000", "book"
    )
    assert csl(record)["editor"][0] == {"family": "Wang", "given": "Ed"}
    (found,) = rispy.loads(ris([record]) + "\n")
    assert found["secondary_authors"] == ["Wang, Ed", "Xu, Di"]
    pages = one("pages = {1263-1264}, journal = {J}", "article")
    (found,) = rispy.loads(ris([pages]) + "\n")
    assert (found["start_page"], found["end_page"]) == ("1263", "1264")
    many, _ = read("title = {T}, author = {Smith, John and others}, year = 2000")
    assert ris([many]).count("AU  - ") == 1
    assert [each["family"] for each in csl(many)["author"]] == ["Smith"]
    assert ", ".join(map(str, many.people)) == "John Smith, et al."


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("title = {Anonymous}, publisher = {P}, year = 2019", "book"),
        ("title = {Anonymous}, journal = {J}, year = 2019", "article"),
        ("title = {Anonymous}, year = 2019", "misc"),
        ("title = {Anonymous}, booktitle = {B}, year = 2019", "inproceedings"),
    ],
)
def test_a_line_without_people_begins_with_the_title_and_keeps_the_year(
    fields: str, kind: str
) -> None:
    line = reference(read(fields, kind)[0])
    assert line.startswith("Anonymous")
    assert line.count("2019") == 1


@pytest.mark.parametrize(
    ("written", "people"),
    [
        ("J. Smith et al.", (Person("Smith", "J."), Person("others"))),
        ("Smith, J., et al", (Person("Smith", "J."), Person("others"))),
        ("Alba, Jessica", (Person("Alba", "Jessica"),)),
        ("Smith, J. and others", (Person("Smith", "J."), Person("others"))),
    ],
)
def test_names_that_are_nobodys_become_nobody(written: str, people: tuple[Person, ...]) -> None:
    assert bib.people_of(written)[0] == people


def test_what_zotero_refuses_and_what_apa_would_print_stay_out() -> None:
    assert csl(one("url = {https://x.org/}", "software"))["type"] == "document"
    arxiv: dict[str, Any] = {"fields": "eprint = {2005.07683}, archiveprefix = {arXiv}"}
    assert csl(one(**arxiv))["archive"] == "arXiv"
    published = one(f"{arxiv['fields']}, booktitle = {{B}}", "inproceedings")
    assert {"archive", "archive_location"} & csl(published).keys() == set()


def test_both_names_of_the_archive_are_given() -> None:
    shown = bibtex(one("eprint = {2005.07683}, archiveprefix = {arXiv}"))
    assert "eprinttype" in shown
    assert "archiveprefix" in shown
    assert "eprinttype" not in bibtex(one("eprint = {hal-1}, archiveprefix = {HAL}"))
