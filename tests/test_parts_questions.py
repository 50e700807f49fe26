"""The readers' questions, by keyboard, where this survey's table and indexes are in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import Site, build_site
from test_questions import QUESTIONS, answer, published

if TYPE_CHECKING:
    from browsing import OpenPage

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return this survey with forty lines on a page."""
    root = tmp_path_factory.mktemp("parts")
    return build_site(root / "site", root / "doctrees", "-j", "2", "-D", "survey_lines=40")


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered_on_a_survey_in_parts(
    open_page: OpenPage, site: Site, name: str
) -> None:
    assert (site.out / "entries-5.html").is_file()
    answer(open_page, published(site), name, "keyboard")
