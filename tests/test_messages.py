"""What a build says of bad input: each mistake with its file and line, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import refusal, warning_lines
from sphinx.testing.util import SphinxTestApp

if TYPE_CHECKING:
    from conftest import SmallSurvey

PRUNING = "techniques/pruning.md"
DISTILLATION = "techniques/distillation.md"
Edit = tuple[str, str, str]  # file, what stands there, what stands there then


def said(place: str, kind: str, message: str) -> str:
    """Return a warning as Sphinx prints it."""
    return f"{place}: WARNING: {message} [survey.{kind}]"


def missing_file(name: str) -> str:
    message = "the file does not exist; create it or correct the setting that names it"
    return said(f"{name}:1", "bad-data", message)


def untagged(place: str, entry: str, tag: str) -> str:
    message = f"entry '{entry}': tag '{tag}' is not in the vocabulary"
    return said(place, "unknown-tag", f"{message}; use a tag of the vocabulary or define it there")


def nowhere(line: int, record: str, venue: str) -> str:
    message = f"record '{record}': venue '{venue}' is not in the venue table"
    right = "add a line to the venue table, or correct the name"
    return said(f"refs.bib:{line}", "unknown-venue", f"{message}; {right}")


class Case(NamedTuple):
    """A correct survey with some edits, and all that its build says."""

    name: str
    edits: tuple[Edit, ...]
    lines: tuple[str, ...]
    gone: str = ""  #: A file that is deleted.


MOVEMENT_YEAR = "  year = {2020},\n  eprint"
NEURIPS = "Advances in Neural Information Processing Systems"
EMNLP = "Findings of the Association for Computational Linguistics: EMNLP 2020"
#: A second record, put before the last one; line 13 is where it starts.
SECOND = "\n@inproceedings{jiao2020tinybert,"
Q8BERT = """
@misc{zafrir2019q8bert,
  title = {{Q8BERT}: Quantized 8Bit {BERT}},
  author = {Zafrir, Ofir and Boudoukh, Guy and Izsak, Peter and Wasserblat, Moshe},
  year = {2019},
  eprint = {1910.06188},
}
"""
#: The preprint of a paper whose published version is a record already.
PREPRINT = """
@misc{sanh2020pruning,
  title = {%s},
  author = {Sanh, Victor and Wolf, Thomas and Rush, Alexander M.},
  year = {2020},
  %s
}
"""
CITES_PREPRINT = (
    PRUNING,
    "{cite:t}`sanh2020movement`",
    "{cite:p}`sanh2020movement,sanh2020pruning`",
)
AGAIN = "\n:::{entry} sanh2020movement\n:added: 2026-11-21\n\nThe same paper again.\n:::\n"


def before_the_second(record: str) -> Edit:
    return "refs.bib", SECOND, record.rstrip("\n") + SECOND


CASES = (
    Case(
        "an entry's key is misspelt",
        ((DISTILLATION, "{entry} jiao2020tinybert", "{entry} jiao2020tinybret"),),
        (
            said(
                "refs.bib:13",
                "unused-record",
                "record 'jiao2020tinybert' is not used; enter it on a page, cite it or delete it",
            ),
            said(
                f"{DISTILLATION}:4",
                "unknown-key",
                "entry 'jiao2020tinybret': key 'jiao2020tinybret' is in no .bib file; "
                "did you mean 'jiao2020tinybert'?",
            ),
        ),
    ),
    Case(
        "an entry's key is like no other",
        (
            (
                DISTILLATION,
                "Another note.\n",
                "Another note.\n:::\n\n:::{entry} xu2021\n:added: 2026-11-20\n\nOne more.\n",
            ),
        ),
        (
            said(
                f"{DISTILLATION}:13",
                "unknown-key",
                "entry 'xu2021': key 'xu2021' is in no .bib file; add the record to the .bib file",
            ),
        ),
    ),
    Case(
        "a paper is entered twice on a page",
        ((PRUNING, "\n## Also relevant", f"{AGAIN}\n## Also relevant"),),
        (
            said(
                f"{PRUNING}:23",
                "duplicate-entry",
                f"entry 'sanh2020movement' stands at {PRUNING}:8 already; delete one of the two",
            ),
        ),
    ),
    Case(
        "a paper is entered on two pages",
        ((DISTILLATION, "\n:::{entry}", f"{AGAIN}\n:::{{entry}}"),),
        (
            said(
                f"{DISTILLATION}:4",
                "duplicate-entry",
                f"entry 'sanh2020movement' stands at {PRUNING}:8 already; "
                "list it there with :also:",
            ),
        ),
    ),
    Case(
        "an entry stands on a page that is no technique page",
        (
            (
                "index.md",
                "# Home\n",
                f"# Home\n{AGAIN.replace('sanh2020movement', 'zafrir2019q8bert')}",
            ),
            before_the_second(Q8BERT),
        ),
        (
            said(
                "index.md:4",
                "misplaced-entry",
                "entry 'zafrir2019q8bert' stands on no technique page; move it to one",
            ),
        ),
    ),
    Case(
        "two records have one eprint and one title but for case and braces",
        (
            before_the_second(
                PREPRINT
                % (
                    "{Movement pruning} - adaptive sparsity by fine-tuning",
                    "eprint = {2005.07683},",
                )
            ),
            CITES_PREPRINT,
        ),
        (
            said(
                "refs.bib:13",
                "duplicate-record",
                "record 'sanh2020pruning' is the same paper as 'sanh2020movement' "
                "(same title and eprint); keep the published version and one key",
            ),
        ),
    ),
    Case(
        "two records have one eprint under two titles",
        (
            before_the_second(PREPRINT % ("Pruning by Movement", "eprint = {2005.07683},")),
            CITES_PREPRINT,
        ),
        (
            said(
                "refs.bib:13",
                "duplicate-record",
                "record 'sanh2020pruning' is the same paper as 'sanh2020movement' "
                "(same eprint); keep the published version and one key",
            ),
        ),
    ),
    Case(
        "two records have one DOI but for case",
        (
            before_the_second(
                PREPRINT
                % (
                    "Distilling for Natural Language Understanding",
                    "doi = {10.18653/V1/2020.FINDINGS-EMNLP.372},",
                )
            ),
            CITES_PREPRINT,
        ),
        (
            said(
                "refs.bib:19",
                "duplicate-record",
                "record 'jiao2020tinybert' is the same paper as 'sanh2020pruning' "
                "(same DOI); keep the published version and one key",
            ),
        ),
    ),
    Case(
        "a required field is missing",
        (("refs.bib", f"  booktitle = {{{NEURIPS}}},\n", ""),),
        (
            said(
                "refs.bib:2",
                "missing-field",
                "record 'sanh2020movement': no booktitle; add the field, @inproceedings needs it",
            ),
        ),
    ),
    Case(
        "a year lies in the future",
        (("refs.bib", MOVEMENT_YEAR, "  year = {2028},\n  eprint"),),
        (
            said(
                "refs.bib:2",
                "bad-year",
                "record 'sanh2020movement': year '2028' is impossible; "
                "write four digits from 1450 to 2027",
            ),
        ),
    ),
    Case(
        "a year is no number",
        (("refs.bib", MOVEMENT_YEAR, "  year = {in press},\n  eprint"),),
        (
            said(
                "refs.bib:2",
                "bad-year",
                "record 'sanh2020movement': year 'in press' is impossible; "
                "write four digits from 1450 to 2027",
            ),
        ),
    ),
    Case(
        "a DOI is an address",
        (("refs.bib", "doi = {10.", "doi = {https://doi.org/10."),),
        (
            said(
                "refs.bib:13",
                "bad-doi",
                "record 'jiao2020tinybert': "
                "DOI 'https://doi.org/10.18653/v1/2020.findings-emnlp.372' has not the form "
                "10.1234/suffix; leave out 'https://doi.org/'",
            ),
        ),
    ),
    Case(
        "an arXiv number has a prefix and a version",
        (("refs.bib", "{2005.07683}", "{arXiv:2005.07683v2}"),),
        (
            said(
                "refs.bib:2",
                "bad-eprint",
                "record 'sanh2020movement': eprint 'arXiv:2005.07683v2' is no arXiv number; "
                "write the arXiv number alone, as 2005.07683, without 'arXiv:' and version",
            ),
        ),
    ),
    Case(
        "a record's url has no scheme",
        (("refs.bib", "{https://aclanthology.org/", "{aclanthology.org/"),),
        (
            said(
                "refs.bib:13",
                "bad-link",
                "record 'jiao2020tinybert': url 'aclanthology.org/2020.findings-emnlp.372/' "
                "is no link; write a whole http(s) address",
            ),
        ),
    ),
    Case(
        "an entry's code is a script",
        (
            (
                PRUNING,
                "https://github.com/huggingface/block_movement_pruning",
                "javascript:alert(1)",
            ),
        ),
        (
            said(
                f"{PRUNING}:8",
                "bad-link",
                "entry 'sanh2020movement': :code: 'javascript:alert(1)' is no link; "
                "write a whole http(s) address",
            ),
        ),
    ),
    Case(
        "tags are outside the vocabulary, one of them by a slip",
        ((PRUNING, ":tags: unstructured", ":tags: unstructurd, decoder"),),
        (
            untagged(f"{PRUNING}:8", "sanh2020movement", "decoder"),
            said(
                f"{PRUNING}:8",
                "unknown-tag",
                "entry 'sanh2020movement': tag 'unstructurd' is not in the vocabulary; "
                "did you mean 'unstructured'?",
            ),
        ),
    ),
    Case(
        ":also: names a misspelt page, its own page and a page that is not there",
        ((PRUNING, ":also: distillation", ":also: distilation, pruning, mixtures"),),
        (
            said(
                f"{PRUNING}:8",
                "bad-also",
                "entry 'sanh2020movement': :also: 'distilation' is no technique page; "
                "did you mean 'distillation'?",
            ),
            said(
                f"{PRUNING}:8",
                "bad-also",
                "entry 'sanh2020movement': :also: 'mixtures' is no technique page; "
                "use one of distillation, pruning",
            ),
            said(
                f"{PRUNING}:8",
                "bad-also",
                "entry 'sanh2020movement': :also: 'pruning' is the page it stands on; leave it out",
            ),
        ),
    ),
    Case(
        ":extends: runs in a circle",
        ((PRUNING, ":also: distillation", ":also: distillation\n:extends: jiao2020tinybert"),),
        (
            said(
                f"{PRUNING}:8",
                "bad-extends",
                "entry 'sanh2020movement': :extends: runs in a circle, sanh2020movement -> "
                "jiao2020tinybert -> sanh2020movement; leave out the one that points at a later "
                "paper",
            ),
        ),
    ),
    Case(
        ":extends: names a misspelt entry and itself",
        (
            (
                DISTILLATION,
                ":extends: sanh2020movement",
                ":extends: sanh2020movment jiao2020tinybert",
            ),
        ),
        (
            said(
                f"{DISTILLATION}:4",
                "unknown-key",
                "entry 'jiao2020tinybert': :extends: 'jiao2020tinybert' is no other entry; "
                "enter that paper or leave it out",
            ),
            said(
                f"{DISTILLATION}:4",
                "unknown-key",
                "entry 'jiao2020tinybert': :extends: 'sanh2020movment' is no other entry; "
                "did you mean 'sanh2020movement'?",
            ),
        ),
    ),
    Case(
        ":extends: names a record that is cited but not entered",
        (
            (DISTILLATION, ":extends: sanh2020movement", ":extends: zafrir2019q8bert"),
            (
                DISTILLATION,
                "# Distillation\n",
                "# Distillation\n\nSee {cite:t}`zafrir2019q8bert`.\n",
            ),
            before_the_second(Q8BERT),
        ),
        (
            said(
                f"{DISTILLATION}:6",
                "unknown-key",
                "entry 'jiao2020tinybert': :extends: 'zafrir2019q8bert' is no other entry; "
                "enter that paper or leave it out",
            ),
        ),
    ),
    Case(
        "a date is written another way",
        ((PRUNING, ":added: 2026-11-21", ":added: 21.11.2026"),),
        (
            said(
                f"{PRUNING}:8",
                "bad-date",
                "entry 'sanh2020movement': :added: '21.11.2026' is no date; write YYYY-MM-DD",
            ),
        ),
    ),
    Case(
        "a date is in no calendar",
        ((PRUNING, ":added: 2026-11-21", ":added: 2026-11-31"),),
        (
            said(
                f"{PRUNING}:8",
                "bad-date",
                "entry 'sanh2020movement': :added: '2026-11-31' is no date; write YYYY-MM-DD",
            ),
        ),
    ),
    Case(
        "a date is missing",
        ((PRUNING, ":added: 2026-11-21\n", ""),),
        (
            said(
                f"{PRUNING}:8",
                "bad-date",
                "entry 'sanh2020movement': :added: '' is no date; write YYYY-MM-DD",
            ),
        ),
    ),
    Case(
        "a record is used nowhere",
        (before_the_second(Q8BERT),),
        (
            said(
                "refs.bib:13",
                "unused-record",
                "record 'zafrir2019q8bert' is not used; enter it on a page, cite it or delete it",
            ),
        ),
    ),
    Case(
        "a venue is misspelt",
        (("refs.bib", NEURIPS, NEURIPS.replace("Information", "Infomation")),),
        (nowhere(2, "sanh2020movement", NEURIPS.replace("Information", "Infomation")),),
    ),
    Case(
        "keys cited in prose are no records, one of them by a slip",
        (
            (
                PRUNING,
                "{cite:t}`sanh2020movement`",
                "{cite:p}`{see}sanh2020movment{Section 3, above},li2021`",
            ),
        ),
        (
            said(
                f"{PRUNING}:4",
                "unknown-key",
                "cited key 'li2021' is in no .bib file; add the record to the .bib file",
            ),
            said(
                f"{PRUNING}:4",
                "unknown-key",
                "cited key 'sanh2020movment' is in no .bib file; did you mean 'sanh2020movement'?",
            ),
        ),
    ),
    Case(
        "a note is empty",
        ((DISTILLATION, "\nAnother note.\n", ""),),
        (
            said(
                f"{DISTILLATION}:4",
                "empty-note",
                "entry 'jiao2020tinybert': no note; "
                "say in two to five sentences what the paper does",
            ),
        ),
    ),
    Case(
        "lines start with a per cent sign, in a note and in an equation",
        (
            (DISTILLATION, "\nAnother note.\n", "\nOnly 5\n% of the time, it is said.\n"),
            (PRUNING, "W_{i,j} x_j", "W_{i,j}\n% x_j\n"),
        ),
        (
            said(
                f"{DISTILLATION}:10",
                "hidden-text",
                "'% of the time, it is said.' is a comment for Markdown and does not show; "
                "move the % off the start of the line, or delete it",
            ),
            said(
                f"{PRUNING}:17",
                "bad-tex",
                r"a bare % hides the rest of its line from TeX; write \%",
            ),
        ),
    ),
    Case(
        "TeX cannot be set, inline, displayed and in a title",
        (
            (PRUNING, "$x^2$", r"$\mathbff{x}$"),
            (PRUNING, "W_{i,j} x_j", "W_{i,j} x_j}"),
            ("refs.bib", "Movement Pruning:", r"Movement Pruning to $\tfrc12$:"),
        ),
        (
            said(
                "refs.bib:2",
                "bad-tex",
                r"""record 'sanh2020movement': this TeX cannot be set: Unknown command "\tfrc"; """
                "write it in ordinary LaTeX math",
            ),
            said(
                f"{PRUNING}:15",
                "bad-tex",
                r"""this TeX cannot be set: Unknown command "\mathbff"; """
                "write it in ordinary LaTeX math",
            ),
            said(
                f"{PRUNING}:17",
                "bad-tex",
                """this TeX cannot be set: Unmatched closing token: "}"; """
                "write it in ordinary LaTeX math",
            ),
        ),
    ),
    Case(
        "roles point at no card, one of them by a slip",
        (
            (
                PRUNING,
                "{entry}`sanh2020movement`",
                "{entry}`nokey` and {entry}`that <sanh2020movment>`",
            ),
        ),
        (
            said(
                f"{PRUNING}:4",
                "unknown-key",
                "no entry has the key 'nokey'; enter the paper or correct the key",
            ),
            said(
                f"{PRUNING}:4",
                "unknown-key",
                "no entry has the key 'sanh2020movment'; did you mean 'sanh2020movement'?",
            ),
        ),
    ),
    Case(
        "the vocabulary is no TOML",
        (("tags.toml", '"Single weights."', "Single weights."),),
        (
            said(
                "tags.toml:1",
                "bad-data",
                "cannot be read: Invalid value (at line 3, column 16); mend the TOML (UTF-8) there",
            ),
            untagged(f"{DISTILLATION}:4", "jiao2020tinybert", "structured"),
            untagged(f"{PRUNING}:8", "sanh2020movement", "unstructured"),
        ),
    ),
    Case(
        "there is no vocabulary",
        (),
        (
            missing_file("tags.toml"),
            untagged(f"{DISTILLATION}:4", "jiao2020tinybert", "structured"),
            untagged(f"{PRUNING}:8", "sanh2020movement", "unstructured"),
        ),
        gone="tags.toml",
    ),
    Case(
        "a tag has no definition, another two",
        (
            (
                "tags.toml",
                'structured = "Rows and heads."',
                'structured = ""\n["Other"]\nunstructured = "One by one."',
            ),
        ),
        (
            said(
                "tags.toml:1",
                "bad-data",
                "tag 'structured' needs one definition under one facet; give it a sentence",
            ),
            said(
                "tags.toml:1",
                "bad-data",
                "tag 'unstructured' needs one definition under one facet; give it a sentence",
            ),
            said(
                f"{DISTILLATION}:4",
                "unknown-tag",
                "entry 'jiao2020tinybert': tag 'structured' is not in the vocabulary; "
                "did you mean 'unstructured'?",
            ),
        ),
    ),
    Case(
        "the venue table is no TOML",
        (("venues.toml", '[[venue]]\nmatch = "Neural', '[[venue]\nmatch = "Neural'),),
        (
            said(
                "venues.toml:1",
                "bad-data",
                "cannot be read: Expected ']]' at the end of an array declaration "
                "(at line 2, column 8); mend the TOML (UTF-8) there",
            ),
        ),
    ),
    Case(
        "there is no venue table",
        (),
        (missing_file("venues.toml"),),
        gone="venues.toml",
    ),
    Case(
        "a venue's template asks for what its pattern does not find",
        (("venues.toml", '"NeurIPS {year}"', '"NeurIPS {number}"'),),
        (
            nowhere(2, "sanh2020movement", NEURIPS),
            said(
                "venues.toml:1",
                "bad-data",
                "venue 1: 'NeurIPS {number}' uses 'number', which nothing fills; "
                "each needs match, family and short",
            ),
        ),
    ),
    Case(
        "a name has too many commas, and a field stands there twice",
        (
            ("refs.bib", "Sanh, Victor and Wolf, Thomas and", "Sanh, Victor, Wolf, Thomas,"),
            ("refs.bib", "  doi =", "  year = {2019},\n  doi ="),
        ),
        (
            said(
                "refs.bib:2",
                "odd-record",
                "record 'sanh2020movement': Too many commas in "
                "'Sanh, Victor, Wolf, Thomas, Rush, Alexander M.'; "
                "write 'Family, Given' and put ' and ' between people",
            ),
            said(
                "refs.bib:13",
                "odd-record",
                "record 'jiao2020tinybert': the field 'year' stands there twice; keep one",
            ),
        ),
    ),
    Case(
        "a record's type is misspelt, and the other lacks a field",
        (
            ("refs.bib", "@inproceedings{sanh", "@inproceeding{sanh"),
            ("refs.bib", "  author = {Jiao, Xiaoqi and", "  editor = {Jiao, Xiaoqi and"),
        ),
        (
            said(
                "refs.bib:2",
                "odd-record",
                "record 'sanh2020movement': type '@inproceeding' is not used here and set as "
                "@misc; "
                "did you mean 'inproceedings'?",
            ),
            said(
                "refs.bib:13",
                "missing-field",
                "record 'jiao2020tinybert': no author; add the field, @inproceedings needs it",
            ),
        ),
    ),
)


@pytest.fixture(autouse=True)
def _in_november_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795262400")  # which years are possible


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_named_and_nothing_else_is(survey: SmallSurvey, case: Case) -> None:
    for edit in case.edits:
        survey.edit(*edit)
    if case.gone:
        (survey.root / case.gone).unlink()
    assert survey.build().warnings == list(case.lines)


#: Edits of refs.bib that sphinxcontrib-bibtex would answer with a traceback.
MALFORMED = (
    Case(
        "a brace is left open, and a comma out in the next record",
        (
            ("refs.bib", "  volume = {33},", "  volume = {33,"),
            ("refs.bib", "findings-emnlp.372},\n  url", "findings-emnlp.372}\n  url"),
        ),
        (
            said(
                "refs.bib:13",
                "bib-syntax",
                "not BibTeX in record 'sanh2020movement': syntax error, '}' expected; "
                "mend the braces, commas, quotes or names there",
            ),
            said(
                "refs.bib:20",
                "bib-syntax",
                "not BibTeX in record 'jiao2020tinybert': syntax error, '}' expected; "
                "mend the braces, commas, quotes or names there",
            ),
        ),
    ),
    Case(
        "a month is no string",
        (("refs.bib", MOVEMENT_YEAR, f"  month = juni,\n{MOVEMENT_YEAR}"),),
        (
            said(
                "refs.bib:7",
                "bib-syntax",
                "not BibTeX in record 'sanh2020movement': undefined string, juni; "
                "mend the braces, commas, quotes or names there",
            ),
        ),
    ),
    Case(
        "two records share a key",
        (("refs.bib", "{jiao2020tinybert,", "{sanh2020movement,"),),
        (
            said(
                "refs.bib:13",
                "duplicate-key",
                "record 'sanh2020movement' stands at line 2 already; delete one of the two",
            ),
        ),
    ),
    Case(
        "there is no such file",
        (),
        (
            said(
                "refs.bib:1",
                "bib-syntax",
                "the file does not exist; create it or correct bibtex_bibfiles",
            ),
        ),
        gone="refs.bib",
    ),
)


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_a_malformed_bib_file_is_refused_with_all_its_problems(
    survey: SmallSurvey, case: Case
) -> None:
    for edit in case.edits:
        survey.edit(*edit)
    if case.gone:
        (survey.root / case.gone).unlink()
    survey.monkeypatch.chdir(survey.root)
    warning = StringIO()
    with refusal() as ended:
        SphinxTestApp("html", survey.root, survey.root / "_build", warning=warning)
    assert warning_lines(warning.getvalue(), survey.root) == list(case.lines)
    count = sum("[survey.missing-field]" not in line for line in case.lines)
    text = f"{count} problem(s) in the .bib files, listed above; mend them first"
    assert str(ended.value) == text


def many_mistakes(survey: SmallSurvey) -> None:
    """Make mistakes of different kinds in five files."""
    for edit in (
        ("refs.bib", "doi = {10.", "doi = {doi:10."),
        ("refs.bib", MOVEMENT_YEAR, "  year = {20020},\n  eprint"),
        ("tags.toml", 'structured = "Rows and heads."', ""),
        ("index.md", "# Home\n", "# Home\n\nSee {entry}`nokey` and {cite:t}`sanh2020`.\n"),
        (PRUNING, ":also: distillation", ":also: distilation"),
        (PRUNING, ":added: 2026-11-21", ":added: today"),
        (PRUNING, "$x^2$", "$x^$"),
        (DISTILLATION, "\nAnother note.\n", ""),
    ):
        survey.edit(*edit)


def test_all_mistakes_are_named_at_once_by_file_and_line(survey: SmallSurvey) -> None:
    many_mistakes(survey)
    lines = survey.build().warnings
    assert [(line.partition(": ")[0], line.rpartition(" ")[2]) for line in lines] == [
        ("index.md:4", "[survey.unknown-key]"),
        ("index.md:4", "[survey.unknown-key]"),
        ("refs.bib:2", "[survey.bad-year]"),
        ("refs.bib:13", "[survey.bad-doi]"),
        (f"{DISTILLATION}:4", "[survey.empty-note]"),
        (f"{DISTILLATION}:4", "[survey.unknown-tag]"),
        (f"{PRUNING}:8", "[survey.bad-also]"),
        (f"{PRUNING}:8", "[survey.bad-date]"),
        (f"{PRUNING}:15", "[survey.bad-tex]"),
    ]


def test_mistakes_are_named_again_when_nothing_changed(survey: SmallSurvey) -> None:
    many_mistakes(survey)
    first = survey.build()
    second = survey.build()
    assert (second.pages_read, second.pages_written) == ([], [])
    assert second.warnings == first.warnings != []


def test_the_order_of_messages_does_not_depend_on_the_order_of_reading(
    survey: SmallSurvey,
) -> None:
    many_mistakes(survey)
    for name in ("about", "guide", "thanks"):  # for fewer pages Sphinx starts no workers
        survey.write(f"{name}.md", f"---\norphan: true\n---\n# {name.title()}\n\nNothing yet.\n")
    serial, parallel = survey.build(fresh=True), survey.build(fresh=True, parallel=4)
    assert (len(serial.pages_read), parallel.pages_read) == (7, [])
    assert parallel.warnings == serial.warnings != []


def gate(survey: SmallSurvey) -> subprocess.CompletedProcess[str]:
    """Build in a process of its own, with warnings as errors."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "--no-color", ".", "_process"],
        cwd=survey.root,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_malformed_bib_file_ends_the_build_without_a_traceback(survey: SmallSurvey) -> None:
    survey.edit("refs.bib", "  volume = {33},", "  volume = {33,")
    run = gate(survey)
    assert run.returncode == 1
    *faults, last = warning_lines(run.stderr, survey.root)
    assert faults != []
    assert all("[survey.bib-syntax]" in line for line in faults)
    assert last == f"{len(faults)} problem(s) in the .bib files, listed above; mend them first"


def test_a_mistake_fails_the_build_that_makes_warnings_errors(survey: SmallSurvey) -> None:
    many_mistakes(survey)
    named = survey.build().warnings
    run = gate(survey)
    assert run.returncode == 1
    assert warning_lines(run.stderr, survey.root) == named


@pytest.mark.parametrize("keys", ["sanh2020movement,", ",", "{", "sanh2020movement jiao"])
def test_a_citation_that_is_no_list_of_keys_is_an_error_at_its_place(
    survey: SmallSurvey, keys: str
) -> None:
    survey.edit("techniques/pruning.md", "{cite:t}`sanh2020movement`", f"{{cite:t}}`{keys}`")
    warnings = survey.build().warnings
    (said,) = [line for line in warnings if "is no list of keys" in line]
    assert said == (
        f"techniques/pruning.md:4: ERROR: '{keys}' is no list of keys; "
        "write 'key' or 'key1,key2' [docutils]"
    )
