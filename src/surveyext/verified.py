"""Verified: what confirms a record, on its card in a line and on the page of all in full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

from surveyext.evidence import anchor, places, unconfirmed
from surveyext.facets import anchor as place
from surveyext.inline import entry_link, tex
from surveyext.part_links import framed
from surveyext.parts import EVIDENCE, as_entered, whole
from surveyext.words import _, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.evidence import Evidence, Source
    from surveyext.model import Record
    from surveyext.parts import Paging, Slice
    from surveyext.survey import Item, Survey

#: The name of a commit, of which git itself shows seven digits.
_COMMIT = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")
#: Places named on a card before the rest is counted.
_SHOWN_PLACES = 3


def line(survey: Survey, record: Record, known: Evidence, *, linked: bool) -> nodes.paragraph:
    """Return when and against what a record was checked, leading to all that confirms it.

    :param linked: Lead there, if a page lists it.
    """
    day: nodes.Node = nodes.Text(_("Checked %s") % known.checked)
    if linked and survey.evidence_page:
        options = {"refdomain": "survey", "reftype": "evidence", "reftarget": record.key}
        day = addnodes.pending_xref("", day, refexplicit=True, refwarn=True, **options)
    names = places(known)
    shown, hidden = list(names[:_SHOWN_PLACES]), len(names) - _SHOWN_PLACES
    if hidden > 0:
        shown.append(_("%d more") % hidden)
    text = _(" against %s") % joined(shown) if shown else ""
    text += _left(record, known)
    return nodes.paragraph("", "", day, nodes.Text(text), classes=["survey-relation"])


def details(known: Evidence) -> list[nodes.Node]:
    """Return what each source confirms, and the note on them."""
    notes = [nodes.paragraph(text=known.note)] if known.note else []
    return [nodes.bullet_list("", *map(_source, known.sources)), *notes]


def elsewhere() -> list[nodes.Node]:
    """Return where that is listed, for forms that are too small for it."""
    return [nodes.paragraph(text=_("What confirms each record is listed on the site."))]


def evidence(
    survey: Survey, level: int, paging: Paging | None = None, number: int = 1
) -> list[nodes.Node]:
    """Return what confirms each record of an entry, under the titles of their pages.

    :param number: Of the part that is shown, where it goes on over pages.
    """
    if not (paging and paging.is_split(EVIDENCE)):
        return _slices(survey, whole(as_entered(survey)), level)
    part = paging.parts[EVIDENCE][number - 1]
    return framed(paging, part, _slices(survey, part.slices, level, ids=True))


def _slices(
    survey: Survey, slices: Iterable[Slice], level: int, *, ids: bool = False
) -> list[nodes.Node]:
    shown: list[nodes.Node] = []
    for piece in slices:
        heading = nodes.rubric("", piece.heading.label, classes=["survey-heading"])
        heading["heading-level"] = min(6, level)
        if ids:
            heading["ids"] = [place(EVIDENCE, piece.heading.label)]
        shown += [heading, *(_proof(survey, survey.items[key]) for key in piece.keys)]
    return shown


def _proof(survey: Survey, item: Item) -> nodes.container:
    record, known = item.record, survey.evidence(item.record.key)
    proof = nodes.container("", is_div=True, classes=["survey-proof"], ids=[anchor(record.key)])
    title = nodes.paragraph("", "", entry_link(survey, record.key))
    if item.entry.name and not item.named_in_title:
        title += [nodes.Text(" \u2014 "), *tex(record.field("title"))]
    proof += title
    if known is None:
        proof += nodes.paragraph(text=_("Unverified"), classes=["survey-relation"])
    else:
        text = (_("Checked %s") % known.checked) + _left(record, known)
        proof += [nodes.paragraph(text=text, classes=["survey-relation"]), *details(known)]
    return proof


def _left(record: Record, known: Evidence) -> str:
    left = unconfirmed(record, known)
    return _("; not confirmed: %s") % ", ".join(left) if left else ""


def _source(source: Source) -> nodes.list_item:
    line = nodes.paragraph("", ", ".join(source.confirms) + ": ")
    if source.url:
        shown = _COMMIT.sub(r"\1", source.url.removeprefix("https://"))
        line += nodes.reference("", shown, refuri=source.url)
    if source.where:
        line += nodes.Text(f" ({source.where})" if source.url else source.where)
    return nodes.list_item("", line)
