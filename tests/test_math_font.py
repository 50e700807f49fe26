"""The font of formulas: what is in it, and that it is cut once."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from surveyext.output import math_font

if TYPE_CHECKING:
    from conftest import Site, SmallSurvey

FONT = "_static/survey-math.woff2"


def test_a_letter_alone_is_drawn_slanted_and_a_word_is_not() -> None:
    page = "outside <math><mi>x</mi><mo>&lt;</mo><mi>log</mi><mi>h</mi></math> <p>Z</p>"
    assert math_font.characters(page.encode()) == set("xh<log") | {
        "\U0001d465",
        "\N{PLANCK CONSTANT}",
    }


def test_the_font_has_what_is_used_alone_in_every_size_and_the_same_bytes_each_time() -> None:
    used = frozenset("(x∑√")
    once = math_font.cut(used)
    math_font.cut.cache_clear()
    assert math_font.cut(used) == once
    with TTFont(BytesIO(once)) as font:
        # The other bracket comes along, for text from right to left.
        assert set(map(chr, font.getBestCmap())) == used | {"\N{MINUS SIGN}", ")"}
        taller = font["MATH"].table.MathVariants.VertGlyphCoverage.glyphs
        assert {font.getBestCmap()[ord(each)] for each in "(∑√"} <= set(taller)
        assert "SIL Open Font License" in str(font["name"].getDebugName(13))


def test_a_build_cuts_the_font_again_only_for_a_new_character(
    survey: SmallSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = survey.build()
    font = (first.out / FONT).read_bytes()
    asked: list[frozenset[str]] = []

    def cut(used: frozenset[str]) -> bytes:
        asked.append(used)
        return font

    monkeypatch.setattr(math_font, "cut", cut)
    survey.edit("techniques/pruning.md", "A note with", "Another note with")
    again = survey.build()
    assert asked == []
    assert (again.out / FONT).read_bytes() == font
    survey.edit("techniques/pruning.md", "$x^2$", r"$x^2 \oplus y$")
    survey.build()
    assert ["⊕" in used for used in asked] == [True]


def test_a_site_without_formulas_and_other_formats_have_no_font(survey: SmallSurvey) -> None:
    assert not (survey.build("epub").out / FONT).exists()
    assert not (survey.build(html_math_renderer="mathjax").out / FONT).exists()


@pytest.mark.once
def test_the_font_of_the_site_has_every_character_of_its_formulas(site: Site) -> None:
    used = set[str]()
    for path in site.out.rglob("*.html"):
        used |= math_font.characters(path.read_bytes())
    with TTFont(site.out / FONT) as font:
        missing = used - set(map(chr, font.getBestCmap()))
    assert missing <= {"\N{VARIATION SELECTOR-1}"}  # asks for a form, is none
    assert len(used) > 150


def test_a_formula_stays_on_the_line_of_what_touches_it(survey: SmallSurvey) -> None:
    survey.edit("techniques/pruning.md", "with $x^2$.", "(with $x$-bit and $y$ ($z$), so).")
    page = survey.build().read("techniques/pruning.html")
    glued = [part.partition("</span>")[0] for part in page.split('class="survey-glued">')[1:]]
    around = [(part.partition("<math")[0], part.rpartition("</math>")[2]) for part in glued]
    assert around == [("", "-bit"), ("(", "),")]


def test_the_address_in_a_citation_is_a_link(survey: SmallSurvey) -> None:
    page = survey.build().read("techniques/distillation.html")
    cite = page.partition("survey-cite")[2].partition("survey-bibtex")[0]
    address = "https://aclanthology.org/2020.findings-emnlp.372/"
    assert f'<a class="reference external" href="{address}">{address}</a>' in cite


def test_the_lines_of_a_bibliography_are_items_of_a_list(survey: SmallSurvey) -> None:
    page = survey.build().read("bibliography.html")
    assert page.count('role="listitem"') == 2
    assert "doc-biblioentry" not in page


def test_a_page_without_tabs_loads_no_script_for_them(survey: SmallSurvey) -> None:
    survey.edit(
        "bibliography.md",
        "# Bibliography",
        "# Bibliography\n\n::::{tab-set}\n:::{tab-item} One\nText.\n:::\n::::\n",
    )
    built = survey.build()
    assert "design-tabs.js" in built.read("bibliography.html")
    assert "design-tabs.js" not in built.read("index.html")
