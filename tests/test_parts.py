"""Parts: what has many lines goes on over further pages, and every link finds the right one."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import REAL_ROOT, SmallSurvey, build_site
from edits import Paper, Sources, small
from hypothesis import given
from hypothesis import strategies as st
from sphinx.errors import ConfigError
from sphinx.testing.util import SphinxTestApp

from surveyext.survey.groups import Group, Heading
from surveyext.survey.paging import packed

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Build

pytestmark = pytest.mark.once

FACETS = ("added", "code", "person", "tag", "venue", "year")
VIEWS = {
    "entries": "```{filter}\n```\n\n```{all-entries}\n```\n",
    "equations": "```{equations}\n```\n",
    "evidence": "```{evidence}\n```\n",
    "pictures": "```{picture} years\n```\n",
    **{f"by-{facet}": f"```{{entry-index}} {facet}\n```\n" for facet in FACETS},
}
#: Headings by the sizes of their groups.
sizes = st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=6), max_size=8)


def headings(sizes: list[list[int]]) -> list[Heading]:
    """Return headings whose groups have so many entries."""
    return [
        Heading(
            f"h{place}",
            tuple(
                Group(
                    f"h{place} g{number}", tuple(f"{place}-{number}-{key}" for key in range(size))
                )
                for number, size in enumerate(groups)
            ),
        )
        for place, groups in enumerate(sizes)
    ]


@given(sizes, st.integers(1, 40))
def test_pages_hold_every_line_once_in_order_and_none_too_many(
    sizes: list[list[int]], limit: int
) -> None:
    pages = packed(headings(sizes), limit)
    wanted = [key for heading in headings(sizes) for group in heading.groups for key in group.keys]
    assert [key for page in pages for piece in page for key in piece.keys] == wanted
    assert all(sum(len(piece.keys) for piece in page) <= limit for page in pages)
    for piece in (piece for page in pages for piece in page):
        assert piece.group.keys[piece.start :][: len(piece.keys)] == piece.keys


@given(sizes, st.integers(1, 40))
def test_what_fits_on_a_page_is_not_torn(sizes: list[list[int]], limit: int) -> None:
    pages = packed(headings(sizes), limit)
    for heading in headings(sizes):
        groups = heading.groups
        on = [n for n, page in enumerate(pages) if any(each.heading == heading for each in page)]
        if sum(len(group.keys) for group in groups) <= limit:
            assert len(on) == 1
        for group in groups:
            pieces = [each for page in pages for each in page if each.group == group]
            assert (len(pieces) == 1) == (len(group.keys) <= limit)


def test_a_group_that_fits_nowhere_is_cut_into_equal_pieces() -> None:
    pages = packed(headings([[10]]), 6)
    assert [len(piece.keys) for page in pages for piece in page] == [5, 5]


def sources() -> Sources:
    """Return a survey of fourteen papers, with lists of them that are split."""
    found = small()
    found.conf = {"html_baseurl": "https://example.org/s/", "survey_evidence": "evidence.toml"}
    for number in range(8):
        key = f"more{number}"
        found.papers[key] = Paper(
            f"More {number}", f"Person{number}, Ada", 2018 + number, equation=f"x = {number}"
        )
        found.pages["pruning"].entries.append(key)
    return found


PROOF = """[{0}]
checked = 2026-11-21
titles = {{}}
sources = [{{ confirms = ["title", "author", "booktitle", "year"], where = "the paper" }}]
unverified = []
"""


class Split(SmallSurvey):
    """A survey whose lists go on over further pages."""

    def say(self, sources: Sources) -> None:
        """Write the sources and pages with each list."""
        sources.write(self.root)
        self.write("evidence.toml", "\n".join(map(PROOF.format, sources.papers)))
        for name, views in VIEWS.items():
            self.write(f"{name}.md", f"# The {name}\n\n{views}")
        # Indexes have pages of their own here.
        self.edit("index.md", "```{entry-index} tag\n```\n", "")
        self.edit("index.md", "about\nentries\n", "\n".join(["about", *VIEWS]) + "\n")


@pytest.fixture
def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Split:
    """Return a survey of fourteen papers at four lines a page."""
    survey = Split(tmp_path / "split", monkeypatch)
    survey.say(sources())
    return survey


def same_as_fresh(survey: Split, said: Sources, place: Path) -> Build:
    """Build, and compare with a first build of the same sources."""
    fresh = Split(place, survey.monkeypatch)
    fresh.say(said)
    again, first = survey.build(), fresh.build()
    ours, wanted = again.files(), first.files()
    assert ours.keys() == wanted.keys()
    assert [name for name in wanted if ours[name] != wanted[name]] == []
    return again


def parts(build: Build, name: str) -> list[str]:
    """Return the further parts of a page, without the ending."""
    return sorted(path.stem for path in build.out.glob(f"{name}-*.html"))


def broken_links(out: Path) -> list[str]:
    """Return links whose page or place is not there."""
    pages = {
        path.resolve(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in out.rglob("*.html")
    }
    ids = {path: {str(each["id"]) for each in page.select("[id]")} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for link in page.select("a[href]"):
            address = urlsplit(str(link["href"]))
            target = (path.parent / address.path).resolve() if address.path else path
            target = target / "index.html" if target.is_dir() else target
            place = {unquote(address.fragment)} - {""} if target in pages else set()
            if not address.scheme and not (target.is_file() and place <= ids.get(target, place)):
                broken.append(f"{path}: {link['href']}")
    return broken


@pytest.mark.parametrize("builder", ["html", "dirhtml"])
def test_every_link_to_and_from_a_part_finds_its_place(split: Split, builder: str) -> None:
    build = split.build(builder)
    assert build.warnings == []
    assert len(list(build.out.rglob("by-tag-*"))) > 1
    assert broken_links(build.out) == []


def test_each_line_stands_on_one_part(split: Split) -> None:
    build = split.build()
    for name in (*(f"by-{facet}" for facet in FACETS if facet not in {"person"}), "entries"):
        names = [name, *parts(build, name)]
        soups = [BeautifulSoup(build.read(f"{each}.html"), "html.parser") for each in names]
        rows = ".survey-rows li" if name != "entries" else ".survey-entries tbody tr"
        links = [row.a["href"] for soup in soups for row in soup.select(rows) if row.a]
        assert len(names) > 2, name
        assert (len(links), len(set(links))) == (14, 14), name


def test_a_card_leads_to_what_confirms_its_record_on_the_right_part(split: Split) -> None:
    build = split.build()
    pages = ["evidence", *parts(build, "evidence")]
    assert len(pages) > 2
    card = BeautifulSoup(build.read("techniques/pruning.html"), "html.parser")
    found = {str(link["href"]) for link in card.select(".survey-relation a[href*=evidence]")}
    wanted = {
        f"../{page}.html#{proof['id']}"
        for page in pages
        for proof in BeautifulSoup(build.read(f"{page}.html"), "html.parser").select(
            ".survey-proof"
        )
    }
    assert found
    assert found <= wanted


def test_a_part_has_the_theme_a_title_a_way_back_and_is_in_the_site_map(split: Split) -> None:
    build = split.build()
    second = BeautifulSoup(build.read("by-year-2.html"), "html.parser")
    assert second.title is not None
    assert second.title.text.startswith("The by-year, part 2")
    assert [each.text.rstrip("¶") for each in second.select("h1")] == ["The by-year, part 2"]
    near = [link["href"] for link in second.select(".survey-parts")[0].select("a")]
    assert near == ["by-year.html", "by-year-3.html"]
    around = [link["href"] for link in second.select("head link[rel=prev], head link[rel=next]")]
    assert sorted(around) == ["by-year-3.html", "by-year.html"]
    assert "basket.js" in build.read("by-year-2.html")
    assert "https://example.org/s/by-year-2.html" in build.read("sitemap.xml")


def test_the_first_part_answers_to_every_heading_and_group(split: Split) -> None:
    build = split.build()
    whole = split.build(survey_lines=1000)
    for facet in FACETS:
        places = [
            {each["id"] for each in BeautifulSoup(text, "html.parser").select(f"[id^={facet}-]")}
            for text in (build.read(f"by-{facet}.html"), whole.read(f"by-{facet}.html"))
        ]
        assert places[0] == places[1], facet


def test_a_part_gives_the_records_of_its_groups(split: Split) -> None:
    build = split.build()
    second = BeautifulSoup(build.read("by-venue-2.html"), "html.parser")
    files = [link["href"] for link in second.select(".survey-cite a")]
    assert len(files) > 0
    assert [name for name in files if not (build.out / str(name)).is_file()] == []


def test_a_survey_below_the_limit_and_other_forms_have_no_parts(split: Split) -> None:
    assert list(split.build(survey_lines=1000).out.rglob("*-2.html")) == []
    for builder in ("text", "latex", "epub", "singlehtml"):
        build = split.build(builder, survey_lines=4)
        assert list(build.out.rglob("*-2.*")) == [], builder
    assert "Part 1 of" not in split.build("text").read("by-year.txt")


def test_parts_that_are_gone_are_removed_and_new_ones_come(split: Split, tmp_path: Path) -> None:
    before = parts(split.build(), "by-year")
    said = sources()
    for key in [f"more{number}" for number in range(8)]:
        del said.papers[key]
        said.pages["pruning"].entries.remove(key)
    split.say(said)
    fewer = parts(same_as_fresh(split, said, tmp_path / "fewer"), "by-year")
    assert 0 < len(fewer) < len(before)
    split.say(sources())
    assert parts(same_as_fresh(split, sources(), tmp_path / "more"), "by-year") == before


def test_a_link_follows_a_group_that_moved_to_another_part(split: Split, tmp_path: Path) -> None:
    split.build()
    said = sources()
    said.papers["xu2021beyond"].venue = 1
    for number in range(3):
        said.papers[f"more{number}"].venue = 1
    split.say(said)
    same_as_fresh(split, said, tmp_path / "moved")


def test_a_part_that_was_deleted_comes_again(split: Split) -> None:
    build = split.build()
    wanted = build.read("by-year-2.html")
    (build.out / "by-year-2.html").unlink()
    assert split.build().read("by-year-2.html") == wanted


def test_a_build_without_changes_writes_no_part(split: Split) -> None:
    build = split.build()
    path = build.out / "by-year-2.html"
    before = path.stat().st_mtime_ns
    assert split.build().pages_written == []
    split.edit("about.md", "Nothing", "Little")
    assert "by-year-2" not in split.build().pages_written
    assert path.stat().st_mtime_ns == before


def test_a_part_leaves_the_name_of_an_authors_page_alone(split: Split) -> None:
    split.write("by-year-2.md", "---\norphan: true\n---\n\n# Mine\n")
    build = split.build()
    assert "<h1>Mine" in build.read("by-year-2.html")
    assert "by-year-3.html" in build.read("by-year.html")
    assert "by-year-2.html" not in build.read("by-year.html")


def test_a_bibliography_is_split_by_filters(split: Split) -> None:
    split.write("bibliography.md", "# Bibliography\n\n```{toctree}\nuntil-2020\nlater\n```\n")
    for name, years in (("until-2020", "year <= '2020'"), ("later", "year > '2020'")):
        views = f"```{{bibliography}}\n:filter: {years}\n:labelprefix: {name}-\n```\n"
        split.write(f"{name}.md", f"# {name}\n\n{views}")
    build = split.build()
    assert build.warnings == []
    assert broken_links(build.out) == []
    later = BeautifulSoup(build.read("later.html"), "html.parser")
    ids = [str(line["id"]) for line in later.select(".citation")]
    assert sorted(ids) == sorted(["cite-xu2021beyond", *(f"cite-more{n}" for n in range(3, 8))])
    assert build.read("cite/pages/later.bib").count("@inproceedings") == len(ids)
    assert 'href="../later.html#cite-xu2021beyond"' in build.read("techniques/distillation.html")
    split.edit("later.md", "year > '2020'", "year > '2022'")
    split.edit("until-2020.md", "year <= '2020'", "year <= '2022'")
    assert split.build().read("cite/pages/later.bib").count("@inproceedings") == 3


@pytest.mark.parametrize("lines", [0, "many"])
def test_a_number_of_lines_that_no_page_can_have_is_refused(split: Split, lines: object) -> None:
    split.edit("conf.py", "survey_lines = 4", f"survey_lines = {lines!r}")
    with pytest.raises(ConfigError, match=f"survey_lines is {lines!r}; write a whole number"):
        split.build()


def test_parts_of_a_parallel_build_have_the_same_bytes(split: Split, tmp_path: Path) -> None:
    other = Split(tmp_path / "parallel", split.monkeypatch)
    other.say(sources())
    serial, parallel = split.build().files(), other.build(parallel=2).files()
    assert serial.keys() == parallel.keys()
    assert [name for name in serial if serial[name] != parallel[name]] == []


def test_other_extensions_find_on_a_part_what_each_page_has(split: Split) -> None:
    contexts: dict[str, set[str]] = {}

    def note(_app: object, name: str, _file: str, context: dict[str, object], tree: object) -> None:
        if tree:
            contexts[name] = set(context)
            assert context["meta"] is None or isinstance(context["meta"], dict)

    def connect(app: SphinxTestApp) -> None:
        app.connect("html-page-context", note, priority=1)

    split.build(prepare=connect)
    assert contexts["by-year-2"] >= contexts["by-year"]
    assert contexts["entries-2"] >= contexts["index"]


@pytest.mark.parametrize("builder", ["html", "dirhtml"])
@pytest.mark.parametrize("extension", ["notfound.extension", "sphinxext.opengraph"])
def test_parts_are_built_with_each_extension_that_the_site_loads(
    split: Split, extension: str, builder: str
) -> None:
    source = (REAL_ROOT / "docs/conf.py").read_text(encoding="utf-8")
    loaded = ast.literal_eval(re.findall(r"extensions \+= (\[.*\])", source)[0])
    assert loaded == ["notfound.extension", "sphinxext.opengraph"]  # add others here, too
    split.edit("conf.py", '"surveyext"', f'"surveyext", "{extension}"')
    split.edit("conf.py", "html_theme", "ogp_site_url = 'https://example.org/s/'\nhtml_theme")
    build = split.build(builder)
    assert [line for line in build.warnings if "unknown config value" not in line] == []
    part = build.read("by-year-2.html" if builder == "html" else "by-year-2/index.html")
    if extension == "sphinxext.opengraph":
        end = ".html" if builder == "html" else "/"
        assert f'content="https://example.org/s/by-year-2{end}"' in part


def test_the_real_site_is_built_with_a_base_address_and_parts(tmp_path: Path) -> None:
    options = ["-D", "survey_lines=600"]
    address = {"READTHEDOCS_CANONICAL_URL": "https://example.org/en/latest/"}
    site = build_site(tmp_path / "out", tmp_path / "doctrees", *options, **address)
    assert site.code == 0, site.log
    assert '<meta property="og:url"' in site.page("indexes/person-2").read_text(encoding="utf-8")
