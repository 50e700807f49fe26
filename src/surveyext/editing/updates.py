"""Updates: a record and its evidence compared with what the sources say today; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from surveyext.editing.add_paper import completed
from surveyext.library.evidence import identifiers
from surveyext.library.text import fold, plain
from surveyext.sources import normalise
from surveyext.sources.merge import merge, ranked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from surveyext.library.evidence import Evidence, Source
    from surveyext.library.model import Record
    from surveyext.sources.finding import Finding

#: How the identifiers start whose own pages a source is.
_OWN = {
    "arXiv": ("arXiv:",),
    "Crossref": ("doi:",),
    "doi.org": ("doi:",),
    "OpenReview": ("openreview:",),
    "ACL Anthology": ("https://aclanthology.org/", "doi:10.18653/", "doi:10.3115/"),
}
#: What a source confirms for good, whatever version of the paper the record is of.
_LASTING = {"note", "equation", "code", "eprint", "archiveprefix", "primaryclass"}


@dataclass(frozen=True, slots=True)
class Update:
    """What is new of one record."""

    record: Record
    evidence: Evidence | None
    reasons: tuple[str, ...]  #: One sentence each; none when nothing is new.
    withdrawn: str = ""  #: How a source says that the paper was withdrawn.


def compare(
    record: Record, known: Evidence | None, findings: Sequence[Finding], today: str
) -> Update:
    """Return a record as the sources have it today, and why.

    A preprint becomes the published version under its old key, since the addresses of cards
    are made of keys. Otherwise only the title and the people are compared, with the source
    that is believed first; initials and middle names are no change.

    :param findings: Of this paper; none leaves everything as it is.
    """
    if not findings:
        return Update(record, known, ())
    withdrawn = next((each.withdrawn for each in findings if each.withdrawn), "")
    merged, found = merge(findings, today, key=record.key)
    if not _venue(record) and _venue(merged):
        reason = f"published: {_venue(merged)} {merged.field('year')}"
        return Update(completed(record, merged), _joined(found, known), (reason,), withdrawn)
    new, reasons = record, list[str]()
    base = next((each for each in ranked(findings) if each.published == bool(_venue(record))), None)
    if base:
        new, reasons = _corrected(record, known, base)
    evidence = _evidence(new, known, findings, today)
    if known is None and evidence:
        reasons.append("compared with its sources for the first time")
    elif known and evidence and evidence.retitled != known.retitled and not reasons:
        reasons.append(f"also called: {', '.join(set(evidence.retitled) - set(known.retitled))}")
    return Update(new, evidence, tuple(reasons), withdrawn)


def _venue(record: Record) -> str:
    return plain(record.field("booktitle") or record.field("journal"))


def _corrected(record: Record, known: Evidence | None, base: Finding) -> tuple[Record, list[str]]:
    """Return the record with the title and people that its first source has, and why."""
    changed: dict[str, str] = {}
    reasons = []
    title = plain(record.field("title"))
    called = {fold(title), *map(fold, known.retitled if known else ())}
    if fold(base.title) not in called:
        changed["title"] = normalise.title(base.title)
        reasons.append(f"{base.source} has a new title: {base.title}")
    pairs = zip_longest(record.people, base.people)
    if not all(one and two and normalise.same_person(one, two) for one, two in pairs):
        changed["author"] = normalise.author(base.people)
        reasons.append(f"{base.source} has other people: {', '.join(map(str, base.people))}")
    fields = tuple((name, changed.get(name, value)) for name, value in record.fields)
    people = base.people if "author" in changed else record.people
    return replace(record, fields=fields, people=people), reasons


def _evidence(
    record: Record, known: Evidence | None, findings: Sequence[Finding], today: str
) -> Evidence | None:
    """Return the evidence with the titles of today, or made anew where there was none."""
    if known is None:
        _, made = merge(findings, today, key=record.key)
        names = identifiers(record)
        titles = tuple(each for each in made.titles if each[0] in names)
        return replace(made, titles=titles) if len(titles) == len(names) else None
    now = dict(known.titles)
    for name, title in known.titles:
        found = next((each for each in findings if _speaks_for(each, name)), None)
        if found and fold(found.title) != fold(plain(title)):
            now[name] = found.title
    same = {fold(plain(record.field("title"))), *map(fold, known.retitled)}
    others = {fold(plain(each)): each for each in now.values()}
    retitled = tuple(title for folded, title in others.items() if folded not in same)
    if now == dict(known.titles) and not retitled:
        return known
    every = (*known.retitled, *retitled)
    return replace(known, titles=tuple(now.items()), retitled=every, checked=today)


def _speaks_for(finding: Finding, name: str) -> bool:
    """Tell whether a finding is what an identifier's own page says."""
    own = finding.source == "page" and name == finding.url
    return own or name.startswith(_OWN.get(finding.source, ("\0",)))


def _joined(new: Evidence, old: Evidence | None) -> Evidence:
    """Return new evidence with what an older one confirms for good."""
    if old is None:
        return new
    sources = (*new.sources, *_lasting(old.sources))
    retitled = tuple(dict.fromkeys([*new.retitled, *old.retitled]))
    note = " ".join(each for each in (new.note, old.note) if each)
    return replace(new, sources=sources, retitled=retitled, note=note)


def _lasting(sources: Sequence[Source]) -> Iterator[Source]:
    for each in sources:
        if kept := tuple(name for name in each.confirms if name in _LASTING):
            yield replace(each, confirms=kept)
