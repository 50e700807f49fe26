"""Fuzz: whatever the files hold, a build answers in time, with messages, and safely."""

from __future__ import annotations

import datetime
import random
import re
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from conftest import MOVEMENT, TINYBERT, VENUES, refusal
from fuzzing import (
    BIBS,
    DAMAGE,
    FOREIGN,
    MORE,
    damaged,
    faults_of,
    is_followable,
    note,
    options,
    within,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import HOSTILE
from sphinx.testing.util import _clean_up_global_state

from surveyext.exports.formats import bibtex, csl, reference, ris
from surveyext.library import bib, evidence
from surveyext.library.evidence import identifiers, unconfirmed
from surveyext.library.formulas import fault, to_mathml
from surveyext.library.links import record_links
from surveyext.library.source_lists import parse as parse_rows
from surveyext.library.text import is_web_link, plain, slug
from surveyext.library.toml_tables import parse_tags, parse_venues
from surveyext.sources import normalise
from surveyext.sources.identifiers import parse as parse_identifier
from surveyext.survey.checks import check_cites, check_records, check_use
from surveyext.views.inline import linked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import SmallSurvey

pytestmark = pytest.mark.once

RULES = parse_venues(tomllib.loads(VENUES), "venues.toml")[0]
EVIDENCE = """
[sanh2020movement]
checked = 2026-11-21
titles = { "arXiv:2005.07683" = "Movement Pruning: Adaptive Sparsity by Fine-Tuning" }
sources = [
  { url = "https://arxiv.org/abs/2005.07683", confirms = ["title", "author"], where = "p. 1" },
]
retitled = ["Movement Pruning"]
unverified = ["pages"]
note = "A note."
"""
#: A whole case, with its exports, may take so long on a machine that does much else.
SECONDS = 20
DEEP = 100_000


def cases(number: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the decorator for a test of so many cases, more in `make fuzz`."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=number * MORE, suppress_health_check=slow)


def use(text: str) -> None:
    """Read a .bib file and make of its records all that a build makes."""
    records, problems = bib.parse(text, "refs.bib")
    lines = len(re.findall(r"\r\n?|\n", text)) + 1
    assert all(0 < problem.line <= lines and problem.message for problem in problems)
    if problems:
        return  # a build ends here
    list(check_records(records, RULES, datetime.date(2026, 11, 21)))
    list(check_use(records, ()))
    list(check_cites([("nobody", 1)], records, "page.md"))
    ris(records.values())
    for record in records.values():
        assert all(is_followable(link.url) for link in record_links(record))
        assert is_followable(str(csl(record).get("URL", "")))
        reference(record)
        assert "\n@" not in bibtex(record)[1:]


@cases(500)
@given(BIBS)
def test_what_looks_like_a_bib_file_gives_records_and_problems(text: str) -> None:
    with within(SECONDS):
        use(text)


@cases(500)
@given(st.lists(DAMAGE, min_size=1, max_size=6))
def test_a_damaged_bib_file_gives_records_and_problems(
    damages: list[tuple[float, int, str]],
) -> None:
    with within(SECONDS):
        use(damaged(MOVEMENT + TINYBERT, damages))


VALUES = st.recursive(
    st.one_of(HOSTILE, st.sampled_from(FOREIGN), st.integers(), st.dates(), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=6,
)
NAMES = ["checked", "titles", "sources", "retitled", "unverified", "note", "url", "confirms"]
TABLES = st.dictionaries(
    st.sampled_from(["sanh2020movement", "nobody"]),
    st.one_of(
        VALUES,
        st.dictionaries(st.sampled_from(NAMES), VALUES),
        st.fixed_dictionaries(
            {
                "checked": st.dates(),
                "titles": st.dictionaries(HOSTILE, HOSTILE, max_size=2),
                "sources": st.lists(
                    st.dictionaries(st.sampled_from(["url", "confirms", "where"]), VALUES),
                    max_size=3,
                ),
            },
            optional=dict.fromkeys(("retitled", "unverified", "note"), VALUES),
        ),
    ),
)


def weigh(data: dict[str, object]) -> None:
    """Take evidence and make of it all that a build makes."""
    records, _ = bib.parse(MOVEMENT + TINYBERT, "refs.bib")
    known, problems = evidence.parse(data, "evidence.toml")
    assert all(problem.message for problem in problems)
    list(evidence.check(records, known, "evidence.toml"))
    evidence.open_work(records.values(), known)
    for each in known.values():
        assert all(is_followable(source.url) for source in each.sources)
    for record in records.values():
        unconfirmed(record, known.get(record.key))
        identifiers(record)


@cases(500)
@given(TABLES)
def test_any_tables_give_evidence_and_problems(data: dict[str, object]) -> None:
    with within(SECONDS):
        weigh(data)
        parse_tags(data, "tags.toml")
        parse_rows(data, "rows.toml")


@cases(500)
@given(st.lists(DAMAGE, min_size=1, max_size=3))
def test_a_damaged_evidence_file_gives_evidence_and_problems(
    damages: list[tuple[float, int, str]],
) -> None:
    with within(SECONDS):
        try:
            data = tomllib.loads(damaged(EVIDENCE, damages))
        except ValueError:
            return  # said by read_toml
        weigh(data)


#: What an expression may try again from each place where it stands.
RUNS = [
    "a",
    " ",
    "\\",
    "$",
    "-",
    "!",
    "1",
    "[",
    "<!--",
    "<script ",
    "&a",
    ",",
    "{}",
    "v1",
    "a, ",
    "\n",
]


@pytest.mark.parametrize("run", RUNS)
def test_no_expression_takes_long_over_a_long_run(run: str) -> None:
    text = f"x{run * (100_000 // len(run))}x"
    with within(SECONDS):
        for read in (
            plain,
            normalise.text,
            normalise.title,
            normalise.pages,
            is_web_link,
            linked,
            slug,
        ):
            read(text)
        normalise.venue(text, "2020")
        normalise.person(text[:5_000])
        with suppress(ValueError):
            parse_identifier(text)
        bib.parse(text, "refs.bib")
        bib.parse(f"@misc{{a,\n  title = {{{text}}},\n  author = {{{text}}},\n}}", "refs.bib")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html.part", ""),
        ("a.html", '<a href="java\tscript:x">x</a>'),
        ("a.html", '<p style="background: url(x)">x</p>'),
        ("a.html", '<img srcset="x 2x">'),
        ("a.html", "<script>x</script><script>y</script>"),
        ("a.html", '<script type="application/ld+json">{"sameAs": ["data:x"]}</script>'),
        ("a.html", '<span class="Z3988" title="rft_id=javascript%3Ax"></span>'),
        ("a.html", '<meta property="og:url" content="file:///x">'),
        ("a.json", '{"links": {"code": "vbscript:x"}}'),
        ("a.json", '[{"URL": "javascript:x"}]'),
        ("feeds/a.atom", '<link href="javascript:x"/>'),
        ("cite/a.ris", "TY  - CONF\nUR  - javascript:x\n"),
        ("cite/a.ris", "TY  - CONF\nevil\n"),
        ("cite/a.bib", "@misc{a,\n  url = {javascript:x},\n}\n"),
        ("llms.txt", "- [x](javascript:x)\n"),
        ("cite/forms.js", 'window.surveyForms = {"a": {"ris": "UR  - data:x"}};\n'),
    ],
)
def test_the_search_for_faults_sees_each_kind(name: str, text: str) -> None:
    assert len(faults_of({name: text.encode()})) == 1


@cases(500)
@given(HOSTILE, st.booleans())
def test_any_tex_is_set_or_refused(tex: str, display: bool) -> None:
    with within(SECONDS):
        if not fault(tex, display=display):
            markup = to_mathml(tex, display=display)
            assert re.match(r"<math[ >]", markup)
            assert "<script" not in markup
            assert not re.search(r'\s(?:on\w+|href)="', markup)


@pytest.mark.parametrize(
    "tex",
    [
        "{" * DEEP,
        "{" * DEEP + "}" * DEEP,
        r"\frac{1}{" * DEEP,
        r"\left(" * DEEP + r"\right)" * DEEP,
        r"\begin{matrix}" * DEEP,
        r"\hat" * DEEP + "x",
        "x^{" * 300 + "}" * 300,
        r"\hat" * 900 + "{x}" + r"\sqrt{" * 49,
        r"\newcommand{\a}[1]{{{{{{{{{{#1}}}}}}}}}}" + r"\a{" * 40 + "}" * 40,
        r"\def\a{\a\a}\a",
    ],
    ids=lambda tex: tex[:14],
)
def test_a_formula_too_deep_to_set_does_not_end_the_process(tex: str) -> None:
    assert fault(tex, display=True).startswith("this TeX cannot be set: ")


@pytest.mark.filterwarnings("ignore:'myst_parser")  # it still asks a transform for its app
def test_notes_and_options_of_any_kind_give_pages_without_scripts_and_foreign_schemes(
    survey: SmallSurvey,
) -> None:
    inline = survey.build().read("techniques/pruning.html").count("<script>")
    for seed in range(2 * MORE):
        chance = random.Random(seed)
        keys = [f"paper{number}" for number in range(70)]
        records = [
            f"@misc{{{key},\n title={{T {key}}},\n author={{S, V}},\n year={{2020}}}}\n"
            for key in keys
        ]
        survey.write("refs.bib", MOVEMENT + "".join(records) + TINYBERT)
        entries = "\n".join(_entry(key, chance) for key in keys)
        survey.write("techniques/distillation.md", f"# Distillation\n\n{entries}")
        with within(6 * SECONDS):
            build = survey.build()
        assert faults_of(build.files(), inline) == [], seed
        assert "Traceback" not in "\n".join(build.warnings)
        missing = [key for key in keys if f'id="survey-{key}"' not in build.read(PAGE)]
        assert missing == [], seed


PAGE = "techniques/distillation.html"


def _entry(key: str, chance: random.Random) -> str:
    lines = "".join(f":{name}: {value}\n" for name, value in options(chance).items())
    return f"{':' * 9}{{entry}} {key}\n{lines}\n{note(chance)}\n{':' * 9}\n"


def test_damaged_records_end_a_build_or_give_safe_pages(survey: SmallSurvey) -> None:
    inline = survey.build().read("techniques/pruning.html").count("<script>")
    chance = random.Random(0)
    pieces = [*FOREIGN, "{", "}", "\\", "%", "@", "\u202e", "\x00", "\r", '"', "<b>", "$x$", ","]
    for _ in range(8 * MORE):
        places = [(chance.random(), chance.randint(0, 3), chance.choice(pieces)) for _ in "ab"]
        survey.write("refs.bib", damaged(MOVEMENT + TINYBERT, places))
        with within(2 * SECONDS):
            try:
                build = survey.build()
            except SystemExit as refused:
                _clean_up_global_state()  # as `refusal` does
                assert "problem(s) in the .bib files" in str(refused)
            else:
                assert faults_of(build.files(), inline) == [], places


SCRIPT = '"></span></script><script>alert(1)</script>'


@pytest.mark.filterwarnings("ignore:'myst_parser")  # as above
def test_foreign_addresses_and_scripts_in_records_options_and_data_are_live_nowhere(
    survey: SmallSurvey,
) -> None:
    """In each field of a record, each option of an entry, in tags and venues at once."""
    inline = survey.build().read("techniques/pruning.html").count("<script>")
    addresses = [each for each in FOREIGN if each.isprintable() and "<" not in each]
    records, entries = [], []
    for number, address in enumerate([*addresses, SCRIPT]):
        shown = address.replace("%", r"\%").replace("&", r"\&")
        fields = dict.fromkeys(("url", "doi", "eprint", "openreview"), address)
        fields |= dict.fromkeys(("title", "series", "note", "publisher"), f"{shown} {SCRIPT}")
        fields |= {
            "author": f"{{{shown}}} and {{{SCRIPT}}}, A.",
            "howpublished": rf"\url{{{shown}}}",
        }
        fields |= {"year": "2020", "pages": shown, "volume": SCRIPT, "booktitle": f"Neural {shown}"}
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        records.append(f"@inproceedings{{k{number},\n{lines}}}\n")
        given = "".join(
            f":{name}: {address}\n"
            for name in ("name", "code", "reimplementation", "project", "model", "tags", "added")
        )
        entries.append(f":::{{entry}} k{number}\n{given}\n{address} [x]({address}) {SCRIPT}\n:::\n")
    survey.write("refs.bib", MOVEMENT + TINYBERT + "".join(records))
    survey.write("techniques/distillation.md", "# Distillation\n\n" + "\n".join(entries))
    survey.write("tags.toml", f"['{SCRIPT}']\nunstructured = '{SCRIPT}'\n'{FOREIGN[0]}' = 'x'\n")
    survey.write(
        "venues.toml",
        f"[[venue]]\nmatch = 'Neural {{of}}'\nfamily = '{SCRIPT}'\nshort = '{SCRIPT}'\n",
    )
    survey.write(
        "all.md",
        "# All\n\n```{all-entries}\n```\n\n```{entry-index} tag\n```\n\n"
        "```{entry-index} venue\n```\n\n```{entry-index} person\n```\n",
    )
    survey.edit("index.md", "bibliography\n", "bibliography\nall\n")
    build = survey.build()
    assert faults_of(build.files(), inline) == []


def test_the_address_of_a_source_is_of_the_web() -> None:
    for address in FOREIGN:
        data = tomllib.loads(EVIDENCE)
        data["sanh2020movement"]["sources"][0]["url"] = address
        known, [problem] = evidence.parse(data, "evidence.toml")
        assert known == {}
        assert "no whole http(s) one" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{33}", "{" + "3" * 10_000_000 + "}", "the field 'volume' has 10000000 characters"),
        ("{33}", "{" * 5_000 + "}" * 5_000, "too many nested braces"),
        ("Sanh, Victor", "x" * 1_000_000, "is no name, it has 1000000 characters"),
        ("{sanh2020movement,", "{" + "k" * 100_000 + ",", "a key has 100000 characters"),
        ("Movement Pruning", "\u202eMovement", "the invisible character U+202E"),
        ("Movement Pruning", "Move\u200bment", "the invisible character U+200B"),
    ],
    ids=["field", "braces", "name", "key", "bidirectional", "zero-width"],
)
def test_what_no_record_has_is_one_message(
    survey: SmallSurvey, old: str, new: str, message: str
) -> None:
    survey.edit("refs.bib", old, new)
    with within(SECONDS):
        _, problems = bib.parse((survey.root / "refs.bib").read_text(), "refs.bib")
        assert [message in problem.message for problem in problems] == [True]
        with refusal() as ended:
            survey.build()
    assert "1 problem(s)" in str(ended.value)


def test_a_record_may_have_ten_thousand_people() -> None:
    people = " and ".join(f"Family{number}, Given" for number in range(10_000))
    with within(3 * SECONDS):
        use(MOVEMENT.replace("Sanh, Victor", people))


def test_a_card_may_have_a_thousand_people(survey: SmallSurvey) -> None:
    people = " and ".join(f"Family{number}, Given" for number in range(1_000))
    survey.edit("refs.bib", "Sanh, Victor", people)
    with within(3 * SECONDS):
        build = survey.build()
    assert build.warnings == []
    assert "Given Family999" in build.read("techniques/pruning.html")


def test_names_from_right_to_left_keep_their_order(survey: SmallSurvey) -> None:
    dana, omar = (
        ("\u05db\u05d4\u05df", "\u05d3\u05e0\u05d4"),
        ("\u0645\u0631\u062d", "\u0639\u0645\u0631"),
    )
    survey.edit("refs.bib", "Sanh, Victor", " and ".join(map(", ".join, (dana, omar))))
    build = survey.build()
    assert build.warnings == []
    mark = "\u200e"  # the comma behind it runs from left to right, as the page does
    names = [f"{given} {family}{mark}, " for family, given in (dana, omar)]
    assert f"{names[0]}{names[1]}Thomas Wolf" in build.read("techniques/pruning.html")
    for name, content in build.files().items():
        assert name.endswith((".html", ".md.txt")) or mark.encode() not in content, name


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_marks_of_order_and_ends_of_lines_change_nothing(
    survey: SmallSurvey, encoding: str, end: str
) -> None:
    wanted = bib.parse((survey.root / "refs.bib").read_text(), "refs.bib")
    text = (survey.root / "refs.bib").read_text().replace("\n", end)
    (survey.root / "refs.bib").write_bytes(text.encode(encoding))
    given = (survey.root / "refs.bib").read_bytes().decode("utf-8-sig")
    assert bib.parse(given, "refs.bib") == wanted


@pytest.mark.parametrize("name", ["refs.bib", "tags.toml", "venues.toml"])
@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_one_message(survey: SmallSurvey, name: str, encoding: str) -> None:
    text = (survey.root / name).read_text() + "\n# \u00e9\n"
    (survey.root / name).write_bytes(text.encode(encoding))
    if name == "refs.bib":
        with refusal():
            survey.build()
    else:
        assert any(
            line.startswith(f"{name}:1: WARNING: cannot be read: ")
            for line in survey.build().warnings
        )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("word " * 400_000, "the note has 2000000 characters; write at most 20000"),
        ("*a " * 2_000 + "b" + "*" * 2_000, "the note nests more than 50 deep"),
        ("{cite:t}`" + "a," * 900 + "b`", "is no list of keys"),
    ],
    ids=["length", "depth", "keys"],
)
def test_a_note_that_nobody_could_read_is_one_message(
    survey: SmallSurvey, body: str, message: str
) -> None:
    survey.edit("techniques/distillation.md", "Another note.", body)
    with within(SECONDS):
        build = survey.build()
    assert [message in line for line in build.warnings] == [True]
    assert 'id="survey-jiao2020tinybert"' in build.read(PAGE)
    assert "Also relevant" in build.read("techniques/pruning.html")


def test_an_option_that_nobody_could_read_is_one_message(survey: SmallSurvey) -> None:
    survey.edit("techniques/distillation.md", ":name: TinyBERT", f":name: {'n' * 1_000_000}")
    with within(SECONDS):
        [warning] = survey.build().warnings
    assert "entry 'jiao2020tinybert': :name: has 1000000 characters" in warning
    assert warning.endswith("[survey.bad-note]")


def test_a_note_takes_no_file_and_no_other_markup(survey: SmallSurvey) -> None:
    survey.write("secret.txt", "hidden words")
    for body in (
        "```{include} ../secret.txt\n```",
        "```{literalinclude} ../secret.txt\n```",
        "```{csv-table}\n:file: secret.txt\n```",
        "```{raw} html\n:file: secret.txt\n```",
    ):
        survey.write(
            "techniques/distillation.md", f"# D\n\n:::{{entry}} jiao2020tinybert\n{body}\n:::\n"
        )
        build = survey.build()
        assert "hidden words" not in build.read(PAGE)
        assert any("isabled" in line or "deactivated" in line for line in build.warnings), body


def full(path: Path) -> None:
    """Let a file lie where the disk is full."""
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/full")


@pytest.mark.parametrize(
    "name",
    ["html/index.html", "html/techniques/pruning.html", "html/entries.json"],
)
def test_a_full_disk_ends_the_build_and_the_next_writes_all(survey: SmallSurvey, name: str) -> None:
    wanted = survey.build().files()
    survey.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    full(survey.root / "_build" / name)
    with refusal() as ended:
        survey.build()
    assert str(ended.value) == "the output is not whole; the next build writes all of it"
    (survey.root / "_build" / name).unlink(missing_ok=True)
    survey.edit("refs.bib", "Adaptive Thrift", "Adaptive Sparsity")
    again = survey.build()
    assert again.warnings == []
    assert again.files() == wanted


def test_a_stamp_that_cannot_be_written_ends_the_build(survey: SmallSurvey) -> None:
    survey.build()
    [stamp] = (survey.root / "_build/doctrees").glob("survey-html-*.json")
    full(stamp.with_suffix(".part"))
    with refusal():
        survey.build()
