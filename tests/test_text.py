"""Text: whatever stands in a record becomes safe, readable Unicode and math."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from samples import HOSTILE

from surveyext.exports.formats import reference
from surveyext.library import bib
from surveyext.library.tex import unknown
from surveyext.library.text import (
    Run,
    and_list,
    did_you_mean,
    fold,
    is_web_link,
    plain,
    runs,
    slug,
    sort_key,
)

HIDDEN = {chr(code) for code in (0xAD, 0x61C, 0xFEFF, *range(0x200B, 0x2010))}
HIDDEN |= {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2060, 0x2070))}


@given(HOSTILE)
@example("Caf\\'e \\")
@example("\ud800\\")
def test_no_text_run_keeps_braces_backslashes_controls_or_direction_marks(tex: str) -> None:
    for run in runs(tex):
        left = {char for char in run.text if unicodedata.category(char) == "Cc"}
        assert not left | (set(run.text) & HIDDEN)
        assert run.kind == "math" or not set(run.text) & set("{}\\")


@given(HOSTILE)
def test_plain_is_one_line_without_blanks_around_it(tex: str) -> None:
    shown = plain(tex)
    assert len(shown.splitlines()) <= 1
    assert shown == shown.strip()


@given(st.text(st.characters(categories=["L", "N", "Zs"]), max_size=40))
def test_text_without_tex_stays_as_it_is(text: str) -> None:
    assert plain(text) == " ".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        (r"Gr{\'e}goire", "Grégoire"),
        (r"{\'E}douard", "Édouard"),
        (r"Garc{\'\i}a", "García"),
        (r"Garc{\'{\i}}a", "García"),
        (r"Sch{\"u}tze", "Schütze"),
        (r"Sch\"utze", "Schütze"),
        (r"{\v{S}}t\v{e}p\'an", "Štěpán"),
        (r"Erd{\H{o}}s", "Erdős"),
        (r"W{\k{a}}sowicz", "Wąsowicz"),
        (r"{\L}ukasz", "Łukasz"),
        (r"S{\o}gaard and {\O}stling", "Søgaard and Østling"),
        (r"{\AA}kesson, Gau{\ss}", "Åkesson, Gauß"),
        (r"Fran\c{c}ois, Y{\i}ld{\i}z, A{\u{g}}ao{\u{g}}lu", "François, Y\u0131ld\u0131z, Ağaoğlu"),
        (r"Nu{\~n}ez", "Nuñez"),
        ("Jose\u0301", "José"),
        (r"R\&D at 50\% of \$5 \#1 a\_b", "R&D at 50% of $5 #1 a_b"),
        (r"50% of \'etudes", "50% of études"),
        ("{TinyBERT}: {D}istilling", "TinyBERT: Distilling"),
        (r"\emph{Attention} is \textbf{all}", "Attention is all"),
        (r"First line\\second line, \'e", "First line second line, é"),
        ("``Why Should I Trust You?''", "“Why Should I Trust You?”"),
        ("pages 1--2---3", "pages 1\u20132\u20143"),
        (r"pages 1--2---3 \'e", "pages 1\u20132\u20143 é"),
        ("Figure~1", "Figure 1"),
        ("a\u202eb\u061cc\xadd\u200be\x00f", "abcdef"),
    ],
)
def test_tex_reads_as_a_reader_would_write_it(tex: str, shown: str) -> None:
    assert plain(tex) == shown


def test_math_is_split_off_untouched() -> None:
    assert list(runs(r"{BERT} at $\tfrac{1}{2}\%$ of \"uber cost $x$ \'etude")) == [
        Run("text", "BERT at "),
        Run("math", r"\tfrac{1}{2}\%"),
        Run("text", " of über cost "),
        Run("math", "x"),
        Run("text", " étude"),
    ]


def test_plain_keeps_the_tex_of_math_between_dollars() -> None:
    assert plain(r"$\ell_0$ Regularization") == r"$\ell_0$ Regularization"


def test_an_escaped_or_single_dollar_opens_no_math() -> None:
    assert list(runs(r"From \$5 to \$6")) == [Run("text", "From $5 to $6")]
    assert list(runs("Under $5")) == [Run("text", "Under $5")]


@given(HOSTILE)
def test_fold_keeps_letters_and_digits_only_and_ignores_case(text: str) -> None:
    assert all(char.isalnum() for char in fold(text))
    assert fold(text.upper().lower()) == fold(text.upper())


def test_titles_that_differ_in_case_accents_and_punctuation_fold_alike() -> None:
    assert (
        fold("Q-BERT: Hessian Based!") == fold("q bert \u2013 hessian-based") == "qberthessianbased"
    )
    assert fold("Erdős") == fold("Erdo\u030bs") == "erdos"


def test_titles_that_differ_in_a_digit_or_letter_fold_apart() -> None:
    assert fold("2-bit weights") != fold("3-bit weights")
    assert fold("注意力") != fold("注意")


@given(st.lists(HOSTILE, unique=True), st.randoms(use_true_random=False))
def test_sort_key_is_a_total_order(texts: list[str], rng: random.Random) -> None:
    expected = sorted(texts, key=sort_key)
    shuffled = texts[:]
    rng.shuffle(shuffled)
    assert sorted(shuffled, key=sort_key) == expected
    assert len({sort_key(text) for text in texts}) == len(texts)


def test_sorting_ignores_case_accents_and_punctuation_first() -> None:
    names = ["Zhao", "Ölander", "opitz", "O'Neill", "Oliver", "Łukasz"]
    assert sorted(names, key=sort_key) == [
        "O'Neill",
        "Ölander",
        "Oliver",
        "opitz",
        "Zhao",
        "Łukasz",
    ]


@given(HOSTILE)
def test_a_slug_is_ascii_words_with_single_hyphens(text: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug(text))


def test_a_slug_keeps_what_can_be_read() -> None:
    assert slug("ACL-IJCNLP 2021 (Système D)") == "acl-ijcnlp-2021-systeme-d"


@pytest.mark.parametrize(
    "url",
    [
        "https://aclanthology.org/2023.acl-long.721/",
        "http://proceedings.mlr.press/v119/x.html",
        "HTTPS://openreview.net/forum?id=SylO2yStDr#all",
        "https://doi.org/10.1000/a;b(c)%20d",
        "https://localhost.localdomain:8080/",
        "https://exämple.org/ü",
    ],
)
def test_an_absolute_web_address_is_a_link(url: str) -> None:
    assert is_web_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JavaScript://example.org/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//example.org/x",
        "/etc/passwd",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "mailto:me@example.org",
        "https://",
        "https:/example.org",
        "https:example.org",
        "https:///example.org",
        "https://localhost/",
        "https://.",
        "https://example..org/",
        " https://example.org/",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://example.org/\u202e",
        "https://example.org/\u00a0",
        'https://example.org/"onmouseover="x',
        "https://example.org/<b>",
        "https://example.org/`x`",
        r"https:\\example.org",
        "https://example.org/{a}",
        "https://[example.org/",
        "https://exa[mple.org/",
        "https://example.org]/",
        "https://\u2100.example.org/",
    ],
)
def test_anything_else_is_no_link(url: str) -> None:
    assert not is_web_link(url)


@given(HOSTILE, st.sampled_from(["", "https://example.org/", "http://", "https://a.b"]))
def test_what_passes_as_a_link_cannot_leave_an_attribute_or_the_web(text: str, start: str) -> None:
    url = start + text
    if is_web_link(url):
        assert url.lower().startswith(("http://", "https://"))
        assert not set(url) & set('"<> `\\{}\t\r\n')


def test_the_nearest_known_word_is_proposed() -> None:
    assert did_you_mean("quantisation", ["pruning", "quantization"]) == (
        "did you mean 'quantization'? "
    )
    assert did_you_mean("xyz", ["pruning", "quantization"]) == ""


@given(st.permutations(["abcd1", "abcd2", "abcd3"]))
def test_a_proposal_does_not_depend_on_the_order_of_the_known(known: list[str]) -> None:
    assert did_you_mean("abcd", known) == did_you_mean("abcd", sorted(known))


def test_lists_read_as_prose() -> None:
    assert [and_list(list(names)) for names in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        (r"Search at 13\,TeV", "Search at 13 TeV"),
        (r"50\,\% of", "50 % of"),
        (r"The \LaTeX\ Companion", "The LaTeX Companion"),
        (r"O{\textquoteright}Neil", "O\u2019Neil"),
        (r"\ensuremath{\beta}-decay", "\u03b2-decay"),
        (r"Mart{\'{\i}}nez", "Martínez"),
        (r"Dvo\v r\'ak", "Dvořák"),
        (r"See \url{https://x.org/a_b%20c&d}", "See https://x.org/a_b%20c&d"),
        (r"\href{https://x.org/y}{the page}", "the page"),
        (r"50% of \emph{all}", "50% of all"),
        (r"R\&D and {\bf more}", "R&D and more"),
        (r"\textsuperscript{13}C, 5\textdegree C", "13C, 5\u00b0C"),
        (r"{\noopsort{1973b}}1973", "1973"),
        (r"hy\-phen\-ation", "hyphenation"),
        (r"{\AA}ngstr{\"o}m \ldots{} and \v{S}koda", "Ångström \u2026 and Škoda"),
        (r"two \\ lines", "two lines"),
    ],
)
def test_tex_of_real_files_loses_no_letter(tex: str, shown: str) -> None:
    assert plain(tex) == shown


@pytest.mark.parametrize(
    ("title", "line"),
    [
        (r"Mart{\'{\i}}nez at 13\,TeV", "Martínez at 13 TeV"),
        (r"See \url{https://x.org/y}", "See https://x.org/y"),
        (r"O{\textquoteright}Neil \& \LaTeX{} 50\%", "O\u2019Neil & LaTeX 50%"),
        (r"{BERT} by Dvo\v r\'ak", "BERT by Dvořák"),
    ],
)
def test_the_reference_line_is_decoded_by_the_same(title: str, line: str) -> None:
    author = r"author = {Dvo\v{r}{\'a}k, Anton}"
    text = f"@misc{{k, title = {{{title}}}, {author}, year = 2000}}"
    people = bib.parse(text, "a.bib")[0]["k"]
    assert reference(people) == f"Anton Dvořák. {line}. 2000."


def test_commands_that_are_not_known_are_named() -> None:
    assert unknown(r"A \foo{b} in \emph{\bar c} and \'e \url{\x}") == ["foo"]
    assert unknown(r"\mathds{R} \emph{a \qux}") == ["mathds", "qux"]
