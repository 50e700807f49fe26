"""Transforms: placeholders to rendered nodes, once per builder (write phase)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes
from sphinx.addnodes import start_of_file
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from surveyext.build.bibliography import uses
from surveyext.build.html_writer import Writer, searchable
from surveyext.build.nodes import survey_view, to_nodes
from surveyext.i18n import _
from surveyext.survey.selections import of_page, page_path, section_path
from surveyext.survey.site import root_address
from surveyext.survey.survey import View
from surveyext.views.cards import offer
from surveyext.views.equations import mark
from surveyext.views.inline import glue, unlink
from surveyext.views.medium import Medium
from surveyext.views.render import render

if TYPE_CHECKING:
    from sphinx.builders import Builder

    from surveyext.build.domain import SurveyDomain
    from surveyext.survey.survey import Survey


class OfferExports(SphinxPostTransform):
    """Let the reader of a site take along what a section and a page show."""

    # While the views are still placeholders, which say what is shown.
    default_priority: ClassVar[int] = 3

    def run(self, **kwargs: Any) -> None:
        """Append an offer to each section with entries, and to the page."""
        domain = cast("SurveyDomain", self.env.domains["survey"])
        survey, docname = domain.survey, self.env.current_document.docname
        medium = _medium(self.env._app.builder, docname)
        top = next(iter(self.document.findall(nodes.section)), None)
        if not medium.interactive or top is None or any(self.document.findall(start_of_file)):
            return
        writer = Writer(self.env, docname) if Writer.applies(self.env) else None
        shown = writer.fuse if writer else to_nodes
        for section in list(self.document.findall(nodes.section)):
            own = [view for view in section.children if _shows_entry(view, survey)]
            if own and section is not top:
                path = section_path(docname, section[0].astext())
                said = _("Cite this section (%d)") % len(own)
                place = section.index(own[-1]) + 1
                section[place:place] = shown(offer(said, path, medium))
        if keys := of_page(survey, docname, domain.data["views"].get(docname, ())).keys:
            said = _("Cite the 1 work on this page")
            said = _("Cite the %d works on this page") % len(keys) if len(keys) > 1 else said
            if domain.paging and docname in domain.paging.further:
                said = _("Cite the %d works on this page and those that follow") % len(keys)
            work = f"works/{docname}" if survey.library.citation else ""
            top += shown(offer(said, page_path(docname), medium, work))


def _shows_entry(node: nodes.Node, survey: Survey) -> bool:
    return (
        isinstance(node, survey_view)
        and node["kind"] == "entry"
        and node["argument"] in survey.items
    )


class RenderViews(SphinxPostTransform):
    """Replace every placeholder."""

    # Before sphinxcontrib-bibtex (5), MyST (9) and the reference resolver (10), so that
    # the citations and cross-references that we leave are resolved like any other.
    default_priority: ClassVar[int] = 4

    def run(self, **kwargs: Any) -> None:
        """Render each view for the builder at hand."""
        domain = cast("SurveyDomain", self.env.domains["survey"])
        builder = self.env._app.builder
        docname = self.env.current_document.docname
        writer = Writer(self.env, docname) if Writer.applies(self.env) else None
        domain.shown.add(docname)
        for node in list(self.document.findall(survey_view)):
            view = View(node["kind"], node["argument"])
            medium = _medium(builder, node["docname"])
            medium = replace(medium, paging=domain.paging, part=node.get("part", 1))
            if writer:
                medium = replace(medium, lines=domain.lines_for(node["docname"]))
            level = min(6, _depth(node) + 1)
            rendered = render(domain.survey, view, node["docname"], node.children, level, medium)
            if rendered:  # a label before the placeholder names what replaces it
                rendered[0].ids += node["ids"]
            node.children, node["ids"] = [], []
            if writer:
                shown = writer.fuse(rendered)
                searchable(shown, domain.survey.words(view))
            else:
                shown = to_nodes(rendered)
            node.replace_self(shown)


class LinkBibliography(SphinxPostTransform):
    """Let each line of the bibliography lead to the paper's card and say where it is used."""

    # After sphinxcontrib-bibtex (5) has made the lines, before the resolver (10).
    default_priority: ClassVar[int] = 6

    def run(self, **kwargs: Any) -> None:
        """Append the links, and leave no unsafe one of the record's."""
        lines = list(self.document.findall(nodes.citation))
        if not lines:
            return
        survey = cast("SurveyDomain", self.env.domains["survey"]).survey
        cite_id, records = self.env.config.bibtex_cite_id, survey.library.records
        keys = {cite_id.format(key=key): key for key in records}
        for line in lines:
            unlink(line)
            for key in {keys[name] for name in line["ids"] if name in keys}:
                cast("nodes.paragraph", line[-1]).extend(to_nodes(uses(survey, key)))


class MarkEquations(SphinxPostTransform):
    """Say below each equation that it is checked, and lead to what was checked."""

    # Before the resolver (10) and before themes wrap equations.
    default_priority: ClassVar[int] = 4

    def run(self, **kwargs: Any) -> None:
        """Insert a mark after each equation that has a check."""
        survey = cast("SurveyDomain", self.env.domains["survey"]).survey
        for node in list(self.document.findall(nodes.math_block)):
            if check := survey.checked.get(node.get("label") or ""):
                node.parent.insert(node.parent.index(node) + 1, to_nodes([mark(survey, check)]))


class GlueFormulas(SphinxPostTransform):
    """Keep a formula on one line with the punctuation beside it, from which browsers part it."""

    formats = ("html",)
    default_priority: ClassVar[int] = 900  # when no formula is added any more

    def run(self, **kwargs: Any) -> None:
        """Go through all that holds a formula."""
        formulas = list(self.document.findall(nodes.math))
        for around in {id(each.parent): each.parent for each in formulas}.values():
            children, around.children = around.children, []
            around.extend(glue(children))


def _medium(builder: Builder, docname: str) -> Medium:
    interactive = builder.format == "html" and builder.name != "epub"
    return Medium(
        interactive=interactive,
        latex=builder.format == "latex",
        text=builder.format == "text",
        root=_root(builder, docname) if interactive else "",
        base=root_address(builder.config.html_baseurl),
        formats=builder.config.survey_formats,
        repository=builder.config.survey_repository,
    )


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
