"""Formats: programs that we did not write read what we export, and lose nothing."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import warnings
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc import formatter as citeproc_formatter
from citeproc.source.json import CiteProcJSON
from conftest import REAL_ROOT
from hypothesis import assume, given
from hypothesis import strategies as st
from samples import BALANCED, record

from surveyext.exports.formats import bibtex, container, csl, ris, ris_fields, standard
from surveyext.exports.write import FORMATS, forms, joined
from surveyext.library.bib import parse
from surveyext.library.links import paper_url
from surveyext.library.model import Person, Record
from surveyext.library.text import fold, plain

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

pytestmark = pytest.mark.once

REAL = parse((REAL_ROOT / "refs.bib").read_text(encoding="utf-8"), "refs.bib")[0]
MODS = "{http://www.loc.gov/mods/v3}"
#: A field value as the parser gives it: one line, braces balanced.
VALUES = BALANCED.map(lambda text: " ".join(text.split()))
FIELDS = st.dictionaries(
    st.sampled_from(
        ["title", "booktitle", "series", "volume", "number", "pages", "publisher", "doi", "note"]
    ),
    VALUES,
)
NAMES = VALUES.map(lambda text: plain(text).replace(",", ""))
PEOPLE = st.lists(st.builds(Person, NAMES, NAMES, NAMES), max_size=3).map(tuple)


def export(records: list[Record]) -> dict[str, str]:
    """Return records as one file of each form."""
    several = [forms(record) for record in records]
    return {form: joined(form, several) for form in FORMATS}


def program(name: str) -> str:
    """Return where a program is."""
    found = shutil.which(name)
    assert found, f"{name} is missing; `make test` installs it"
    return found


def test_bibtex_sets_every_record_without_a_warning(site: Site, tmp_path: Path) -> None:
    works = sorted((site.out / "cite/works").rglob("*.bib"))
    assert len(works) > 20
    sources = [site.out / "refs.bib", site.out / "survey.bib", *works]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    (tmp_path / "all.bib").write_text(text, encoding="utf-8")
    (tmp_path / "all.aux").write_text(
        "\\relax\n\\citation{*}\n\\bibstyle{plain}\n\\bibdata{all}\n", encoding="utf-8"
    )
    done = subprocess.run(
        [program("bibtex"), "all"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, re.findall("(?i).*warning.*", done.stdout)) == (0, [])
    set_ = (tmp_path / "all.bbl").read_text(encoding="utf-8", errors="replace")
    assert set_.count("\\bibitem{") == len(REAL) + 1 + len(works)


def test_bibtexparser_reads_every_field_of_every_record() -> None:
    library = parse_string(export(list(REAL.values()))["bib"])
    assert library.failed_blocks == []
    found = {
        entry.key: (
            entry.entry_type,
            [(each.key, " ".join(each.value.split())) for each in entry.fields],
        )
        for entry in library.entries
    }
    written = {}
    for key, each in REAL.items():
        fields = list(standard(each).fields)
        if each.field("archiveprefix") == "arXiv":  # Zotero and biblatex read eprinttype
            place = [name for name, _ in fields].index("eprint") + 1
            fields.insert(place, ("eprinttype", "arXiv"))
        written[key] = (standard(each).type, fields)
    assert found == written


@given(FIELDS)
def test_bibtexparser_reads_hostile_fields(fields: dict[str, str]) -> None:
    # The parser refuses a value that ends in a backslash: to some readers it escapes the brace.
    assume(not any(value.endswith("\\") for value in fields.values()))
    library = parse_string(bibtex(record("lee2024some", fields, type="misc")))
    assert library.failed_blocks == []
    (entry,) = library.entries
    found = {each.key: " ".join(each.value.split()) for each in entry.fields}
    assert (entry.key, found) == ("lee2024some", fields)


def mods(command: str, text: str, tmp_path: Path) -> dict[str, ElementTree.Element]:
    """Return records as bibutils understands them, by key."""
    (tmp_path / "refs").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program(command), "-i", "utf8", "refs"], cwd=tmp_path, capture_output=True, check=True
    )
    assert b"Did not recognize" not in done.stderr
    root = ElementTree.fromstring(done.stdout.decode("utf-8-sig"))
    return {str(element.get("ID")): element for element in root}


def understood(element: ElementTree.Element) -> dict[str, Any]:
    """Return what a record of bibutils says."""

    def texts(*tags: str) -> list[str]:
        return [each.text or "" for tag in tags for each in element.iter(MODS + tag)]

    title = element.find(f"{MODS}titleInfo")
    assert title is not None
    people = [
        " ".join(
            part.text or ""
            for kind in ("given", "family", None, "suffix")
            for part in name.findall(f"{MODS}namePart")
            if part.get("type") == kind
        )
        for name in element.findall(f"{MODS}name")
    ]
    return {
        "title": ": ".join(part.text or "" for part in title),
        "people": people,
        "year": texts("dateIssued", "date"),
        "within": [
            ": ".join(part.text or "" for part in each)
            for each in element.findall(f"{MODS}relatedItem//{MODS}titleInfo")
        ],
        "doi": [
            each.text for each in element.iter(f"{MODS}identifier") if each.get("type") == "doi"
        ],
        "pages": texts("start", "end"),
        "volume": texts("number"),
        "urls": texts("url"),
    }


@pytest.mark.parametrize(("command", "form"), [("bib2xml", "bib"), ("ris2xml", "ris")])
def test_bibutils_imports_ten_records_without_a_loss(
    command: str, form: str, tmp_path: Path
) -> None:
    # Ten that chance chose, and those whose fields are rare.
    chosen = random.Random(form).sample(sorted(REAL), 10)
    rare = (
        "fu2023effectiveness",
        "mangrulkar2022peft",
        "federatedai2023fatellm",
        "frantar2023optq",
    )
    records = [REAL[key] for key in dict.fromkeys([*chosen, *rare])]
    found = mods(command, export(records)[form], tmp_path)
    assert set(found) == {each.key for each in records}
    for each in records:
        read = understood(found[each.key])
        # It splits titles at colons and question marks, and takes the dots from initials.
        assert fold(read["title"]) == fold(plain(each.field("title")))
        assert list(map(fold, read["people"])) == [fold(str(person)) for person in each.people]
        assert each.field("year") in read["year"]
        if container(each):
            assert container(each) in read["within"]
        doi, eprint = each.field("doi"), each.field("eprint")
        if doi:
            assert read["doi"] == [doi] or f"https://doi.org/{doi}" in read["urls"]
        else:
            assert paper_url(each) in read["urls"]
        # It has no place for a BibTeX record's eprint beside a DOI.
        assert form == "bib" or not eprint or f"https://arxiv.org/abs/{eprint}" in read["urls"]
        pages = [part for part in each.field("pages").split("--") if part]
        # It takes a single page of a BibTeX record for the number of an article.
        assert read["pages"] == pages or (form == "bib" and len(pages) == 1)
        assert not each.field("volume") or each.field("volume") in read["volume"]


def citeproc(items: list[dict[str, Any]]) -> CiteProcJSON:
    """Return items as citeproc-py reads them."""
    with warnings.catch_warnings():
        # It knows CSL 1.0.1, which has no citation-key yet.
        warnings.filterwarnings("ignore", message=".*citation_key")
        return CiteProcJSON(items)


def test_citeproc_reads_every_field_of_every_record() -> None:
    source = citeproc(json.loads(export(list(REAL.values()))["json"]))
    for key, each in REAL.items():
        read = source[key.lower()]
        item = csl(each)
        for name in ("title", "container-title", "volume", "issue", "page", "publisher", "DOI"):
            values = [str(value) for value in read.get(name.replace("-", "_"), [])]
            assert values == ([item[name]] if name in item else []), (key, name)
        assert [dict(name) for name in read["author"]] == item["author"]
        assert read["issued"]["year"] == each.year


@given(FIELDS, PEOPLE)
def test_citeproc_reads_hostile_titles_and_names(
    fields: dict[str, str], people: tuple[Person, ...]
) -> None:
    assume(all(person.family for person in people))
    item = csl(record("lee2024some", fields, type="article", people=people))
    read = citeproc(json.loads(json.dumps([item])))["lee2024some"]
    assert str(read.get("title", "")) == item.get("title", "")
    assert [dict(name) for name in read.get("author", [])] == item.get("author", [])


def test_citeproc_sets_a_bibliography_from_the_export() -> None:
    source = citeproc([csl(REAL["sanh2020movement"])])
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, source, citeproc_formatter.plain)
    bibliography.register(Citation([CitationItem("sanh2020movement")]))
    (line,) = map(str, bibliography.bibliography())
    assert line.startswith(
        "Sanh, V., Wolf, T. and Rush, A.M. (2020) \u201cMovement Pruning: Adaptive"
    )


@given(FIELDS, PEOPLE)
def test_ris_reads_back_as_the_same_fields(
    fields: dict[str, str], people: tuple[Person, ...]
) -> None:
    shown = record("lee2024some", fields, type="article", people=people)
    (read,) = rispy.loads(ris([shown]))
    assert read == ris_fields(shown)
    assert read.get("title", "") == plain(fields.get("title", ""))
    assert read.get("authors", []) == [
        ", ".join(part for part in (each.family, each.given, each.suffix) if part)
        for each in people
    ]


@given(FIELDS, PEOPLE)
def test_csl_reads_back_as_the_same_people_and_fields(
    fields: dict[str, str], people: tuple[Person, ...]
) -> None:
    assume(all(person.family for person in people))
    shown = record("lee2024some", fields, type="article", people=people)
    (item,) = json.loads(export([shown])["json"])
    assert item == csl(shown)
    read = [
        Person(name["family"], name.get("given", ""), name.get("suffix", ""))
        if "family" in name
        else Person(name["literal"])
        for name in item.get("author", [])
    ]
    assert read == [each if each.given else Person(each.family) for each in people]
    back = {"title": "title", "series": "collection-title", "number": "issue", "note": "note"}
    for field, name in {**back, "volume": "volume", "publisher": "publisher"}.items():
        assert item.get(name, "") == plain(fields.get(field, ""))


def test_texts_of_several_records_are_those_of_each_one_after_the_other() -> None:
    one, two = REAL["sanh2020movement"], REAL["jiao2020tinybert"]
    both, first, second = export([one, two]), export([one]), export([two])
    assert both["ris"] == ris([one, two]) + "\n" == f"{first['ris']}\n{second['ris']}"
    assert both["bib"] == f"{first['bib']}\n{second['bib']}"
    assert both["txt"] == first["txt"] + second["txt"]
    assert json.loads(both["json"]) == json.loads(first["json"]) + json.loads(second["json"])
