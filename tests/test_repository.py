"""Links to the repository: on each page and card where its address is set, absent elsewhere."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from conftest import REAL_ROOT
from samples import entry

from surveyext.library.links import correction_url

if TYPE_CHECKING:
    from conftest import SmallSurvey

ADDRESS = "https://github.com/owner/survey"
PAGE = "techniques/pruning.html"
EDIT = f"{ADDRESS}/edit/main/docs/techniques/pruning.md"


def links(html: str) -> list[str]:
    """Return what a page links."""
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', html)]


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}/"])
def test_a_page_can_be_edited_and_a_card_corrected(survey: SmallSurvey, address: str) -> None:
    survey.write("pyproject.toml", "")
    folder = survey.root
    survey.root = folder.rename(folder.parent / "docs")  # as in a repository
    (survey.root / "pyproject.toml").rename(survey.root.parent / "pyproject.toml")
    built = survey.build(html_theme="furo", survey_repository=address)
    assert built.warnings == []
    found = links(built.read(PAGE))
    assert EDIT in found
    (correct,) = {link for link in found if "/issues/new" in link}
    assert correct.startswith(f"{ADDRESS}/issues/new?")
    assert parse_qs(urlsplit(correct).query) == {
        "template": ["correct-an-entry.yml"],
        "title": ["Correction: Movement pruning"],
        "entry": ["sanh2020movement"],
        "page": ["techniques/pruning"],
    }


def test_without_an_address_the_links_are_absent(survey: SmallSurvey) -> None:
    built = survey.build(html_theme="furo")
    assert built.warnings == []
    html = built.read(PAGE)
    assert "survey-correct" not in html
    assert not [link for link in links(html) if "/edit/" in link or "/issues/" in link]


def test_a_theme_without_such_links_gets_no_option_that_it_does_not_know(
    survey: SmallSurvey,
) -> None:
    built = survey.build(survey_repository=ADDRESS)
    assert built.warnings == []
    assert "survey-correct" in built.read(PAGE)


@pytest.mark.parametrize("address", ["git@github.com:owner/survey", "javascript:alert(1)", "x"])
def test_what_is_no_address_of_a_known_host_gives_no_link(
    survey: SmallSurvey, address: str
) -> None:
    assert correction_url(address, entry()) == ""
    built = survey.build(html_theme="furo", survey_repository=address)
    assert built.warnings == []
    assert not [link for link in links(built.read(PAGE)) if "/edit/" in link]


def test_a_name_cannot_fill_in_other_fields() -> None:
    url = correction_url(ADDRESS, entry(name='A&entry=other#"x'))
    assert parse_qs(urlsplit(url).query)["entry"] == ["sanh2020movement"]
    assert urlsplit(url).fragment == ""


def test_the_form_has_the_fields_that_the_link_fills_in() -> None:
    url = correction_url(ADDRESS, entry())
    query = parse_qs(urlsplit(url).query)
    form = REAL_ROOT / ".github/ISSUE_TEMPLATE" / query["template"][0]
    fields = {each["id"] for each in yaml.safe_load(form.read_text(encoding="utf-8"))["body"]}
    assert {"entry", "page"} <= fields
