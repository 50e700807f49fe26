"""Formulas that amsmath and the usual fonts set are set, without a trace of their commands."""

from __future__ import annotations

import re

import pytest

from surveyext.library.formulas import fault, to_mathml


def letters(tex: str) -> str:
    return re.sub(r"<[^>]*>|[\s\u2061-\u2064]", "", to_mathml(tex, display=True))


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        (r"a &= b \\[4pt] c &= d", "a=bc=d"),
        (r"\begin{pmatrix} a \\[2pt] b \end{pmatrix}", "(ab)"),
        (r"a &= b \\*[ -.5em ] c &= d", "a=bc=d"),
        (r"a &= b \\ c &= \begin{pmatrix}1\\2\end{pmatrix}", "a=bc=(12)"),
        (r"a &= b", "a=b"),
        (r"\begin{cases} a & x \\ b & y \end{cases}", "{axby"),
        (r"\sum_{\substack{i \\ k}} x", "∑ikx"),
        (r"\sum_{\substack{x_{i} \\ y_{\hat k}}} x", "∑xiyk\u02c6x"),
        (r"a \tag{3}", "a(3)"),
        (r"a \tag*{A}", "aA"),
        (r"\mathds{1} + \mathbbm{1}", "\U0001d7d9+\U0001d7d9"),
        (r"\begin{align}a&=b\end{align}", "a=b"),
        (r"\begin{align*}a&=b\\c&=d\end{align*}", "a=bc=d"),
        (r"\begin{equation}\begin{split}a&=b\end{split}\end{equation}", "a=b"),
        (r"\begin{gather}a\\b\end{gather}", "ab"),
        (r"\left[\begin{smallmatrix}a&b\end{smallmatrix}\right]", "[ab]"),
        (r"x \\ [y]", "x[y]"),
    ],
)
def test_ordinary_amsmath_is_set(tex: str, shown: str) -> None:
    assert letters(tex) == shown


def test_the_limits_of_an_operator_stand_below_it_in_display() -> None:
    for tex in (r"\mathop{\mathbb E}_{x\sim p} f", r"\mathop{\mathbb{E}}\limits_{x} f"):
        assert "<munder>" in to_mathml(tex, display=True)


@pytest.mark.parametrize("tex", [r"\eqref{a}", r"by \ref{b}"])
def test_a_reference_in_a_formula_is_named(tex: str) -> None:
    assert "name the equation in the text" in fault(tex, display=True)
