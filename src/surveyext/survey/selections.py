"""Selections: the records that a page, a section or a group of an index shows; pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveyext.library.filenames import shortened
from surveyext.library.text import fold, slug
from surveyext.survey.facets import FACETS, anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from surveyext.survey.survey import Survey, View

#: The folders of selections and works beside the files of records.
FOLDERS = ("indexes", "pages", "sections", "works")
#: A group of an index with fewer entries has no files of its own: those of the entry serve.
LEAST = 2


@dataclass(frozen=True, slots=True)
class Selection:
    """Records that are exported together."""

    path: str  #: Where, without the format: "pages/techniques/pruning".
    keys: tuple[str, ...]  #: Of records, in the order shown.


def page_path(docname: str) -> str:
    """Return where all that a page shows is exported."""
    return f"pages/{docname}"


def section_path(docname: str, title: str) -> str:
    """Return where the entries of a page's section are exported."""
    return f"sections/{docname}/{shortened(slug(title) or fold(title) or 'section')}"


def group_path(facet: str, label: str) -> str:
    """Return where a heading or group of an index is exported: its id there."""
    return f"indexes/{shortened(anchor(facet, label))}"


def of_page(survey: Survey, docname: str, views: Iterable[View]) -> Selection:
    """Return all that a page shows, its views first, then what its prose cites."""
    shown = [key for view in views for key in _of_view(survey, docname, view)]
    cited = survey.cites.get(docname, ())
    return Selection(page_path(docname), _known(survey, [*shown, *cited]))


def everything(survey: Survey, views: Mapping[str, tuple[View, ...]]) -> Iterator[Selection]:
    """Yield every selection that has files, each path once.

    :param views: What each page shows, by docname.
    """
    for docname in sorted(views):
        selection = of_page(survey, docname, views[docname])
        if selection.keys:
            yield selection
    yield from _joined(survey, _sections(survey))
    yield from _joined(survey, _groups(survey))


def _of_view(survey: Survey, docname: str, view: View) -> Iterable[str]:
    match view.kind:
        case "entry" | "link":
            return [view.argument]
        case "cross-listed":
            return [item.entry.key for item in survey.cross_listed(docname)]
        case "newest":
            return [item.entry.key for item in survey.newest(int(view.argument))]
        case "entry-index" | "all-entries":
            return [item.entry.key for item in survey.newest_papers]
        case "family-line":
            return survey.family(docname)
        case "equations":
            return [each.key for each in survey.equations]
        case "bibliography":
            return survey.listed.get(docname, survey.library.records)
        case "evidence":
            return survey.items
        case "support":
            return [each.key for each in survey.library.support if each.key]
        case "compare" | "disagreements":
            return [each.key for each in survey.library.results if each.key]
        case "open-work":
            return [record.key for record, _ in survey.open_work]
        case "corrections":
            lists = survey.library.lists
            return [row.key for each in lists for row in each.rows if row.corrections]
        case "source-rows":
            return [row.key for each in survey.library.lists for row in each.rows]
    return ()


def _sections(survey: Survey) -> Iterator[Selection]:
    for item in survey.items.values():
        if item.entry.section:
            path = section_path(item.entry.docname, item.entry.section)
            yield Selection(path, (item.entry.key,))


def _groups(survey: Survey) -> Iterator[Selection]:
    for facet in sorted(FACETS.keys() & survey.index_pages.keys()):
        for heading in survey.headings(facet):
            together = tuple(key for group in heading.groups for key in group.keys)
            for label, keys in [
                (heading.label, together),
                *((group.label, group.keys) for group in heading.groups),
            ]:
                if len(set(keys)) >= LEAST:
                    yield Selection(group_path(facet, label), keys)


def _joined(survey: Survey, selections: Iterable[Selection]) -> Iterator[Selection]:
    """Yield one selection for each path: what has the same address is exported together."""
    keys: dict[str, list[str]] = defaultdict(list)
    for selection in selections:
        keys[selection.path].extend(selection.keys)
    for path, found in keys.items():
        yield Selection(path, _known(survey, found))


def _known(survey: Survey, keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(key for key in dict.fromkeys(keys) if key in survey.library.records)
