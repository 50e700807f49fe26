"""Transforms: placeholders to rendered nodes, once per builder (write phase)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from surveyext.backlinks import backlinks, listed
from surveyext.cards import Medium
from surveyext.checked import mark
from surveyext.inline import entry_link, unlink
from surveyext.markup import Writer, searchable
from surveyext.nodes import survey_view
from surveyext.render import render
from surveyext.survey import View

if TYPE_CHECKING:
    from sphinx.builders import Builder

    from surveyext.domain import SurveyDomain


class RenderViews(SphinxPostTransform):
    """Replace every placeholder."""

    # Before sphinxcontrib-bibtex (5), MyST (9) and the reference resolver (10), so that
    # the citations and cross-references that we leave are resolved like any other.
    default_priority: ClassVar[int] = 4

    def run(self, **kwargs: Any) -> None:
        """Render each view for the builder at hand."""
        domain = cast("SurveyDomain", self.env.domains["survey"])
        builder = self.env._app.builder
        interactive = builder.format == "html" and builder.name != "epub"
        docname = self.env.current_document.docname
        writer = Writer(self.env, docname) if Writer.applies(self.env) else None
        for node in list(self.document.findall(survey_view)):
            view = View(node["kind"], node["argument"])
            medium = Medium(
                interactive=interactive,
                latex=builder.format == "latex",
                text=builder.format == "text",
                root=_root(builder, node["docname"]) if interactive else "",
            )
            level = min(6, _depth(node) + 1)
            rendered = render(domain.survey, view, node["docname"], node.children, level, medium)
            node.children = []
            if writer:
                rendered = writer.fuse(rendered, cast("nodes.Element", node.parent))
                searchable(rendered, domain.survey.words(view))
            node.replace_self(rendered)


class LinkBibliography(SphinxPostTransform):
    """Let each line of the bibliography lead to the paper's card and say where it is used."""

    # After sphinxcontrib-bibtex (5) has made the lines, before the resolver (10).
    default_priority: ClassVar[int] = 6

    def run(self, **kwargs: Any) -> None:
        """Append the links, and leave no unsafe one of the record's."""
        survey = cast("SurveyDomain", self.env.domains["survey"]).survey
        cite_id, records = self.env.config.bibtex_cite_id, survey.library.records
        keys = {cite_id.format(key=key): key for key in records}
        for line in self.document.findall(nodes.citation):
            unlink(line)
            for key in {keys[name] for name in line["ids"] if name in keys}:
                paragraph = cast("nodes.paragraph", line[-1])
                if key in survey.items:
                    text = [nodes.Text(_("card"))]
                    paragraph += [nodes.Text(" \u2192\u00a0"), entry_link(survey, key, text)]
                for label, links in backlinks(survey, key):
                    paragraph += [nodes.Text(f" \u00b7 {label}: "), *listed(links)]


class MarkEquations(SphinxPostTransform):
    """Say below each equation that it is checked, and lead to what was checked."""

    # Before the resolver (10) and before themes wrap equations.
    default_priority: ClassVar[int] = 4

    def run(self, **kwargs: Any) -> None:
        """Insert a mark after each equation that has a check."""
        survey = cast("SurveyDomain", self.env.domains["survey"]).survey
        for node in list(self.document.findall(nodes.math_block)):
            if check := survey.checked.get(node.get("label") or ""):
                node.parent.insert(node.parent.index(node) + 1, mark(survey, check))


def _root(builder: Builder, docname: str) -> str:
    """Return the way from a page to the folder of the site, "../"."""
    return relative_uri(builder.get_target_uri(docname), ".").removesuffix(".")


def _depth(node: nodes.Node) -> int:
    """Return how many sections stand around a node."""
    depth = 0
    while node.parent is not None:
        node = node.parent
        depth += isinstance(node, nodes.section)
    return depth
