"""Configuration of the survey's site."""

import os
from contextlib import redirect_stdout
from importlib import import_module
from urllib.parse import urljoin, urlsplit

from surveyext import __version__

project = "Efficient Language Models"
author = "The survey's contributors"
version = __version__  # an EPUB must state one
copyright = "the survey's contributors, CC BY 4.0"  # noqa: A001  # Sphinx's name for it
extensions = ["myst_parser", "surveyext"]
exclude_patterns = ["_build", "_latex", "data"]
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
survey_redirects = "data/redirects.toml"
survey_citation = "../CITATION.cff"
survey_equation_checks = "../tests/equations"
survey_repositories = "data/repositories.toml"
survey_results = "data/results"
survey_support = "data/support.toml"
survey_considered = "data/considered.toml"
survey_vocabularies = "data"

# Read the Docs knows where it cloned from; without an address, links to it are left out.
survey_repository = os.environ.get("READTHEDOCS_GIT_CLONE_URL", "").removesuffix(".git")

html_theme = "furo"
templates_path = ["_templates"]
html_static_path = ["_style", "_mark"]
html_css_files = ["page.css"]
html_favicon = "_mark/mark.svg"
html_title = "Efficient Language Models, a living survey"
html_short_title = "Efficient Language Models"
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
if html_baseurl:  # what only a site with an address can have
    extensions += ["notfound.extension", "sphinxext.opengraph"]
    with redirect_stdout(None):  # it prints that it will draw no pictures, which nobody wants
        import_module("sphinxext.opengraph")
    notfound_urls_prefix = urlsplit(html_baseurl).path
    notfound_context = {
        "title": "Page not found",
        "body": "<h1>Page not found</h1><p>Look for it in the "
        f'<a href="{notfound_urls_prefix}search.html">search</a>, or among '
        f'<a href="{notfound_urls_prefix}entries.html">all entries</a>.</p>',
    }
    # Where Read the Docs keeps what it was told to build; a preview has the site alone.
    if os.environ.get("READTHEDOCS_VERSION_TYPE") != "external":
        downloads = urljoin(html_baseurl, f"/_/downloads{notfound_urls_prefix}")
        survey_formats = {
            "PDF": f"{downloads}pdf/",
            "EPUB": f"{downloads}epub/",
            "the site as a zip": f"{downloads}htmlzip/",
        }
    ogp_site_url = html_baseurl
    ogp_image = "_static/preview.png"
    ogp_image_alt = "Efficient Language Models, a living survey"
    ogp_social_cards = {"enable": False}  # one image of our own
    ogp_custom_meta_tags = ['<meta name="twitter:card" content="summary_large_image" />']
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "light_logo": "mark-light.svg",
    "dark_logo": "mark-dark.svg",
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
# Pages without the text of index.md, which introduces a site.
latex_documents = [("index", "survey.tex", project, author, "manual", True)]
latex_elements = {
    "papersize": "a4paper",
    "extraclassoptions": "openany,oneside",
    "fncychap": "",
    "maxlistdepth": "20",  # families of methods that build on one another are deep lists
    "sphinxsetup": "TitleColor={HTML}{14202b}, InnerLinkColor={HTML}{1b5e8a}, "
    "OuterLinkColor={HTML}{1b5e8a}, hmargin=27mm, vmargin=25mm",
    "preamble": r"\input{preamble.inc}",
    "maketitle": rf"\newcommand{{\surveyversion}}{{{version}}}\input{{title.inc}}",
    # Sphinx calls the contents like the first of the lists in index.md.
    "tableofcontents": r"\renewcommand{\contentsname}{Contents}\sphinxtableofcontents",
}
# Not .tex: each of those would be taken for a document.
latex_additional_files = ["_latex/preamble.inc", "_latex/title.inc"]
epub_show_urls = "no"
epub_title = html_title
epub_uid = "efficient-language-models"
epub_identifier = html_baseurl or "urn:efficient-language-models"
text_sectionchars = '*=-~"+`'
