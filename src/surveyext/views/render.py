"""Render: each kind of view to the elements that replace its placeholder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.views import (
    cards,
    elements,
    entry_table,
    equations,
    evidence,
    families,
    indexes,
    lists,
    pictures,
    result_review,
    results,
    support,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveyext.survey.survey import Survey, View
    from surveyext.views.elements import Child
    from surveyext.views.medium import Medium


def render(
    survey: Survey, view: View, docname: str, note: Sequence[Child], level: int, medium: Medium
) -> list[Child]:
    """Return the elements that replace a placeholder.

    :param note: The parsed note of an entry, its children now.
    :param level: The heading level that a card's title has on its page.
    """
    match view.kind:
        case "entry":
            item = survey.items.get(view.argument)
            if item is None:
                return [cards.unknown_card(view, note)]
            return [cards.card(survey, item, note, level, medium)]
        case "cross-listed":
            items = survey.cross_listed(docname)
            nothing = _("No entry of another page is listed here yet.")
            return (
                [cards.short_cards(survey, items, medium)]
                if items
                else [elements.paragraph(nothing)]
            )
        case "newest":
            return [cards.short_cards(survey, survey.newest(int(view.argument)), medium)]
        case "techniques":
            return [cards.technique_cards(survey.techniques)]
        case "entry-index":
            return indexes.index(survey, view.argument, level, medium)
        case "all-entries":
            return entry_table.entry_table(survey, medium)
        case "picture":
            return [pictures.PICTURES[view.argument](survey, medium)]
        case "family-line":
            return [families.family_line(survey, docname)]
        case "filter":
            return cards.filter_box(survey, medium)
        case "references":
            return [lists.references(survey, survey.references(docname))]
        case "corrections":
            return [
                node for each in survey.library.lists for node in lists.corrections(survey, each)
            ]
        case "source-rows":
            return [
                node for each in survey.library.lists for node in lists.source_rows(survey, each)
            ]
        case "compare":
            if view.argument:
                return results.compare(survey, view.argument, level, medium)
            return results.overview(survey, medium)
        case "support":
            return support.matrix(survey)
        case "considered":
            return [lists.considered(survey)]
        case "disagreements":
            return result_review.disagreements(survey)
        case "coverage":
            return result_review.coverage(survey)
        case "downloads":
            return cards.downloads(medium)
        case "equations":
            return equations.equations(survey, level, medium)
        case "evidence":
            if not medium.interactive:
                return evidence.elsewhere()
            return evidence.evidence(survey, level, medium.paging, medium.part)
        case "feeds":
            return cards.feed_links(survey, medium)
        case "basket":
            return cards.basket(medium)
        case "cite-survey":
            return cards.cite_survey(survey, medium)
        case "open-work":
            return lists.open_work(survey)
        case "problem-kinds":
            return [lists.problem_kinds()]
    raise ValueError(view.kind)
