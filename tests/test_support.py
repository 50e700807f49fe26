"""What runs a method: the data file, the card, the page of all; and papers left out."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from surveyext.library import considered, support

if TYPE_CHECKING:
    from conftest import SmallSurvey

CELL: dict[str, Any] = {
    "key": "sanh2020movement",
    "method": "Movement pruning",
    "library": "nn_pruning",
    "repo": "huggingface/nn_pruning",
    "path": "README.md",
    "line": 7,
    "commit": "abc",
    "read": datetime.date(2026, 12, 1),
    "says": "movement pruning",
    "use": "prune",
    "match": "method named",
}
FILE = """
[[support]]
key = "sanh2020movement"
method = "Movement pruning"
library = "nn_pruning"
repo = "huggingface/nn_pruning"
path = "README.md"
line = 7
commit = "abc"
read = 2026-12-01
says = "movement pruning"
use = "prune"
match = "method named"
"""


def test_a_cell_leads_to_the_line_that_proves_it() -> None:
    (cell,), problems = support.parse({"support": [CELL]}, "support.toml")
    assert problems == []
    assert cell.address == "https://github.com/huggingface/nn_pruning/blob/abc/README.md#L7"


@pytest.mark.parametrize(
    "change",
    [{"says": ""}, {"match": "maybe"}, {"line": "7"}, {"read": "2026-12-01"}, {"repo": None}],
)
def test_a_faulty_cell_is_a_problem_and_the_others_are_kept(change: dict[str, Any]) -> None:
    found, problems = support.parse({"support": [CELL, {**CELL, **change}]}, "support.toml")
    assert len(found) == 1
    assert [each.message.partition(":")[0] for each in problems] == ["support 2"]


def test_a_key_without_entry_is_named() -> None:
    found, _ = support.parse({"support": [CELL]}, "support.toml")
    (problem,) = support.check(found, {"sanh2020movements"})
    assert "did you mean 'sanh2020movements'?" in problem.message


def test_a_paper_left_out_needs_a_reason() -> None:
    data = {"A": {"reason": "Too short."}, "B": {"arxiv": "1"}, "C": 3}
    found, problems = considered.parse(data, "considered.toml")
    assert [each.title for each in found] == ["A"]
    assert len(problems) == 2


def test_readers_see_what_runs_a_method_and_what_was_left_out(survey: SmallSurvey) -> None:
    survey.write("support.toml", FILE)
    survey.write("considered.toml", '["A <paper>"]\narxiv = "2401.00001"\nreason = "Too short."\n')
    survey.write("support.md", "# Support\n\n```{support}\n```\n\n```{considered}\n```\n")
    survey.edit("index.md", "bibliography\n", "bibliography\nsupport\n")
    settings = 'survey_support = "support.toml"\nsurvey_considered = "considered.toml"\n'
    survey.edit("conf.py", "nitpicky = True\n", f"nitpicky = True\n{settings}")
    built = survey.build()
    assert built.warnings == []
    card = (built.out / "techniques/pruning.html").read_text(encoding="utf-8")
    assert 'Runs in: <a class="reference external" href="https://github.com/huggingface' in card
    page = (built.out / "support.html").read_text(encoding="utf-8")
    assert 'href="techniques/pruning.html#survey-sanh2020movement"' in page
    assert "A &lt;paper&gt;" in page
    assert "https://arxiv.org/abs/2401.00001" in page
