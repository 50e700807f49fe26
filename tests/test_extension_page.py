"""The page on the extension names everything that the extension offers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from surveyext.build.domain import SurveyDomain
from surveyext.survey.facets import FACETS
from surveyext.views.pictures import PICTURES

PAGE = (Path(__file__).parents[1] / "docs" / "extension.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SurveyDomain.directives)
def test_every_directive_is_explained(name: str) -> None:
    assert re.search(rf"^\| `\{{{name}\}}", PAGE, re.MULTILINE)


def test_no_directive_is_explained_that_is_not_there() -> None:
    assert set(re.findall(r"^\| `\{([a-z-]+)\}", PAGE, re.MULTILINE)) == set(
        SurveyDomain.directives
    )


def test_every_facet_and_picture_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in [*FACETS, *PICTURES])


def test_every_setting_is_explained(tmp_path: Path) -> None:
    conf = 'extensions = ["surveyext"]\nbibtex_bibfiles = []'
    (tmp_path / "conf.py").write_text(conf, encoding="utf-8")
    (tmp_path / "index.rst").write_text("Home\n====\n", encoding="utf-8")
    app = SphinxTestApp(srcdir=tmp_path)
    offered = {name for name in app.config.values if name.startswith("survey_")}
    app.cleanup()
    assert set(re.findall(r"^\| `(survey_[a-z_]+)`", PAGE, re.MULTILINE)) == offered
