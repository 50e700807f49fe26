"""Export: what a reader downloads says the same as the record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rispy
from fuzzing import FOREIGN
from hypothesis import assume, given
from hypothesis import strategies as st
from pybtex.database import parse_string
from samples import BALANCED, MOVEMENT, record

from surveyext.exports.formats import bibtex, csl, reference, ris, ris_fields, standard
from surveyext.library.bib import as_kept, parse
from surveyext.library.model import Record
from surveyext.library.text import HIDDEN, plain

pytestmark = pytest.mark.once

REAL = parse((Path(__file__).parent.parent / "refs.bib").read_text(encoding="utf-8"), "refs.bib")[0]
#: A field value as the parser gives it: one line, braces balanced.
VALUES = BALANCED.map(lambda text: " ".join(text.split()))
NAMES = st.sampled_from(
    ["Sanh, Victor", "van der Maaten, Laurens", "{Hugging Face, Inc.}", "King, Jr., Martin Luther"]
)
NAMES |= st.builds("{{{}}}, {{{}}}".format, BALANCED, BALANCED)
AUTHORS = st.lists(NAMES, min_size=1, max_size=3).map(" and ".join)
FIELD_NAMES = st.sampled_from(
    ["title", "booktitle", "journal", "pages", "note", "doi", "eprint", "year", "x-y_z"]
)
FIELDS = st.dictionaries(FIELD_NAMES, VALUES)
#: The same without most of what the parser refuses.
SOUND = VALUES.map(lambda text: HIDDEN.sub("", text).replace("%", r"\%").rstrip("\\ "))


def reread(text: str) -> Record:
    """Return the one record of a BibTeX text."""
    records, _ = parse(text, "refs.bib")
    (found,) = records.values()
    return found


def bare(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return fields without the second name of the archive, which only exports have."""
    return tuple(each for each in fields if each != ("eprinttype", "arXiv"))


def test_bibtex_is_laid_out_for_reading() -> None:
    shown = record(fields={"title": MOVEMENT["title"], "year": "2020"}, archiveprefix="arXiv")
    assert bibtex(shown) == (
        "@inproceedings{sanh2020movement,\n"
        "  title         = {Movement Pruning: Adaptive Sparsity by Fine-Tuning},\n"
        "  year          = {2020},\n"
        "  archiveprefix = {arXiv},\n"
        "}"
    )


def test_bibtex_has_no_address_that_a_program_should_not_open() -> None:
    assert "proceedings.neurips.cc" in bibtex(record())
    for address in FOREIGN:
        assert "url" not in bibtex(record(url=address))


def test_strings_and_months_are_written_out() -> None:
    text = '@string{nips = "NeurIPS"}\n@misc{lee2024some, title = nips # { 1}, month = dec}'
    assert bibtex(reread(text)) == (
        "@misc{lee2024some,\n  title = {NeurIPS 1},\n  month = {December},\n}"
    )


@given(FIELDS, AUTHORS, st.sampled_from(["lee2024some", "x:y/z+1.2-3_4", "é2020", "o'neil2020"]))
def test_bibtex_reads_back_as_the_same_record(
    fields: dict[str, str], author: str, key: str
) -> None:
    first = reread(f"@misc{{{key}, author = {{{author}}}}}")
    written = record(
        key, {"author": first.field("author"), **fields}, type="misc", people=first.people
    )
    again = reread(bibtex(written))
    kept = tuple(as_kept(name, value) for name, value in written.fields)
    assert (again.key, again.type, bare(again.fields)) == (key, "misc", kept)
    assert again.people == written.people


@given(FIELDS, AUTHORS)
def test_pybtex_reads_the_same_fields_and_people(fields: dict[str, str], author: str) -> None:
    written = record(fields={**fields, "author": " ".join(author.split())}, type="misc")
    entries = parse_string(bibtex(written), "bibtex").entries
    entry = entries["sanh2020movement"]
    assert list(entries) == ["sanh2020movement"]
    assert bare(tuple(entry.fields.items())) == tuple(fields.items())
    before = parse_string(f"@misc{{a, author = {{{author}}}}}", "bibtex").entries["a"]
    assert entry.persons == before.persons


@pytest.mark.parametrize("key", REAL)
def test_every_real_record_survives_the_round_trip(key: str) -> None:
    again = reread(bibtex(REAL[key]))
    written = standard(REAL[key])
    assert (again.key, again.type, bare(again.fields)) == (key, written.type, written.fields)
    assert again.people == REAL[key].people


def test_bibtex_has_only_types_of_the_standard_styles() -> None:
    site = record(type="online", fields={"title": "A site", "url": "https://example.org"})
    assert standard(site).type == "misc"
    assert standard(site).fields == site.fields
    assert standard(record()) == record()


def test_the_number_beside_a_volume_of_proceedings_is_an_issue() -> None:
    serial = record(fields={"booktitle": "Proceedings", "volume": "37", "number": "11"})
    assert standard(serial).fields[1:] == (("volume", "37"), ("issue", "11"))
    assert csl(standard(serial)) == csl(serial)
    assert ris([standard(serial)]) == ris([serial])
    alone = record(fields={"booktitle": "Proceedings", "number": "11"})
    assert standard(alone) == alone
    journal = record(type="article", fields={"volume": "37", "number": "11"})
    assert standard(journal) == journal


@given(FIELDS, AUTHORS)
def test_ris_is_lines_of_tags_that_read_back(fields: dict[str, str], author: str) -> None:
    shown = reread(f"@article{{lee2024some, author = {{{author}}}}}")
    shown = record("lee2024some", fields, type="article", people=shown.people)
    text = ris([shown, shown])
    assert all(re.match(r"[A-Z][A-Z0-9]  - |$", line) for line in text.split("\n"))
    assert rispy.loads(text) == [ris_fields(shown)] * 2
    assert ris_fields(shown).get("title", "") == plain(fields.get("title", ""))


@given(FIELDS, AUTHORS)
def test_csl_holds_text_without_tex_and_nothing_empty(fields: dict[str, str], author: str) -> None:
    shown = reread(f"@article{{lee2024some, author = {{{author}}}}}")
    item = csl(record("lee2024some", fields, type="article", people=shown.people))
    assert item["id"] == item["citation-key"] == "lee2024some"
    assert item["type"] == "article-journal"
    assert item.get("title", "") == plain(fields.get("title", ""))
    assert all(value for value in item.values())
    assert len(item["author"]) == len(shown.people)


@given(st.dictionaries(FIELD_NAMES, SOUND), st.lists(SOUND).map(" and ".join))
def test_a_reference_can_be_set_for_whatever_parses(fields: dict[str, str], author: str) -> None:
    text = bibtex(record(fields={**fields, "author": author}, type="misc"))
    records, problems = parse(text, "refs.bib")
    assume(not problems)
    line = reference(records["sanh2020movement"])
    assert "\n" not in line
    assert not HIDDEN.search(line)


def test_a_reference_reads_as_the_bibliography_does() -> None:
    shown = REAL["sanh2020movement"]
    assert reference(shown).startswith(
        "Victor Sanh, Thomas Wolf, and Alexander M. Rush. "
        "Movement Pruning: Adaptive Sparsity by Fine-Tuning. "
        "In Advances in Neural Information Processing Systems"
    )


def test_a_reference_without_a_needed_field_shows_what_there_is() -> None:
    bare = record(fields={"title": "{Q8BERT}: Quantized", "author": "Zafrir, Ofir"})
    assert reference(bare) == "Victor Sanh, Thomas Wolf, Alexander M. Rush. Q8BERT: Quantized."
