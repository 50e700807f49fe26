"""Whole builds of a small survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import MOVEMENT, TINYBERT

if TYPE_CHECKING:
    from conftest import SmallSurvey

Q8BERT = """
@misc{zafrir2019q8bert,
  title = {{Q8BERT}: Quantized 8Bit {BERT}},
  author = {Zafrir, Ofir and Boudoukh, Guy and Izsak, Peter and Wasserblat, Moshe},
  year = {2019},
  eprint = {1910.06188},
}
"""
QUANTIZATION = """
Quantization
============

.. entry:: zafrir2019q8bert
   :name: Q8BERT
   :added: 2026-11-22

   A note with :math:`x^2`, and :entry:`jiao2020tinybert`.
"""


def test_a_correct_survey_builds_without_a_warning(survey: SmallSurvey) -> None:
    build = survey.build()
    assert build.warnings == []
    assert 'id="survey-sanh2020movement"' in build.read("techniques/pruning.html")


@pytest.mark.parametrize(
    "builder",
    ["dirhtml", "dummy", "gettext", "latex", "man", "pseudoxml", "singlehtml", "texinfo"],
)
def test_every_builder_builds_a_correct_survey_without_a_warning(
    survey: SmallSurvey, builder: str
) -> None:
    assert survey.build(builder).warnings == []


def test_editing_one_record_rewrites_only_pages_that_show_it(survey: SmallSurvey) -> None:
    survey.write("about.md", "---\norphan: true\n---\n# About\n\nNothing of the survey.\n")
    survey.build()
    survey.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    before = (survey.root / "_build/html/about.html").stat().st_mtime_ns
    build = survey.build()
    assert "Adaptive Thrift" in build.read("techniques/pruning.html")
    assert "Adaptive Thrift" in build.read("techniques/distillation.html")
    assert (survey.root / "_build/html/about.html").stat().st_mtime_ns == before


def test_a_build_after_which_nothing_changed_does_nothing(survey: SmallSurvey) -> None:
    first = survey.build()
    second = survey.build()
    assert (second.pages_read, second.pages_written) == ([], [])
    assert second.files() == first.files()


def test_records_may_lie_in_several_files(survey: SmallSurvey) -> None:
    survey.write("refs.bib", MOVEMENT)
    survey.write("more/refs.bib", TINYBERT.replace("year = {2020}", "year = {1066}"))
    build = survey.build(bibtex_bibfiles=["refs.bib", "more/refs.bib"])
    assert build.warnings == [
        "more/refs.bib:2: WARNING: record 'jiao2020tinybert': year '1066' is impossible; "
        "write four digits from 1450 to 2027 [survey.bad-year]"
    ]
    assert 'id="survey-jiao2020tinybert"' in build.read("techniques/distillation.html")


def test_technique_pages_may_lie_elsewhere(survey: SmallSurvey) -> None:
    for name in ("pruning", "distillation"):
        (survey.root / "methods").mkdir(exist_ok=True)
        (survey.root / f"techniques/{name}.md").rename(survey.root / f"methods/{name}.md")
    survey.edit("index.md", "techniques/", "methods/")
    build = survey.build(survey_techniques="methods/")
    assert build.warnings == []
    assert 'href="pruning.html#survey-sanh2020movement"' in build.read("methods/distillation.html")


def test_an_entry_can_be_written_in_restructuredtext(survey: SmallSurvey) -> None:
    survey.edit("refs.bib", "\n@inproceedings{jiao", f"{Q8BERT}\n@inproceedings{{jiao")
    survey.write("techniques/quantization.rst", QUANTIZATION)
    survey.edit(
        "index.md",
        "techniques/distillation\n",
        "techniques/distillation\ntechniques/quantization\n",
    )
    build = survey.build()
    assert build.warnings == []
    page = build.read("techniques/quantization.html")
    assert 'id="survey-zafrir2019q8bert"' in page
    assert 'href="distillation.html#survey-jiao2020tinybert"' in page


def test_the_first_page_in_reading_order_keeps_an_entry_that_two_pages_make(
    survey: SmallSurvey,
) -> None:
    survey.edit(
        "techniques/distillation.md", "{entry} jiao2020tinybert", "{entry} sanh2020movement"
    )
    survey.edit("techniques/distillation.md", ":extends: sanh2020movement\n", "")
    survey.edit("refs.bib", TINYBERT, "")
    pruning, distillation = "techniques/pruning", "techniques/distillation"
    for first, second in ((pruning, distillation), (distillation, pruning)):
        survey.edit("index.md", f"{pruning}\n{distillation}", f"{first}\n{second}")
        [warning] = [line for line in survey.build().warnings if "duplicate" in line]
        assert warning.startswith(f"{second}.md:")
        assert f"stands at {first}.md:" in warning
