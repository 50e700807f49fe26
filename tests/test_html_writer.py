"""What is written at once is what Sphinx would have written node by node."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import REAL_ROOT
from docutils import nodes
from sphinx.testing.util import SphinxTestApp

from surveyext.build.html_writer import UnknownElementError, Writer, markup
from surveyext.views import elements
from surveyext.views.elements import Element

if TYPE_CHECKING:
    from conftest import Site, SmallSurvey

pytestmark = pytest.mark.once


def pages(out: Path) -> dict[str, str]:
    """Return every page by its path."""
    found = {path: path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.html"))}
    return {str(path.relative_to(out)): text for path, text in found.items()}


def differences(ours: dict[str, str], theirs: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return the lines that differ on each page, as we write them and as Sphinx does."""
    assert ours.keys() == theirs.keys()
    return [
        (name, line, other)
        for name, text in ours.items()
        for line, other in zip(text.splitlines(), theirs[name].splitlines(), strict=True)
        if line != other
    ]


@pytest.fixture
def node_by_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave every view to Sphinx's own writer."""
    monkeypatch.setattr(Writer, "applies", lambda _env: False)


@pytest.mark.filterwarnings("ignore")  # of extensions that are not ours
def test_every_page_of_the_survey_is_what_sphinx_writes(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node_by_node: None
) -> None:
    monkeypatch.chdir(REAL_ROOT)
    # What was read is the same: another folder of output makes Sphinx write all.
    shutil.copytree(site.out.with_name("site-doctrees"), tmp_path / "doctrees")
    app = SphinxTestApp("html", srcdir=REAL_ROOT / "docs", builddir=tmp_path, warning=StringIO())
    try:
        app.build()
    finally:
        app.cleanup()
    assert differences(pages(site.out), pages(Path(app.outdir))) == []


def test_formulas_and_signs_in_records_are_what_sphinx_writes(survey: SmallSurvey) -> None:
    survey.edit(
        "refs.bib", "Movement Pruning:", 'Movement Pruning ($n$-bit, $k \\le 2$): A & "B" @'
    )
    survey.edit("refs.bib", "Sanh, Victor", "O'Neil, Zo{\\\"e} <x>")
    quick = pages(survey.build().out)
    survey.monkeypatch.setattr(Writer, "applies", lambda _env: False)
    assert differences(quick, pages(survey.build(fresh=True).out)) == []


def test_no_view_is_left_to_sphinx_but_the_notes_of_authors(survey: SmallSurvey) -> None:
    left: list[nodes.Node] = []

    def look(app: SphinxTestApp) -> None:
        fuse = Writer.fuse

        def record(self: Writer, *arguments: object) -> list[nodes.Node]:
            fused = fuse(self, *arguments)  # type: ignore[arg-type]
            left.extend(node for node in fused if not isinstance(node, markup))
            return fused

        survey.monkeypatch.setattr(Writer, "fuse", record)

    survey.build(prepare=look)
    assert {type(node) for node in left} == {nodes.container}


def test_a_node_that_nobody_foresaw_is_written_by_sphinx(survey: SmallSurvey) -> None:
    build = survey.build()
    writer = Writer(build.app.env, "techniques/pruning")
    known, unknown = elements.paragraph("known"), Element("admonition", Element("title", "unknown"))
    fused = writer.fuse([known, unknown, nodes.comment(), known])
    assert [type(node) for node in fused] == [markup, nodes.admonition, nodes.comment, markup]
    with pytest.raises(UnknownElementError):
        writer.write(unknown)


@pytest.mark.parametrize("note", ["Another note.", "- A list\n- of two."])
def test_a_label_before_a_card_is_on_the_card(survey: SmallSurvey, note: str) -> None:
    path, opening = "techniques/distillation.md", ":::{entry} jiao2020tinybert"
    survey.edit(path, opening, f"(place)=\n{opening}")
    survey.edit(path, "Another note.", note)
    quick = pages(survey.build().out)
    assert 'id="place"' in quick["techniques/distillation.html"]
    survey.monkeypatch.setattr(Writer, "applies", lambda _env: False)
    assert differences(quick, pages(survey.build(fresh=True).out)) == []
