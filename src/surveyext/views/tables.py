"""Tables: rows as a table that scrolls inside its own box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.views import elements
from surveyext.views.elements import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.views.elements import Child


def table(
    head: Sequence[str],
    rows: Iterable[Element],
    name: str,
    widths: Sequence[int],
    *,
    fixed: bool = False,
) -> Element:
    """Return a table; the first cell of each row names the row.

    :param name: The class that styles it.
    :param widths: The columns' shares of the page, for media with fixed pages.
    :param fixed: Give the columns these shares on a screen too, so that a long table does
        not move while it loads.
    """
    columns = [Element("colspec", colwidth=width) for width in widths]
    columns[0].attributes["stub"] = 1  # docutils' word for a column of headings
    header = Element("thead", row(*(elements.paragraph(label) for label in head)))
    group = Element("tgroup", *columns, header, Element("tbody", *rows), cols=len(widths))
    return Element("table", group, classes=[name, f"colwidths-{'given' if fixed else 'auto'}"])


def row(*cells: Child, ids: Iterable[str] = ()) -> Element:
    """Return a row of one cell each."""
    return Element("row", *(Element("entry", cell) for cell in cells), ids=ids)
