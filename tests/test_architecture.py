"""Architecture: imports run one way, and the lower half knows no Sphinx."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src/surveyext"
TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.glob("*.py")}
PURE = (
    "model",
    "text",
    "bib",
    "venues",
    "links",
    "data",
    "checks",
    "evidence",
    "equations",
    "rows",
    "library",
    "survey",
    "facets",
    "style",
    "export",
    "notes",
    "citation",
    "selections",
    "site",
    "metadata",
    "entries",
    "feeds",
    "llms",
    "files",
    "find",
    "changes",
)
FRAMEWORKS = {"sphinx", "docutils", "sphinxcontrib", "sphinx_design", "myst_parser"}


def imported(module: str) -> set[str]:
    """Return the dotted names that a module imports anywhere, types and functions included."""
    names: set[str] = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def neighbours(module: str) -> set[str]:
    """Return the modules of the package that a module imports."""
    parts = [name.split(".") for name in imported(module)]
    return {part[1] for part in parts if part[0] == "surveyext" and part[1] in TREES}


def test_no_two_modules_import_each_other() -> None:
    order = TopologicalSorter({module: neighbours(module) for module in TREES}).static_order()
    assert sorted(order) == sorted(TREES)


def test_no_module_is_left_over() -> None:
    reached, found = set(), {"__init__", "changes"}  # what Sphinx loads, what people run
    while found:
        reached |= found
        found = {near for module in found for near in neighbours(module)} - reached
    assert reached == set(TREES)


def test_the_model_imports_nothing_of_the_package() -> None:
    assert neighbours("model") == set()


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_pure_modules_and_no_framework(module: str) -> None:
    assert neighbours(module) <= set(PURE)
    assert {name.split(".")[0] for name in imported(module)} & FRAMEWORKS == set()


def test_only_cards_name_the_classes_of_sphinx_design() -> None:
    users = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and any(word.startswith("sd-") for word in node.value.split())
    }
    assert users == {"cards"}
