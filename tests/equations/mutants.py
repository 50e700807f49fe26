"""Mutants: each check's implementation with one thing wrong, which the check must notice.

``make mutants`` runs all. A library did not fit: mutmut and cosmic-ray mutate whole files,
know no transposes and no factors, and start a test process for each mutant, which for some
two thousand of them takes the better part of an hour instead of a minute.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
import textwrap
import tomllib
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy

from equations import frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Mutants that no check can notice, each with the reason: [label] "mutant" = "reason".
SURVIVORS: Final = Path(__file__).parent / "survivors.toml"
GOAL: Final = 0.95

_OPPOSITES: Final = {
    "argmax": "argmin",
    "argmin": "argmax",
    "max": "min",
    "maximum": "minimum",
    "mean": "sum",
    "min": "max",
    "minimum": "maximum",
}
#: Functions of one argument that a mutant leaves out.
_DROPPED: Final = {"abs", "sqrt", "square", "transpose"}
_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}


@dataclass(frozen=True)
class Mutant:
    """An implementation with one thing wrong."""

    label: str  #: Of the equation.
    name: str  #: "movement_score: upstream * weights -> upstream".
    function: str
    tree: ast.Module


def mutants(check: frame.Check) -> Iterator[Mutant]:
    """Yield the mutants of all implementations of an equation, in the order of the source."""
    seen: Counter[str] = Counter()
    for function in check.implementations:
        tree = _bare(function)
        places = list(ast.walk(tree))
        signed = {id(place.operand) for place in places if isinstance(place, ast.UnaryOp)}
        for number, place in enumerate(places):
            if isinstance(place, ast.Constant) and id(place) in signed:
                continue  # a number with its sign is one place
            for wrong in _wrong(place):
                if ast.unparse(wrong) == ast.unparse(place):
                    continue  # two equal arguments have changed places
                name = f"{function.__name__}: {ast.unparse(place)} -> {ast.unparse(wrong)}"
                seen[name] += 1
                if seen[name] > 1:
                    name += f" ({seen[name]})"
                yield Mutant(check.label, name, function.__name__, _replaced(tree, number, wrong))


def _bare(function: Callable[..., Any]) -> ast.Module:
    """Return a function's tree without what does not run: annotations and docstring."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    assert not any(isinstance(node, ast.While) for node in ast.walk(tree)), "might never end"
    definition.decorator_list = []
    definition.returns = None
    for argument in [*definition.args.args, *definition.args.kwonlyargs]:
        argument.annotation = None
    if ast.get_docstring(definition) is not None:
        del definition.body[0]
    return tree


def _replaced(tree: ast.Module, number: int, wrong: ast.AST) -> ast.Module:
    """Return a copy of the tree with another node at a place in the order of ast.walk."""
    changed = copy.deepcopy(tree)
    old = list(ast.walk(changed))[number]
    for parent in ast.walk(changed):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, wrong)
            elif isinstance(value, list):
                setattr(parent, field, [wrong if each is old else each for each in value])
    return ast.fix_missing_locations(changed)


def _wrong(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a slip could have put in a node's place."""
    match node:
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)):
            yield ast.Constant(1 - value)
        case ast.UnaryOp(ast.USub() | ast.Not() | ast.Invert(), operand):
            yield operand
        case ast.BinOp(left, operator, right):
            yield from _wrong_binary(left, operator, right)
        case ast.AugAssign(target, ast.Add(), value):
            yield ast.AugAssign(target, ast.Sub(), value)
        case ast.AugAssign(target, ast.Sub(), value):
            yield ast.AugAssign(target, ast.Add(), value)
        case ast.Attribute(value, "T", ast.Load()):
            yield value
        case ast.Call():
            yield from _wrong_call(node)
        case ast.Compare(left, [operator], [right]):
            for other in _COMPARED.get(type(operator), ()):
                yield ast.Compare(left, [other()], [right])
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            yield ast.Constant(value + 1)


def _wrong_binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> Iterator[ast.expr]:
    match operator:
        case ast.Add():
            yield ast.BinOp(left, ast.Sub(), right)
            yield left
            yield right
        case ast.Sub():
            yield ast.BinOp(left, ast.Add(), right)
            yield ast.BinOp(right, ast.Sub(), left)
            yield left
        case ast.Mult():
            yield left
            yield right
        case ast.Div():
            yield ast.BinOp(right, ast.Div(), left)
            yield left
        case ast.Pow():
            yield left
        case ast.MatMult():
            yield ast.BinOp(right, ast.MatMult(), left)


def _wrong_call(node: ast.Call) -> Iterator[ast.expr]:
    for first in range(len(node.args) - 1):
        swapped = [*node.args]
        swapped[first : first + 2] = swapped[first + 1], swapped[first]
        yield ast.Call(node.func, swapped, node.keywords)
    if isinstance(node.func, ast.Attribute):
        of, name = node.func.value, node.func.attr
        if other := _OPPOSITES.get(name):
            yield ast.Call(ast.Attribute(of, other, ast.Load()), node.args, node.keywords)
        if name in _DROPPED:
            yield node.args[0] if isinstance(of, ast.Name) and of.id == "np" else of


def survives(check: frame.Check, mutant: Mutant) -> bool:
    """Tell whether the check passes although the implementation is wrong."""
    namespace = check.test.__globals__
    original = namespace[mutant.function]
    try:
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            exec(compile(mutant.tree, mutant.name, "exec"), namespace)
            check.run()
    except Exception:  # whatever goes wrong, somebody would look
        return False
    finally:
        namespace[mutant.function] = original
    return True


def reasons() -> dict[tuple[str, str], str]:
    """Return why each named survivor is none to worry about, by label and mutant."""
    tables = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    return {(label, name): why for label, table in tables.items() for name, why in table.items()}


def run(checks: Iterable[frame.Check], report: Callable[[str], object]) -> bool:
    """Run every mutant, report what happened, and tell whether the goal is reached."""
    known, caught, survivors, labels = reasons(), 0, [], set()
    for check in checks:
        labels.add(check.label)
        outcomes = [(mutant, survives(check, mutant)) for mutant in mutants(check)]
        lived = [mutant for mutant, alive in outcomes if alive]
        caught += len(outcomes) - len(lived)
        survivors += lived
        report(f"{check.label}: {len(outcomes) - len(lived)} of {len(outcomes)} caught")
        for mutant in lived:
            why = known.get((mutant.label, mutant.name), "NO REASON GIVEN in survivors.toml")
            report(f"  survived: {mutant.name}\n    {why}")
    unnamed = [each for each in survivors if (each.label, each.name) not in known]
    stale = known.keys() - {(each.label, each.name) for each in survivors}
    stale = {(label, name) for label, name in stale if label in labels}
    for label, name in sorted(stale):
        report(f"survivors.toml names what does not survive: [{label}] {name}")
    total = caught + len(survivors)
    report(f"{caught} of {total} mutants caught: {100 * caught / max(total, 1):.1f} %")
    return not unnamed and not stale and caught >= GOAL * total


if __name__ == "__main__":
    wanted = sys.argv[1:]
    loaded = frame.load()
    sys.exit(not run((loaded[label] for label in wanted or loaded), print))
