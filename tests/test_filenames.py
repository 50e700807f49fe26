"""Filenames: nothing that an author or a stranger writes leads out of the output folder."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from conftest import MOVEMENT, refusal
from hypothesis import given
from hypothesis import strategies as st
from samples import HOSTILE

from surveyext.exports.feeds import ALL, feed_path
from surveyext.exports.write import write
from surveyext.library import bib, redirects
from surveyext.library.filenames import fault, shortened
from surveyext.survey.selections import group_path, section_path
from surveyext.survey.site import Export

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import SmallSurvey

OUTSIDE = [
    *("../escape", "../../refs", "a/../../b", "/etc/passwd", "a//b", "a/", "./refs", "..", "."),
    *("a\\..\\b", "C:/x", "c:", "a\nb", "a\0b", "x" * 201, f"a/{'é' * 101}/b"),
]
INSIDE = ["sanh2020movement", "DBLP:conf/naacl/Li20", "a.b", "..a", "a..b/...c", "Knuth:84", "é"]
TAKEN = ["pages/techniques/pruning", "indexes/year-2020", "sections/a/b", "Works/index"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    assert fault(path)


@pytest.mark.parametrize("path", INSIDE)
def test_a_path_below_the_folder_is_not_refused(path: str) -> None:
    assert fault(path) == ""


@given(HOSTILE | st.text("./\\:ab~", max_size=12))
def test_what_is_not_refused_stays_below_the_folder(path: str) -> None:
    if not fault(path):
        parts = PurePosixPath(path).parts
        assert "/".join(parts) == path
        assert {".", "..", "/"}.isdisjoint(parts)


@pytest.mark.parametrize("key", [*OUTSIDE[:9], "x" * 201, *TAKEN])
def test_a_key_that_names_a_file_elsewhere_is_refused_where_it_is_read(key: str) -> None:
    text = f"@misc{{{key}, title = {{T}}, author = {{A, B}}, year = 2020}}\n"
    records, problems = bib.parse(text, "refs.bib")
    assert records == {}
    assert [(each.file, each.line) for each in problems] == [("refs.bib", 1)]
    assert "the key names its files" in problems[0].message


@pytest.mark.parametrize("key", INSIDE)
def test_a_key_of_another_program_is_read(key: str) -> None:
    text = f"@misc{{{key}, title = {{T}}, author = {{A, B}}, year = 2020}}\n"
    assert [*bib.parse(text, "refs.bib")[0]] == [key]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_export_is_written_outside_of_the_folder(tmp_path: Path, path: str) -> None:
    out = tmp_path / "one" / "two"
    out.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="is no path of an export"):
        write([(path, Export("x", lambda: b"x"))], out, {})
    assert sorted(tmp_path.rglob("*")) == before


def test_two_exports_never_share_a_path(tmp_path: Path) -> None:
    twice = [("refs.bib", Export(text, text.encode)) for text in ("one", "two")]
    with pytest.raises(ValueError, match="path of two exports"):
        write(twice, tmp_path, {})
    assert (tmp_path / "refs.bib").read_text() == "one"


@pytest.mark.parametrize("key", ["../../escape", "../refs", "/escape", "pages/index"])
def test_a_build_writes_nothing_for_such_a_key(survey: SmallSurvey, key: str) -> None:
    survey.edit("refs.bib", "jiao2020tinybert", key)
    survey.edit("techniques/distillation.md", "jiao2020tinybert", key)
    before = {path: path.read_bytes() for path in survey.root.rglob("*") if path.is_file()}
    with refusal():
        survey.build()
    after = {path: path.read_bytes() for path in survey.root.rglob("*") if path.is_file()}
    assert {path for path in after.keys() - before.keys() if "_build" not in path.parts} == set()
    assert all(after[path] == text for path, text in before.items())


@pytest.mark.parametrize("old", [*OUTSIDE[:13], *(f"{path}.bib" for path in OUTSIDE[:5])])
def test_a_redirect_from_outside_is_refused(old: str) -> None:
    moves, problems = redirects.parse({old: "index"}, "redirects.toml")
    assert moves == ()
    assert "is no address of this site" in problems[0].message


@pytest.mark.parametrize("old", ["_static/survey.css", "search", "objects.inv", "a/b.html", ".x"])
def test_a_redirect_from_sphinx_own_files_is_refused(old: str) -> None:
    moves, problems = redirects.parse({old: "refs.bib"}, "redirects.toml")
    assert (moves, len(problems)) == ((), 1)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("techniques/pruning", "index", "techniques/pruning.html"),
        ("refs.bib", "cite/sanh2020movement.bib", "refs.bib"),
        ("../x", "index", "../x.html"),
        ("_static/survey.css", "refs.bib", "_static/survey.css"),
    ],
)
def test_a_wrong_redirect_leaves_what_is_there(
    survey: SmallSurvey, old: str, new: str, path: str
) -> None:
    wanted = survey.build().out / path
    before = wanted.read_bytes() if wanted.exists() else b""
    survey.write("redirects.toml", f'"{old}" = "{new}"\n')
    build = survey.build(survey_redirects="redirects.toml")
    assert len([line for line in build.warnings if "[survey.bad-redirect]" in line]) == 1
    assert (wanted.read_bytes() if wanted.exists() else b"") == before


def test_an_authors_page_in_a_folder_called_as_ours_stays(survey: SmallSurvey) -> None:
    for name in ("cite/guide", "feeds/about"):
        survey.write(f"{name}.md", "---\norphan: true\n---\n\n# Mine\n")
    build = survey.build()
    assert "Mine" in build.read("cite/guide.html")
    assert "Mine" in survey.build().read("feeds/about.html")


def test_a_long_heading_has_files_all_the_same(survey: SmallSurvey) -> None:
    survey.edit("techniques/pruning.md", "## Unstructured", f"## {'very ' * 80}long")
    build = survey.build()
    assert build.warnings == []
    assert len(list((build.out / "cite/sections/techniques/pruning").glob("*.bib"))) == 1


@given(st.text(), st.text())
def test_sections_and_groups_have_names_of_files(facet: str, label: str) -> None:
    assert fault(section_path("techniques/pruning", label)) == ""
    assert fault(group_path("tag", label)) == ""
    assert shortened(shortened(facet)) == shortened(facet)


def test_the_feed_of_a_page_called_all_is_not_that_of_everything() -> None:
    assert feed_path("all") != ALL
    assert feed_path("techniques/all") == "feeds/techniques/all.atom"


def test_what_a_survey_has_already_is_right() -> None:
    assert bib.parse(MOVEMENT, "refs.bib")[1] == []
