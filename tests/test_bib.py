"""Bib: every problem of a .bib file at its line, and nothing passes that pybtex refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pybtex.database import BibliographyData, parse_string
from pybtex.richtext import Text
from samples import BALANCED, HOSTILE

from surveyext.library import load
from surveyext.library.bib import parse
from surveyext.library.model import Kind, Person, Problem

MEND = "; mend the braces, commas, quotes or names there"
NAMES = "; write 'Family, Given' and put ' and ' between people"
REAL = (Path(__file__).parent.parent / "refs.bib").read_text(encoding="utf-8")
REAL_RECORDS = re.findall(r"^@[a-z]+\{.*?^\}\n", REAL, re.DOTALL | re.MULTILINE)
GOOD = """\
@inproceedings{sanh2020movement,
  title = {Movement Pruning: Adaptive Sparsity by Fine-Tuning},
  author = {Sanh, Victor and Wolf, Thomas and Rush, Alexander M.},
  year = 2020,
}
"""


def faults(text: str) -> list[tuple[int, Kind, str]]:
    """Return the problems of a text without the file."""
    return [(problem.line, problem.kind, problem.message) for problem in parse(text, "refs.bib")[1]]


def author(names: str) -> tuple[Person, ...]:
    """Return the people of an author field that has no fault."""
    records, problems = parse(f"@misc{{lee2024some, author = {{{names}}}}}", "refs.bib")
    assert problems == []
    return records["lee2024some"].people


def test_a_record_is_read_as_written_with_white_space_folded() -> None:
    records, problems = parse(GOOD.replace("Adaptive", "\n\t Adaptive"), "docs/refs.bib")
    assert problems == []
    record = records["sanh2020movement"]
    assert (record.type, record.file, record.line) == ("inproceedings", "docs/refs.bib", 1)
    assert record.fields == (
        ("title", "Movement Pruning: Adaptive Sparsity by Fine-Tuning"),
        ("author", "Sanh, Victor and Wolf, Thomas and Rush, Alexander M."),
        ("year", "2020"),
    )
    assert record.people == (
        Person("Sanh", "Victor"),
        Person("Wolf", "Thomas"),
        Person("Rush", "Alexander M."),
    )
    assert record.year == 2020


def test_types_and_field_names_are_lower_case_and_keys_are_as_written() -> None:
    records, _ = parse("@InProceedings{Sanh2020, TITLE = {A}, Year = 2020}", "refs.bib")
    record = records["Sanh2020"]
    assert (record.type, record.fields) == ("inproceedings", (("title", "A"), ("year", "2020")))


def test_strings_months_and_concatenation_are_filled_in() -> None:
    text = """
    @string{neurips = "Advances in " # {Neural}}
    @STRING(full = NeurIPS # " Information Processing Systems")
    @comment{nothing of @ this}
    @preamble{"\\newcommand{\\x}{y}"}
    @inproceedings(vaswani2017attention, booktitle = full # " " # 30, month = DEC, year = 2017)
    """
    records, problems = parse(text.replace("@ this", "this"), "refs.bib")
    assert problems == []
    assert dict(records["vaswani2017attention"].fields) == {
        "booktitle": "Advances in Neural Information Processing Systems 30",
        "month": "December",
        "year": "2017",
    }


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Laurens van der Maaten", Person("van der Maaten", "Laurens")),
        ("van der Maaten, Laurens", Person("van der Maaten", "Laurens")),
        ("King, Jr., Martin Luther", Person("King", "Martin Luther", "Jr.")),
        ("{Hugging Face, Inc. and Friends}", Person("Hugging Face, Inc. and Friends")),
        ("{OpenAI}", Person("OpenAI")),
        (r"{\'E}douard Gr{\'e}", Person("Gré", "Édouard")),
        (r"Garc{\'{\i}}a M{\'a}rquez, Gabriel", Person("García Márquez", "Gabriel")),
        ("Charles Louis Xavier Joseph de la Vall{\\'e}e Poussin",
         Person("de la Vallée Poussin", "Charles Louis Xavier Joseph")),
        ("Aristotle", Person("Aristotle")),
        ("And, Metin", Person("And", "Metin")),
    ],
)  # fmt: skip
def test_names_are_parsed_as_bibtex_does(name: str, person: Person) -> None:
    assert author(f"{name} AND Wolf, Thomas") == (person, Person("Wolf", "Thomas"))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_problems_name_the_line_whatever_ends_the_lines(newline: str) -> None:
    text = (
        GOOD
        + "\n\n\t@misc{lee2024one,\n\ttitle = {One}\n\tyear = 2024}\n"
        + "@misc{lee2024two, title = nolabel}\n"
        + GOOD
    )
    assert [(line, kind) for line, kind, _ in faults(text.replace("\n", newline))] == [
        (10, Kind.BIB_SYNTAX),
        (11, Kind.BIB_SYNTAX),
        (12, Kind.DUPLICATE_KEY),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("@misc{a2020b,\n title = {A}\n year = 2020}", 3,
         f"not BibTeX in record 'a2020b': syntax error, '}}' expected{MEND}"),
        ("@misc{a2020b, title = nips}", 1,
         f"not BibTeX in record 'a2020b': undefined string, nips{MEND}"),
        ('\n@misc{a2020b,\n title = "A}"}', 3,
         f"not BibTeX in record 'a2020b': syntax error, unbalanced braces{MEND}"),
        ("\n@misc{a2020b,\n title = {A {nested}\n", 2,
         f"not BibTeX in record 'a2020b': syntax error, premature end of file{MEND}"),
        ("@misc{, title = {A}}", 1, f"not BibTeX: syntax error, entry key expected{MEND}"),
        ("Mail me@example.org first", 1, f"not BibTeX: syntax error, '(' or '{{' expected{MEND}"),
        ("@misc{a2020b,\n title = }", 2,
         f"not BibTeX in record 'a2020b': syntax error, field value expected{MEND}"),
        ("@string{a = b}", 1, f"not BibTeX: undefined string, b{MEND}"),
        ("\n@misc{a2020b,\n Title = {A},\n TITLE = {B}}", 2,
         "record 'a2020b': the field 'title' stands there twice; keep one"),
        ("@misc{a2020b, author = {Sanh, Victor, Wolf, Thomas}}", 1,
         f"record 'a2020b': Too many commas in 'Sanh, Victor, Wolf, Thomas'{NAMES}"),
        ("@misc{a2020b, editor = {Sanh, Victor, Wolf, Thomas}}", 1,
         f"record 'a2020b': Too many commas in 'Sanh, Victor, Wolf, Thomas'{NAMES}"),
        ("@misc{a2020b, author = {Sanh, Victor and }}", 1,
         f"record 'a2020b': 'Sanh, Victor and' is no name{NAMES}"),
        ("@misc{a2020b, author = {Sanh, Victor and and Wolf, Thomas}}", 1,
         f"record 'a2020b': 'and Wolf, Thomas' is no name{NAMES}"),
        ("@misc{a2020b, author = {Sanh, Victor and , Thomas}}", 1,
         f"record 'a2020b': ', Thomas' has no family name{NAMES}"),
        ("@misc{a2020b, author = {Sanh\\, V.}}", 1,
         f"record 'a2020b': 'Sanh\\, V.' is no name{NAMES}"),
        ("@misc{a2020b, title = {Prune 50% of the weights}}", 1,
         "record 'a2020b': the field 'title' ends at a bare '%' or '\\' for TeX; "
         "write '\\%', or remove it"),
        ("@misc{a2020b, note = {Prune \\}}", 1,
         "record 'a2020b': the field 'note' ends at a bare '%' or '\\' for TeX; "
         "write '\\%', or remove it"),
        ("@misc{a2020b, title = {Pru\xadning}}", 1,
         "record 'a2020b': the field 'title' has the invisible character U+00AD; delete it"),
        ("@misc{a2020b, note = {Right\u202eto left}}", 1,
         "record 'a2020b': the field 'note' has the invisible character U+202E; delete it"),
        ("@misc{a{b, title = {A}}", 1,
         "record 'a{b': the key must do as an address; use letters, digits and any of '-_.:/+'"),
        ("@misc(a}b, title = {A})", 1,
         "record 'a}b': the key must do as an address; use letters, digits and any of '-_.:/+'"),
        ("@misc{a\u200bb, title = {A}}", 1,
         "record 'a\u200bb': the key must do as an address; use letters, digits and any of "
         "'-_.:/+'"),
    ],
)  # fmt: skip
def test_each_mistake_is_said_once_at_its_line(text: str, line: int, message: str) -> None:
    lost = message.startswith("not BibTeX") or "the key must" in message or "invisible" in message
    kind = Kind.BIB_SYNTAX if lost else Kind.ODD_RECORD
    assert faults(text) == [(line, kind, message)]


def test_an_escaped_percent_and_a_percent_in_an_address_are_right() -> None:
    text = r"@misc{a2020b, title = {50\% of $x$}, url = {https://example.org/a%20b}}"
    assert faults(text) == []


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (
            "sanh2020movement",
            "record 'sanh2020movement' stands at line 1 already; delete one of the two",
        ),
        (
            "Sanh2020Movement",
            "record 'Sanh2020Movement' stands at line 1 already as 'sanh2020movement', and case "
            "does not count; delete one of the two",
        ),
    ],
)
def test_a_key_is_taken_whatever_its_case(second: str, message: str) -> None:
    records, problems = parse(GOOD + GOOD.replace("sanh2020movement", second), "refs.bib")
    assert problems == [Problem("refs.bib", 6, Kind.DUPLICATE_KEY, message)]
    assert [(key, record.line) for key, record in records.items()] == [("sanh2020movement", 1)]


def test_a_key_is_taken_by_a_record_of_another_file(tmp_path: Path) -> None:
    one, two = tmp_path / "one.bib", tmp_path / "two.bib"
    one.write_text(f"\n{GOOD}", encoding="utf-8")
    two.write_text(GOOD.replace("{sanh", "{Sanh"), encoding="utf-8")
    loaded = load.load(load.Paths(bib=(one, two)), lambda path: path.name)
    assert list(loaded.records) == ["sanh2020movement"]
    message = (
        "record 'Sanh2020movement' stands at one.bib:2 already as 'sanh2020movement', and case "
        "does not count; delete one of the two"
    )
    assert loaded.problems == (Problem("two.bib", 1, Kind.DUPLICATE_KEY, message),)


def test_every_problem_comes_in_one_run_and_the_rest_is_still_read() -> None:
    text = """\
@misc{one2020a, title = {An {open brace, and \"a quote},
  year = 2020,
}
@misc{two2020b, title = nips # acl}
@misc(three2020c, title = {C}, year = 2020}
@ {four2020d, title = {D}}
@misc{five2020e, author = {A, B, C, D and E, F, G, H}, title = {E}}
@misc{six2020f, title = {F}}
@misc{SIX2020F, title = {G}}
@misc{seven2020g, title = "H
"""
    records, problems = parse(text, "refs.bib")
    assert [(problem.line, problem.kind) for problem in problems] == [
        (4, Kind.BIB_SYNTAX),
        (4, Kind.BIB_SYNTAX),
        (4, Kind.BIB_SYNTAX),
        (5, Kind.BIB_SYNTAX),
        (6, Kind.BIB_SYNTAX),
        (7, Kind.ODD_RECORD),
        (7, Kind.ODD_RECORD),
        (9, Kind.DUPLICATE_KEY),
        (10, Kind.BIB_SYNTAX),
    ]
    assert list(records) == ["five2020e", "six2020f"]


def test_a_brace_left_open_hides_no_later_record() -> None:
    text = "@misc{one2020a,\n  title = {Two {open {braces,\n}\n\n" + GOOD
    records, problems = parse(text, "refs.bib")
    assert list(records) == ["sanh2020movement"]
    assert records["sanh2020movement"].line == 5
    assert [problem.line for problem in problems] == [1]


def test_the_real_records_parse_without_a_problem_and_as_pybtex_reads_them() -> None:
    records, problems = parse(REAL, "refs.bib")
    assert problems == []
    assert list(records) == list(parse_string(REAL, "bibtex").entries)
    assert len(records) == REAL.count("\n@") - REAL.count("\n@string")


KEYS = st.sampled_from(["lee2024a", "Lee2024A", "o'neil", "a}b", "é2020", "x:y/z", "a#b"])
NAMES_OF_FIELDS = st.sampled_from(["title", "author", "editor", "Title", "url", "note"])
CLEAN = st.builds("{{{}}}".format, BALANCED) | st.builds("{{{} and {}}}".format, BALANCED, BALANCED)
VALUES = st.one_of(
    st.sampled_from(["2020", "nips", "NIPS", "dec", '"A"', "{A} # nips", "", "{", '"', "{{A}}"]),
    st.builds('"{}"'.format, HOSTILE),
    CLEAN,
)


def record_text(
    types: list[str], opening: str, values: st.SearchStrategy[str], closing: list[str]
) -> st.SearchStrategy[str]:
    """Return records with such parts."""
    field = st.builds(" {} = {}".format, NAMES_OF_FIELDS, values)
    fields = st.lists(field, max_size=4).map(",\r\n".join)
    begin, end = st.sampled_from(opening), st.sampled_from(closing)
    return st.builds("@{}{}{},{}{}".format, st.sampled_from(types), begin, KEYS, fields, end)


RIGHT = record_text(["misc", "Article"], "{", CLEAN, ["}"])
WRONG = record_text(
    ["misc", "string", "preamble", "comment", "@", " misc"],
    "{(",
    VALUES,
    ["}", ")", "", "}}", ",}"],
)
BIBTEX = st.one_of(
    st.lists(RIGHT, min_size=1, max_size=2),
    st.lists(RIGHT | WRONG | HOSTILE | st.just("@string{nips = {NIPS}}"), max_size=5),
).map("\n".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A few real records with a few places struck out or written over."""
    chosen = st.lists(st.sampled_from(REAL_RECORDS), min_size=1, max_size=3, unique=True)
    text = "".join(draw(chosen))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        width = draw(st.integers(0, 3))
        text = text[:place] + draw(st.sampled_from(["", *'{}"#,=@(\\%'])) + text[place + width :]
    return text


def read_by_pybtex(text: str) -> BibliographyData:
    """Read the text as sphinxcontrib-bibtex does, down to the TeX that it sets."""
    data = parse_string(text, "bibtex")
    for entry in data.entries.values():
        for name, value in entry.fields.items():
            if name.lower() not in {"url", "doi", "eprint", "openreview"}:
                Text.from_latex(value)
        for people in entry.persons.values():
            for person in people:
                for part in ("first", "middle", "prelast", "last", "lineage"):
                    for word in getattr(person, f"{part}_names"):
                        Text.from_latex(word)
    return data


@given(st.one_of(BIBTEX, mutated(), st.text()))
@example("@misc{a2020b, author = {" + "{" * 100 + "x" + "}" * 100 + "}}")
@example("@misc{a2020b, author = {" + "{" * 101 + "x" + "}" * 101 + "}}")
@example("@misc{É, title = {A}} @misc{é, title = {A}}")
def test_what_passes_here_never_stops_the_bibliography(text: str) -> None:
    records, problems = parse(text, "refs.bib")
    if not problems:
        data = read_by_pybtex(text)
        assert list(records) == list(data.entries)
        for key, record in records.items():
            assert len(record.people) == len(data.entries[key].persons.get("author", []))
            assert all(person.family for person in record.people)


@given(st.one_of(BIBTEX, mutated(), st.text()))
def test_any_text_gives_records_and_problems_with_lines_of_the_text(text: str) -> None:
    records, problems = parse(text, "refs.bib")
    lines = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert all(1 <= problem.line <= lines for problem in problems)
    assert all(1 <= record.line <= lines for record in records.values())
    assert problems == sorted(problems)
    assert all(key == record.key for key, record in records.items())


@given(st.lists(st.sampled_from(["Sanh, V.", "{Hugging Face}", "van Dijk, A.", "Li, Jr., B."])))
def test_people_keep_their_order(names: list[str]) -> None:
    families = {"Sanh, V.": "Sanh", "{Hugging Face}": "Hugging Face"}
    families |= {"van Dijk, A.": "van Dijk", "Li, Jr., B.": "Li"}
    shown = [person.family for person in author(" and ".join(names))]
    assert shown == [families[name] for name in names]
