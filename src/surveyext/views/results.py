"""Results: measured numbers on cards and in comparisons, each with its setting and source."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from surveyext.exports.results import CSV, JSON, SCHEMA
from surveyext.i18n import _
from surveyext.library.ledger import TASK
from surveyext.library.text import slug
from surveyext.views import elements
from surveyext.views.inline import entry_link, page_link, part_link
from surveyext.views.tables import row, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.library.ledger import Result
    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child, Element
    from surveyext.views.medium import Medium

#: Rows on a card; the others are on the page of comparisons.
_SHOWN = 4
#: Methods from which on a task is worth comparing.
_LEAST = 3
#: The argument for models of families without a page of their own.
OTHERS = "others"
_ARROWS = {"higher": "\u2191", "lower": "\u2193"}


def main_results(survey: Survey, key: str) -> tuple[Result, ...]:
    """Return what a card shows: the authors' own rows first, one for each setting."""
    own = survey.library.results_of.get(key, ())
    ranked = sorted(own, key=lambda one: (one.measured_by != "authors", bool(one.variant)))
    return tuple(ranked[:_SHOWN])


def on_card(survey: Survey, key: str) -> list[Child]:
    """Return the main results of an entry as a small table; nothing where there are none."""
    shown = main_results(survey, key)
    if not shown:
        return []
    head = [_("Measured on"), _("Setting"), _("Result"), _("Uncompressed"), _("Read in")]
    rows = [row(_on(each), *_cells(survey, each)) for each in shown]
    return [table(head, rows, "survey-results", [26, 26, 16, 14, 18])]


def _on(result: Result) -> Element:
    return elements.paragraph(f"{result.model}, {result.dataset}")


def _cells(survey: Survey, result: Result) -> list[Child]:
    metric = survey.library.vocabulary.metrics[result.metric]
    unit = f"\u00a0{metric.unit}" if metric.unit else ""
    value = elements.paragraph(elements.strong(f"{result.value}{unit}"))
    value += f" {result.metric}\u00a0{_ARROWS[metric.better]}"
    full = elements.paragraph(f"{result.full}{unit}" if result.full is not None else "")
    return [elements.paragraph(", ".join(setting(result))), value, full, _place(result)]


def _place(result: Result) -> Element:
    place = elements.paragraph(elements.reference(result.place, refuri=result.source))
    said = [_("second-hand")] if result.read == "second-hand" else []
    if said := [*said, *filter(None, (result.note,))]:
        place += f" ({'; '.join(said)})"
    return place


def setting(result: Result) -> list[str]:
    """Return everything that a result depends on, as readers say it."""
    return [*method_setting(result), *_task_setting(result)]


def method_setting(result: Result) -> list[str]:
    """Return how far the method went, as readers say it."""
    words = [result.variant] if result.variant else []
    bits = (
        (result.weight_bits, _("%s-bit weights")),
        (result.activation_bits, _("%s-bit activations")),
        (result.cache_bits, _("%s-bit cache")),
    )
    words += [text % f"{value:g}" for value, text in bits if value is not None]
    if result.group_size:
        words.append(_("groups of %d") % result.group_size)
    if result.sparsity is not None:
        words.append(_("%s\u00a0%% sparse") % f"{100 * result.sparsity:g}")
    words += [result.pattern] if result.pattern else []
    if result.compression is not None:
        words.append(_("%s\u00a0times smaller") % f"{result.compression:g}")
    if result.size is not None:
        words.append(_("%sB parameters left") % f"{result.size:g}")
    return [*words, *filter(None, (result.budget, result.calibration))]


def _task_setting(result: Result) -> list[str]:
    words = []
    numbers = (
        (result.context, _("context %s")),
        (result.tasks, _("%s tasks")),
        (result.shots, _("%s-shot")),
        (result.batch, _("batch %s")),
    )
    words += [text % f"{value:,}" for value, text in numbers if value is not None]
    words += filter(None, (result.task_list, result.hardware, result.engine))
    if result.against:
        words.append(_("against %s") % result.against)
    return [*words, *filter(None, (result.split and _("%s split") % result.split,))]


def tasks(survey: Survey) -> dict[str, list[tuple[Result, ...]]]:
    """Return results by family of models, a tuple for each task.

    A task is kept when three methods or more can be compared on it. Families without a page
    of their own are together under :data:`OTHERS`.
    """
    vocabulary = survey.library.vocabulary
    ranked = sorted(
        survey.library.results,
        key=lambda each: _order(each, vocabulary.metrics[each.metric].better),
    )
    found: dict[str, list[tuple[Result, ...]]] = {}
    for _task, several in groupby(ranked, key=_task_order):
        group = tuple(several)
        if len({each.key or each.method for each in group}) >= _LEAST:
            family = str(vocabulary.models[group[0].model].facts.get("family", OTHERS))
            page = family if family in survey.compare_pages else OTHERS
            found.setdefault(page, []).append(group)
    return found


def _task_order(result: Result) -> tuple[str, ...]:
    first = (result.model, result.dataset, result.metric)
    return (*first, *(_sortable(getattr(result, name)) for name in TASK))


def _order(result: Result, better: str) -> tuple[object, ...]:
    cost = tuple(_sortable(value) for value in result.cost)
    best_first = -result.value if better == "higher" else result.value
    return (*_task_order(result), cost, best_first, result.key, result.method, result.line)


def _sortable(value: object) -> str:
    return f"{value:012.3f}" if isinstance(value, int | float) else str(value or "")


def overview(survey: Survey, medium: Medium) -> list[Child]:
    """Return which families, models and data sets there are results for, leading to them."""
    found = tasks(survey)
    shown: list[Child] = [_files(medium)] if medium.interactive else []
    for family, page in survey.compare_pages.items():
        groups = found.get(family, [])
        if not groups:
            continue
        label = _("Other models") if family == OTHERS else family
        title = elements.paragraph(page_link(page, label), classes=["survey-title"])
        shown += [title, _contents(groups, page)]
    return shown if found else [_nothing()]


def compare(survey: Survey, family: str, level: int, medium: Medium) -> list[Child]:
    """Return a table for each task that three or more methods share."""
    found = tasks(survey).get(family, [])
    if not found:
        return [_nothing()]
    shown: list[Child] = [_contents(found, "")] if medium.interactive else []
    for group in found:
        heading = elements.rubric(_title(group[0]), classes=["survey-heading"])
        heading.attributes["heading-level"] = min(6, level)
        if medium.latex:  # labels come from targets alone
            shown.append(elements.target(ids=[_anchor(group[0])]))
        else:
            heading.ids = [_anchor(group[0])]
        shown += [heading, _comparison(survey, group)]
    return shown


def _nothing() -> Element:
    return elements.paragraph(_("No three methods have a result in the same setting yet."))


def _files(medium: Medium) -> Element:
    line = elements.paragraph(_("All results: "), classes=["survey-links"])
    for number, (label, name) in enumerate((("CSV", CSV), ("JSON", JSON), (_("schema"), SCHEMA))):
        if number:
            line += "\u00a0\u00b7 "
        line += elements.reference(label, refuri=medium.root + name)
    return line


def _contents(groups: Iterable[Sequence[Result]], page: str) -> Element:
    """Return links to tasks, a line for each model and data set, with the numbers of methods.

    :param page: The docname of the page that has them, "" for this one.
    """
    listing = elements.bullet_list()
    for (model, dataset), several in groupby(groups, key=lambda each: each[0].task[:2]):
        line = elements.paragraph(f"{model}, {dataset}: ")
        for number, group in enumerate(several):
            first = group[0]
            setting = ", ".join(_task_setting(first))
            words = f"{first.metric} ({setting})" if setting else first.metric
            place = _anchor(first)
            text = elements.inline(words)
            link = part_link(page, place, text) if page else elements.reference(text, refid=place)
            count = len({each.key or each.method for each in group})
            line += [" \u00b7 " if number else "", link, f"\u00a0({count})"]
        listing += elements.list_item(line)
    return listing


def _title(result: Result) -> str:
    task = ", ".join(_task_setting(result))
    title = f"{result.model}, {result.dataset}, {result.metric}"
    return f"{title} ({task})" if task else title


def _anchor(result: Result) -> str:
    return "results-" + slug(" ".join(str(value) for value in result.task if value))


def _comparison(survey: Survey, group: Sequence[Result]) -> Element:
    metric = survey.library.vocabulary.metrics[group[0].metric]
    unit = f" ({metric.unit})" if metric.unit else ""
    value = f"{group[0].metric}{unit} {_ARROWS[metric.better]}"
    head = [_("Method"), _("Setting"), value, _("Uncompressed"), _("Read in")]
    rows = [
        row(
            elements.paragraph(method(survey, each)),
            elements.paragraph(", ".join(method_setting(each))),
            elements.paragraph(elements.strong(str(each.value))),
            elements.paragraph("" if each.full is None else str(each.full)),
            _place(each),
        )
        for each in group
    ]
    return table(head, rows, "survey-results", [24, 34, 14, 12, 16])


def method(survey: Survey, result: Result) -> Child:
    """Return the method, leading to its card where there is one."""
    return entry_link(survey, result.key) if result.key else result.method


def source_link(survey: Survey, result: Result) -> list[Child]:
    """Return whose number it is and a link to the place in the source."""
    place = elements.reference(result.place, refuri=result.source)
    whose = entry_link(survey, result.paper) if result.paper else result.benchmark
    return [whose, ", ", place]
