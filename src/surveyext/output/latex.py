"""LaTeX: what a page of fixed width needs, for the LaTeX builder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class FitTables(SphinxPostTransform):
    """Give the columns of our tables the shares that they ask for; screens need no such thing."""

    # After our tables are made (4).
    default_priority: ClassVar[int] = 20
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        """Turn automatic widths to given ones."""
        for table in self.document.findall(nodes.table):
            classes = table["classes"]
            if any(name.startswith("survey-") for name in classes):
                classes[:] = ["colwidths-given" if c == "colwidths-auto" else c for c in classes]


def setup(app: Sphinx) -> None:
    """Register the transform and the LaTeX package of the same name as the extension's styles."""
    app.add_post_transform(FitTables)
    app.add_latex_package("survey", after_hyperref=True)
    app.connect("builder-inited", _add_package)


def _add_package(app: Sphinx) -> None:
    """Let Sphinx copy the package beside the document (builder-inited)."""
    path = str(Path(__file__).parent.parent / "latex/survey.sty")
    app.config.latex_additional_files = [*app.config.latex_additional_files, path]
