"""Ledger: measured results, one row per measurement, and their vocabularies; pure.

A file holds the results of one technique page. Its form is documented on the page
*Results ledger* of the manual: ``[[table]]`` names a table of a source and what all its rows
share, ``rows`` has one inline table per line, which may override any of it.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from surveyext.library.model import Kind, Problem
from surveyext.library.text import did_you_mean, is_web_link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

#: How a number was read; the first are nearest to the measurement.
READ_FROM = ("paper", "appendix", "repository", "log", "abstract", "second-hand")
#: The vocabularies: option of a row -> file of its names, below the folder of vocabularies.
VOCABULARIES: Mapping[str, str] = {
    "model": "models.toml",
    "dataset": "datasets.toml",
    "metric": "metrics.toml",
    "hardware": "hardware.toml",
}
_LONGEST = 300  #: Characters of a text.


class Term(NamedTuple):
    """A name of a vocabulary."""

    name: str
    aliases: tuple[str, ...]
    facts: Mapping[str, Any]  #: What else its table says.


class Metric(NamedTuple):
    """What is measured."""

    name: str
    unit: str  #: "" where the number has none.
    better: str  #: "higher" or "lower".
    requires: tuple[str, ...]  #: Options without which its numbers mean nothing.


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that rows may use, each spelt one way."""

    models: Mapping[str, Term] = field(default_factory=dict)
    datasets: Mapping[str, Term] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    hardware: Mapping[str, Term] = field(default_factory=dict)

    def names(self, option: str) -> Mapping[str, Any]:
        """Return the names that an option of a row may use."""
        return {
            "model": self.models,
            "dataset": self.datasets,
            "metric": self.metrics,
            "hardware": self.hardware,
        }[option]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One measurement. Values keep their digits; what a source leaves open is ``None`` or ""."""

    # What was measured.
    key: str = ""  #: Of the entry; "" for a rival that the survey has no entry for.
    method: str = ""  #: The rival's name, where there is no entry.
    variant: str = ""  #: Which form of the method.
    model: str
    dataset: str
    split: str = ""
    metric: str
    value: Decimal
    full: Decimal | None = None  #: The uncompressed model in the same setting.
    # The task's setting: only numbers that share it can be compared.
    context: int | None = None  #: Tokens.
    tasks: int | None = None  #: How many an average covers.
    task_list: str = ""
    shots: int | None = None
    batch: int | None = None
    hardware: str = ""
    engine: str = ""  #: With its version.
    against: str = ""  #: What a speed-up is relative to.
    # The method's setting: what it costs.
    weight_bits: float | None = None
    activation_bits: float | None = None
    cache_bits: float | None = None
    group_size: int | None = None  #: Weights that share a scale.
    sparsity: float | None = None  #: Share of the weights that are zero or removed, 0 to 1.
    pattern: str = ""  #: "unstructured", "2:4", "structured" ...
    compression: float | None = None  #: Original size divided by new size.
    size: float | None = None  #: Parameters left, in billions.
    budget: str = ""  #: "cache of 1,024 tokens"
    calibration: str = ""
    # Where it was read.
    source: str
    place: str  #: "Table 3"
    read: str  #: One of :data:`READ_FROM`.
    paper: str = ""  #: Key of the entry whose table it is.
    benchmark: str = ""  #: The independent benchmark whose table it is.
    date: str  #: The ISO date on which it was read.
    note: str = ""
    file: str = field(default="", repr=False)  #: Like the line no part of a digest.
    line: int = field(default=0, repr=False)

    @property
    def measured_by(self) -> str:
        """Whose number it is: "authors", "comparison" or "benchmark"."""
        if self.benchmark:
            return "benchmark"
        return "authors" if self.key == self.paper else "comparison"

    @property
    def task(self) -> tuple[object, ...]:
        """What two results must share before their values can be compared."""
        return tuple(getattr(self, name) for name in TASK)

    @property
    def cost(self) -> tuple[object, ...]:
        """How far the method went; results of one task and cost are rivals of equal size."""
        return tuple(getattr(self, name) for name in COST)


#: Options that make up a task, in the order in which readers name them.
TASK = (
    "model",
    "dataset",
    "split",
    "metric",
    "context",
    "tasks",
    "task_list",
    "shots",
    "hardware",
    "batch",
    "engine",
    "against",
)
#: Options that say how far a method went.
COST = (
    "weight_bits",
    "activation_bits",
    "cache_bits",
    "sparsity",
    "pattern",
    "compression",
    "size",
    "budget",
)
_WHOLE = {"context", "tasks", "shots", "batch", "group_size"}
_NUMBERS = {
    "value",
    "full",
    "weight_bits",
    "activation_bits",
    "cache_bits",
    "sparsity",
    "compression",
    "size",
}
_OPTIONS = {each.name for each in fields(Result)} - {"file", "line"}
_NEEDED = ("model", "dataset", "metric", "value", "source", "place", "read", "date")


def load_vocabulary(
    tables: Mapping[str, Mapping[str, Any]], shown: Mapping[str, str]
) -> tuple[Vocabulary, list[Problem]]:
    """Turn the tables of the vocabulary files into names.

    :param tables: The content of each file of :data:`VOCABULARIES`, by option.
    :param shown: What problems call each file, by option.
    """
    problems: list[Problem] = []

    def terms(option: str) -> dict[str, Term]:
        found: dict[str, Term] = {}
        for name, facts in tables.get(option, {}).items():
            aliases = facts.get("aliases", []) if isinstance(facts, dict) else None
            if not isinstance(aliases, list) or not all(isinstance(each, str) for each in aliases):
                message = f"'{name}' needs a table whose aliases are a list of texts"
                problems.append(Problem(shown[option], 0, Kind.BAD_DATA, message))
            else:
                found[name] = Term(name, tuple(aliases), facts)
        problems.extend(_ambiguous(found, shown.get(option, "")))
        return found

    metrics = {}
    for name, term in terms("metric").items():
        try:
            metrics[name] = _metric(name, term.facts)
        except ValueError as error:
            problems.append(Problem(shown["metric"], 0, Kind.BAD_DATA, f"'{name}': {error}"))
    found = Vocabulary(terms("model"), terms("dataset"), metrics, terms("hardware"))
    return found, problems


def _ambiguous(terms: Mapping[str, Term], file: str) -> Iterator[Problem]:
    """Yield each alias that leads to two names, or is one."""
    owner = {name: name for name in terms}
    for term in terms.values():
        for alias in term.aliases:
            if owner.setdefault(alias, term.name) != term.name:
                message = f"alias '{alias}' of '{term.name}' already means '{owner[alias]}'"
                yield Problem(file, 0, Kind.BAD_DATA, f"{message}; keep it in one place")


def _metric(name: str, facts: Mapping[str, Any]) -> Metric:
    unit, better = facts.get("unit", ""), facts.get("better", "")
    requires = facts.get("requires", [])
    if better not in {"higher", "lower"}:
        raise ValueError('\'better\' must be "higher" or "lower"')
    if not isinstance(unit, str):
        raise ValueError('\'unit\' is not a text; write "%", or "" where there is none')
    if not isinstance(requires, list) or not set(requires) <= _OPTIONS:
        raise ValueError(
            f"'requires' must be a list of options; use some of {', '.join(sorted(_OPTIONS))}"
        )
    return Metric(name, unit, better, tuple(requires))


def parse(text: str, file: str, vocabulary: Vocabulary) -> tuple[list[Result], list[Problem]]:
    """Turn a ledger file into results; a faulty row is a problem, the others are kept.

    :param file: What problems call it.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)  # 5.60 is not 5.6 to a reader
    except (ValueError, RecursionError) as error:
        message = f"cannot be read: {error}; correct the TOML there"
        return [], [Problem(file, _line_in(str(error)), Kind.BAD_DATA, message)]
    results, problems = [], []
    for shared, row, line in _rows(data, text):
        found = _result(shared, row, vocabulary)
        if isinstance(found, Result):
            results.append(_placed(found, file, line))
        else:
            problems += [Problem(file, line, Kind.BAD_RESULT, message) for message in found]
    for name, value in data.items():
        if name != "table" or value != _tables(data):
            message = f"'{name}' is not part of a ledger; write [[table]], and its options below it"
            problems.append(Problem(file, 1, Kind.BAD_RESULT, message))
    return results, problems


def _placed(result: Result, file: str, line: int) -> Result:
    return replace(result, file=file, line=line)


def _rows(data: Mapping[str, Any], text: str) -> Iterator[tuple[Mapping[str, Any], Any, int]]:
    """Yield what each row's table shares, the row, and its line in the file."""
    lines = _lines(text)
    for number, table in enumerate(_tables(data)):
        start, places = lines[number] if number < len(lines) else (1, [])
        shared = {name: value for name, value in table.items() if name != "rows"}
        rows = table.get("rows")
        for index, row in enumerate(rows if isinstance(rows, list) else [rows]):
            yield shared, row, places[index] if index < len(places) else start


def _tables(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    tables = data.get("table", [])
    return (
        [each for each in tables if isinstance(each, Mapping)] if isinstance(tables, list) else []
    )


def _lines(text: str) -> list[tuple[int, list[int]]]:
    """Return the line of each ``[[table]]`` and of its rows; tomllib does not say them."""
    found: list[tuple[int, list[int]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        start = line.lstrip()
        if start.startswith("[[table]]"):
            found.append((number, []))
        elif found and (start.startswith("{") or start.replace(" ", "").startswith("rows=[{")):
            found[-1][1].append(number)
    return found


def _line_in(message: str) -> int:
    """Return the line that tomllib names at the end of its message, or 1."""
    digits = message.rpartition("line ")[2].partition(",")[0]
    return int(digits) if digits.isdecimal() else 1


def _result(shared: Mapping[str, Any], row: object, vocabulary: Vocabulary) -> Result | list[str]:
    """Return the result of a row, or everything that is wrong with it."""
    if not isinstance(row, Mapping):
        return ['a row is not a table; write rows = [{ key = "...", value = ... }, ...]']
    options = {**shared, **row}
    faults = [
        f"unknown option '{name}'; {did_you_mean(name, _OPTIONS) or 'leave it out'}".strip()
        for name in options
        if name not in _OPTIONS
    ]
    faults += [f"has no '{name}'; add it" for name in _NEEDED if name not in options]
    values = {}
    for name in options.keys() & _OPTIONS:
        try:
            values[name] = _value(name, options[name], vocabulary)
        except ValueError as error:
            faults.append(f"{name}: {error}")
    if not faults:
        faults = list(_contradictions(values, vocabulary))
    return faults or Result(**values)


def _value(name: str, value: object, vocabulary: Vocabulary) -> Any:
    """Return an option's value.

    :raises ValueError: It is not of the option's kind; the message says what to write.
    """
    if name in _WHOLE:
        if type(value) is not int or value < 0:
            raise ValueError(f"{value!r} is not a whole number; write one of 0 or more")
        return value
    if name in _NUMBERS:
        if type(value) not in {int, Decimal} or not Decimal(value).is_finite():  # type: ignore[arg-type]
            raise ValueError(f"'{value}' is not a number; write it as printed, without unit")
        number = Decimal(value)  # type: ignore[arg-type]
        if name == "sparsity" and not 0 <= number <= 1:
            raise ValueError(f"{value} is not between 0 and 1; write 0.5 for 50 %")
        return number if name in {"value", "full"} else float(number)
    if name == "date":
        if not isinstance(value, datetime.date):
            raise ValueError(f"{value!r} is not a date; write YYYY-MM-DD without quotes")
        return value.isoformat()
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise ValueError(f"write a text of 1 to {_LONGEST} characters in quotes")
    if name in VOCABULARIES:
        return _canonical(value, vocabulary.names(name), VOCABULARIES[name])
    if name == "read" and value not in READ_FROM:
        raise ValueError(f"'{value}' is not one of {', '.join(READ_FROM)}")
    if name == "source" and not is_web_link(value):
        raise ValueError(f"'{value}' is not an address; write the whole http(s) address")
    return value


def _canonical(value: str, names: Mapping[str, Any], file: str) -> str:
    """Return the name that a value or alias spells."""
    if value in names:
        return value
    for name, term in names.items():
        if isinstance(term, Term) and value in term.aliases:
            return name
    hint = did_you_mean(value, names)
    raise ValueError(f"'{value}' is not in {file}; {hint}or add it there".replace("? or", "? Or"))


def _contradictions(values: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[str]:
    metric = vocabulary.metrics[values["metric"]]
    for name in metric.requires:
        if name not in values:
            yield f"a {metric.name} without '{name}' cannot be compared; add it or drop the row"
    if ("key" in values) == ("method" in values):
        yield "give 'key' for an entry of the survey, or else 'method', and not both"
    if ("paper" in values) == ("benchmark" in values):
        yield "give 'paper', the key whose table it is, or else 'benchmark', and not both"


def check_keys(results: Iterable[Result], entered: Collection[str]) -> Iterator[Problem]:
    """Yield each row that names a key without an entry."""
    for result in results:
        for name in ("key", "paper"):
            key = getattr(result, name)
            if key and key not in entered:
                hint = did_you_mean(key, entered) or "enter the paper, or use 'method'"
                message = f"{name}: there is no entry '{key}'; {hint.strip()}"
                yield Problem(result.file, result.line, Kind.UNKNOWN_KEY, message)


def duplicates(results: Iterable[Result]) -> Iterator[Problem]:
    """Yield each row that repeats another: same measurement, value and place."""
    seen: dict[Result, Result] = {}
    for result in results:
        bare = _placed(result, "", 0)
        first = seen.setdefault(bare, result)
        if first is not result:
            message = f"repeats the row at {first.file}:{first.line}; delete one of them"
            yield Problem(result.file, result.line, Kind.BAD_RESULT, message)


class Clash(NamedTuple):
    """The same measurement with different values in two sources."""

    results: tuple[Result, ...]


def clashes(results: Iterable[Result]) -> list[Clash]:
    """Return measurements that sources disagree on: papers do."""
    same: dict[tuple[object, ...], list[Result]] = {}
    for each in results:
        who = (each.key or each.method, each.variant, each.group_size, each.calibration)
        same.setdefault((*who, *each.task, *each.cost), []).append(each)
    return [
        Clash(tuple(group))
        for group in same.values()
        if len({one.value for one in group}) > 1 and len({one.source for one in group}) > 1
    ]


class Comparison(NamedTuple):
    """Results of one task and cost, best first."""

    task: Mapping[str, Any]  #: Options of :data:`TASK` that are given.
    cost: Mapping[str, Any]  #: Options of :data:`COST` that are given.
    results: tuple[Result, ...]

    @property
    def methods(self) -> int:
        """How many methods are compared."""
        return len({each.key or each.method for each in self.results})

    @property
    def sources(self) -> int:
        """From how many papers and benchmarks."""
        return len({each.paper or each.benchmark for each in self.results})


def comparisons(results: Iterable[Result], vocabulary: Vocabulary) -> list[Comparison]:
    """Return all groups of results that can be compared, in a total order."""
    groups: dict[tuple[object, ...], list[Result]] = {}
    for each in results:
        groups.setdefault((each.task, each.cost), []).append(each)
    found = []
    for group in groups.values():
        first = group[0]
        sign = -1 if vocabulary.metrics[first.metric].better == "higher" else 1
        ranked = sorted(group, key=lambda one: (sign * one.value, one.key, one.method, one.line))
        found.append(Comparison(_given(first, TASK), _given(first, COST), tuple(ranked)))
    return sorted(found, key=lambda each: repr((*each.task.items(), *each.cost.items())))


def _given(result: Result, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(result, name) for name in names}
    return {name: value for name, value in values.items() if value not in ("", None)}


def load(folder: Path, file: str, vocabulary: Vocabulary) -> tuple[list[Result], list[Problem]]:
    """Read all ledger files of a folder, by name.

    :param file: What problems call the folder.
    """
    results: list[Result] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.toml")):
        name = f"{file}/{path.name}"
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot be read: {error}; save it as UTF-8"
            problems.append(Problem(name, 1, Kind.BAD_DATA, message))
            continue
        found, faults = parse(text, name, vocabulary)
        results += found
        problems += faults
    return results, [*problems, *duplicates(results)]
