"""Tables: rows of nodes as a docutils table that scrolls inside its own box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(
    head: Sequence[str],
    rows: Iterable[nodes.row],
    name: str,
    widths: Sequence[int],
    *,
    fixed: bool = False,
) -> nodes.table:
    """Return a table; the first cell of each row names the row.

    :param name: The class that styles it.
    :param widths: The columns' shares of the page, for media with fixed pages.
    :param fixed: Give the columns these shares on a screen too, so that a long table does
        not move while it loads.
    """
    columns = [nodes.colspec(colwidth=width) for width in widths]
    header = nodes.thead("", row(*(nodes.paragraph(text=label) for label in head)))
    group = nodes.tgroup("", *columns, header, nodes.tbody("", *rows), cols=len(widths))
    columns[0]["stub"] = 1  # docutils' word for a column of headings
    return nodes.table("", group, classes=[name, f"colwidths-{'given' if fixed else 'auto'}"])


def row(*cells: nodes.Node, ids: Sequence[str] = ()) -> nodes.row:
    """Return a row of one cell each."""
    return nodes.row("", *(nodes.entry("", cell) for cell in cells), ids=list(ids))
