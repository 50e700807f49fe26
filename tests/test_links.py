"""Links: right identifiers give right addresses, ill-formed ones give none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOSTILE, MOVEMENT, TINYBERT, entry, record

from surveyext.library.links import (
    DOI,
    EPRINT,
    Link,
    entry_links,
    openreview_id,
    paper_url,
    record_links,
)
from surveyext.library.text import is_web_link

NO_LINKS = {"title": "Movement Pruning", "year": "2020"}


@pytest.mark.parametrize(
    "eprint",
    ["2005.07683", "0704.0001", "1412.9999", "cs/0112017", "math.GT/0309136", "cmp-lg/9404011"],
)
def test_an_arxiv_number_gives_abstract_and_pdf(eprint: str) -> None:
    paper = record(fields=NO_LINKS, eprint=eprint)
    assert paper_url(paper) == f"https://arxiv.org/abs/{eprint}"
    assert record_links(paper) == [
        Link("PDF", f"https://arxiv.org/pdf/{eprint}"),
        Link("arXiv", f"https://arxiv.org/abs/{eprint}"),
    ]


@pytest.mark.parametrize(
    "eprint",
    [
        "arXiv:2005.07683",
        "2005.07683v2",
        "2005.076",
        "2005.076833",
        "205.07683",
        "2013.07683",
        "2000.07683",
        "2005.0768\u0663",
        "2005.07683 ",
        "cs/01120",
        "CS/0112017",
        "cs/0113017",
        "https://arxiv.org/abs/2005.07683",
        "2005.07683/../x",
        "javascript:alert(1)",
    ],
)
def test_an_ill_formed_arxiv_number_gives_no_link(eprint: str) -> None:
    assert not EPRINT.fullmatch(eprint)
    assert record_links(record(fields=NO_LINKS, eprint=eprint)) == []


@pytest.mark.parametrize(
    ("doi", "path"),
    [
        ("10.18653/v1/2020.findings-emnlp.372", "10.18653/v1/2020.findings-emnlp.372"),
        ("10.1609/aaai.v34i05.6409", "10.1609/aaai.v34i05.6409"),
        ("10.1002/(SICI)1097-4571(1999)50:9", "10.1002/(SICI)1097-4571(1999)50:9"),
        ("10.1234/a#b?c%20d", "10.1234/a%23b%3Fc%2520d"),
        ("10.1234/ü", "10.1234/%C3%BC"),
    ],
)
def test_a_doi_gives_its_resolver_with_everything_special_escaped(doi: str, path: str) -> None:
    paper = record(fields=NO_LINKS, doi=doi)
    assert paper_url(paper) == f"https://doi.org/{path}"
    assert record_links(paper) == [Link("DOI", f"https://doi.org/{path}")]


@pytest.mark.parametrize(
    "doi",
    [
        "https://doi.org/10.18653/v1/2020.acl-main.1",
        "doi:10.18653/v1/2020.acl-main.1",
        "10.18653",
        "10.18653/",
        "10.186/x",
        "11.18653/x",
        "10.1865\u0663/x",
        r"10.1007/978\_3",
        "10.1000/a b",
        '10.1000/"x',
        "10.1000/{x}",
    ],
)
def test_an_ill_formed_doi_gives_no_link(doi: str) -> None:
    assert not DOI.fullmatch(doi)
    assert record_links(record(fields=NO_LINKS, doi=doi)) == []


@pytest.mark.parametrize(
    ("url", "identifier"),
    [
        ("https://aclanthology.org/2020.findings-emnlp.372/", "2020.findings-emnlp.372"),
        ("https://aclanthology.org/2022.tacl-1.5", "2022.tacl-1.5"),
        ("https://aclanthology.org/P19-1580/", "P19-1580"),
    ],
)
def test_an_anthology_page_gives_its_pdf(url: str, identifier: str) -> None:
    assert record_links(record(fields=NO_LINKS, url=url)) == [
        Link("PDF", f"https://aclanthology.org/{identifier}.pdf"),
        Link("Anthology", url),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://aclanthology.org/",
        "https://aclanthology.org/venues/acl/",
        "https://aclanthology.org/2020.findings-emnlp.372.pdf",
        "https://aclanthology.org.example.org/P19-1580/",
        "https://example.org/P19-1580/",
    ],
)
def test_an_address_that_is_no_anthology_page_is_only_the_paper(url: str) -> None:
    assert record_links(record(fields=NO_LINKS, url=url)) == [Link("Paper", url)]


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("https://openreview.net/forum?id=SylO2yStDr", None),
        ("https://openreview.net/forum?noteId=x&id=SylO2yStDr", None),
        ("https://openreview.net/pdf?id=SylO2yStDr", None),
        ("https://proceedings.iclr.cc/paper/2020", "SylO2yStDr"),
        ("https://openreview.net/forum?id=other", "SylO2yStDr"),
    ],
)
def test_openreview_is_found_in_the_field_or_the_address(url: str, field: str | None) -> None:
    paper = record(fields=NO_LINKS, url=url, openreview=field)
    assert openreview_id(paper) == "SylO2yStDr"
    links = {link.label: link.url for link in record_links(paper)}
    assert links["OpenReview"] == "https://openreview.net/forum?id=SylO2yStDr"
    assert links["PDF"] == "https://openreview.net/pdf?id=SylO2yStDr"


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("https://openreview.net/forum", None),
        ("https://openreview.net/forum?id=", None),
        ("https://openreview.net/forum?id=a%20b", None),
        ("https://openreview.net.example.org/forum?id=SylO2yStDr", None),
        ("https://example.org/?id=SylO2yStDr", None),
        (None, "https://openreview.net/forum?id=SylO2yStDr"),
        (None, "a b"),
        (None, "x&y=z"),
    ],
)
def test_an_ill_formed_forum_gives_no_openreview_link(url: str | None, field: str | None) -> None:
    paper = record(fields=NO_LINKS, url=url, openreview=field)
    assert openreview_id(paper) == ""
    assert {link.label for link in record_links(paper)} <= {"Paper"}


def test_the_address_of_the_published_version_comes_first_and_nothing_twice() -> None:
    assert record_links(record(fields=MOVEMENT)) == [
        Link("Paper", MOVEMENT["url"]),
        Link("PDF", "https://arxiv.org/pdf/2005.07683"),
        Link("arXiv", "https://arxiv.org/abs/2005.07683"),
    ]
    assert record_links(record(fields=TINYBERT, eprint="1909.10351")) == [
        Link("PDF", "https://aclanthology.org/2020.findings-emnlp.372.pdf"),
        Link("arXiv", "https://arxiv.org/abs/1909.10351"),
        Link("DOI", "https://doi.org/10.18653/v1/2020.findings-emnlp.372"),
        Link("Anthology", TINYBERT["url"]),
    ]


@pytest.mark.parametrize("type_", ["online", "software"])
def test_what_is_no_paper_links_to_a_site(type_: str) -> None:
    site = record(fields=NO_LINKS, type=type_, url="https://ml.energy/leaderboard/")
    assert record_links(site) == [Link("Site", "https://ml.energy/leaderboard/")]


def test_the_address_is_the_url_then_the_doi_then_arxiv() -> None:
    doi, eprint = "10.18653/v1/2020.acl-main.1", "2005.07683"
    assert paper_url(record(url="https://example.org/", doi=doi)) == "https://example.org/"
    assert paper_url(record(url="example.org", doi=doi)) == f"https://doi.org/{doi}"
    assert paper_url(record(url=None, doi="acl-main.1")) == f"https://arxiv.org/abs/{eprint}"
    assert paper_url(record(fields=NO_LINKS)) == ""


def test_an_entry_gives_a_link_for_each_option_that_is_one() -> None:
    given_all = entry(
        code="https://github.com/huggingface/block_movement_pruning",
        reimplementation="https://github.com/princeton-nlp/CoFiPruning",
        project="javascript:alert(1)",
        model="https://huggingface.co/huggingface/prunebert-base-uncased-6-finepruned-w-distil-squad",
    )
    assert entry_links(given_all) == [
        Link("Code", given_all.code),
        Link("Code (reimplementation)", given_all.reimplementation),
        Link("Model", given_all.model),
    ]
    assert entry_links(entry(code="")) == []


PREFIXES = st.sampled_from(
    [
        "",
        "https://",
        "https://openreview.net/forum?id=",
        "https://aclanthology.org/",
        "https://doi.org/10.1234/",
        "https://arxiv.org/abs/2005.07683",
        "10.1234/",
        "2005.07683",
        "cs/0112017",
        "javascript:",
    ]
)
VALUES = st.builds("{}{}".format, PREFIXES, HOSTILE)
IDENTIFIERS = st.dictionaries(st.sampled_from(["url", "doi", "eprint", "openreview"]), VALUES)


@given(IDENTIFIERS, st.sampled_from(["inproceedings", "online", "software"]))
def test_every_generated_address_is_safe_and_comes_once(fields: dict[str, str], type_: str) -> None:
    paper = record(fields=fields, type=type_)
    links = record_links(paper)
    assert all(is_web_link(link.url) for link in links)
    assert len({link.url for link in links}) == len(links)
    assert len({link.label for link in links}) == len(links)
    url = paper_url(paper)
    assert url in {"", *(link.url for link in links)}


@given(st.lists(VALUES, min_size=4, max_size=4))
def test_an_entry_never_links_anything_but_the_web(values: list[str]) -> None:
    code, other, project, model = values
    links = entry_links(entry(code=code, reimplementation=other, project=project, model=model))
    assert [link.url for link in links] == [value for value in values if is_web_link(value)]
