"""Architecture: imports run one way, and the lower half knows no Sphinx."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from surveyext.cli.app import COMMANDS

SOURCE = Path(__file__).parent.parent / "src/surveyext"
TREES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
    for path in sorted(SOURCE.rglob("*.py"))
}
#: Room -> the rooms that it may import; i18n is open to all.
ROOMS: dict[str, set[str]] = {
    "i18n": set(),
    "library": set(),
    "survey": {"library"},
    "sources": {"library"},
    "exports": {"survey", "library"},
    "views": {"exports", "survey", "library"},
    "build": {"views", "exports", "survey", "library"},
    "output": {"build", "views", "exports", "survey", "library"},
    "speed": {"build", "views", "exports", "survey", "library"},
    "editing": {"build", "views", "exports", "survey", "sources", "library"},
}
#: Rooms whose modules import no framework.
PURE = {"library", "survey", "exports", "views", "sources"}
#: Modules that still do, each with what it needs; the list may only get shorter.
EXCEPTIONS = {
    "views.inline": {"docutils", "sphinx"},  # reads notes, which are doctrees, and resolves links
    "views.cards": {"sphinx"},  # escapes the titles of PDF bookmarks
}
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
    names = {name.removeprefix("surveyext.") for name in imported(module) if "surveyext." in name}
    return {
        near
        for name in names
        for near in (name, f"{name}.__init__", name.rpartition(".")[0])
        if near in TREES and near != module
    }


def test_no_two_modules_import_each_other() -> None:
    order = TopologicalSorter({module: neighbours(module) for module in TREES}).static_order()
    assert sorted(order) == sorted(TREES)


def test_no_module_is_left_over() -> None:
    # What Sphinx loads and what people run; the command line imports its commands by name.
    packages = {module for module in TREES if module.endswith("__init__")} | {"exports.changes"}
    reached, found = set(), {*packages, *(f"cli.{name}" for name in COMMANDS)}
    while found:
        reached |= found
        found = {near for module in found for near in neighbours(module)} - reached
    # A package is imported with each of its modules.
    assert {module for module in TREES if not module.endswith("__init__")} - reached == set()


def test_the_model_imports_nothing_of_the_package() -> None:
    assert neighbours("library.model") == set()


def test_every_module_has_a_room() -> None:
    # The setup and the command line may import all of them.
    assert {module.partition(".")[0] for module in TREES} == {*ROOMS, "__init__", "cli"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_below_it(room: str) -> None:
    allowed = {room, "i18n", *ROOMS[room]}
    wrong = {
        (module, near)
        for module in TREES
        if module.partition(".")[0] == room
        for near in neighbours(module)
        if near.partition(".")[0] not in allowed
    }
    assert wrong == set()


def test_only_the_setup_names_the_room_that_makes_builds_faster() -> None:
    users = {module for module in TREES if any(n.startswith("speed.") for n in neighbours(module))}
    assert {module for module in users if not module.startswith("speed.")} == {"__init__"}


def test_rooms_below_the_build_import_no_framework() -> None:
    users = {
        module: found
        for module in TREES
        if module.partition(".")[0] in PURE
        and (found := {name.split(".")[0] for name in imported(module)} & FRAMEWORKS)
    }
    assert users == EXCEPTIONS


def test_only_cards_and_their_markup_name_the_classes_of_sphinx_design() -> None:
    users = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and any(word.startswith("sd-") for word in node.value.split())
    }
    assert users == {"views.cards", "build.html_writer"}


def test_only_the_command_line_imports_the_command_line() -> None:
    users = {
        module for module in TREES if any(near.startswith("cli.") for near in neighbours(module))
    }
    assert {user for user in users if not user.startswith("cli.")} == set()


def test_the_extension_needs_nothing_of_the_command_lines_extra() -> None:
    extra = {"httpx", "rich", "stamina", "tomlkit", "typer"}
    found, reached = {"__init__"}, set()
    while found:
        reached |= found
        found = {near for module in found for near in neighbours(module)} - reached
    users = {
        module for module in reached if {name.split(".")[0] for name in imported(module)} & extra
    }
    assert users == set()
