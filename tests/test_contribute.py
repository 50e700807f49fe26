"""The manual's page and CONTRIBUTING.md: what they say of commands is so."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from typing import TYPE_CHECKING

import pytest
from conftest import REAL_ROOT

from surveyext.cli.app import COMMANDS
from surveyext.cli.exits import Exit
from surveyext.library.model import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

PAGE = (REAL_ROOT / "docs/contribute.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/contribute.md")


def test_every_exit_code_is_on_the_page() -> None:
    rows = re.findall(r"(?m)^\| (\d+) \| (.*) \|$", PAGE)
    assert rows == [(str(int(code)), code.about) for code in Exit]


def test_every_command_is_on_the_page() -> None:
    assert re.findall(r"(?m)^\| `survey (\w+)` \|", PAGE) == list(COMMANDS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_that_documents_show_exist(name: str) -> None:
    text = (REAL_ROOT / name).read_text(encoding="utf-8")
    shown = set(re.findall(r"tools/survey ([a-z]+)", text))
    assert shown
    assert shown <= set(COMMANDS)


def test_every_kind_says_what_is_wrong_why_it_matters_and_how_to_mend_it(site: Site) -> None:
    html = site.page("contribute").read_text(encoding="utf-8")
    rows = re.findall(r"(?s)<dt[^>]*>(.*?)</dt><dd>(.*?)</dd>", html)
    said = {words(term): words(text) for term, text in rows}
    for kind in Kind:
        for sentence in (kind.about, kind.remedy):
            assert sentence.endswith(".")
        assert said[f"survey.{kind}"] == f"{kind.about} {kind.remedy}".replace("``", "")


def words(html: str) -> str:
    """Return what a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def test_the_wrapper_runs_the_command_of_the_environment(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    shutil.copy(REAL_ROOT / "tools/survey", tools)
    (tmp_path / "Makefile").write_text(
        ".venv/%/ready:\n"
        "\t@mkdir -p .venv/$*/bin; echo made\n"
        "\t@printf '#!/bin/sh\\necho \"in $$(pwd): $$*\"' > .venv/$*/bin/survey\n"
        "\t@chmod +x .venv/$*/bin/survey; touch $@\n"
    )
    folder = tmp_path / "below"
    folder.mkdir()
    command = [str(tools / "survey"), "check", "--format", "a b"]
    for made in ("made\n", ""):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, f"in {folder}: check --format a b\n")
        assert done.stderr == made
