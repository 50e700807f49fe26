"""Checked: the mark below an equation that has a check, and the list of all equations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

from surveyext.cards import source_fold
from surveyext.facets import anchor
from surveyext.inline import entry_link, page_link
from surveyext.part_links import framed
from surveyext.parts import EQUATIONS, by_page, whole
from surveyext.words import _, joined, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.cards import Medium
    from surveyext.equations import Check, Equation
    from surveyext.parts import Slice
    from surveyext.survey import Survey


def mark(survey: Survey, check: Check) -> nodes.paragraph:
    """Return the line that says how an equation was checked, leading to the page of all."""
    shown: nodes.Node = nodes.inline(text=_("Checked: %s") % label(check.means))
    if survey.equations_page:
        options = {"refdomain": "survey", "reftype": "check", "reftarget": check.label}
        shown = addnodes.pending_xref("", shown, refexplicit=True, refwarn=True, **options)
    return nodes.paragraph("", "", shown, classes=["survey-checked"])


def equations(survey: Survey, level: int, medium: Medium) -> list[nodes.Node]:
    """Return all equations under the titles of their pages, with what was checked and how."""
    paging = medium.paging
    if not (paging and paging.is_split(EQUATIONS)):
        return [_summary(survey), *_slices(survey, whole(by_page(survey)), level, medium)]
    part = paging.parts[EQUATIONS][medium.part - 1]
    lines = _slices(survey, part.slices, level, medium, ids=True)
    around: list[nodes.Node] = [_summary(survey)] if part.number == 1 else []
    return [*around, *framed(paging, part, lines)]


def _slices(
    survey: Survey, slices: Iterable[Slice], level: int, medium: Medium, *, ids: bool = False
) -> list[nodes.Node]:
    shown: list[nodes.Node] = []
    for piece in slices:
        title = piece.heading.label
        of_page, here = (
            [survey.equations[int(key)] for key in keys] for keys in (piece.group.keys, piece.keys)
        )
        count = sum(equation.label in survey.checked for equation in of_page)
        heading = nodes.rubric("", _("%s (%d of %d)") % (title, count, len(of_page)))
        heading["heading-level"] = min(6, level)
        heading["classes"].append("survey-heading")
        if ids:
            heading["ids"] = [anchor(EQUATIONS, title)]
        shown.append(heading)
        for equation in here:
            shown += _row(survey, equation, title, medium)
    return shown


def _summary(survey: Survey) -> nodes.paragraph:
    done, total = len(survey.checked), len(survey.equations)
    text = _("%d of %d displayed equations checked") % (done, total)
    means = Counter(check.means for check in survey.checked.values())
    most_first = sorted(means.items(), key=_most_first)
    counts = [_("%d by %s") % (count, label(name)) for name, count in most_first]
    text += f": {joined(counts)}." if counts else "."
    entries = {equation.key for equation in survey.equations if equation.key}
    text += _(" Entries that state one or more of them: %d.") % len(entries)
    return nodes.paragraph(text=text)


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _row(survey: Survey, equation: Equation, title: str, medium: Medium) -> Sequence[nodes.Node]:
    check = survey.checked.get(equation.label)
    row = nodes.container("", is_div=True, classes=["survey-check"])
    anchor = nodes.target("", "", ids=[check.anchor]) if check and medium.latex else None
    if check and not medium.latex:
        row["ids"] = [check.anchor]
    row += _where(survey, equation, title)
    # Without a label, or the page would have the equation's number and id once more.
    row += nodes.math_block(equation.tex, equation.tex, number=None, label=None, nowrap=False)
    if check is None:
        row += nodes.paragraph(text=_("Not checked."))
        return [row]
    row += nodes.paragraph(
        "", "", nodes.strong(text=label(check.means)), nodes.Text(f": {check.claim}")
    )
    if medium.interactive:
        row += source_fold(_("Show the check"), check.source, "python")
    else:
        module, function = check.name.rpartition(".")[::2]  # apart, or no line holds them
        line = nodes.paragraph("", _("Function: "), nodes.literal(text=function))
        line += [nodes.Text(_(" in ")), nodes.literal(text=module)]
        row += line
    return [anchor, row] if anchor else [row]


def _where(survey: Survey, equation: Equation, title: str) -> nodes.paragraph:
    """Return links to the card or page that states an equation, and to the equation there."""
    known = equation.key in survey.items
    link = entry_link(survey, equation.key) if known else page_link(equation.docname, title)
    line = nodes.paragraph("", "", link, classes=["survey-links"])
    if equation.label:
        options = {"refdomain": "math", "reftype": "eq", "reftarget": equation.label}
        number = addnodes.pending_xref(
            "", nodes.inline(), refexplicit=False, refwarn=False, **options
        )
        line += [nodes.Text(_(", equation ")), number, nodes.Text(" \u00b7 ")]
        line += nodes.literal(text=equation.label)
    return line
