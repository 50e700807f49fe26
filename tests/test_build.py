"""Whole builds of a small survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import SmallSurvey


def test_a_correct_survey_builds_without_a_warning(survey: SmallSurvey) -> None:
    build = survey.build()
    assert build.warnings == []
    assert 'id="survey-sanh2020movement"' in build.read("techniques/pruning.html")


def test_editing_one_record_rewrites_only_pages_that_show_it(survey: SmallSurvey) -> None:
    survey.write("about.md", "---\norphan: true\n---\n# About\n\nNothing of the survey.\n")
    survey.build()
    survey.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    before = (survey.root / "_build/html/about.html").stat().st_mtime_ns
    build = survey.build()
    assert "Adaptive Thrift" in build.read("techniques/pruning.html")
    assert "Adaptive Thrift" in build.read("techniques/distillation.html")
    assert (survey.root / "_build/html/about.html").stat().st_mtime_ns == before
