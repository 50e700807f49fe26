"""Mutants: the checks of equations notice mistakes, and what they miss is named."""

from __future__ import annotations

import ast

import pytest
from equations import mutants
from equations.frame import CHECKS, Array, Check, load
from numpy.random import Generator

load()
pytestmark = pytest.mark.once  # what the checks miss does not depend on the Python


def scaled(a: Array, b: Array) -> Array:
    """Not mutated: 1 + 1."""
    return -(a.T @ b) * 2 + max(0, 3) / 4


def mutated(expression: str) -> set[str]:
    """Return what an expression becomes."""
    (statement,) = ast.parse(expression).body
    assert isinstance(statement, ast.Expr)
    return {ast.unparse(wrong) for wrong in mutants._wrong(statement.value)}


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("-a", {"a"}),
        ("-1", {"0"}),
        ("a + b", {"a - b", "a", "b"}),
        ("a - b", {"a + b", "b - a", "a"}),
        ("a * b", {"a", "b"}),
        ("a / b", {"b / a", "a"}),
        ("a ** b", {"a"}),
        ("a @ b", {"b @ a"}),
        ("a.T", {"a"}),
        ("a.transpose()", {"a"}),
        ("np.abs(a)", {"a"}),
        ("f(a, b, c)", {"f(b, a, c)", "f(a, c, b)"}),
        ("np.mean(a)", {"np.sum(a)"}),
        ("a.argmax()", {"a.argmin()"}),
        ("a < b", {"a <= b", "a > b"}),
        ("a and b", {"a or b"}),
        ("a if b else c", {"c if b else a"}),
        ("0.5", {"1.5"}),
        ("True", set()),
    ],
)
def test_a_slip_of_each_kind_is_made(expression: str, wrong: set[str]) -> None:
    assert mutated(expression) == wrong


def of(test: object) -> Check:
    assert callable(test)
    return Check("eq-scaled", "", "identity", (scaled,), test)


def test_each_place_of_an_implementation_is_mutated_once_at_a_time() -> None:
    names = [each.name for each in mutants.mutants(of(print))]
    assert len(names) == len(set(names)) == 15
    assert "scaled: a.T -> a" in names
    assert "scaled: 2 -> 3" in names
    assert not any("1 + 1" in name for name in names)


def test_a_check_that_tests_nothing_lets_all_mutants_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(rng: Generator) -> None:
        pass

    monkeypatch.setattr(mutants, "reasons", dict)
    lines: list[str] = []
    assert not mutants.run([of(nothing)], lines.append)
    assert lines[0] == "eq-scaled: 0 of 15 caught"
    assert lines[-1] == "0 of 15 mutants caught: 0.0 %"


def test_a_reason_for_a_mutant_that_is_caught_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def impossible(rng: Generator) -> None:
        raise AssertionError

    monkeypatch.setattr(mutants, "reasons", lambda: {("eq-scaled", "scaled: 2 -> 3"): "why"})
    lines: list[str] = []
    assert not mutants.run([of(impossible)], lines.append)
    assert lines[1] == "survivors.toml names what does not survive: [eq-scaled] scaled: 2 -> 3"


def test_the_checks_notice_the_mutants_and_the_survivors_are_named() -> None:
    lines: list[str] = []
    assert mutants.run(CHECKS.values(), lines.append), "\n".join(lines)
