"""The results ledger: rows, their vocabularies, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyext.library import ledger
from surveyext.library.ledger import Vocabulary, clashes, comparisons, load_vocabulary, parse
from surveyext.library.model import Kind

TABLES: dict[str, dict[str, Any]] = {
    "model": {
        "Llama-2-7B": {"parameters": 6.74, "aliases": ["llama2-7b"]},
        "LLaMA-7B": {"aliases": []},
    },
    "dataset": {"WikiText-2": {"aliases": ["wikitext2"]}, "GLUE": {}},
    "metric": {
        "perplexity": {"unit": "", "better": "lower", "requires": ["context"]},
        "average accuracy": {"unit": "%", "better": "higher", "requires": ["tasks"]},
        "speed-up": {
            "unit": "x",
            "better": "higher",
            "requires": ["hardware", "batch", "against"],
        },
    },
    "hardware": {"NVIDIA A100 80GB": {"kind": "GPU", "aliases": ["A100-80GB"]}},
}
NAMES = {option: f"data/{file}" for option, file in ledger.VOCABULARIES.items()}
TABLE = """
[[table]]
source = "https://github.com/OpenGVLab/OmniQuant/blob/0000000/README.md"
place = "Table 1"
read = "repository"
paper = "shao2024omniquant"
date = 2026-12-01
model = "llama2-7b"
dataset = "WikiText-2"
split = "test"
metric = "perplexity"
context = 2048
full = 5.47
rows = [
  { key = "shao2024omniquant", weight_bits = 4, group_size = 128, value = 5.58 },
  { key = "frantar2023optq", weight_bits = 4, group_size = 128, value = 5.60 },
  # rounding alone
  { method = "round to nearest", weight_bits = 3, group_size = 128, value = 6.66 },
]
"""


@pytest.fixture(name="vocabulary", scope="module")
def _vocabulary() -> Vocabulary:
    vocabulary, problems = load_vocabulary(TABLES, NAMES)
    assert problems == []
    return vocabulary


def test_rows_inherit_from_their_table_and_names_are_spelt_one_way(vocabulary: Vocabulary) -> None:
    results, problems = parse(TABLE, "results/quantization.toml", vocabulary)
    assert problems == []
    assert [(one.key or one.method, str(one.value), one.line) for one in results] == [
        ("shao2024omniquant", "5.58", 15),
        ("frantar2023optq", "5.60", 16),
        ("round to nearest", "6.66", 18),
    ]
    assert {one.model for one in results} == {"Llama-2-7B"}
    assert [one.measured_by for one in results] == ["authors", "comparison", "comparison"]


def test_a_row_overrides_its_table(vocabulary: Vocabulary) -> None:
    text = TABLE.replace("value = 5.58", 'value = 5.1, context = 4096, model = "LLaMA-7B"')
    results, problems = parse(text, "results/q.toml", vocabulary)
    assert problems == []
    assert (results[0].context, results[0].model) == (4096, "LLaMA-7B")
    assert results[1].context == 2048


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("context = 2048\n", "", "perplexity without 'context'"),
        ('metric = "perplexity"\ncontext = 2048', 'metric = "average accuracy"', "without 'tasks'"),
        (
            'metric = "perplexity"',
            'metric = "speed-up"\nbatch = 1\nagainst = "FP16"',
            "without 'hardware'",
        ),
        ('model = "llama2-7b"', 'model = "Lama-2-7B"', "did you mean 'Llama-2-7B'?"),
        ('dataset = "WikiText-2"', 'dataset = "MMLU"', "not in datasets.toml"),
        ('metric = "perplexity"', 'metric = "perplexety"', "did you mean 'perplexity'?"),
        ('read = "repository"', 'read = "somewhere"', "is not one of paper"),
        ("date = 2026-12-01", 'date = "2026-12-01"', "is not a date"),
        ("context = 2048", 'context = "2048"', "is not a whole number"),
        ("context = 2048", "context = true", "is not a whole number"),
        ("full = 5.47", "full = nan", "is not a number"),
        ("full = 5.47", "sparsity = 50", "write 0.5 for 50 %"),
        ("full = 5.47", "weigth_bits = 4", "did you mean 'weight_bits'?"),
        ('place = "Table 1"\n', "", "has no 'place'"),
        ('paper = "shao2024omniquant"\n', "", "give 'paper'"),
        ('paper = "shao2024omniquant"', 'paper = "a"\nbenchmark = "b"', "give 'paper'"),
        ('source = "https://github.com', 'source = "github.com', "is not an address"),
    ],
)
def test_a_fault_in_a_table_is_named_at_every_row(
    vocabulary: Vocabulary, old: str, new: str, message: str
) -> None:
    assert old in TABLE
    results, problems = parse(TABLE.replace(old, new, 1), "results/q.toml", vocabulary)
    assert results == []
    assert len(problems) == 3
    assert all(message in each.message for each in problems), problems
    assert {each.kind for each in problems} == {Kind.BAD_RESULT}


def test_one_faulty_row_does_not_stop_the_others(vocabulary: Vocabulary) -> None:
    text = TABLE.replace('key = "frantar2023optq"', 'key = "frantar2023optq", method = "GPTQ"')
    results, problems = parse(text, "results/q.toml", vocabulary)
    assert [str(one.value) for one in results] == ["5.58", "6.66"]
    assert [(each.file, each.line) for each in problems] == [("results/q.toml", 16)]


@pytest.mark.parametrize(
    "text",
    [
        "[[table]\n",
        "table = 3\n",
        "[[table]]\nrows = 3\n",
        "[[table]]\nrows = [3]\n",
        "table = [3]\n",
    ],
)
def test_any_other_toml_is_a_problem_and_never_an_exception(
    vocabulary: Vocabulary, text: str
) -> None:
    results, problems = parse(text, "results/q.toml", vocabulary)
    assert results == []
    assert problems
    assert all(each.line >= 1 for each in problems)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    vocabulary, _ = load_vocabulary(TABLES, NAMES)
    results, _ = parse(text, "results/q.toml", vocabulary)
    assert results == []


def test_an_alias_has_one_meaning() -> None:
    tables = {**TABLES, "dataset": {"WikiText-2": {"aliases": ["GLUE"]}, "GLUE": {}}}
    _, problems = load_vocabulary(tables, NAMES)
    assert ["already means" in each.message for each in problems] == [True]


@pytest.mark.parametrize(
    "facts", [{"better": "more"}, {"better": "lower", "requires": ["kontext"]}, {"unit": 3}]
)
def test_a_metric_says_which_way_is_better_and_what_it_needs(facts: dict[str, object]) -> None:
    vocabulary, problems = load_vocabulary({**TABLES, "metric": {"perplexity": facts}}, NAMES)
    assert vocabulary.metrics == {}
    assert [each.file for each in problems] == ["data/metrics.toml"]


def test_a_repeated_row_is_named_with_its_first_place(vocabulary: Vocabulary) -> None:
    results, _ = parse(TABLE + TABLE, "results/q.toml", vocabulary)
    problems = list(ledger.duplicates(results))
    assert [each.line for each in problems] == [34, 35, 37]
    assert "results/q.toml:15" in problems[0].message


def test_only_equal_settings_are_compared(vocabulary: Vocabulary) -> None:
    other = TABLE.replace("context = 2048", "context = 4096")
    results, _ = parse(TABLE + other, "results/q.toml", vocabulary)
    found = comparisons(results, vocabulary)
    assert [(each.task["context"], each.cost, each.methods) for each in found] == [
        (2048, {"weight_bits": 3}, 1),
        (2048, {"weight_bits": 4}, 2),
        (4096, {"weight_bits": 3}, 1),
        (4096, {"weight_bits": 4}, 2),
    ]
    best_first = [one.value for one in found[1].results]
    assert best_first == sorted(best_first)


def test_sources_that_disagree_are_found(vocabulary: Vocabulary) -> None:
    other = TABLE.replace("OmniQuant", "awq").replace("value = 5.60", "value = 5.69")
    results, _ = parse(TABLE + other, "results/q.toml", vocabulary)
    (clash,) = clashes(results)
    assert [str(one.value) for one in clash.results] == ["5.60", "5.69"]


def test_keys_without_entries_are_named(vocabulary: Vocabulary) -> None:
    results, _ = parse(TABLE, "results/q.toml", vocabulary)
    problems = list(ledger.check_keys(results, {"shao2024omniquant", "frantar2023optqs"}))
    assert [each.line for each in problems] == [16]
    assert "did you mean 'frantar2023optqs'?" in problems[0].message
