"""Result review: where sources disagree, and which results are missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.library.ledger import clashes
from surveyext.views import elements
from surveyext.views.results import method, method_setting, source_link
from surveyext.views.tables import row, table

if TYPE_CHECKING:
    from surveyext.library.ledger import Result
    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child

#: Rows and columns of the table of coverage: those with most results.
_MODELS, _TASKS = 24, 8


def disagreements(survey: Survey) -> list[Child]:
    """Return measurements for which sources give different values, side by side."""
    found = clashes(survey.library.results)
    count = elements.paragraph(_("Measurements with different values: %d.") % len(found))
    if not found:
        return [count]
    rows = []
    for clash in found:
        first = clash.results[0]
        values = elements.paragraph()
        for number, each in enumerate(clash.results):
            values += ", " if number else ""
            values += [elements.strong(str(each.value)), " (", *source_link(survey, each), ")"]
        rows.append(
            row(
                elements.paragraph(method(survey, first)),
                elements.paragraph(f"{first.model}, {first.dataset}, {first.metric}"),
                elements.paragraph(", ".join(method_setting(first))),
                values,
            )
        )
    head = [_("Method"), _("Measured on"), _("Setting"), _("Values")]
    return [count, table(head, rows, "survey-results", [18, 26, 22, 34])]


def coverage(survey: Survey) -> list[Child]:
    """Return how many methods have a result on each model and task; empty cells are open work."""
    results = survey.library.results
    pairs = {(each.model, _task(each), each.key or each.method) for each in results}
    cells = Counter((model, task) for model, task, _method in pairs)
    models = _most([model for model, _task, _method in pairs], _MODELS)
    tasks = _most([task for _model, task, _method in pairs], _TASKS)
    sources = {each.paper or each.benchmark for each in results}
    count = _("Results: %d. Models: %d. Papers and benchmarks: %d.")
    line = elements.paragraph(
        count % (len(results), len({each.model for each in results}), len(sources))
    )
    rows = [
        row(
            elements.paragraph(model),
            *(elements.paragraph(str(cells.get((model, task), "")) or "\u2013") for task in tasks),
        )
        for model in sorted(models)
    ]
    if not rows:
        return [line]
    width = 70 // len(tasks)
    return [line, table([_("Model"), *tasks], rows, "survey-results", [30, *[width] * len(tasks)])]


def _most(names: list[str], count: int) -> list[str]:
    """Return the most frequent names; those of one frequency by name."""
    return [
        name for name, _n in sorted(Counter(names).items(), key=lambda n: (-n[1], n[0]))[:count]
    ]


def _task(result: Result) -> str:
    return f"{result.dataset}, {result.metric}"
