"""Backlinks: where else the survey cites, names, lists or extends a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.survey.survey import Mentions
from surveyext.views.inline import entry_link, page_link, section_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child


def backlinks(survey: Survey, key: str) -> list[tuple[str, list[Child]]]:
    """Return each relation that a record has to other places, with links to them."""

    def entries(keys: Iterable[str]) -> list[Child]:
        return [entry_link(survey, each) for each in keys if each in survey.items]

    item = survey.items.get(key)
    extends, also = (item.entry.extends, item.entry.also) if item else ((), ())
    pages = filter(None, map(survey.technique_docname, also))
    mentions = survey.mentioned.get(key, Mentions())
    heirs = survey.extended_by.get(key, ())
    rows: tuple[tuple[str, list[Child]], ...] = (
        (_("Builds on"), entries(extends)),
        (_("Extended by"), entries(heirs)),
        (_("Cited by"), entries(each for each in mentions.entries if each not in heirs)),
        (_("Also under"), [page_link(name, survey.titles[name]) for name in pages]),
        (_("Discussed on"), [section_link(*place) for place in mentions.pages]),
    )
    return [(label, links) for label, links in rows if links]


def listed(links: Sequence[Child]) -> list[Child]:
    """Return links with commas between them."""
    commas = [_(", ") for link in links]
    return [node for pair in zip(commas, links, strict=True) for node in pair][1:]
