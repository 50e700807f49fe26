"""Equations: what the pages display, what checks pin of it, and where the two differ; pure.

A check is a function with a decorator that other code runs; here it is only read::

    @check("eq-label", r"the TeX of the equation", by="the means", of=[implementation])
    def name(...):
        \"\"\"The claim that is tested, in one sentence.\"\"\"
"""

from __future__ import annotations

import ast
import dataclasses
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from surveyext.library.model import Kind, Problem
from surveyext.library.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

#: The name of the decorator.
DECORATOR = "check"


@dataclass(frozen=True, slots=True)
class Equation:
    """One displayed equation."""

    label: str  #: "" where the page gives none.
    tex: str  #: White space folded, which TeX ignores.
    docname: str
    line: int = dataclasses.field(repr=False)  #: No part of a digest.
    key: str = ""  #: Of the entry that states it, "" in a page's own prose.


@dataclass(frozen=True, slots=True)
class Check:
    """A test of the claim that an equation makes."""

    label: str
    tex: str  #: The equation that it was written for, white space folded.
    claim: str  #: What is tested, one sentence.
    means: str  #: How, "brute force".
    source: str  #: The implementation of the equation, then the test, as Python.
    name: str  #: "pruning.score_is_a_gradient", for a reader of the folder.
    file: str = dataclasses.field(repr=False)  #: As problems call it; no part of a digest.
    line: int = dataclasses.field(repr=False)

    @property
    def anchor(self) -> str:
        """The id of its line on the page of equations."""
        return f"check-{self.label}"


def fold_tex(tex: str) -> str:
    """Return TeX with each run of white space as one space, as TeX reads it."""
    return " ".join(tex.split())


def load(
    folder: Path, shown: Callable[[Path], str] = str
) -> tuple[dict[str, Check], list[Problem]]:
    """Read the checks of all Python files in a folder, without running them.

    :param shown: What problems call a path.
    :returns: Checks by label, in the order of the files' names, and what is wrong.
    """
    checks: dict[str, Check] = {}
    problems = []
    if not folder.is_dir():
        message = "the folder does not exist; create it or correct survey_equation_checks"
        return {}, [Problem(shown(folder), 0, Kind.BAD_CHECK, message)]
    for path in sorted(folder.glob("*.py")):
        found, faults = _load_file(path, shown(path))
        problems += faults
        for each in found:
            twin = checks.setdefault(each.label, each)
            if twin is not each:
                message = f"'{each.label}' is checked at {twin.file}:{twin.line} already"
                message += "; delete one of the two"
                problems.append(Problem(each.file, each.line, Kind.BAD_CHECK, message))
    return checks, problems


def _load_file(path: Path, file: str) -> tuple[list[Check], list[Problem]]:
    try:
        return parse(path.read_text(encoding="utf-8-sig"), file)
    except (OSError, ValueError) as error:
        message = f"cannot be read: {error}; save it as UTF-8"
        return [], [Problem(file, 0, Kind.BAD_CHECK, message)]


def parse(text: str, file: str) -> tuple[list[Check], list[Problem]]:
    """Turn the decorated functions of a Python file into checks; a faulty one is a problem."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 0
        message = f"is not Python: {getattr(error, 'msg', error)}; mend it there"
        return [], [Problem(file, line, Kind.BAD_CHECK, message)]
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    lines = text.splitlines()
    checks, problems = [], []
    for function in functions.values():
        for decorator in filter(_is_ours, function.decorator_list):
            try:
                checks.append(_check(function, decorator, functions, lines, file))
            except ValueError as error:
                message = f"check '{function.name}': {error}"
                problems.append(Problem(file, function.lineno, Kind.BAD_CHECK, message))
    return checks, problems


def _is_ours(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id == DECORATOR


def _check(
    function: ast.FunctionDef,
    decorator: ast.expr,
    functions: Mapping[str, ast.FunctionDef],
    lines: list[str],
    file: str,
) -> Check:
    positional = decorator.args if isinstance(decorator, ast.Call) else []
    named = decorator.keywords if isinstance(decorator, ast.Call) else []
    given = dict(zip(("label", "tex"), positional, strict=False))
    given |= {keyword.arg: keyword.value for keyword in named if keyword.arg}
    label, tex, means = (_literal(given.get(name), name) for name in ("label", "tex", "by"))
    claim = ast.get_docstring(function)
    if not claim:
        raise ValueError("no claim; say in its docstring, in one sentence, what it tests")
    parts = [*_implementations(given.get("of"), functions), function]
    source = "\n\n\n".join("\n".join(lines[part.lineno - 1 : part.end_lineno]) for part in parts)
    return Check(
        label=label,
        tex=fold_tex(tex),
        claim=" ".join(claim.split()),
        means=means,
        source=source,
        name=f"{PurePath(file).stem}.{function.name}",
        file=file,
        line=function.lineno,
    )


def _literal(node: ast.expr | None, name: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
        return node.value
    raise ValueError(f"'{name}' is no literal text; write it out in the decorator")


def _implementations(
    node: ast.expr | None, functions: Mapping[str, ast.FunctionDef]
) -> list[ast.FunctionDef]:
    named = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    names = [each.id for each in named if isinstance(each, ast.Name)]
    if not names or len(names) != len(named) or not functions.keys() >= set(names):
        raise ValueError("'of' lists no functions of this file; name those that implement it")
    return [functions[name] for name in names]


def compare(
    equations: Iterable[Equation], checks: Mapping[str, Check], path: Callable[[str], str]
) -> Iterator[Problem]:
    """Yield each equation that no check pins as it stands, and each check of no equation.

    :param path: Turns a docname into the file that problems name.
    """
    displayed = {}
    for equation in equations:
        place = path(equation.docname), equation.line
        displayed[equation.label] = equation
        check = checks.get(equation.label)
        if not equation.label:
            message = "an equation has no label; write (eq-...) after the closing $$"
            yield Problem(*place, Kind.UNCHECKED_EQUATION, message)
        elif check is None:
            message = f"equation '{equation.label}' has no check; write one, or correct the label"
            yield Problem(*place, Kind.UNCHECKED_EQUATION, message)
        elif check.tex != equation.tex:
            message = f"equation '{equation.label}' is not what its check at {check.file}:"
            message += f"{check.line} pins; read the two and make them agree"
            yield Problem(*place, Kind.CHANGED_EQUATION, message)
    for check in checks.values():
        if check.label not in displayed:
            hint = did_you_mean(check.label, displayed) or "delete the check or correct its label"
            message = f"no page has the equation '{check.label}'; {hint.strip()}"
            yield Problem(check.file, check.line, Kind.UNKNOWN_EQUATION, message)
