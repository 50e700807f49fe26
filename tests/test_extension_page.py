"""The page on the extension names everything that the extension offers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from surveyext.build.domain import SurveyDomain
from surveyext.survey.facets import FACETS
from surveyext.views.pictures import PICTURES

PAGE = (Path(__file__).parents[1] / "docs" / "extension.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SurveyDomain.directives)
def test_every_directive_is_explained(name: str) -> None:
    assert re.search(rf"^\| `\{{{name}\}}", PAGE, re.MULTILINE)


def test_no_directive_is_explained_that_is_not_there() -> None:
    assert set(re.findall(r"^\| `\{([a-z-]+)\}", PAGE, re.MULTILINE)) == set(
        SurveyDomain.directives
    )


def test_every_facet_and_picture_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in [*FACETS, *PICTURES])


def test_every_setting_is_explained(tmp_path: Path) -> None:
    conf = 'extensions = ["surveyext"]\nbibtex_bibfiles = []'
    (tmp_path / "conf.py").write_text(conf, encoding="utf-8")
    (tmp_path / "index.rst").write_text("Home\n====\n", encoding="utf-8")
    app = SphinxTestApp(srcdir=tmp_path)
    offered = {name for name in app.config.values if name.startswith("survey_")}
    app.cleanup()
    assert set(re.findall(r"^\| `(survey_[a-z_]+)`", PAGE, re.MULTILINE)) == offered


def begin(root: Path) -> dict[str, str]:
    """Write the files that *Begin* shows, as they stand there."""
    section = PAGE.partition("## Begin\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^(`{3,})\w+\n[#%] (\S+)\n(.*?)^\1$", section, re.M | re.S)
    for _fence, name, text in blocks:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return {name: text for _fence, name, text in blocks}


def test_begin_gives_a_card_without_a_warning(tmp_path: Path) -> None:
    files = begin(tmp_path)
    assert sorted(files) == [
        *("bibliography.md", "conf.py", "index.md", "refs.bib", "techniques/pruning.md"),
    ]
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", ".", "site"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site/techniques/pruning.html").read_text(encoding="utf-8")
    assert 'id="survey-han2016deep"' in page
    assert "<math" in page
    assert (tmp_path / "site/cite/han2016deep.bib").is_file()


def test_begin_is_checked_without_further_settings(tmp_path: Path) -> None:
    begin(tmp_path)
    program = "from surveyext.cli import main; main()"
    command = [sys.executable, "-c", program, "check", "--quick"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("old", "what"),
    [
        ("", "entry"),
        ("# Pruning\n", "techniques"),
        ("{entry}`han2016deep`", "entry"),
    ],
)
def test_without_the_primary_domain_the_message_says_so(
    tmp_path: Path, old: str, what: str
) -> None:
    begin(tmp_path)
    conf, page = tmp_path / "conf.py", tmp_path / "techniques/pruning.md"
    conf.write_text(re.sub("primary_domain.*\n", "", conf.read_text()), encoding="utf-8")
    if what == "techniques":
        page.write_text("# Pruning\n\n```{techniques}\n```\n", encoding="utf-8")
    elif old:
        page.write_text(f"# Pruning\n\nSee {old}.\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", ".", "site"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    wanted = f"'{{{what}}}' is the survey's, which is not the primary domain; "
    assert wanted + 'write primary_domain = "survey" in conf.py' in done.stderr
    assert "Unknown directive" not in done.stderr
