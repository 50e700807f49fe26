"""Surveys: the same papers as each contestant's user would write them down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.papers import TAGS, VENUES, papers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.papers import Paper

#: Papers on a page.
PER_PAGE = 60
#: Records on one page of a bibliography.
RECORDS = 800
_STOCK = """
extensions = {extensions}
myst_enable_extensions = ["colon_fence", "dollarmath"]
html_theme = "furo"
"""
_BIBTEX = """
bibtex_bibfiles = ["refs.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"
bibtex_cite_id = "cite-{key}"
"""
_OURS = """
primary_domain = "survey"
bibtex_default_style = "survey"
survey_tags = "tags.toml"
survey_venues = "venues.toml"
survey_evidence = "evidence.toml"
html_math_renderer = "mathml"
html_copy_source = False
html_use_index = False
html_domain_indices = False
"""
_NEEDS = """
needs_types = [dict(directive="paper", title="Paper", prefix="P_", color="#fff", style="node")]
needs_id_regex = "^[A-Za-z0-9_]+"
needs_fields = dict.fromkeys(
    ("people", "venue", "year", "url", "code", "added"), {"nullable": True}
)
needs_build_json = False
"""
_FACETS = ("venue", "year", "person", "tag", "code", "added")


def plain(papers: Sequence[Paper]) -> dict[str, str]:
    """Return the text alone, a heading a paper."""
    return {
        "conf.py": _STOCK.format(extensions=["myst_parser"]),
        **_pages(papers, _section),
    }


def bibtex(papers: Sequence[Paper]) -> dict[str, str]:
    """Return the text with a citation a paper and one bibliography."""
    return {
        "conf.py": _STOCK.format(extensions=["myst_parser", "sphinxcontrib.bibtex"]) + _BIBTEX,
        "refs.bib": _bib(papers),
        "bibliography.md": "# Bibliography\n\n```{bibliography}\n:all:\n```\n",
        **_pages(papers, _cited_section, "bibliography"),
    }


def needs(papers: Sequence[Paper]) -> dict[str, str]:
    """Return a need a paper, one table of all and four filtered lists."""
    filters = (
        "year == '2024'",
        "tags.count('decoder') > 0",
        "venue == 'ACL 2020'",
        "tags.count('4-bit') > 0",
    )
    lists = "".join(f"\n```{{needlist}}\n:filter: {each}\n```\n" for each in filters)
    return {
        "conf.py": _STOCK.format(extensions=["myst_parser", "sphinx_needs"]) + _NEEDS,
        "entries.md": "# Entries\n\n```{needtable}\n:columns: title, people, venue, year\n```\n",
        "lists.md": f"# Lists\n{lists}",
        **_pages(papers, _need, "entries", "lists"),
    }


def ours(papers: Sequence[Paper]) -> dict[str, str]:
    """Return a card a paper with every index, picture and list that the extension has."""
    return {
        "conf.py": _STOCK.format(extensions=["myst_parser", "surveyext"]) + _BIBTEX + _OURS,
        "refs.bib": _bib(papers),
        "tags.toml": '["Tags"]\n' + "".join(f'{tag} = "About {tag}."\n' for tag in TAGS),
        "venues.toml": "".join(
            f'[[venue]]\nmatch = "{match}"\nfamily = "{short}"\nshort = "{short} {{year}}"\n'
            for match, short in VENUES
        ),
        "evidence.toml": "\n".join(map(_evidence, papers)),
        **_bibliography(papers),
        "entries.md": "# All entries\n\n```{filter}\n```\n\n```{all-entries}\n```\n",
        "pictures.md": "# Pictures\n"
        + "".join(f"\n```{{picture}} {name}\n```\n" for name in ("years", "matrix", "pairs")),
        "equations.md": "# Equations\n\n```{equations}\n```\n",
        **{
            f"indexes/{facet}.md": f"# By {facet}\n\n```{{entry-index}} {facet}\n```\n"
            for facet in _FACETS
        },
        **_pages(
            papers,
            _card,
            *("entries", "pictures", *(f"indexes/{facet}" for facet in _FACETS)),
            *("bibliography", "equations"),
            home="```{techniques}\n```\n\n```{newest}\n```\n",
            first=_FIRST,
            last=_LAST,
        ),
    }


def _bibliography(papers: Sequence[Paper]) -> dict[str, str]:
    """Return the page of all records, or where they are too many for one, a page a year."""
    if len(papers) <= RECORDS:
        listed = "```{bibliography}\n:all:\n```\n"
        return {"bibliography.md": f"# Bibliography\n\n```{{downloads}}\n```\n\n{listed}"}
    years = sorted({paper.year for paper in papers}, reverse=True)
    contents = "".join(f"bibliography/{year}\n" for year in years)
    files = {
        f"bibliography/{year}.md": f"# Bibliography, {year}\n\n"
        f'```{{bibliography}}\n:filter: year == "{year}"\n:labelprefix: {year}-\n```\n'
        for year in years
    }
    first = f"# Bibliography\n\n```{{downloads}}\n```\n\n```{{toctree}}\n{contents}```\n"
    return {"bibliography.md": first, **files}


#: What stands before and after the cards of one of our pages.
_FIRST = """
Prose with {{cite:t}}`{0}` and {{entry}}`{0}`.

$$
\\mathbf{{W}}_{{{1}}} \\approx \\mathbf{{A}} \\mathbf{{B}}^\\top
$$ (eq-{1})

```{{family-line}}
```
"""
_LAST = """
## Also relevant

```{cross-listed}
```

## References

```{references}
```
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to make the survey."""

    name: str
    label: str
    files: Callable[[Sequence[Paper]], dict[str, str]]


OURS = Contestant("ours", "surveyext", ours)
CONTESTANTS = (
    Contestant("plain", "MyST + furo (plain)", plain),
    OURS,
    Contestant("needs", "sphinx-needs", needs),
    Contestant("bibtex", "MyST + sphinxcontrib-bibtex + furo", bibtex),
)


def write(root: Path, contestant: Contestant, size: int, pages: int = 0, records: int = 0) -> None:
    """Write what differs from what is there.

    :param pages: How often the first page was edited.
    :param records: How often the second paper's title was edited.
    """
    some = papers(size)
    some[0] = replace(some[0], note=some[0].note + "\nEdited again." * pages)
    some[1] = replace(some[1], title=some[1].title + " Again" * records)
    for name, text in contestant.files(some).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _pages(
    papers: Sequence[Paper],
    shown: Callable[[Paper], str],
    *others: str,
    home: str = "",
    first: str = "",
    last: str = "",
) -> dict[str, str]:
    """Return the home page and the pages of papers by their file."""
    files = {}
    for number, start in enumerate(range(0, len(papers), PER_PAGE)):
        page = papers[start : start + PER_PAGE]
        body = "\n".join(map(shown, page))
        opening = first.format(page[0].key, number)
        files[f"techniques/technique-{number}.md"] = (
            f"# Technique {number}\n{opening}\n{body}\n{last}"
        )
    contents = "\n".join([*(name.removesuffix(".md") for name in files), *others])
    files["index.md"] = f"# Home\n\n{home}\n```{{toctree}}\n{contents}\n```\n"
    return files


def _people(paper: Paper) -> str:
    return ", ".join(f"{given} {family}" for family, given in paper.people)


def _section(paper: Paper, cited: str = "") -> str:
    return f"""
## {paper.name}: {paper.title}

{_people(paper)} · {paper.short} {paper.year}{cited}

[PDF](https://arxiv.org/pdf/{paper.eprint}) · [Paper]({paper.url}) · [Code]({paper.code})

{paper.note}

{", ".join(paper.tags)}
"""


def _cited_section(paper: Paper) -> str:
    return _section(paper, f" {{cite:p}}`{paper.key}`")


def _need(paper: Paper) -> str:
    return f"""
:::{{paper}} {paper.name}: {paper.title}
:id: P_{paper.key}
:tags: {",".join(paper.tags)}
:people: {_people(paper)}
:venue: {paper.short} {paper.year}
:year: {paper.year}
:url: {paper.url}
:code: {paper.code}
:added: {paper.added}

{paper.note}
:::
"""


def _card(paper: Paper) -> str:
    number = int(paper.key.removeprefix("author").removesuffix("word"))
    extends = f":extends: author{number - 1}word\n" if number % 10 == 9 else ""
    also = (
        f":also: technique-{number // PER_PAGE - 1}\n" if number % PER_PAGE == PER_PAGE - 1 else ""
    )
    also = also if number >= PER_PAGE else ""
    return f"""
:::{{entry}} {paper.key}
:name: {paper.name}
:code: {paper.code}
:tags: {", ".join(paper.tags)}
{extends}{also}:added: {paper.added}

{paper.note}
:::
"""


def _bib(papers: Sequence[Paper]) -> str:
    return "\n".join(map(_record, papers))


def _record(paper: Paper) -> str:
    return f"""@inproceedings{{{paper.key},
  title = {{{paper.title}}},
  author = {{{" and ".join(f"{family}, {given}" for family, given in paper.people)}}},
  booktitle = {{{paper.venue}}},
  year = {{{paper.year}}},
  eprint = {{{paper.eprint}}},
  url = {{{paper.url}}},
}}
"""


def _evidence(paper: Paper) -> str:
    return f"""[{paper.key}]
checked = 2026-11-21
titles = {{ "arXiv:{paper.eprint}" = "{paper.title}", "{paper.url}" = "{paper.title}" }}
sources = [
  {{ url = "{paper.url}", confirms = ["title", "author", "booktitle", "year", "url"] }},
  {{ url = "https://arxiv.org/abs/{paper.eprint}", confirms = ["eprint", "title"] }},
]
unverified = []
"""
