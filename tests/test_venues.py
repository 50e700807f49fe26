"""Venues: the table gives every record the short name that readers know."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest
from fuzzing import within
from hypothesis import given
from hypothesis import strategies as st
from samples import BALANCED, HOSTILE, record

from surveyext.library.bib import parse
from surveyext.library.toml_tables import parse_venues
from surveyext.library.venues import Rule, Venue, find_venue

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs/data/venues.toml"
NEURIPS = Rule("Neural Information Processing Systems", "NeurIPS", "NeurIPS {year}")
FINDINGS = Rule(
    "Findings of the Association for Computational Linguistics: {of}",
    "Findings of ACL",
    "Findings of {of} {year}",
)


def real_rules() -> tuple[Rule, ...]:
    rules, problems = parse_venues(tomllib.loads(TABLE.read_text(encoding="utf-8")), TABLE.name)
    assert problems == []
    return rules


RULES = real_rules()


def test_every_real_record_has_a_venue() -> None:
    records, _ = parse((ROOT / "refs.bib").read_text(encoding="utf-8"), "refs.bib")
    assert len(records) > 100
    assert [record.key for record in records.values() if find_venue(record, RULES) is None] == []


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("Advances in Neural Information Processing Systems", "NeurIPS 2023"),
        ("International Conference on Learning Representations", "ICLR 2023"),
        ("Proceedings of the 40th International Conference on Machine Learning", "ICML 2023"),
        (
            "Proceedings of the 61st Annual Meeting of the Association for Computational "
            "Linguistics (Volume 1: Long Papers)",
            "ACL 2023",
        ),
        (
            "Proceedings of the 59th Annual Meeting of the Association for Computational "
            "Linguistics and the 11th International Joint Conference on Natural Language "
            "Processing (Volume 1: Long Papers)",
            "ACL-IJCNLP 2023",
        ),
        (
            "Proceedings of the 61st Annual Meeting of the Association for Computational "
            "Linguistics (Volume 4: Student Research Workshop)",
            "ACL SRW 2023",
        ),
        (
            "Findings of the Association for Computational Linguistics: {ACL-IJCNLP} 2023",
            "Findings of ACL-IJCNLP 2023",
        ),
        (
            "Proceedings of the 2023 Conference of the North American Chapter of the Association "
            "for Computational Linguistics: Human Language Technologies",
            "NAACL 2023",
        ),
        (
            "Proceedings of the 17th Conference of the European Chapter of the Association for "
            "Computational Linguistics: Main Volume",
            "EACL 2023",
        ),
        ("Proceedings of the AAAI Conference on Artificial Intelligence", "AAAI 2023"),
    ],
)
def test_the_real_table_tells_neighbouring_venues_apart(full: str, short: str) -> None:
    found = find_venue(record(booktitle=full, year="2023"), RULES)
    assert found is not None
    assert found.short == short


def test_a_journal_counts_like_a_booktitle() -> None:
    paper = record(type="article", booktitle=None, journal="Neural Information Processing Systems")
    assert find_venue(paper, [NEURIPS]) == Venue("NeurIPS", "NeurIPS 2020")


def test_the_first_rule_that_matches_decides() -> None:
    workshops = Rule("Information*Workshop", "Workshops", "Workshop {year}")
    paper = record(booktitle="Neural Information Processing Systems Workshop")
    assert find_venue(paper, [workshops, NEURIPS]) == Venue("Workshops", "Workshop 2020")
    assert find_venue(paper, [NEURIPS, workshops]) == Venue("NeurIPS", "NeurIPS 2020")


def test_patterns_see_the_name_without_tex() -> None:
    paper = record(
        booktitle=r"Findings of the Association for Computational Linguistics: {ACL} 2023"
    )
    assert find_venue(paper, [FINDINGS]) == Venue("Findings of ACL", "Findings of ACL 2020")


@pytest.mark.parametrize(
    ("pattern", "full", "short"),
    [
        ("a*c", "xabcx", "X"),
        ("a*c", "ac", "X"),
        ("*", "anything", "X"),
        ("a*b*c", "cba", None),
        ("a.c", "abc", None),
        ("a|b", "a", None),
        ("(a+)+$", "(a+)+$", "X"),
        ("at {of}", "Workshop at AAAI-22, 2022", "X AAAI-22"),
        ("{of} Workshop", "The First LoRA Workshop", "X LoRA"),
        ("{one}-{of}", "a-b c-d", None),
        ("{one} * {of}", "a b c", "X c"),
    ],
)
def test_a_pattern_is_text_with_stars_and_words(pattern: str, full: str, short: str | None) -> None:
    rule = Rule(pattern, "X", "X {of}" if "{of}" in pattern else "X")
    found = find_venue(record(booktitle=full), [rule])
    assert (found and found.short) == short


@pytest.mark.parametrize("pattern", ["(a+)+$", "a*" * 200 + "b", "*{of}b", "{of}*b" + "*a" * 200])
def test_no_pattern_takes_long(pattern: str) -> None:
    with within(5):
        assert find_venue(record(booktitle="a" * 20_000), [Rule(pattern, "X", "X")]) is None


def test_a_pattern_may_find_the_year_itself() -> None:
    rule = Rule("Findings of * {year}", "Findings of ACL", "Findings {year}")
    paper = record(booktitle="Findings of EMNLP 2021", year="2022")
    assert find_venue(paper, [rule]) == Venue("Findings of ACL", "Findings 2021")


def test_an_unknown_name_has_no_venue() -> None:
    assert find_venue(record(booktitle="Proceedings of Nothing"), [NEURIPS]) is None
    assert find_venue(record(booktitle="Proceedings of Nothing"), []) is None


@pytest.mark.parametrize(
    ("type_", "eprint", "family"),
    [
        ("misc", "2005.07683", "arXiv"),
        ("misc", None, "Web"),
        ("online", None, "Web"),
        ("software", None, "Software"),
        ("software", "2005.07683", "Software"),
        ("book", None, "Book"),
        ("phdthesis", "2005.07683", "PhD thesis"),
        ("techreport", None, "Report"),
    ],
)
def test_what_has_no_booktitle_is_called_by_what_it_is(
    type_: str, eprint: str | None, family: str
) -> None:
    paper = record(type=type_, booktitle=None, eprint=eprint)
    assert find_venue(paper, [NEURIPS]) == Venue(family, f"{family} 2020")


@pytest.mark.parametrize(
    ("pattern", "short", "message"),
    [
        ("{", "ICML", "Single '{' encountered in format string"),
        ("}", "ICML", "Single '}' encountered in format string"),
        ("{}", "ICML", "'{}' needs one name for each word in braces, as '{of}'"),
        ("ICML{9}", "ICML {year}", "needs one name for each word"),
        ("{of} at {of}", "{of}", "needs one name for each word"),
        ("{of!r}", "{of}", "needs one name for each word"),
        ("ICML", "ICML {of}", "'ICML {of}' uses 'of', which nothing fills"),
        ("ICML", "ICML {}", "'ICML {}' uses '', which nothing fills"),
        ("ICML", "ICML {0}", "uses '0', which nothing fills"),
        ("ICML", "ICML {year.real}", "uses 'year.real', which nothing fills"),
        ("ICML", "ICML {year[9]}", "uses 'year[9]', which nothing fills"),
        ("ICML", "ICML {year:d}", "uses 'year', which nothing fills"),
        ("ICML", "ICML {year:{of}}", "uses 'year', which nothing fills"),
        ("ICML", "ICML {year!r}", "uses 'year', which nothing fills"),
        ("ICML", "ICML {year", "expected '}' before end of string"),
        ("ICML", "ICML year}", "Single '}' encountered in format string"),
    ],
)
def test_a_template_that_nothing_can_fill_is_refused(
    pattern: str, short: str, message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        Rule(pattern, "ICML", short)
    assert message in str(caught.value)


@given(
    st.lists(st.sampled_from(["{", "}", "{year}", "{of}", "ICML ", ":", "!r", "0", "{{", "."])),
    BALANCED,
)
def test_an_accepted_template_always_gives_a_name(parts: list[str], year: str) -> None:
    try:
        rule = Rule("{of} Information", "Any", "".join(parts))
    except ValueError:
        return
    venue = find_venue(record(year=year), [rule])
    assert venue is not None
    fields = [name for _, name, _, _ in string.Formatter().parse(rule.short) if name]
    assert set(fields) <= {"of", "year"}
    assert ("Neural" in venue.short) == ("of" in fields)


@given(HOSTILE, HOSTILE)
def test_no_booktitle_or_year_breaks_the_real_table(full: str, year: str) -> None:
    venue = find_venue(record(booktitle=f"ICLR {full}", year=year), RULES)
    assert venue is None or venue.short == " ".join(venue.short.split())
