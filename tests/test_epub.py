"""EPUB: what its package says of its pages, formulas that books allow, and the same bytes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any
from xml.dom import minidom

import pytest
from conftest import correct_survey

from surveyext.library.formulas import to_mathml, to_mathml3
from surveyext.output.zips import write_zip

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Build, SmallSurvey

pytestmark = pytest.mark.once

STYLED = r"\begin{aligned} a &= \tfrac{1}{2} \\ b &= \dfrac{\textstyle\sum_i x_i}{2} \end{aligned}"


def book(survey: SmallSurvey, **conf: Any) -> Build:
    """Build the small survey's EPUB."""
    return survey.build("epub", copyright="the survey's contributors", version="1", **conf)


@pytest.mark.parametrize("tex", [STYLED, r"\frac{a}{b}", r"\left\{ x \,\middle|\, y \right\}"])
def test_formulas_in_books_set_styles_only_where_mathml_3_can(tex: str) -> None:
    document = minidom.parseString(to_mathml3(tex, display=True))
    for element in document.getElementsByTagName("*"):
        if element.tagName not in {"math", "mstyle"}:
            assert not element.hasAttribute("displaystyle")
            assert not element.hasAttribute("scriptlevel")
    letters = re.compile(r"<[^>]*>")
    assert letters.sub("", document.toxml()) == letters.sub("", to_mathml(tex, display=True))


def test_a_style_that_moves_to_an_element_around_keeps_its_value() -> None:
    assert 'displaystyle="false"' in to_mathml(r"\tfrac12", display=True)
    assert '<mstyle displaystyle="false"' in to_mathml3(r"\tfrac12", display=True)


def test_the_package_says_which_pages_hold_formulas(survey: SmallSurvey) -> None:
    build = book(survey)
    assert build.warnings == []
    items = re.findall(r'<item [^>]*href="([^"]+\.xhtml)"[^>]*?/>', build.read("content.opf"))
    with_math = {
        line.partition('href="')[2].partition('"')[0]
        for line in build.read("content.opf").splitlines()
        if 'properties="mathml"' in line
    }
    assert with_math == {name for name in items if "<math" in build.read(name)}
    assert "techniques/pruning.xhtml" in with_math


def test_the_two_tables_of_contents_name_the_same_book(survey: SmallSurvey) -> None:
    build = book(survey, epub_identifier="urn:survey", epub_uid="survey")
    assert '<dc:identifier id="survey">urn:survey</dc:identifier>' in build.read("content.opf")
    assert '<meta name="dtb:uid" content="urn:survey"/>' in build.read("toc.ncx")


def test_styles_of_a_book_name_no_file_that_it_lacks(survey: SmallSurvey) -> None:
    build = book(survey)
    files = build.files()
    for name in files:
        if name.endswith(".css"):
            for address in re.findall(r"url\([\"']?([^\"')]+)", build.read(name)):
                assert ":" in address or f"_static/{address}" in files, (name, address)


def test_a_book_has_the_date_of_its_newest_entry(survey: SmallSurvey) -> None:
    assert "<dc:date>2026-11-21T00:00:00Z</dc:date>" in book(survey).read("content.opf")


def test_a_book_built_later_elsewhere_and_by_several_is_the_same(
    survey: SmallSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_book(build: Build) -> bytes:
        [data] = [data for name, data in build.files().items() if name.endswith(".epub")]
        return data

    first = only_book(book(survey))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    other = correct_survey(tmp_path / "quite another place" / "survey", monkeypatch)
    assert only_book(book(other, parallel=2)) == first
    other.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    assert only_book(book(other)) != first
    other.edit("refs.bib", "Adaptive Thrift", "Adaptive Sparsity")
    assert only_book(book(other)) == first


def test_a_zip_knows_neither_dates_nor_rights_of_its_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for path in (one, two):
        path.write_text("text")
    os.utime(two, (1, 1))
    two.chmod(0o600)
    for path in (one, two):
        write_zip(path.with_suffix(".zip"), {"folder/name": path})
    assert one.with_suffix(".zip").read_bytes() == two.with_suffix(".zip").read_bytes()
    assert sorted(path.name for path in tmp_path.glob("*.part")) == []


def test_what_a_build_keeps_in_the_folder_of_the_book_is_no_part_of_it(survey: SmallSurvey) -> None:
    survey.edit("conf.py", "html_theme", "copyright = 'x'\nversion = '1'\nhtml_theme")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "epub"]
    for doctrees in ([], ["-d", "book/kept/trees"]):
        done = subprocess.run(
            [*command, *doctrees, ".", "book"],
            cwd=survey.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        [path] = (survey.root / "book").glob("*.epub")
        with zipfile.ZipFile(path) as archive:
            assert [name for name in archive.namelist() if "pickle" in name or "tree" in name] == []
        shutil.rmtree(survey.root / "book")


@pytest.mark.parametrize("name", ["my page", "a & b", "Über"])
def test_a_page_may_have_any_name_in_a_book(survey: SmallSurvey, name: str) -> None:
    survey.edit("techniques/distillation.md", "Another note.", "Another note with $y^2$.")
    text = (survey.root / "techniques/distillation.md").read_text(encoding="utf-8")
    survey.write(f"techniques/{name}.md", text.replace("jiao2020tinybert", "sanh2020movement"))
    survey.write("techniques/pruning.md", "# Pruning\n")
    survey.edit("index.md", "bibliography\n", f"bibliography\ntechniques/{name}\n")
    build = book(survey)
    assert build.read("content.opf").count('properties="mathml"') == 2
