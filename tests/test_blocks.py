"""Entry blocks in one form, and new entries and tables in their places."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from conftest import REAL_ROOT
from hypothesis import given
from hypothesis import strategies as st
from samples import HOSTILE

from surveyext.cli.locate import find
from surveyext.editing.entry_blocks import entry_block, format_page, insert_entry, insert_table
from surveyext.editing.markdown_pages import Page, Reader

pytestmark = pytest.mark.once

READER = Reader(find(REAL_ROOT).config)
EVIDENCE = (REAL_ROOT / "docs/data/evidence.toml").read_text(encoding="utf-8")


def read(text: str) -> Page:
    """Read a page as the survey's conf.py wants it read."""
    return READER.read(text, "techniques/x")


UNTIDY = """# Page
```{entry} b2020x
---
added: 2026-11-21
name:   A  name
tags: a,b  c
---


A note with
:::{note}
Inner.
:::


```
Text right below.
:::::{entry} a2021y
:extends: b2020x
:also:
Note.
:::::
## Next"""
TIDY = """# Page

::::{entry} b2020x
:name: A name
:tags: a, b, c
:added: 2026-11-21

A note with
:::{note}
Inner.
:::
::::

Text right below.

:::{entry} a2021y
:extends: b2020x

Note.
:::

## Next
"""


def test_blocks_get_the_one_form_and_the_rest_stays() -> None:
    assert format_page(UNTIDY, read).text == TIDY
    assert format_page(UNTIDY, read).left == ()


@pytest.mark.parametrize("page", sorted((REAL_ROOT / "docs/techniques").glob("*.md")))
def test_the_surveys_own_pages_are_canonical(page: object) -> None:
    text = page.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert format_page(text, read).text == text


LINES = st.one_of(
    HOSTILE.map(lambda text: text.replace("\r", " ").replace("\x00", " ")),
    st.sampled_from(
        [
            *("", "", ":::", "::::", "```", "---", "## Section", "# Title", "- item", "  more"),
            *(":::{entry} a2020x", "::::{entry} b2020y", "```{entry} c2020z", "> :::{entry} q"),
            *(":name: One", ":tags: a,b", ":added: 2026-11-21", ":also:", ":name: 'quoted'"),
            *("name: One", ":name: x # comment", ":foo: bar", "  :tags: c", "$$", "$$ (eq-x)"),
            *("{cite:t}`a2020x`", ":::{note}", "<!-- x", "-->", "    code", ":name: |", ":  two"),
        ]
    ),
)
PAGES = st.lists(LINES, max_size=14).map("\n".join)


@given(PAGES)
def test_formatting_a_page_changes_nothing_that_it_says(text: str) -> None:
    before, after = read(text), read(format_page(text, read).text)
    assert [replace(entry, line=0) for entry in after.entries] == [
        replace(entry, line=0) for entry in before.entries
    ]
    assert [(each.label, each.tex, each.key) for each in after.equations] == [
        (each.label, each.tex, each.key) for each in before.equations
    ]
    for name in ("cites", "links"):
        said, says = getattr(before, name), getattr(after, name)
        assert [word for word, _ in says] == [word for word, _ in said]


@given(PAGES)
def test_formatting_a_page_twice_is_formatting_it_once(text: str) -> None:
    once = format_page(text, read).text
    assert format_page(once, read).text == once


@given(PAGES)
def test_no_line_of_a_page_is_lost(text: str) -> None:
    def lines(page: str) -> list[str]:
        words = (line.strip(" :-`") for line in page.split("\n"))
        return sorted("".join(word.replace(",", " ").split()) for word in words if word)

    before, after = lines(text), lines(format_page(text, read).text)
    assert after == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (":::{entry} a\n:name: 'x'\n:::\n", "has options that are not one a line"),
        (":::{entry} a\n:name: x # why\n:::\n", "has options that are not one a line"),
        (":::{entry} a\n:added: x\n", "is not closed"),
        ("- item\n\n  :::{entry} a\n  :::\n", "stands inside another block"),
    ],
)
def test_what_is_not_understood_is_left_and_named(text: str, reason: str) -> None:
    done = format_page(text, read)
    assert done.text == text
    assert [why for _, why in done.left] == [f"entry 'a' {reason}"]


def page_of(*entries: str) -> str:
    blocks = [f":::{{entry}} {key}\n:added: 2026-11-21\n\nNote.\n:::\n" for key in entries]
    return "\n".join(["# Page\n", "## One\n", *blocks, "Closing words.\n", "## Two\n", "End.\n"])


YEARS = {"a": 2021, "b": 2020, "c": 2019, "d": 2022, "new": 2020, "z": 2018}


@pytest.mark.parametrize(
    ("entries", "order"),
    [
        (("c", "a"), ["c", "new", "a"]),  # by year
        (("d", "c"), ["d", "new", "c"]),  # by year, newest first
        (("a", "z"), ["a", "new", "z"]),
        (("c", "d", "a"), ["c", "d", "a", "new"]),  # no order
        (("a",), ["a", "new"]),
        ((), ["new"]),
    ],
)
def test_a_new_entry_follows_the_order_of_its_section(
    entries: tuple[str, ...], order: list[str]
) -> None:
    text = page_of(*entries)
    block = entry_block("new", {"tags": "x", "code": "", "name": "New"}, ["A note."])
    after = insert_entry(text, read(text), block, "One", YEARS)
    assert [entry.key for entry in read(after).entries] == order
    assert all(entry.section == "One" for entry in read(after).entries)
    assert format_page(after, read).text == after
    assert [line for line in after.split("\n") if line not in block] == [
        line for line in text.split("\n") if line not in block
    ]


def test_a_section_that_is_not_there_is_named_with_those_that_are() -> None:
    text = page_of("a")
    with pytest.raises(ValueError, match=r"no section 'Three'; it has 'One', 'Two'"):
        insert_entry(text, read(text), entry_block("new", {}, []), "Three", YEARS)


@given(st.sampled_from(["aaa", "b2020x", "sanh2020z", "zzz"]))
def test_a_new_table_goes_in_key_order_and_changes_no_other(key: str) -> None:
    after = insert_table(EVIDENCE, key, "checked = 2026-11-21\ntitles = {}\nsources = []")
    tables = tomllib.loads(after)
    assert tables.pop(key)["titles"] == {}
    assert tables == tomllib.loads(EVIDENCE)
    assert list(tomllib.loads(after)) == sorted(tomllib.loads(after))


@pytest.mark.parametrize("table", ["x = ", "[other]\nx = 1\n[agarwal2024onpolicy]"])
def test_a_table_that_would_break_the_file_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid value|twice"):
        insert_table(EVIDENCE, "new", table)
