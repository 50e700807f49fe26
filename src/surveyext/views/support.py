"""Support: what runs a method today, on its card and for all methods, with the proving line."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.views import elements
from surveyext.views.inline import entry_link
from surveyext.views.tables import row, table

if TYPE_CHECKING:
    from surveyext.library.support import Support
    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child, Element


def on_card(survey: Survey, key: str) -> list[Child]:
    """Return the libraries that name a method; nothing where none is known."""
    shown: dict[str, Support] = {}
    for each in survey.library.support_of.get(key, ()):
        if each.is_named:
            shown.setdefault(each.library, each)
    if not shown:
        return []
    line = elements.paragraph(_("Runs in: "), classes=["survey-relation"])
    for number, each in enumerate(shown.values()):
        line += ", " if number else ""
        line += elements.reference(each.library, refuri=each.address)
    return [line]


def matrix(survey: Survey) -> list[Child]:
    """Return, for each library, the methods that it runs; each leads to the line that says so."""
    rows = []
    for library, cells in groupby(survey.library.support, key=lambda each: each.library):
        for use, several in groupby(sorted(cells, key=_by_use), key=lambda each: each.use):
            line = elements.paragraph()
            for number, each in enumerate(several):
                line += ", " if number else ""
                line += _method(survey, each)
            rows.append(row(elements.paragraph(library), elements.paragraph(use), line))
    if not rows:
        return [elements.paragraph(_("Nothing is known yet of what runs the methods."))]
    head = [_("Library"), _("Use"), _("Methods")]
    return [table(head, rows, "survey-results", [18, 16, 66])]


def _by_use(each: Support) -> tuple[str, str]:
    return each.use, each.method.casefold()


def _method(survey: Survey, each: Support) -> Element:
    name: Child = entry_link(survey, each.key) if each.key in survey.items else each.method
    text = _("same idea or format") if not each.is_named else _("source")
    return elements.inline(name, " (", elements.reference(text, refuri=each.address), ")")
