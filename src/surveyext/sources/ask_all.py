"""Ask all: from one identifier to what every source says of the paper."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from surveyext.sources import anthology, arxiv, dblp, doi, normalise, openreview, page
from surveyext.sources import identifiers as ids
from surveyext.sources.client import WebError
from surveyext.sources.identifiers import Form, Identifier, NoIdentifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from surveyext.sources.client import Web
    from surveyext.sources.finding import Finding

_FETCH: Mapping[Form, Callable[[Web, str], Finding]] = {
    Form.ARXIV: arxiv.fetch,
    Form.DOI: doi.fetch,
    Form.ANTHOLOGY: anthology.fetch,
    Form.OPENREVIEW: openreview.fetch,
    Form.PAGE: page.fetch,
}


def gather(web: Web, start: Identifier, say: Callable[[str], None]) -> list[Finding]:
    """Return what the sources say, the one that was named first.

    Each finding's own identifiers are followed; dblp is searched for the title, which finds
    the published version of a preprint and the preprint of a published version.

    :param say: Is told what could not be asked or does not fit, one message each.
    :raises WebError: The source that was named gives no answer.
    """
    return complete(web, _FETCH[start.form](web, start.value), start, say)


def complete(
    web: Web, first: Finding, start: Identifier, say: Callable[[str], None]
) -> list[Finding]:
    """Return a finding with what the other sources say of its paper; see :func:`gather`."""
    more, preprints = _search(web, first, say)
    findings = [first, *more]
    queue = deque(name for found in findings for name in identifiers(found))
    if not any("eprint" in found.fields for found in findings):
        queue.extend(preprints[:1])
    asked = {start}
    while queue:
        name = queue.popleft()
        if name not in asked:
            asked.add(name)
            if found := _ask(web, name, first, say):
                findings.append(found)
                queue.extend(identifiers(found))
    return findings


def ask_again(
    web: Web, known: Finding, arxiv: Finding | None, say: Callable[[str], None]
) -> list[Finding]:
    """Return what the sources of a known record say today.

    A preprint is looked for in dblp too, for it may have been published, and so is a record
    that nothing else is known of. A publisher's page is asked where there is no registry.

    :param known: What the record itself says.
    :param arxiv: What arXiv says, asked for many records at once.
    """
    if arxiv and not known.published:
        return complete(web, arxiv, ids.parse(f"arXiv:{arxiv.fields['eprint']}"), say)
    names = dict.fromkeys(identifiers(known))
    asked = [name for name in names if name.form not in {Form.PAGE, Form.ARXIV}]
    pages = [name for name in names if name.form is Form.PAGE]
    found = [_ask(web, name, known, say) for name in asked or pages]
    findings = [each for each in (*found, arxiv) if each]
    return findings or _search(web, known, say)[0]


def _ask(web: Web, name: Identifier, paper: Finding, say: Callable[[str], None]) -> Finding | None:
    """Return what is said under another name of a paper, or ``None``."""
    try:
        found = _FETCH[name.form](web, name.value)
    except WebError as error:
        if name.form is not Form.PAGE:  # many pages have nothing for programs
            say(str(error))
        return None
    if not _same_paper(paper, found):
        say(f"{name} is '{found.title}' by others; it was left out")
        return None
    return found


def identifiers(finding: Finding) -> Iterator[Identifier]:
    """Yield the identifiers that a finding's fields name; ill-formed ones are passed over."""
    fields = finding.fields
    named = (
        f"arXiv:{fields['eprint']}" if "eprint" in fields else "",
        f"doi:{fields['doi']}" if "doi" in fields else "",
        f"openreview:{fields['openreview']}" if "openreview" in fields else "",
        fields.get("url", ""),
    )
    for text in filter(None, named):
        try:
            yield ids.parse(text)
        except NoIdentifier:
            continue


def _same_paper(one: Finding, other: Finding) -> bool:
    """Tell whether two findings share a person; titles change between versions."""
    return any(normalise.same_person(mine, yours) for mine in one.people for yours in other.people)


def _search(
    web: Web, paper: Finding, say: Callable[[str], None]
) -> tuple[list[Finding], list[Identifier]]:
    """Ask dblp for other versions of a title: what it says of the first, and arXiv numbers."""
    try:
        hits = dblp.search(web, paper.title)
        found = [dblp.fetch(web, hit) for hit in hits if not hit.preprint]
    except WebError as error:
        say(str(error))
        return [], []
    mine = [each for each in found if _same_paper(paper, each)]
    mine.sort(key=lambda each: (each.fields.get("year", ""), each.url))
    return mine[:1], [Identifier(Form.ARXIV, hit.eprint) for hit in hits if hit.eprint]
