"""The characters of all pages, and the pages that are read to know them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from surveyext.output.drawn_characters import drawn

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def read() -> list[str]:
    """Return the texts of the pages that were read."""
    return []


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with two pages, another file and doctrees."""
    for name, text in {
        "index.html": "ab",
        "deep/page.html": "bc",
        "refs.txt": "no page",
        "doctrees/old.html": "no page",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def look(site: Path, read: list[str]) -> str:
    """Return the characters; to find them is to take the text apart."""
    read.clear()

    def find(page: bytes) -> set[str]:
        read.append(page.decode())
        return set(page.decode())

    kept = site / "doctrees/drawn.json"
    return "".join(sorted(drawn(site, [kept.parent], kept, find)))


def test_the_characters_of_all_pages_are_found(site: Path, read: list[str]) -> None:
    assert look(site, read) == "abc"
    assert read == ["bc", "ab"]


def test_a_page_that_did_not_change_is_not_read_again(site: Path, read: list[str]) -> None:
    look(site, read)
    assert (look(site, read), read) == ("abc", [])


@pytest.mark.parametrize("text", ["xy", "xyz"])
def test_a_page_that_changed_is_read_again(site: Path, read: list[str], text: str) -> None:
    look(site, read)
    page = site / "index.html"
    status = page.stat()
    page.write_text(text, encoding="utf-8")
    if len(text) == status.st_size:
        os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    else:
        os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (look(site, read), read) == ("".join(sorted({*"bc", *text})), [text])


def test_nothing_is_left_of_a_page_that_is_gone(site: Path, read: list[str]) -> None:
    look(site, read)
    (site / "index.html").unlink()
    assert (look(site, read), read) == ("bc", [])


@pytest.mark.parametrize("damage", ["", "{", "[]", "5", '{"index.html": 5}', '{"a": [1, "b", 2]}'])
def test_what_was_kept_and_is_damaged_is_found_again(
    site: Path, read: list[str], damage: str
) -> None:
    look(site, read)
    (site / "doctrees/drawn.json").write_text(damage, encoding="utf-8")
    assert (look(site, read), len(read)) == ("abc", 2)
