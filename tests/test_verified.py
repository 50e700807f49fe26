"""Verified: a card names what confirms its record and leads to all of it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from conftest import REAL_ROOT

from surveyext.library.evidence import Evidence, Source, places

if TYPE_CHECKING:
    from conftest import Build, Site, SmallSurvey

pytestmark = pytest.mark.once

KEY = "sanh2020movement"
CARD, PAGE = "techniques/pruning.html", "evidence.html"
EVIDENCE = """
[sanh2020movement]
checked = 2026-11-20
titles = { "arXiv:2005.07683" = "Movement Pruning: Adaptive Sparsity by Fine-Tuning", \
"https://proceedings.neurips.cc/paper/2020/hash/eae15aabaa768ae4a5993a8a4f4fa6e4-Abstract.html" \
= "Movement Pruning: Adaptive Sparsity by Fine-Tuning" }
sources = [
  { url = "https://proceedings.neurips.cc/paper/2020/hash/eae1", confirms = ["title", "author"] },
  { url = "https://arxiv.org/abs/2005.07683", confirms = ["eprint"], where = "the listing" },
  { url = "https://github.com/acl-org/acl-anthology/blob/1/x.xml", confirms = ["year", "url"] },
  { url = "https://www.dblp.org/rec/1", confirms = ["booktitle"] },
  { confirms = ["title"], where = "a printed copy" },
]
unverified = []
note = "The volume is printed on the cover alone."
"""
LINE = (
    "Checked 2026-11-20 against proceedings.neurips.cc, arxiv.org, "
    "github.com/acl-org/acl-anthology and 1 more; not confirmed: volume"
)


@pytest.fixture
def verified(survey: SmallSurvey) -> SmallSurvey:
    """Return a survey whose evidence stands on a page."""
    survey.write("evidence.toml", EVIDENCE)
    survey.write("evidence.md", "# Evidence\n\n```{evidence}\n```\n")
    survey.edit("index.md", "bibliography\n", "bibliography\nevidence\n")
    with (survey.root / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write('survey_evidence = "evidence.toml"\n')
    return survey


def soup(build: Build, name: str) -> BeautifulSoup:
    """Return a page as a tree."""
    return BeautifulSoup(build.read(name), "html.parser")


def test_a_card_names_what_confirms_its_record_and_leads_to_all_of_it(
    verified: SmallSurvey,
) -> None:
    build = verified.build()
    assert build.warnings == []
    (link,) = soup(build, CARD).select(f'a[href$="#evidence-{KEY}"]')
    assert link["href"] == f"../{PAGE}#evidence-{KEY}"
    assert link.parent is not None
    assert link.parent.text == LINE
    (proof,) = soup(build, PAGE).select(f"#evidence-{KEY}")
    assert [item.text for item in proof.select("li")] == [
        "title, author: proceedings.neurips.cc/paper/2020/hash/eae1",
        "eprint: arxiv.org/abs/2005.07683 (the listing)",
        "year, url: github.com/acl-org/acl-anthology/blob/1/x.xml",
        "booktitle: www.dblp.org/rec/1",
        "title: a printed copy",
    ]
    assert "The volume is printed on the cover alone." in proof.text
    (back,) = proof.select(f'a[href="{CARD}#survey-{KEY}"]')
    assert back.text == "Movement pruning"
    (other,) = soup(build, PAGE).select("#evidence-jiao2020tinybert")
    assert "Unverified" in other.text


def test_without_a_page_of_evidence_the_card_has_it_folded(verified: SmallSurvey) -> None:
    verified.write("evidence.md", "# Evidence\n\nNone here.\n")
    build = verified.build()
    assert build.warnings == []
    (fold,) = soup(build, CARD).select("details.survey-evidence")
    (summary,) = fold.select("summary")
    assert summary.text.strip() == LINE
    assert len(fold.select("li")) == 5
    assert "The volume is printed on the cover alone." in fold.text


def test_a_change_of_evidence_rewrites_the_card_and_the_page(verified: SmallSurvey) -> None:
    verified.build()
    verified.edit("evidence.toml", "a printed copy", "a scan")
    build = verified.build()
    assert {"techniques/pruning", "evidence"} <= set(build.pages_written)
    assert "techniques/distillation" not in build.pages_written
    assert "a scan" in build.read(PAGE)
    verified.write("evidence.md", "# Evidence\n\nNone here.\n")
    build = verified.build()
    assert "techniques/pruning" in build.pages_written
    assert PAGE not in build.read(CARD)


def test_a_text_without_links_says_it_too(verified: SmallSurvey) -> None:
    build = verified.build("text")
    assert build.warnings == []
    assert LINE in " ".join(build.read("techniques/pruning.txt").split())
    assert "listed on the site" in build.read("evidence.txt")


@pytest.mark.parametrize(
    ("urls", "named"),
    [
        (("https://www.aclweb.org/a", "http://www.aclweb.org/b"), ("aclweb.org",)),
        (("https://github.com/a/b/blob/1/c", "https://github.com/a/b"), ("github.com/a/b",)),
        (("",), ()),
        ((), ()),
    ],
)
def test_a_place_is_a_host_or_a_repository(urls: tuple[str, ...], named: tuple[str, ...]) -> None:
    sources = tuple(Source(url, ("title",), "") for url in urls)
    assert places(Evidence("key", "2026-11-21", (), sources)) == named


def test_nothing_of_the_real_evidence_is_lost(site: Site) -> None:
    parts = sorted(site.out.glob("evidence*.html"))  # a long list is split over pages
    texts = [path.read_text(encoding="utf-8") for path in parts]
    page = BeautifulSoup("".join(texts), "html.parser")
    text = (REAL_ROOT / "docs/data/evidence.toml").read_text(encoding="utf-8")
    known: dict[str, Any] = tomllib.loads(text)
    assert len(known) > 100
    for key, table in known.items():
        (proof,) = page.select(f".survey-proof#evidence-{key}")
        addresses = [source["url"] for source in table["sources"] if source.get("url")]
        assert [link["href"] for link in proof.select("li a")] == addresses
        for source in table["sources"]:
            assert f"{', '.join(source['confirms'])}: " in proof.text
            assert source.get("where", "") in proof.text
        assert table.get("note", "") in proof.text
