"""Merge: what several sources say of a paper, as one record with its evidence; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.library.evidence import Evidence, Source, identifiers
from surveyext.library.model import Record
from surveyext.library.text import and_list, fold, plain
from surveyext.sources import ask_all, normalise
from surveyext.sources.identifiers import Form, Identifier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from surveyext.library.model import Person
    from surveyext.sources.finding import Finding

#: Whom to believe first of those that know the published version.
_RANK = ("ACL Anthology", "Crossref", "doi.org", "page", "OpenReview", "dblp", "pasted", "arXiv")
#: Fields of a version, in the order of a record; identifiers follow.
_VERSION = (
    "booktitle", "journal", "series", "volume", "number", "pages", "publisher", "institution",
    "school", "howpublished", "year",
)  # fmt: skip
_ORDER = ("title", "author", *_VERSION, "doi", "eprint", "archiveprefix", "primaryclass", "url")
_AS_IS = {"year", "pages", "doi", "eprint", "archiveprefix", "primaryclass", "url", "openreview"}
#: What such a paper normally has.
_EXPECTED = {"inproceedings": ("pages",), "article": ("volume", "pages")}
_NO_PAGES = ("Learning Representations", "Neural Information", "Transactions on Machine Learning")


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, those of the published version first, then by whom to believe."""
    return sorted(findings, key=lambda each: (not each.published, _RANK.index(each.source)))


def merge(
    findings: Sequence[Finding], today: str, taken: Collection[str] = (), key: str = ""
) -> tuple[Record, Evidence]:
    """Return the record of the published version, or of the preprint, and its evidence.

    :param today: ISO date on which the sources were asked.
    :param taken: Keys that other records have.
    :param key: The key to keep; without it one is made.
    """
    best = ranked(findings)
    base = best[0]
    fields = _fields(best)
    name = key or normalise.key(base.people, fields.get("year", ""), base.title, taken)
    values = tuple((each, fields[each]) for each in (*_ORDER, "openreview") if fields.get(each))
    record = Record(name, base.type, values, base.people, "", 0)
    return record, _evidence(record, best, today)


def _fields(best: Sequence[Finding]) -> dict[str, str]:
    base = best[0]
    year = base.fields.get("year")
    version = [
        each
        for each in best
        if each.published == base.published and each.fields.get("year") == year
    ]
    fields = {"title": normalise.title(base.title), "author": normalise.author(base.people)}
    for name in _VERSION:
        if name in {"booktitle", "journal"} and name not in base.fields:
            continue  # a conference paper has no journal, whatever another source calls it
        value = _first(version, name)
        fields[name] = value if name in _AS_IS else normalise.tex(value)
    if fields["publisher"] == "PMLR" and fields["volume"]:
        fields["series"] = "Proceedings of Machine Learning Research"
    for name in ("eprint", "archiveprefix", "primaryclass"):
        fields[name] = _first(best, name)
    fields["doi"] = _first(version, "doi")
    fields["url"] = base.fields.get("url", "")
    forum = next((each.value for each in _names(best) if each.form is Form.OPENREVIEW), "")
    if forum and f"id={forum}" not in fields["url"]:
        fields["openreview"] = forum
    return fields


def _first(findings: Iterable[Finding], name: str) -> str:
    return next((each.fields[name] for each in findings if each.fields.get(name)), "")


def _names(findings: Iterable[Finding]) -> Iterator[Identifier]:
    for each in findings:
        yield from ask_all.identifiers(each)


def _evidence(record: Record, best: Sequence[Finding], today: str) -> Evidence:
    title = plain(record.field("title"))
    others = dict.fromkeys(each.title for each in best if fold(each.title) != fold(title))
    return Evidence(
        key=record.key,
        checked=today,
        titles=tuple(
            (name, _title_of(field, record.field(field), best))
            for name, field in identifiers(record).items()
        ),
        sources=tuple(
            Source(each.url, confirms, "")
            for each in best
            if (confirms := tuple(_confirmed(record, each)))
        ),
        retitled=tuple(others),
        unverified=tuple(_missing(record)),
        note=" ".join(_disagreements(best)),
    )


def _title_of(field: str, value: str, best: Sequence[Finding]) -> str:
    """Return the title that goes with an identifier, its own page's where one was opened."""
    own = {"eprint": ("arXiv",), "doi": ("Crossref", "doi.org"), "openreview": ("OpenReview",)}
    named = [each for each in best if each.source in own.get(field, ())]
    named += [each for each in best if value in {each.fields.get(field), each.fields.get("url")}]
    return (named or list(best))[0].title


def _confirmed(record: Record, finding: Finding) -> Iterator[str]:
    for name, value in record.fields:
        if name == "author":
            same = normalise.author(finding.people) == value
        elif name == "openreview":
            same = f"id={value}" in finding.fields.get("url", "")
        else:
            same = fold(finding.fields.get(name, "")) == fold(plain(value))
        if same:
            yield name


def _missing(record: Record) -> Iterator[str]:
    venue = record.field("booktitle") or record.field("journal")
    for name in _EXPECTED.get(record.type, ()):
        if not record.field(name) and not any(each in venue for each in _NO_PAGES):
            yield name


def _disagreements(best: Sequence[Finding]) -> Iterator[str]:
    """Yield a sentence for each thing that the sources do not agree on."""
    base = best[0]
    for other in best[1:]:
        if fold(other.title) != fold(base.title):
            yield f"{other.source} has the title '{other.title}'."
        if differing := list(_differing(base.people, other.people)):
            yield f"{other.source} has {and_list(differing)}."
        for name in ("year", "volume", "pages"):
            one, two = base.fields.get(name, ""), other.fields.get(name, "")
            if one and two and one != two and other.published == base.published:
                yield f"{other.source} has {name} {two}, {base.source} {one}."


def _differing(people: Sequence[Person], others: Sequence[Person]) -> Iterator[str]:
    if len(people) != len(others):
        yield f"{len(others)} people instead of {len(people)}"
        return
    for mine, other in zip(people, others, strict=True):
        if fold(str(mine)) != fold(str(other)):
            yield f"'{other}' for '{mine}'"
