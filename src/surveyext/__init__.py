"""surveyext: a Sphinx extension for living surveys of papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pybtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.names.last import LastNameStyle

from surveyext import i18n
from surveyext.build import (
    bibliography,
    bibtex_domain,
    failures,
    further_pages,
    lifecycle,
    roles,
    searchindex,
    sidebar,
    stale_pages,
    unprefixed,
)
from surveyext.build.domain import ENV_DATA_VERSION, SurveyDomain, is_checked
from surveyext.build.html_writer import markup, visit_markup
from surveyext.build.nodes import survey_view
from surveyext.build.settings import SETTINGS, check_lines, offer_editing
from surveyext.build.transforms import (
    GlueFormulas,
    LinkBibliography,
    MarkEquations,
    OfferExports,
    RenderViews,
)
from surveyext.exports.style import STYLE, SurveyStyle
from surveyext.output import addresses, assets, head, latex, math_font, mathml
from surveyext.output.epub import SurveyEpub
from surveyext.speed import garbage, templates
from surveyext.survey.paging import LINES

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

__version__ = "0.1.0"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything with Sphinx."""
    garbage.setup(app)  # before much is loaded
    register_plugin("pybtex.style.formatting", STYLE, SurveyStyle, force=True)
    # Twice in each build it would be looked for in all packages that are installed.
    register_plugin("pybtex.style.names", "last", LastNameStyle, force=True)
    i18n.setup(app)  # before anything asks for a word
    app.setup_extension("sphinxcontrib.bibtex")  # cite roles and the bibliography
    bibtex_domain.setup(app)
    roles.setup(app)
    app.setup_extension("sphinx_design")  # styles and the <details> of cards

    for name, default in SETTINGS.items():
        app.add_config_value(name, default, "env", types={str})
    app.add_config_value("survey_lines", LINES, "env", types={int})
    app.add_config_value("survey_formats", {}, "env", types={dict})

    app.add_node(survey_view)
    app.add_node(markup, html=(visit_markup, None))
    bibliography.setup(app)
    app.add_domain(SurveyDomain)
    unprefixed.setup(app)
    app.add_post_transform(OfferExports)
    app.add_post_transform(RenderViews)
    app.add_post_transform(LinkBibliography)
    app.add_post_transform(MarkEquations)
    app.add_post_transform(GlueFormulas)
    app.add_html_math_renderer("mathml", (mathml.visit_inline, None), (mathml.visit_block, None))

    app.add_builder(SurveyEpub, override=True)
    latex.setup(app)
    addresses.setup(app)

    app.connect("config-inited", _quiet)
    app.connect("config-inited", check_lines)
    app.connect("config-inited", offer_editing)
    app.connect("builder-inited", lifecycle.load, priority=400)  # bibtex parses at 500
    app.connect("builder-inited", failures.watch)
    app.connect("env-get-outdated", stale_pages.outdated)
    app.connect("env-before-read-docs", stale_pages.note_states)
    app.connect("source-read", stale_pages.let_go)
    app.connect("env-updated", lifecycle.check, priority=600)  # bibtex labels at 500
    app.connect("warn-missing-reference", is_checked)
    app.connect("html-collect-pages", further_pages.write)
    app.connect("html-collect-pages", searchindex.tidy)  # the last event before it is written
    app.connect("html-page-context", sidebar.provide, priority=400)  # themes ask at 500
    app.connect("html-page-context", head.fill)
    app.connect("html-page-context", math_font.preload)
    app.connect("html-page-context", assets.leave_out)
    app.connect("build-finished", lifecycle.export)
    app.connect("build-finished", math_font.write)
    app.connect("build-finished", lifecycle.stamp, priority=900)  # when all is written
    app.connect("builder-inited", assets.serve)
    app.connect("builder-inited", templates.keep)
    app.add_css_file("survey.css", priority=900)  # after the styles it adjusts
    app.add_css_file("find.css", priority=901)
    app.add_css_file("basket.css", priority=900)
    app.add_js_file("words.js", priority=300, loading_method="defer")  # others use it
    app.add_js_file("survey.js", loading_method="defer")
    app.add_js_file("find.js", loading_method="defer")

    return {
        "version": __version__,
        "env_version": ENV_DATA_VERSION,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }


def _quiet(app: Sphinx, config: Config) -> None:
    """Leave out what our checks say with file, line and remedy (config-inited)."""
    ours = ["bibtex.key_not_found", "bibtex.missing_field"]
    config.suppress_warnings = [*config.suppress_warnings, *ours]
