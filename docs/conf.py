"""Configuration of the survey's site."""

import os

from surveyext import __version__

project = "Efficient Language Models"
author = "The survey's contributors"
version = __version__  # an EPUB must state one
copyright = "the survey's contributors, CC BY 4.0"  # noqa: A001  # Sphinx's name for it
extensions = ["myst_parser", "surveyext"]
exclude_patterns = ["_build", "data"]
primary_domain = "survey"
nitpicky = True

myst_enable_extensions = ["colon_fence", "dollarmath", "smartquotes"]
myst_disable_syntax = ["html_block", "html_inline"]
myst_heading_anchors = 0

bibtex_bibfiles = ["../refs.bib"]
bibtex_reference_style = "author_year"
bibtex_default_style = "survey"  # titles as published
bibtex_cite_id = "cite-{key}"  # positional ids would move when a record is inserted
# surveyext reports the same with the key that was probably meant.
suppress_warnings = ["bibtex.key_not_found"]

survey_tags = "data/tags.toml"
survey_venues = "data/venues.toml"
survey_evidence = "data/evidence.toml"
survey_source_lists = "data/source-lists.toml"
survey_citation = "../CITATION.cff"
survey_equation_checks = "../tests/equations"
survey_repositories = "data/repositories.toml"

# Read the Docs knows where it cloned from; without an address, links to it are left out.
survey_repository = os.environ.get("READTHEDOCS_GIT_CLONE_URL", "").removesuffix(".git")

html_theme = "furo"
html_title = "Efficient Language Models, a living survey"
html_short_title = "Efficient Language Models"
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#1b5e8a",
        "color-brand-content": "#1b5e8a",
        "color-brand-visited": "#5a3d8a",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc0ea",
        "color-brand-content": "#7cc0ea",
        "color-brand-visited": "#b9a2e6",
    },
}

latex_engine = "xelatex"
latex_elements = {
    "extraclassoptions": "openany,oneside",
    "preamble": r'\XeTeXlinebreaklocale "en"',  # long addresses break too
}
epub_show_urls = "no"
epub_title = html_title
epub_uid = "efficient-language-models"
epub_identifier = html_baseurl or "urn:efficient-language-models"
text_sectionchars = '*=-~"+`'
