"""Equations: the mark below an equation that has a check, and the list of all equations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from surveyext.i18n import _, joined, label
from surveyext.survey.facets import anchor
from surveyext.survey.paging import EQUATIONS, by_page, whole
from surveyext.views import elements
from surveyext.views.cards import source_fold
from surveyext.views.inline import entry_link, page_link
from surveyext.views.page_links import framed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.library.equations import Check, Equation
    from surveyext.survey.paging import Slice
    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child, Element
    from surveyext.views.medium import Medium


def mark(survey: Survey, check: Check) -> Element:
    """Return the line that says how an equation was checked, leading to the page of all."""
    shown: Child = elements.inline(_("Checked: %s") % label(check.means))
    if survey.equations_page:
        options = {"refdomain": "survey", "reftype": "check", "reftarget": check.label}
        shown = elements.pending_xref(shown, refwarn=True, **options)
    return elements.paragraph(shown, classes=["survey-checked"])


def equations(survey: Survey, level: int, medium: Medium) -> list[Child]:
    """Return all equations under the titles of their pages, with what was checked and how."""
    paging = medium.paging
    if not (paging and paging.is_split(EQUATIONS)):
        return [_summary(survey), *_slices(survey, whole(by_page(survey)), level, medium)]
    part = paging.parts[EQUATIONS][medium.part - 1]
    lines = _slices(survey, part.slices, level, medium, ids=True)
    around: list[Child] = [_summary(survey)] if part.number == 1 else []
    return [*around, *framed(paging, part, lines)]


def _slices(
    survey: Survey, slices: Iterable[Slice], level: int, medium: Medium, *, ids: bool = False
) -> list[Child]:
    shown: list[Child] = []
    for piece in slices:
        title = piece.heading.label
        of_page, here = (
            [survey.equations[int(key)] for key in keys] for keys in (piece.group.keys, piece.keys)
        )
        count = sum(equation.label in survey.checked for equation in of_page)
        heading = elements.rubric(_("%s (%d of %d)") % (title, count, len(of_page)))
        heading.attributes["heading-level"] = min(6, level)
        heading.classes.append("survey-heading")
        if ids:
            heading.ids = [anchor(EQUATIONS, title)]
        shown.append(heading)
        for equation in here:
            shown += _row(survey, equation, title, medium)
    return shown


def _summary(survey: Survey) -> Element:
    done, total = len(survey.checked), len(survey.equations)
    text = _("%d of %d displayed equations checked") % (done, total)
    means = Counter(check.means for check in survey.checked.values())
    most_first = sorted(means.items(), key=_most_first)
    counts = [_("%d by %s") % (count, label(name)) for name, count in most_first]
    text += f": {joined(counts)}." if counts else "."
    entries = {equation.key for equation in survey.equations if equation.key}
    text += _(" Entries that state one or more of them: %d.") % len(entries)
    return elements.paragraph(text)


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _row(survey: Survey, equation: Equation, title: str, medium: Medium) -> Sequence[Child]:
    check = survey.checked.get(equation.label)
    row = elements.container(classes=["survey-check"])
    anchor = elements.target(ids=[check.anchor]) if check and medium.latex else None
    if check and not medium.latex:
        row.ids = [check.anchor]
    row += _where(survey, equation, title)
    # Without a label, or the page would have the equation's number and id once more.
    row += elements.math_block(equation.tex, number=None, label=None, nowrap=False)
    if check is None:
        row += elements.paragraph(_("Not checked."))
        return [row]
    row += elements.paragraph(elements.strong(label(check.means)), f": {check.claim}")
    if medium.interactive:
        row += source_fold(_("Show the check"), check.source, "python")
    else:
        module, function = check.name.rpartition(".")[::2]  # apart, or no line holds them
        line = elements.paragraph(_("Function: "), elements.literal(function))
        line += [_(" in "), elements.literal(module)]
        row += line
    return [anchor, row] if anchor else [row]


def _where(survey: Survey, equation: Equation, title: str) -> Element:
    """Return links to the card or page that states an equation, and to the equation there."""
    known = equation.key in survey.items
    link = entry_link(survey, equation.key) if known else page_link(equation.docname, title)
    line = elements.paragraph(link, classes=["survey-links"])
    if equation.label:
        options = {"refdomain": "math", "reftype": "eq", "reftarget": equation.label}
        number = elements.pending_xref(
            elements.inline(), refexplicit=False, refwarn=False, **options
        )
        line += [_(", equation "), number, " \u00b7 "]
        line += elements.literal(equation.label)
    return line
