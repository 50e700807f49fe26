"""Families: which methods of a page build on which, as a tree of links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.views import elements
from surveyext.views.inline import entry_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Element


def family_line(survey: Survey, docname: str) -> Element:
    """Return the page's methods below those that they build on, oldest first."""
    parents = survey.family(docname)
    roots = [key for key, above in parents.items() if not above]
    if not roots:
        return elements.paragraph(_("No entry of this page builds on another yet."))
    tree = _branch(survey, roots, parents)
    tree.classes += ["survey-family"]
    return tree


def _branch(survey: Survey, keys: list[str], parents: Mapping[str, tuple[str, ...]]) -> Element:
    """Return entries with what builds on each; one with several parents hangs below the last."""
    branch = elements.bullet_list()
    for key in keys:
        line = elements.paragraph(entry_link(survey, key))
        line += f" ({survey.items[key].record.field('year')})"
        for number, other in enumerate(parents[key][:-1]):
            line += _(", also on ") if number == 0 else ", "
            line += entry_link(survey, other)
        below = [child for child, above in parents.items() if above and above[-1] == key]
        item = elements.list_item(line)
        if below:
            item += _branch(survey, below, parents)
        branch += item
    return branch
