"""Results as readers see them: on cards, compared, and as files."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from surveyext.exports.results import schema

if TYPE_CHECKING:
    from conftest import SmallSurvey as Survey

VOCABULARY = {
    "models.toml": '["BERT-base"]\nparameters = 0.11\n["GPT-2"]\n',
    "datasets.toml": '["SQuAD v1.1"]\n["WikiText-103"]\n',
    "metrics.toml": (
        '[F1]\nunit = "%"\nbetter = "higher"\n'
        '[perplexity]\nbetter = "lower"\nrequires = ["context"]\n'
    ),
    "hardware.toml": "",
}
LEDGER = """
[[table]]
source = "https://example.org/paper"
place = "Table 2"
read = "paper"
paper = "sanh2020movement"
date = 2026-12-01
model = "BERT-base"
dataset = "SQuAD v1.1"
split = "dev"
metric = "F1"
full = 88.1
rows = [
  { key = "sanh2020movement", sparsity = 0.9, pattern = "unstructured", value = 84.90 },
  { key = "jiao2020tinybert", compression = 7.5, value = 82.1 },
  { method = "magnitude <pruning>", sparsity = 0.9, pattern = "unstructured", value = 80.2 },
]
"""
PAGE = """
# Compare

```{compare}
```

```{compare} others
```
"""


@pytest.fixture(name="measured")
def _measured(survey: Survey) -> Survey:
    for name, text in VOCABULARY.items():
        survey.write(name, text)
    survey.write("results/pruning.toml", LEDGER)
    survey.write("compare.md", PAGE)
    survey.edit("index.md", "bibliography\n", "bibliography\ncompare\n")
    survey.edit(
        "conf.py",
        'survey_tags = "tags.toml"',
        'survey_tags = "tags.toml"\nsurvey_results = "results"\nsurvey_vocabularies = "."',
    )
    return survey


def test_a_card_shows_its_results_with_the_uncompressed_model_and_the_place(
    measured: Survey,
) -> None:
    built = measured.build()
    assert built.warnings == []
    page = (built.out / "techniques/pruning.html").read_text(encoding="utf-8")
    table = page[page.index("survey-results") :].partition("</table>")[0]
    for text in ("BERT-base, SQuAD v1.1", "90\u00a0% sparse", "84.90", "88.1", "Table 2"):
        assert text in table
    assert 'href="https://example.org/paper"' in table


def test_methods_of_one_task_are_compared_best_first_within_a_setting(measured: Survey) -> None:
    page = (measured.build().out / "compare.html").read_text(encoding="utf-8")
    table = page[page.index("survey-results") :].partition("</table>")[0]
    assert table.index("84.90") < table.index("80.2")
    assert "TinyBERT" in table
    assert "magnitude &lt;pruning&gt;" in table
    assert 'href="techniques/pruning.html#survey-sanh2020movement"' in table


def test_the_files_hold_every_row_as_the_schema_says(measured: Survey) -> None:
    built = measured.build()
    published = json.loads((built.out / "results.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(schema())
    data = json.loads((built.out / "results.json").read_text(encoding="utf-8"))
    Draft202012Validator(published).validate(data)
    text = (built.out / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["value"] for row in rows] == ["84.90", "82.1", "80.2"]
    assert [row["name"] for row in rows] == ["Movement pruning", "TinyBERT", "magnitude <pruning>"]
    assert [row["measured_by"] for row in rows] == ["authors", "comparison", "comparison"]
    entries = json.loads((built.out / "entries.json").read_text(encoding="utf-8"))["entries"]
    counts = {entry["key"]: len(entry["results"]) for entry in entries}
    assert counts == {"sanh2020movement": 1, "jiao2020tinybert": 1}


def test_an_edited_row_is_seen_on_every_page_that_shows_it(measured: Survey) -> None:
    measured.build()
    measured.edit("results/pruning.toml", "84.90", "84.91")
    built = measured.build()
    assert "84.91" in (built.out / "techniques/pruning.html").read_text(encoding="utf-8")
    assert "84.91" in (built.out / "compare.html").read_text(encoding="utf-8")
    assert "84.91" in (built.out / "results.csv").read_text(encoding="utf-8")


def test_a_faulty_row_is_reported_with_its_line_and_the_others_are_shown(
    measured: Survey,
) -> None:
    measured.edit("results/pruning.toml", "compression = 7.5", "compresion = 7.5")
    built = measured.build()
    (warning,) = built.warnings
    assert "results/pruning.toml:15" in warning
    assert "did you mean 'compression'?" in warning
    assert "No three methods" in (built.out / "compare.html").read_text(encoding="utf-8")
    assert "84.90" in (built.out / "techniques/pruning.html").read_text(encoding="utf-8")


def test_files_of_results_go_with_the_last_row(measured: Survey) -> None:
    assert (measured.build().out / "results.csv").exists()
    measured.write("results/pruning.toml", "")
    assert not (measured.build().out / "results.csv").exists()


def test_sources_that_disagree_are_shown_side_by_side(measured: Survey) -> None:
    other = LEDGER.replace("example.org/paper", "example.org/other").replace("82.1", "82.4")
    other = other.replace('paper = "sanh2020movement"', 'paper = "jiao2020tinybert"')
    measured.write("results/distillation.toml", other)
    measured.write("compare.md", "# Review\n\n```{disagreements}\n```\n\n```{coverage}\n```\n")
    page = (measured.build().out / "compare.html").read_text(encoding="utf-8")
    assert "different values: 1." in page
    assert "82.1" in page
    assert "82.4" in page
    assert "Results: 6. Models: 1. Papers and benchmarks: 2." in page
