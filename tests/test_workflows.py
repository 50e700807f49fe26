"""Workflows, issue forms and hooks: their schemas, their safety, and their steps as run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from conftest import REAL_ROOT

from surveyext.cli.suggestion import LABELS, fields

if TYPE_CHECKING:
    from conftest import SmallSurvey

#: What these files are, no Python changes.
pytestmark = pytest.mark.once
WORKFLOWS = sorted((REAL_ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted((REAL_ROOT / ".github/ISSUE_TEMPLATE").glob("*-*.yml"))
PROGRAMS = Path(sys.executable).parent
#: A stand-in for GitHub's own command: it writes down what it is asked and answers like it.
GH = """#!/bin/sh
printf '%s\\n' "gh $*" >> "$LOG"
for argument in "$@"; do
  case $argument in *.md) cat "$argument" >> "$LOG" ;; esac
done
case "$1 $2" in
  "pr create") echo "https://example.org/pull/7" ;;
  "pr list") cat "$OPEN" ;;
esac
"""
BIBTEX = """@inproceedings{frankle2019lottery,
  title     = {The Lottery Ticket Hypothesis $(touch pwned) `touch pwned`},
  author    = {Frankle, Jonathan and Carbin, Michael},
  booktitle = {Advances in Neural Information Processing Systems},
  year      = {2019},
}"""
BODY = f"""### Paper

'; touch pwned; echo '

### Technique

pruning

### Name

$(touch pwned)

### Code

https://github.com/google-research/lottery-ticket-hypothesis

### Tags

unstructured

### BibTeX

```bibtex
{BIBTEX}
```

### Note

A note with `touch pwned` and ${{IFS}} in it.

### Technique

distillation
"""


def load(path: Path) -> dict[Any, Any]:
    """Return a YAML file."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def steps(name: str) -> list[dict[str, Any]]:
    """Return the steps of a workflow that run commands, but for making the environment."""
    (job,) = load(REAL_ROOT / f".github/workflows/{name}.yml")["jobs"].values()
    return [each for each in job["steps"] if "run" in each and "Make" not in each.get("name", "")]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        *((path, "github-workflows") for path in WORKFLOWS),
        *((path, "github-issue-forms") for path in FORMS),
        (REAL_ROOT / ".github/ISSUE_TEMPLATE/config.yml", "github-issue-config"),
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_files_for_github_match_their_schemas(path: Path, schema: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / path.name
    wrong.write_text(f"{path.read_text('utf-8')}\nnonsense: 1\n", encoding="utf-8")
    done = subprocess.run([*command, str(wrong)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, "the check does not look"


def test_a_reader_of_workflows_finds_nothing_unsafe(tmp_path: Path) -> None:
    command = [str(PROGRAMS / "zizmor"), "--offline", "--no-progress", "--collect=all"]
    done = subprocess.run(
        [*command, str(REAL_ROOT / ".github")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    text = (REAL_ROOT / ".github/workflows/suggest.yml").read_text(encoding="utf-8")
    unsafe = tmp_path / ".github/workflows/suggest.yml"
    unsafe.parent.mkdir(parents=True)
    unsafe.write_text(text.replace('"$BODY"', '"${{ github.event.issue.body }}"'), "utf-8")
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "template-injection" in done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_takes_no_rights_that_it_does_not_name(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in path.read_text(encoding="utf-8")
    for job in workflow["jobs"].values():
        assert "permissions" in job
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), "a value would become a command"
            if "uses" in step:
                assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])


def test_the_form_asks_for_what_the_command_reads() -> None:
    form = load(REAL_ROOT / ".github/ISSUE_TEMPLATE/suggest-a-paper.yml")["body"]
    labels = [each["attributes"]["label"] for each in form if each["type"] != "markdown"]
    assert tuple(labels) == LABELS
    (options,) = (each["attributes"]["options"] for each in form if each["type"] == "dropdown")
    pages = sorted(path.stem for path in (REAL_ROOT / "docs/techniques").glob("*.md"))
    assert options == pages


def test_fields_are_read_in_the_order_of_the_form() -> None:
    found = fields(BODY.replace("\n", "\r\n"))
    assert found["Technique"] == "pruning"
    assert found["BibTeX"] == BIBTEX
    assert found["Note"].endswith("### Technique\n\ndistillation")
    empty = fields("### Paper\n\n2005.07683\n\n### Name\n\n_No response_\n")
    assert empty == {**dict.fromkeys(LABELS, ""), "Paper": "2005.07683"}


class Project:
    """A small survey under git with a remote, the project's tools, and a stand-in for gh."""

    def __init__(self, small: SmallSurvey, folder: Path) -> None:
        self.root, self.programs = folder / "project", folder / "bin"
        shutil.copytree(small.root, self.root / "docs")
        (self.root / "docs/refs.bib").rename(self.root / "refs.bib")
        conf = self.root / "docs/conf.py"
        conf.write_text(conf.read_text("utf-8").replace('"refs.bib"', '"../refs.bib"'), "utf-8")
        (self.root / "tools").mkdir()
        shutil.copy(REAL_ROOT / "tools/propose", self.root / "tools")
        self.program(self.root / "tools/survey", f'#!/bin/sh\nexec {PROGRAMS}/survey "$@"\n')
        self.program(self.programs / "gh", GH)
        self.log, self.open, self.summary = (folder / name for name in ("log", "open", "summary"))
        self.open.write_text("")
        self.run("git init --quiet --bare -b main ../remote; git init --quiet -b main")
        self.run(f"git remote add origin ../remote; git add .; {COMMIT}")
        self.run("git push --quiet origin main")

    @staticmethod
    def program(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a step as GitHub runs it."""
        kept = {key: value for key, value in os.environ.items() if "GIT" not in key}
        ours = {
            **{"PATH": f"{self.programs}:{os.environ['PATH']}", "LOG": str(self.log)},
            **{"OPEN": str(self.open), "GITHUB_STEP_SUMMARY": str(self.summary)},
            **{"GIT_CONFIG_GLOBAL": "/dev/null", "SOURCE_DATE_EPOCH": "1795262400"},
            **{"SURVEY_GATEWAY": "http://127.0.0.1:1"},
        }
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.root,
            env={**kept, **ours, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def branch(self, name: str, file: str) -> str:
        """Return a file of a branch of the remote."""
        return self.run(f"git -C ../remote show {name}:{file}").stdout


COMMIT = "git -c user.name=x -c user.email=x commit --quiet --message x"


@pytest.fixture
def project(survey: SmallSurvey, tmp_path: Path) -> Project:
    """Return a small survey's project."""
    return Project(survey, tmp_path / "hub")


def test_a_suggestion_becomes_a_branch_and_nothing_else(project: Project) -> None:
    for step in steps("suggest"):
        done = project.run(step["run"], ISSUE="12", BODY=BODY, GH_TOKEN="x")
        assert done.returncode == 0, done.stdout + done.stderr
    assert [str(path) for path in project.root.rglob("pwned")] == []
    page = project.branch("suggestion-12", "docs/techniques/pruning.md")
    assert ":name: $(touch pwned)" in page
    assert "A note with `touch pwned` and ${IFS} in it." in page
    assert "frankle2019lottery" in project.branch("suggestion-12", "refs.bib")
    assert "frankle2019lottery" not in project.branch("main", "refs.bib")
    log = project.log.read_text(encoding="utf-8")
    assert "gh pr create --head suggestion-12 --title Add the paper suggested in #12" in log
    assert "Closes #12." in log
    assert "gh issue comment 12 --body-file" in log
    assert "The branch is ready to be looked at: https://example.org/pull/7" in log


def test_a_suggestion_that_fails_is_answered_with_the_reason(project: Project) -> None:
    add = steps("suggest")[0]["run"]
    body = BODY.replace("### Technique\n\npruning", "### Technique\n\nprunning")
    done = project.run(add, ISSUE="12", BODY=body, GH_TOKEN="x")
    assert done.returncode == 1
    log = project.log.read_text(encoding="utf-8")
    assert "This suggestion could not be turned into a branch:" in log
    assert "'prunning'" in log
    assert "did you mean 'pruning'?" in log
    assert project.run("git status --porcelain refs.bib docs").stdout == ""


@pytest.mark.parametrize("paper", ["--help", "-", "--to=x", "_No response_"])
def test_a_suggested_paper_is_no_option(project: Project, paper: str) -> None:
    body = BODY.replace("'; touch pwned; echo '", paper).replace(f"```bibtex\n{BIBTEX}\n```", "")
    done = project.run(steps("suggest")[0]["run"], ISSUE="12", BODY=body, GH_TOKEN="x")
    assert done.returncode == 1
    assert "survey: " in project.log.read_text(encoding="utf-8")
    assert project.run("git status --porcelain refs.bib docs").stdout == ""


def test_a_refresh_renews_one_pull_request(project: Project) -> None:
    ask = '#!/bin/sh\necho "+ change"\nprintf "\\n" >> refs.bib\n'
    project.program(project.root / "tools/survey", ask)
    for number in ("", "7"):
        project.open.write_text(number)
        for step in steps("refresh"):
            done = project.run(step["run"], GH_TOKEN="x")
            assert done.returncode == 0, done.stderr
    log = project.log.read_text(encoding="utf-8")
    assert log.count("gh pr create --head refresh --title Refresh") == 1
    assert log.count("gh pr edit 7 --title Refresh") == 1
    assert "````diff\n+ change\n````" in log
    assert project.branch("refresh", "refs.bib").endswith("\n\n\n")


def test_a_refresh_that_finds_nothing_proposes_nothing(project: Project) -> None:
    project.program(project.root / "tools/survey", "#!/bin/sh\n")
    for step in steps("refresh"):
        assert project.run(step["run"], GH_TOKEN="x").returncode == 0
    assert not project.log.exists()


def test_a_pull_request_is_told_in_plain_words_what_to_mend(project: Project) -> None:
    (check,) = steps("check")
    assert project.run("tools/survey format").returncode == 0
    done = project.run(check["run"])
    assert (done.returncode, done.stdout) == (0, "")
    page = project.root / "docs/techniques/pruning.md"
    page.write_text(page.read_text("utf-8").replace(":also: distillation", ":also: distill"))
    done = project.run(check["run"])
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=docs/techniques/pruning.md,line=8,")
    summary = project.summary.read_text(encoding="utf-8")
    assert "docs/techniques/pruning.md:8: entry 'sanh2020movement': :also: 'distill'" in summary


def test_the_hooks_run_commands_that_exist() -> None:
    ours = load(REAL_ROOT / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    theirs = yaml.safe_load((REAL_ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for hook in (*ours, *theirs):
        program, *command = hook["entry"].split()
        assert Path(program).name == "survey"
        done = subprocess.run(
            [str(PROGRAMS / "survey"), *command], cwd=REAL_ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0
        assert re.search(hook["files"], "docs/techniques/pruning.md")
        assert re.search(hook["files"], "refs.bib")
    assert os.access(REAL_ROOT / "tools/survey", os.X_OK)
