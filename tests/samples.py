"""Samples: real records and entries that tests start from and bend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from surveyext.library.model import Entry, Person, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

SANH = Person("Sanh", "Victor")
WOLF = Person("Wolf", "Thomas")
RUSH = Person("Rush", "Alexander M.")
MOVEMENT = {
    "title": "Movement Pruning: Adaptive Sparsity by Fine-Tuning",
    "author": "Sanh, Victor and Wolf, Thomas and Rush, Alexander M.",
    "booktitle": "Advances in Neural Information Processing Systems",
    "year": "2020",
    "eprint": "2005.07683",
    "url": "https://proceedings.neurips.cc/paper/2020/hash/eae15aabaa768ae4a5993a8a4f4fa6e4-Abstract.html",
}
TINYBERT = {
    "title": "{TinyBERT}: Distilling {BERT} for Natural Language Understanding",
    "author": "Jiao, Xiaoqi and Liu, Qun",
    "booktitle": "Findings of the Association for Computational Linguistics: EMNLP 2020",
    "year": "2020",
    "doi": "10.18653/v1/2020.findings-emnlp.372",
    "url": "https://aclanthology.org/2020.findings-emnlp.372/",
}


def record(
    key: str = "sanh2020movement",
    fields: Mapping[str, str] = MOVEMENT,
    *,
    type: str = "inproceedings",  # noqa: A002  # the model's name
    people: tuple[Person, ...] = (SANH, WOLF, RUSH),
    file: str = "refs.bib",
    line: int = 1,
    **changed: str | None,
) -> Record:
    """Return a record; a field given as ``None`` is left out."""
    values = {name: value for name, value in {**fields, **changed}.items() if value is not None}
    return Record(key, type, tuple(values.items()), people, file, line)


def entry(
    key: str = "sanh2020movement", docname: str = "techniques/pruning", line: int = 5, **more: Any
) -> Entry:
    """Return a correct entry."""
    values: dict[str, Any] = {
        "section": "Unstructured",
        "name": "Movement pruning",
        "code": "https://github.com/huggingface/block_movement_pruning",
        "tags": ("unstructured",),
        "added": "2026-11-21",
        "note": "Scores weights by where they move.",
    }
    return Entry(key, docname, line, **{**values, **more})


#: Text in which TeX, markup, links, direction marks and astral characters meet.
HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                *(
                    "\\",
                    "{",
                    "}",
                    "$",
                    "%",
                    "&",
                    "#",
                    "_",
                    "^",
                    "~",
                    '"',
                    "'",
                    "`",
                    "@",
                    ",",
                    "=",
                    " ",
                ),
                *(
                    "\\'e",
                    "{\\'{\\i}}",
                    '\\"{o}',
                    "\\v{s}",
                    "\\emph{",
                    "\\url{",
                    "\\\\",
                    "\\$",
                    "--",
                ),
                *("\\textbf", "\\ss ", "$x^2$", "\\tfrac12", "<script>", "]]>", "\u202e", "\u200b"),
                *(
                    "\u061c",
                    "\xad",
                    "\x85",
                    "\x00",
                    "\r\n",
                    "\t",
                    "\u2028",
                    "e\u0301",
                    "\U0001f600",
                ),
                *(
                    " and ",
                    "and",
                    "von",
                    "javascript:",
                    "https://",
                    "//",
                    "data:",
                    "[",
                    "10.1/",
                    "id=",
                ),
            ]
        ),
    ),
    max_size=14,
).map("".join)


def balanced(text: str) -> str:
    """Return the text without the braces that nothing opens or closes."""
    kept, opened = list(text), []
    for place, char in enumerate(text):
        if char == "{":
            opened.append(place)
        elif char == "}" and opened:
            opened.pop()
        elif char == "}":
            kept[place] = ""
    for place in opened:
        kept[place] = ""
    return "".join(kept)


#: The same with balanced braces, as between the braces of a BibTeX field.
BALANCED = HOSTILE.map(balanced)
