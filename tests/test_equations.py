"""Equations: each displayed one is executed, and every gap between page and check is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from conftest import SmallSurvey
from equations.frame import CHECKS, load

from surveyext.library import equations
from surveyext.library.equations import Check, Equation, compare, parse
from surveyext.library.model import Kind, Problem

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

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


PRUNING = "techniques/pruning"
#: The check of the one equation of the small survey, as conftest has it.
SMALL = SOURCE.replace(
    "s =\n      a w x",
    r"""\frac{\partial \mathcal{L}}{\partial S_{i,j}}
    = \frac{\partial \mathcal{L}}{\partial a_i} W_{i,j} x_j""",
)


@pytest.fixture
def checked(survey: SmallSurvey) -> SmallSurvey:
    """Return the small survey with a check, and a page that lists it."""
    survey.edit("conf.py", "survey_tags", 'survey_equation_checks = "checks"\nsurvey_tags')
    survey.write("checks/pruning.py", SMALL)
    survey.write("equations.md", "# Equations\n\n```{equations}\n```\n")
    survey.edit("index.md", "bibliography\n", "bibliography\nequations\n")
    return survey


def said(place: str, kind: str, message: str) -> str:
    return f"{place}: WARNING: {message} [survey.{kind}]"


def test_a_checked_equation_leads_to_what_was_checked_and_back(checked: SmallSurvey) -> None:
    build = checked.build()
    assert build.warnings == []
    page = BeautifulSoup(build.read(f"{PRUNING}.html"), "html.parser")
    (mark,) = page.select(".survey-checked a")
    assert mark.text == "Checked: gradient"
    name, _, anchor = str(mark["href"]).removeprefix("../").partition("#")
    listing = BeautifulSoup(build.read(name), "html.parser")
    assert (
        "1 of 1 displayed equations checked: 1 by gradient. "
        "Entries that state one or more of them: 1." in listing.text
    )
    assert "Pruning (1 of 1)" in listing.text
    (row,) = listing.select(f"#{anchor}")
    assert "gradient: The score is a gradient." in row.text
    assert "return a * w * x" in row.select("details pre")[0].text
    assert len(row.select("math")) == 1
    assert [link["href"] for link in row.select(".survey-links a")] == [
        f"{PRUNING}.html#survey-sanh2020movement",
        f"{PRUNING}.html#equation-eq-score",
    ]


@pytest.mark.parametrize(("builder", "suffix"), [("text", "txt"), ("latex", "tex"), ("epub", "")])
def test_every_builder_says_what_was_checked(
    checked: SmallSurvey, builder: str, suffix: str
) -> None:
    build = checked.build(builder)
    assert [line for line in build.warnings if "survey." in line or "undefined" in line] == []
    text = "".join(
        path.read_text(encoding="utf-8") for path in build.out.rglob(f"*{suffix or 'html'}")
    )
    assert "The score is a gradient." in text
    assert "Checked: gradient" in text
    if builder == "latex":
        assert r"\label{\detokenize{equations:check-eq-score}}" in text


def test_a_survey_without_the_setting_has_no_marks_and_no_problem(survey: SmallSurvey) -> None:
    survey.edit(f"{PRUNING}.md", "$$ (eq-score)", "$$ (eq-score)\n\n$$\nx\n$$")
    build = survey.build()
    assert build.warnings == []
    assert "survey-checked" not in build.read(f"{PRUNING}.html")


def test_marks_need_no_page_that_lists_them(checked: SmallSurvey) -> None:
    checked.edit("equations.md", "```{equations}\n```", "")
    build = checked.build()
    assert build.warnings == []
    assert "<span>Checked: gradient</span></p>" in build.read(f"{PRUNING}.html")


def test_each_gap_between_pages_and_checks_is_named_in_every_build(checked: SmallSurvey) -> None:
    checked.edit(f"{PRUNING}.md", "x_j\n$$", "X_j\n$$")
    checked.edit(f"{PRUNING}.md", "\n## Also relevant", "\n$$\nx\n$$\n\n## Also relevant")
    checked.write("checks/other.py", SMALL.replace("eq-score", "eq-scores"))
    lines = [
        said(
            "checks/other.py:18",
            "unknown-equation",
            "no page has the equation 'eq-scores'; did you mean 'eq-score'?",
        ),
        said(
            f"{PRUNING}.md:17",
            "changed-equation",
            "equation 'eq-score' is not what its check at checks/pruning.py:18 pins; "
            "read the two and make them agree",
        ),
        said(
            f"{PRUNING}.md:23",
            "unchecked-equation",
            "an equation has no label; write (eq-...) after the closing $$",
        ),
    ]
    build = checked.build()
    assert build.warnings == lines
    assert "0 of 2 displayed equations checked." in build.read("equations.html")
    assert "survey-checked" not in build.read(f"{PRUNING}.html")
    again = checked.build()
    assert (again.warnings, again.pages_read) == (lines, [])


def test_a_deleted_check_is_missed(checked: SmallSurvey) -> None:
    checked.build()
    (checked.root / "checks/pruning.py").unlink()
    build = checked.build()
    message = "equation 'eq-score' has no check; write one, or correct the label"
    assert build.warnings == [said(f"{PRUNING}.md:17", "unchecked-equation", message)]
    assert build.pages_read == []
    assert build.pages_written == ["equations", "index", PRUNING]


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        ("The score is", "Each score is", ["equations", "index", PRUNING]),
        ("return a * w * x", "return x * a * w", ["equations", "index"]),
        ("\ndef score(", "\n# A remark.\ndef score(", []),
    ],
)
def test_editing_a_check_rewrites_only_pages_that_show_it(  # and their contents list
    checked: SmallSurvey, old: str, new: str, written: list[str]
) -> None:
    checked.build()
    checked.edit("checks/pruning.py", old, new)
    build = checked.build()
    assert (build.pages_read, build.pages_written) == ([], written)
    built = {name: text for name, text in build.files().items() if name.endswith("html")}
    fresh = checked.build(fresh=True)
    assert fresh.warnings == build.warnings == []
    assert built == {name: text for name, text in fresh.files().items() if name.endswith("html")}


def test_a_parallel_build_checks_alike(checked: SmallSurvey) -> None:
    serial = {name: text for name, text in checked.build().files().items() if "html" in name}
    parallel = checked.build(parallel=4, fresh=True)
    assert parallel.warnings == []
    assert serial == {name: text for name, text in parallel.files().items() if "html" in name}
