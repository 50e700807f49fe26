"""Reading without a build: the same problems at the same lines as the build reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from conftest import CONF
from test_messages import CASES, MALFORMED

from surveyext.cli.locate import find
from surveyext.cli.report import Finding, as_text
from surveyext.editing.read_survey import read
from surveyext.library.model import Kind

if TYPE_CHECKING:
    from conftest import SmallSurvey
    from test_messages import Case

    from surveyext.build.domain import SurveyDomain

#: What no build reports.
ONLY_HERE = {Kind.NOT_CANONICAL, Kind.OPEN_FENCE}
#: What the next text adds.
EQUATIONS = {
    Kind.UNCHECKED_EQUATION,
    Kind.CHANGED_EQUATION,
    Kind.UNKNOWN_EQUATION,
    Kind.BAD_CHECK,
}
#: What only a build can meet: tests/test_fuzz.py and tests/test_addresses.py have them.
BUILDING = {Kind.BAD_NOTE, Kind.BAD_REDIRECT, Kind.CANNOT_WRITE}
CHECKS = '''
@check("eq-no", "other", by="identity", of=[same])
def one():
    """The text differs."""


@check("eq-not", "other", by="identity", of=[same])
def two():
    """No page has it."""


@check("eq-nothing", "other", by="identity", of=[same])
def three():
    pass


def same():
    return 1
'''
EVERYWHERE = r"""
A paragraph of several lines
with {cite:t}`no1` here, and in its third
line {cite:p}`no2,no3` and {entry}`no4` and $\no$ maths.

- a list with {cite:t}`no5`
  - and in it {entry}`text <no6>`

  ```{note}
  A note in a list {cite:t}`no7`
  with $\noo$ maths.
  ```

> quoted {cite:p}`{see}no8{p. 3}`

| a | b |
| --- | --- |
| 1 | {cite:t}`no9` |
| 2 | $\nooo$ |

::::{admonition} A title
:class: tip

Text {cite:t}`no10`.

:::{entry} no11
:added: 2026-11-21
:tags: no-tag
:code: no-link

Note {cite:t}`no12` and

$$
\noooo
$$ (eq-no)
:::
::::

```{math}
:label: eq-other

\nooooo
```

{math}`\noooooo`

### A heading with {cite:t}`no13`

```{entry} no14
---
added: 2026-11-31
name: Four
---
- In a list {cite:t}`no15`
```

```python
# {cite:t}`nothing`
```

<!-- {cite:t}`nothing` -->

`{cite:t}` and \{cite:t}`nothing` and {cite:t}`no16`.[^1]

[^1]: A footnote with {cite:t}`no17`.
"""


@pytest.fixture(autouse=True)
def _in_november_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795262400")  # which years are possible


def problems(survey: SmallSurvey) -> list[str]:
    """Return what reading the survey without a build reports."""
    survey.monkeypatch.chdir(survey.root)
    survey.write("pyproject.toml", '[tool.survey]\nsource = "."\n')
    place = find()
    found = read(place.config, place.source).problems
    return as_text(map(Finding.of_problem, found))


@pytest.mark.parametrize("case", [*CASES, *MALFORMED], ids=lambda case: case.name)
def test_a_mistake_is_reported_as_the_build_reports_it(survey: SmallSurvey, case: Case) -> None:
    for edit in case.edits:
        survey.edit(*edit)
    if case.gone:
        (survey.root / case.gone).unlink()
    # tests/test_messages.py compares the same lines with the build's.
    assert problems(survey) == [line.replace("WARNING: ", "") for line in case.lines]


def test_every_kind_of_the_build_is_compared() -> None:
    lines = [line for case in (*CASES, *MALFORMED) for line in case.lines]
    seen = {kind(line) for line in lines}
    # Evidence and results are read before a page is, by the same call in both.
    others = ONLY_HERE | EQUATIONS | BUILDING | {Kind.BAD_EVIDENCE, Kind.BAD_RESULT}
    assert {*map(str, Kind)} - seen == {*map(str, others)}


def kind(line: str) -> str:
    """Return the kind that a line ends with."""
    return line.rpartition("[survey.")[2].rstrip("]")


def test_lines_are_those_of_the_build_wherever_markdown_nests(survey: SmallSurvey) -> None:
    path = Path("techniques/pruning.md")
    text = (survey.root / path).read_text(encoding="utf-8")
    survey.write(str(path), text.replace("\n## Also relevant", f"{EVERYWHERE}\n## Also relevant"))
    survey.write("conf.py", f'{CONF}survey_equation_checks = "checks"\n')
    survey.write("checks/pruning.py", CHECKS)
    built = [line for line in survey.build().warnings if "[survey." in line]
    assert problems(survey) == [line.replace("WARNING: ", "") for line in built]
    assert len(built) > 30
    assert {kind(line) for line in built} >= {*map(str, EQUATIONS)}


def test_a_redirect_that_leads_nowhere_is_reported_as_the_build_reports_it(
    survey: SmallSurvey,
) -> None:
    survey.write("conf.py", f'{CONF}survey_redirects = "redirects.toml"\n')
    survey.write("redirects.toml", '"old" = "techniques/prunning"\n')
    (line,) = (line.replace("WARNING: ", "") for line in survey.build().warnings)
    assert problems(survey) == [line]
    assert "techniques/pruning" in line


def test_a_malformed_bib_file_hides_no_mistake_of_a_page(survey: SmallSurvey) -> None:
    survey.edit("refs.bib", "title", "title {")
    survey.edit("techniques/distillation.md", "Another note.", r"Another $\note$.")
    *of_records, of_page = problems(survey)
    assert {kind(line) for line in of_records} == {Kind.BIB_SYNTAX}
    assert of_page.startswith("techniques/distillation.md:10: ")
    assert kind(of_page) == Kind.BAD_TEX


def test_a_survey_is_read_as_the_build_reads_it(survey: SmallSurvey) -> None:
    built = cast("SurveyDomain", survey.build().app.env.domains["survey"]).survey
    survey.write("pyproject.toml", '[tool.survey]\nsource = "."\n')
    place = find()
    mine = read(place.config, place.source).survey
    assert [item.entry.key for item in mine.items.values()] == list(built.items)
    assert mine.techniques == built.techniques
    assert {name: keys for name, keys in mine.cites.items() if keys} == {
        name: keys for name, keys in built.cites.items() if keys
    }
    for key, item in mine.items.items():
        theirs = built.items[key].entry
        assert (item.entry.section, item.entry.line) == (theirs.section, theirs.line)
        assert (item.entry.tags, item.entry.also) == (theirs.tags, theirs.also)
        assert bool(item.entry.note) == bool(theirs.note)
