"""The bibliography's style sets quickly what pybtex's templates set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from docutils import nodes
from hypothesis import example, given
from hypothesis import strategies as st
from pybtex.backends.plaintext import Backend as PlainBackend
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.template import FieldIsMissing
from pybtex_docutils import Backend as DocutilsBackend

from surveyext.exports.style import SurveyStyle, _line, to_pybtex
from surveyext.library import bib
from surveyext.library.model import Record

pytestmark = pytest.mark.once

REFS = Path(__file__).parent.parent / "refs.bib"
STYLE = SurveyStyle()
PLAIN, DOCUTILS = PlainBackend(), DocutilsBackend()

PIECES = st.sampled_from(
    [
        *(
            "a",
            "B",
            " ",
            " of ",
            "12",
            "345",
            "-",
            "--",
            "\N{EN DASH}",
            ".",
            "?",
            "!",
            ",",
            "\N{LATIN SMALL LETTER E WITH ACUTE}",
            "{BERT}",
            "{a {B}}",
        ),
        *(
            "&",
            "~",
            "'",
            "''",
            "`",
            "\\&",
            "\\%",
            "\\'e",
            "\\emph{x}",
            "$n$",
            "<b>",
            '"',
            "_",
            "^",
            "#",
        ),
    ]
)
VALUES = st.lists(PIECES, max_size=6).map("".join)
NAMES = st.lists(
    st.sampled_from(
        [
            *("Ada Lovelace", "de la Cruz, A. B.", "King, Jr., Martin Luther", "{Hugging Face}"),
            *(
                "Li, Bo",
                "Erd\\H{o}s, P\\'al",
                "Rumelhart, David E. X.",
                "O, Q",
                "van der Maaten, L.",
            ),
        ]
    ),
    min_size=1,
    max_size=4,
)
FIELDS = (
    *("title", "year", "booktitle", "journal", "howpublished", "volume", "number", "series"),
    *("pages", "publisher", "note", "url", "eprint", "doi", "month", "address", "isbn", "school"),
)


def shown(text: Any) -> tuple[str, str]:
    """Return what readers see of a line: in plain text, and with emphasis and links."""
    paragraph = nodes.paragraph("", "", *text.render(DOCUTILS))
    # pybtex splits text where its templates do; together it has to be the same.
    runs = [
        node.astext() if isinstance(node, nodes.Text) else _marked(node)
        for node in paragraph.children
    ]
    return text.render(PLAIN).replace("\n", " "), "".join(runs)


def _marked(node: nodes.Node) -> str:
    assert isinstance(node, nodes.Element)
    return f"<{node.tagname} {node.get('refuri', '')}>{node.astext()}</>"


def by_templates(entry: Any) -> Any:
    return super(SurveyStyle, STYLE).format_entry("", entry).text


@pytest.mark.parametrize("kind", ["article", "inproceedings", "misc", "online", "software"])
@given(
    people=NAMES,
    fields=st.dictionaries(st.sampled_from(FIELDS), VALUES),
    core=st.fixed_dictionaries({"title": VALUES, "year": st.just("2020")}),
)
@example(
    people=["Li, Bo"],
    fields={"booktitle": "In It", "volume": "12"},
    core={"title": "A", "year": "1"},
)
def test_a_line_is_what_the_templates_give(
    kind: str, people: list[str], fields: dict[str, str], core: dict[str, str]
) -> None:
    where = {"article": {"journal": "J"}, "inproceedings": {"booktitle": "B"}}.get(kind, {})
    values = {**where, **core, **fields, "author": " and ".join(people)}
    entry = to_pybtex(Record("key", kind, tuple(values.items()), (), "refs.bib", 1))
    try:
        expected = by_templates(entry)
    except FieldIsMissing:
        assert _line(entry) is None
        return
    assert shown(STYLE.format_entry("", entry).text) == shown(expected)


def test_every_record_of_the_survey_is_set_quickly_and_as_by_the_templates() -> None:
    records, problems = bib.parse(REFS.read_text(encoding="utf-8"), "refs.bib")
    assert records
    assert not problems
    for record in records.values():
        entry = to_pybtex(record)
        line = _line(entry)
        assert line is not None, record.key
        assert shown(line) == shown(by_templates(entry))


def test_titles_keep_the_case_that_they_were_published_in() -> None:
    entry = to_pybtex(
        Record(
            "key",
            "misc",
            (("author", "Li, Bo"), ("title", "On The Road"), ("year", "2020")),
            (),
            "refs.bib",
            1,
        )
    )
    assert "On The Road." in str(STYLE.format_entry("", entry).text)
    assert "On the road." in str(PlainStyle().format_entry("", entry).text)
