"""Equations: each displayed one is executed, and every gap between page and check is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from equations.frame import CHECKS, load

from surveyext import equations
from surveyext.equations import Check, Equation, compare, parse
from surveyext.model import Kind, Problem

if TYPE_CHECKING:
    from pathlib import Path

FILE = "checks/pruning.py"
SOURCE = '''
from frame import check


def score(a, w, x):
    return a * w * x


@check(
    "eq-score",
    r"""
    s =
      a w x
    """,
    by="gradient",
    of=[score],
)
def score_is_a_gradient(rng):
    """The score is
    a gradient.
    """
    assert score(1, 2, 3) == 6
'''
SHOWN = Equation("eq-score", "s = a w x", "techniques/pruning", 7, "sanh2020movement")

load()


@pytest.mark.parametrize("label", CHECKS)
def test_the_claim_holds(label: str) -> None:
    CHECKS[label].run()


def checks(source: str = SOURCE) -> dict[str, Check]:
    found, problems = parse(source, FILE)
    assert problems == []
    return {each.label: each for each in found}


def problems_of(source: str) -> list[Problem]:
    return parse(source, FILE)[1]


def compared(*shown: Equation, source: str = SOURCE) -> list[Problem]:
    return list(compare(shown, checks(source), lambda docname: f"{docname}.md"))


def test_a_check_is_read_with_its_claim_and_the_source_of_what_it_runs() -> None:
    (check,) = checks().values()
    assert (check.label, check.tex, check.means) == ("eq-score", "s = a w x", "gradient")
    assert check.claim == "The score is a gradient."
    assert check.source.startswith("def score(a, w, x):\n    return a * w * x\n\n\ndef score_is_a")
    assert check.source.endswith("    assert score(1, 2, 3) == 6")
    assert (check.name, check.line) == ("pruning.score_is_a_gradient", 18)


def test_reading_a_check_runs_nothing() -> None:
    assert list(checks(SOURCE + "\nraise SystemExit\n")) == ["eq-score"]


def test_an_equation_as_its_check_pins_it_has_no_problem() -> None:
    assert compared(SHOWN) == []


@pytest.mark.parametrize(
    ("shown", "kind", "message"),
    [
        (
            Equation("eq-score", "s = a x", "techniques/pruning", 7),
            Kind.CHANGED_EQUATION,
            "equation 'eq-score' is not what its check at checks/pruning.py:18 pins; "
            "read the two and make them agree",
        ),
        (
            Equation("eq-new", "x", "techniques/pruning", 7),
            Kind.UNCHECKED_EQUATION,
            "equation 'eq-new' has no check; write one, or correct the label",
        ),
        (
            Equation("", "x", "techniques/pruning", 7),
            Kind.UNCHECKED_EQUATION,
            "an equation has no label; write (eq-...) after the closing $$",
        ),
    ],
)
def test_an_equation_without_its_check_is_named(shown: Equation, kind: Kind, message: str) -> None:
    others = [] if shown.label == "eq-score" else [SHOWN]
    assert compared(*others, shown) == [Problem("techniques/pruning.md", 7, kind, message)]


def test_a_check_without_its_equation_is_named() -> None:
    message = "no page has the equation 'eq-score'; did you mean 'eq-scores'?"
    other = Equation("eq-scores", "s", "techniques/pruning", 7)
    (_, problem) = compared(other)
    assert problem == Problem(FILE, 18, Kind.UNKNOWN_EQUATION, message)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            '"eq-score",',
            "LABEL,",
            18,
            "check 'score_is_a_gradient': 'label' is no literal text; write it out in the "
            "decorator",
        ),
        (
            'by="gradient",',
            "",
            18,
            "check 'score_is_a_gradient': 'by' is no literal text; write it out in the decorator",
        ),
        (
            "of=[score],",
            "of=[other],",
            18,
            "check 'score_is_a_gradient': 'of' lists no functions of this file; name those that "
            "implement it",
        ),
        (
            '"""The score is\n    a gradient.\n    """',
            "pass",
            18,
            "check 'score_is_a_gradient': no claim; say in its docstring, in one sentence, what "
            "it tests",
        ),
        ("a * w * x", "a * * x", 6, "is not Python: invalid syntax; mend it there"),
    ],
)
def test_a_faulty_check_is_named(old: str, new: str, line: int, message: str) -> None:
    assert old in SOURCE
    found = problems_of(SOURCE.replace(old, new, 1))
    assert found == [Problem(FILE, line, Kind.BAD_CHECK, message)]


def test_a_label_that_is_checked_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "b.py").write_text(SOURCE, encoding="utf-8")
    found, problems = equations.load(tmp_path, lambda path: path.name)
    message = "'eq-score' is checked at a.py:18 already; delete one of the two"
    assert problems == [Problem("b.py", 18, Kind.BAD_CHECK, message)]
    assert found["eq-score"].name == "a.score_is_a_gradient"


def test_a_folder_or_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    _, (problem,) = equations.load(tmp_path / "none", lambda path: path.name)
    assert problem.message.startswith("the folder does not exist; create it or correct survey_")
    (tmp_path / "a.py").write_bytes(b"'\xff'")
    _, (problem,) = equations.load(tmp_path, lambda path: path.name)
    assert (problem.file, problem.kind) == ("a.py", Kind.BAD_CHECK)
    assert problem.message.endswith("; save it as UTF-8")
