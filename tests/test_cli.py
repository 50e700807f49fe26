"""The command line as processes: real exit codes, real output, real files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from conftest import REAL_ROOT
from services import Services
from terminal import Run, Terminal

from surveyext import __version__
from surveyext.cli.app import COMMANDS
from surveyext.cli.canonical_form import tidied
from surveyext.cli.exits import Exit
from surveyext.cli.locate import find, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import SmallSurvey

Command: TypeAlias = "Callable[..., Run]"
PRUNING = "techniques/pruning.md"
DISTILLATION = "techniques/distillation.md"
SURVEY = Path(sys.executable).with_name("survey")
#: What a newcomer's terminal or a workflow would set and a test must not inherit.
SETTINGS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_", "TERM")


def survey_in(folder: Path, *arguments: str, **environment: str) -> Run:
    """Run ``survey`` in a folder, as a process."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(SETTINGS)}
    done = subprocess.run(
        [str(SURVEY), *arguments],
        cwd=folder,
        env={**kept, "SOURCE_DATE_EPOCH": "1795262400", **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return :func:`survey_in` without a process, which takes a second to start."""

    def run(folder: Path, *arguments: str) -> Run:
        return Terminal(folder, Services(), monkeypatch, capsys).run(*arguments)

    return run


@pytest.fixture
def tidy(survey: SmallSurvey) -> SmallSurvey:
    """Return a small survey that the command line finds, in canonical form."""
    survey.write("pyproject.toml", '[tool.survey]\nsource = "."\n')
    place = find(survey.root)
    for each in tidied(place, load(place)):
        each.path.write_text(each.canonical.text, encoding="utf-8")
    return survey


def test_version_and_help_are_plain_text(tmp_path: Path) -> None:
    assert survey_in(tmp_path, "--version") == Run(0, f"survey {__version__}\n", "")
    help_text = survey_in(tmp_path, "--help")
    assert (help_text.code, help_text.err) == (0, "")
    for name in COMMANDS:
        assert f"\n  {name} " in help_text.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_in_its_help(here: Command, name: str, tmp_path: Path) -> None:
    run = here(tmp_path, name, "--help")
    assert run.code == 0
    assert re.search(rf"Examples?:\n +(\S.* \| )?survey {name}", run.out)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("survey show san", ["sanh2020movement"]),
        ("survey add 2005.07683 --to ", ["pruning", "distillation"]),
    ],
)
def test_shells_can_complete_keys_and_pages(
    tidy: SmallSurvey, typed: str, offered: list[str]
) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    run = survey_in(tidy.root, _SURVEY_COMPLETE="complete_bash", **words)
    assert run.out.split() == offered


def test_check_says_that_nothing_is_wrong(here: Command, tidy: SmallSurvey) -> None:
    run = here(tidy.root, "check")
    assert run == Run(0, "", "2 records, 2 entries: nothing is wrong\n")


def test_check_is_found_from_a_folder_below(tidy: SmallSurvey) -> None:
    tidy.edit(PRUNING, ":also: distillation", ":also: distilation")
    run = survey_in(tidy.root / "techniques", "check")
    message = "entry 'sanh2020movement': :also: 'distilation' is no technique page"
    right = "did you mean 'distillation'?"
    place = f"{tidy.root}/{PRUNING}:8"
    assert run.code == Exit.PROBLEMS
    # Outside of the current folder a path is whole.
    assert run.out in {
        f"{place}: {message}; {right} [survey.bad-also]\n",
        f"pruning.md:8: {message}; {right} [survey.bad-also]\n",
    }


@dataclass(frozen=True)
class Mistake:
    """Something that a newcomer does, and the one message that says what to do."""

    name: str
    make: Callable[[SmallSurvey], None]
    said: str
    command: tuple[str, ...] = ("check",)
    code: Exit = Exit.PROBLEMS


def edit(file: str, old: str, new: str) -> Callable[[SmallSurvey], None]:
    return lambda survey: survey.edit(file, old, new)


def latin(survey: SmallSurvey) -> None:
    """Save a page as Latin-1."""
    (survey.root / DISTILLATION).write_bytes(b"# Caf\xe9\n")


def nothing(survey: SmallSurvey) -> None:
    """Make no mistake in the files."""


MISTAKES = (
    Mistake(
        "misspells the directive",
        edit(DISTILLATION, ":::{entry} jiao", ":::{entri} jiao"),
        f"{DISTILLATION}:4: Unknown directive type: 'entri'; did you mean 'entry'? "
        "[myst.directive_unknown]",
    ),
    Mistake(
        "misspells an option",
        edit(PRUNING, ":tags: unstructured", ":tag: unstructured"),
        f"{PRUNING}:11: 'entry': Unknown option key: 'tag' (allowed: ['added', 'also', 'code', "
        "'extends', 'model', 'name', 'project', 'reimplementation', 'tags']); did you mean 'tags'? "
        "[myst.directive_option]",
    ),
    Mistake(
        "misspells a role",
        edit(PRUNING, "{entry}`sanh2020movement`", "{entri}`sanh2020movement`"),
        f"{PRUNING}:4: Unknown interpreted text role \"entri\"; did you mean 'entry'? "
        "[myst.role_unknown]",
    ),
    Mistake(
        "forgets the key",
        edit(DISTILLATION, ":::{entry} jiao2020tinybert", ":::{entry}"),
        f"{DISTILLATION}:4: Directive 'entry': 1 argument(s) required, 0 supplied; write them "
        "after the name, on the same line [docutils]",
    ),
    Mistake(
        "cites what is no list of keys",
        edit(PRUNING, "{cite:t}`sanh2020movement`", "{cite:t}`sanh2020movement,`"),
        f"{PRUNING}:4: 'sanh2020movement,' is no list of keys; write 'key' or 'key1,key2'",
    ),
    Mistake(
        "refers to an equation that is not there",
        edit(PRUNING, "{eq}`eq-score`", "{eq}`eq-scores`"),
        f"{PRUNING}:4: equation not found: eq-scores; did you mean 'eq-score'? [ref.eq]",
    ),
    Mistake(
        "links a page that is not there",
        edit(DISTILLATION, "Another note.", "Another [note](prunning.md#unstructured)."),
        f"{DISTILLATION}:10: 'myst' cross-reference target not found: 'prunning.md#unstructured'; "
        "did you mean 'pruning.md'? [myst.xref_missing]",
    ),
    Mistake(
        "shows a picture that is not there",
        edit(DISTILLATION, "Another note.", "Another.\n\n![note](/pictures/note.png)"),
        f"{DISTILLATION}:12: image file not readable: pictures/note.png; correct the name, "
        "relative to this page, or add the file [image.not_readable]",
    ),
    Mistake(
        "leaves out a level of headings",
        edit(DISTILLATION, "```{cross-listed}", "#### Deep\n\n```{cross-listed}"),
        f"{DISTILLATION}:13: Non-consecutive header level increase; H1 to H4; write at most one "
        "'#' more than the heading above has [myst.header]",
    ),
    Mistake(
        "labels two equations alike",
        edit(DISTILLATION, "Another note.", "Another note.\n\n$$\nx\n$$ (eq-score)"),
        f"{PRUNING}:17: duplicate label of equation eq-score, other instance in "
        "techniques/distillation; rename one of the two [ref.equation]",
    ),
    Mistake(
        "forgets to list a new page",
        lambda survey: survey.write("techniques/new.md", "# New\n"),
        "techniques/new.md:1: document isn't included in any toctree; name the page in a "
        "{toctree} [toc.not_included]",
    ),
    Mistake(
        "lists a page that is not there",
        edit("index.md", "techniques/pruning", "techniques/prunning"),
        "index.md:11: toctree contains reference to nonexisting document 'techniques/prunning'; "
        "did you mean 'techniques/pruning'? [toc.not_readable]",
    ),
    Mistake(
        "writes options in an order of their own",
        edit(
            PRUNING,
            ":tags: unstructured\n:also: distillation\n",
            ":also: distillation\n:tags: unstructured\n",
        ),
        f"{PRUNING}:11: the form differs from here on; run 'survey format'",
    ),
    Mistake(
        "copies BibTeX in its own layout",
        edit("refs.bib", "  year          = {2020},\n  eprint", "  YEAR=2020,\n  eprint"),
        "the form differs from here on; run 'survey format' [survey.not-canonical]",
    ),
    Mistake(
        "forgets to close a block",
        edit(DISTILLATION, "Another note.\n:::", "Another note."),
        f"{DISTILLATION}:4: the fence ::: is not closed; write ::: on a line after its last one "
        "[survey.open-fence]",
    ),
    Mistake(
        "closes a block with too few marks",
        edit(PRUNING, "## Also", "> - ````{note}\n>   Text.\n>   ```\n\n## Also"),
        f"{PRUNING}:23: the fence ```` is not closed; write ```` on a line after its last one "
        "[survey.open-fence]",
    ),
    Mistake(
        "saves a page in another encoding",
        latin,
        f"{DISTILLATION}:1: cannot be read: 'utf-8' codec can't decode byte",
    ),
    Mistake(
        "shows a key with a slip",
        nothing,
        "survey: 'sanh2020movment' is no entry; did you mean 'sanh2020movement'?",
        ("show", "sanh2020movment"),
    ),
    Mistake(
        "shows a paper by its number",
        nothing,
        "survey: '2005.07683' is no entry; did you mean 'sanh2020movement'?",
        ("show", "2005.07683"),
    ),
    Mistake(
        "shows a paper by a word of its title",
        nothing,
        "survey: 'BERT' is no entry; did you mean 'jiao2020tinybert'?",
        ("show", "BERT"),
    ),
    Mistake(
        "shows what is like nothing",
        nothing,
        "survey: 'x/y' is no entry; type a key, as it stands in refs.bib, or a word of the title",
        ("show", "x/y"),
    ),
    Mistake(
        "counts what cannot be read",
        edit("refs.bib", "  volume        =", "  volume        = {"),
        "'survey check' names all",
        ("stats",),
    ),
    Mistake(
        "suggests nothing",
        nothing,
        "survey: the issue names no paper or no technique; fill in its form again",
        ("suggestion",),
    ),
    Mistake(
        "shows nothing",
        nothing,
        "Error: Missing argument 'KEY'",
        ("show",),
        Exit.USAGE,
    ),
    Mistake("misspells a command", nothing, "Error: No such command 'chek'", ("chek",), Exit.USAGE),
    Mistake(
        "misspells an option of a command",
        nothing,
        "Error: No such option: --dif",
        ("format", "--dif"),
        Exit.USAGE,
    ),
    Mistake(
        "asks for a format that there is not",
        nothing,
        "'xml' is not one of 'text', 'json', 'github'",
        ("check", "--format", "xml"),
        Exit.USAGE,
    ),
    Mistake(
        "breaks conf.py",
        edit("conf.py", "nitpicky = True", "nitpicky = "),
        "invalid syntax (conf.py, line 4); mend it",
        code=Exit.USAGE,
    ),
    Mistake(
        "sets what MyST does not know",
        edit("conf.py", '["colon_fence", "dollarmath"]', '["colon_fence", "dollarmaths"]'),
        "conf.py: ",
        code=Exit.USAGE,
    ),
    Mistake(
        "sets a text where a list must be",
        edit("conf.py", '["refs.bib"]', '"refs.bib"'),
        "conf.py: 'bibtex_bibfiles' is no list of texts; mend it",
        code=Exit.USAGE,
    ),
    Mistake(
        "sets a list where a text must be",
        edit("conf.py", '"tags.toml"', '["tags.toml"]'),
        "conf.py: 'survey_tags' is no text; mend it",
        code=Exit.USAGE,
    ),
    Mistake(
        "forgets the extension",
        edit("conf.py", '"surveyext"]', "]"),
        "conf.py does not load surveyext; add it to 'extensions' there",
        code=Exit.USAGE,
    ),
    Mistake(
        "writes a pyproject.toml that is no TOML",
        lambda survey: survey.write("pyproject.toml", "[tool.survey\n"),
        "pyproject.toml cannot be read: ",
        code=Exit.USAGE,
    ),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_newcomers_mistake_gives_a_message_that_says_what_to_do(
    here: Command, tidy: SmallSurvey, mistake: Mistake
) -> None:
    mistake.make(tidy)
    run = here(tidy.root, *mistake.command)
    assert mistake.said in run.out + run.err
    assert run.code == mistake.code


def test_outside_of_a_survey_every_command_says_so(here: Command, tmp_path: Path) -> None:
    for command in (["check"], ["format"], ["stats"], ["show", "x"]):
        run = here(tmp_path, *command)
        assert (run.code, run.out) == (Exit.USAGE, "")
        assert run.err.startswith(f"survey: {tmp_path} is in no survey")
        assert run.err.endswith("change into the survey's folder first\n")


def test_json_has_a_stable_shape(here: Command, tidy: SmallSurvey) -> None:
    assert json.loads(here(tidy.root, "check", "--format", "json").out) == {
        "version": 1,
        "problems": [],
    }
    tidy.edit("refs.bib", "2020},\n  doi", "20020},\n  doi")
    run = here(tidy.root, "check", "--format", "json")
    assert (run.code, run.err) == (Exit.PROBLEMS, "")
    assert json.loads(run.out)["problems"] == [
        {
            "file": "refs.bib",
            "line": 1,
            "kind": "survey.bad-year",
            "message": "record 'jiao2020tinybert': year '20020' is impossible; "
            "write four digits from 1450 to 2027",
        }
    ]


def test_annotations_cannot_be_forged_by_a_page(here: Command, tidy: SmallSurvey) -> None:
    tidy.edit(PRUNING, ":code: https:", ":code: 100%,::error file=x::\\r https:")
    run = here(tidy.root, "check", "--format", "github")
    assert run.code == Exit.PROBLEMS
    (line,) = run.out.splitlines()
    start = f"::error file={PRUNING},line=8,title=survey.bad-link::"
    assert line.startswith(f"{start}entry 'sanh2020movement': :code: '100%25,")


def test_output_is_plain_when_it_is_no_terminal_and_when_no_color_is_set(
    tidy: SmallSurvey,
) -> None:
    for environment in ({}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}):
        run = survey_in(tidy.root, "show", "sanh2020movement", **environment)
        assert "\x1b[3" not in run.out
    coloured = survey_in(tidy.root, "show", "sanh2020movement", FORCE_COLOR="1")
    assert "\x1b[" in coloured.out


def test_format_shows_checks_and_writes(here: Command, tidy: SmallSurvey) -> None:
    before = (tidy.root / PRUNING).read_text(encoding="utf-8")
    tidy.edit(PRUNING, ":name: Movement pruning\n", "")
    tidy.edit(PRUNING, ":also: distillation\n", ":also: distillation\n:name: Movement pruning\n")
    untidy = (tidy.root / PRUNING).read_text(encoding="utf-8")
    diff = here(tidy.root, "format", "--diff")
    assert diff.code == Exit.PROBLEMS
    assert "+:name: Movement pruning\n" in diff.out
    check = here(tidy.root, "format", "--check")
    assert check == Run(Exit.PROBLEMS, f"would format {PRUNING}\n", "")
    assert (tidy.root / PRUNING).read_text(encoding="utf-8") == untidy
    assert here(tidy.root, "format") == Run(0, f"formatted {PRUNING}\n", "")
    assert (tidy.root / PRUNING).read_text(encoding="utf-8") == before
    assert here(tidy.root, "format").out == ""


def test_format_leaves_and_names_what_is_not_bibtex(here: Command, tidy: SmallSurvey) -> None:
    tidy.edit("refs.bib", "  volume        = {33},", "  volume        = {33,")
    before = (tidy.root / "refs.bib").read_bytes()
    run = here(tidy.root, "format")
    assert run.code == Exit.PROBLEMS
    assert "refs.bib:10: this is not BibTeX; left as it is\n" in run.err
    assert (tidy.root / "refs.bib").read_bytes() == before


def test_show_prints_the_card(here: Command, tidy: SmallSurvey) -> None:
    run = here(tidy.root, "show", "sanh2020movement")
    assert (run.code, run.err) == (0, "")
    lines = run.out.splitlines()
    assert lines[:4] == [
        "Movement pruning: Movement Pruning: Adaptive Sparsity by Fine-Tuning",
        "Victor Sanh, Thomas Wolf, Alexander M. Rush",
        "NeurIPS 2020",
        f"{PRUNING}:8 (Pruning, Unstructured)",
    ]
    assert "arXiv: https://arxiv.org/abs/2005.07683" in lines
    assert "Extended by: jiao2020tinybert" in lines
    assert "@inproceedings{sanh2020movement," in lines


def test_stats_count_what_the_site_shows(here: Command) -> None:
    run = here(REAL_ROOT, "stats")
    assert run.code == 0
    rows = dict(re.findall(r"(?m)^ (\S.*?) +(\d+) ", run.out))
    pages = sorted((REAL_ROOT / "docs/techniques").glob("*.md"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        assert int(rows[title]) == text.count(":::{entry} "), title
    assert len(pages) > 10


def test_the_surveys_own_files_pass() -> None:
    run = survey_in(REAL_ROOT, "check")
    assert (run.code, run.out) == (0, "")


def test_without_its_libraries_the_command_says_how_to_install_them(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('no', name='typer')")
    run = survey_in(tmp_path, "check", PYTHONPATH=str(tmp_path))
    assert run.code == 1
    assert run.err == (
        "survey: the command line needs 'typer', which is not installed; "
        "run: python -m pip install 'surveyext[cli]'\n"
    )
