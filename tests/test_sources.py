"""Sources: identifiers, cleaning, each service's answers, and several merged into one record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOSTILE
from services import (
    ANTHOLOGY,
    ARXIV,
    CHALLENGE,
    CROSSREF,
    DBLP,
    GITHUB,
    NO_HITS,
    NOTHING,
    OPENREVIEW,
    OPENREVIEW_1,
    Reply,
    Services,
    answer,
    data,
    page,
    text,
)

from surveyext.exports.formats import bibtex as exported
from surveyext.library import bib, evidence
from surveyext.library.model import Person
from surveyext.library.text import HIDDEN, fold, plain
from surveyext.sources import bibtex, github, normalise
from surveyext.sources import identifiers as ids
from surveyext.sources.ask_all import gather
from surveyext.sources.client import Fault, WebError
from surveyext.sources.identifiers import NoIdentifier
from surveyext.sources.merge import merge

if TYPE_CHECKING:
    from surveyext.library.model import Record
    from surveyext.sources.client import Web

pytestmark = pytest.mark.once

ONE = f"{ARXIV}?id_list=1910.01108"
PAGE = (
    "https://proceedings.neurips.cc/paper_files/paper/2023/hash/"
    "cdaac2a02c4fdcae77ba083b110efcc3-Abstract-Conference.html"
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2005.07683", "arXiv:2005.07683"),
        (" arXiv:2005.07683v2 ", "arXiv:2005.07683"),
        ("arXiv:2005.07683v2 [cs.CL]", "arXiv:2005.07683"),
        ("https://arxiv.org/pdf/2005.07683v1.pdf", "arXiv:2005.07683"),
        ("https://huggingface.co/papers/2005.07683", "arXiv:2005.07683"),
        ("arxiv.org/abs/2005.07683", "arXiv:2005.07683"),
        ("0803.1234", "arXiv:0803.1234"),
        ("math.GT/0309136", "arXiv:math.GT/0309136"),
        ("10.48550/arXiv.2005.07683", "arXiv:2005.07683"),
        ("doi:10.1162/tacl_a_00577", "doi:10.1162/tacl_a_00577"),
        ("https://dl.acm.org/doi/abs/10.1145/3580305.3599403", "doi:10.1145/3580305.3599403"),
        ("10.18653/v1/P19-1580", "https://aclanthology.org/P19-1580/"),
        ("P19-1580", "https://aclanthology.org/P19-1580/"),
        (
            "https://aclanthology.org/2020.findings-emnlp.372.pdf",
            "https://aclanthology.org/2020.findings-emnlp.372/",
        ),
        ("https://openreview.net/pdf?id=3zKtaqxLhW", "openreview:3zKtaqxLhW"),
        ("3zKtaqxLhW", "openreview:3zKtaqxLhW"),
        (PAGE, PAGE),
    ],
)
def test_every_usual_way_to_name_a_paper_is_understood(typed: str, meant: str) -> None:
    assert str(ids.parse(typed)) == meant


@given(st.one_of(st.text(), HOSTILE))
def test_any_text_is_an_identifier_or_one_line_that_says_what_to_do(typed: str) -> None:
    try:
        found = ids.parse(typed)
    except NoIdentifier as error:
        assert "; " in str(error)
    else:
        assert found.url.startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (
            "TinyBERT: Distilling BERT for Natural Language Understanding",
            "{TinyBERT}: Distilling {BERT} for Natural Language Understanding",
        ),
        (
            "{T}iny{BERT}: Distilling {BERT} for {E}tudes",
            "{TinyBERT}: Distilling {BERT} for Etudes",
        ),
        ("Q-BERT: Ultra Low Precision", "{Q-BERT}: Ultra Low Precision"),
        ("NLLB-200 at 50% &amp; more", "{NLLB}-200 at 50\\% \\& more"),
        ("Learning $\\ell_0$ by <i>gates</i>", "Learning $\\ell_0$ by gates"),
        ("<script>alert(1)</script>Movement Pruning", "Movement Pruning"),
        ("Reformer: The Efficient Transformer", "{Reformer}: The Efficient Transformer"),
        ("Pre\u2010trained \u202eModels", "Pre-trained Models"),
        ("Sch\\\"utze's \\'etude", "Schütze's étude"),
    ],
)
def test_a_title_keeps_its_words_and_gets_braces(source: str, written: str) -> None:
    assert normalise.title(normalise.text(source)) == written


@given(HOSTILE)
def test_a_title_from_anywhere_is_tex_that_says_the_same(source: str) -> None:
    shown = normalise.text(source)
    written = normalise.title(shown)
    records, problems = bib.parse(f"@misc{{k, title = {{{written}}},}}", "refs.bib")
    assert problems == []
    assert fold(plain(records["k"].field("title"))) == fold(shown)
    assert not HIDDEN.search(written)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Alexander M. Rush", "Rush, Alexander M."),
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Wei Wang 0001", "Wang, Wei"),
        ("John Smith Jr.", "Smith, Jr., John"),
        ('Sch{\\"u}tze, Hinrich', "Schütze, Hinrich"),
        ("DeepSeek-AI", "DeepSeek-AI"),
    ],
)
def test_a_name_becomes_family_and_given(name: str, field: str) -> None:
    assert normalise.author(normalise.people([name])) == field


def test_an_organisation_is_kept_together() -> None:
    assert normalise.author([Person("Open AI and Friends")]) == "{Open AI and Friends}"


@pytest.mark.parametrize(
    ("source", "year", "written"),
    [
        (
            "Advances in Neural Information Processing Systems 33: Annual Conference on Neural "
            "Information Processing Systems 2020, NeurIPS 2020, December 6-12, 2020, virtual",
            "2020",
            "Advances in Neural Information Processing Systems",
        ),
        (
            "International Conference on Machine Learning, ICML 2023, 23-29 July 2023, Hawaii",
            "2023",
            "Proceedings of the 40th International Conference on Machine Learning",
        ),
        (
            "Proceedings of the Thirty-First International Joint Conference on Artificial "
            "Intelligence, IJCAI 2022, Vienna, Austria, 23-29 July 2022",
            "2022",
            "Proceedings of the Thirty-First International Joint Conference on Artificial "
            "Intelligence",
        ),
        (
            "The Thirty-Fourth AAAI Conference on Artificial Intelligence, AAAI 2020, New York",
            "2020",
            "Proceedings of the AAAI Conference on Artificial Intelligence",
        ),
        ("Trans. Mach. Learn. Res.", "2024", "Transactions on Machine Learning Research"),
        ("ICLR 2024 poster", "2024", "International Conference on Learning Representations"),
        ("NeurIPS 2021 Workshop: ENLSP", "2021", "NeurIPS 2021 Workshop: ENLSP"),
    ],
)
def test_a_venue_gets_the_name_that_the_survey_uses(source: str, year: str, written: str) -> None:
    assert normalise.venue(source, year) == written


SCHOLAR = """@inproceedings{sun2020mobilebert,
  title={Mobilebert: a compact task-agnostic bert for resource-limited devices},
  author={Sun, Zhiqing and Yu, Hongkun},
  booktitle={Proceedings of the 58th annual meeting of the association for computational
    linguistics},
  pages={2158-2170}, year={2020}, doi={https://doi.org/10.18653/v1/2020.acl-main.195}
}"""
SCHOLAR_PREPRINT = """@article{sanh2019distilbert,
  title={DistilBERT}, author={Sanh, Victor and Debut, Lysandre},
  journal={arXiv preprint arXiv:1910.01108}, year={2019}
}"""
SCHOLAR_NEURIPS = """@article{sanh2020movement,
  title={Movement pruning}, author={Sanh, Victor},
  journal={Advances in neural information processing systems},
  volume={33}, pages={20378--20389}, year={2020}
}"""
ZOTERO = """@misc{sanh_distilbert_2020,
  title = {{DistilBERT}}, url = {http://arxiv.org/abs/1910.01108v4},
  doi = {10.48550/arXiv.1910.01108}, number = {arXiv:1910.01108}, publisher = {arXiv},
  author = {Sanh, Victor}, month = mar, year = {2020}, note = {arXiv:1910.01108 [cs]}
}"""


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        (
            SCHOLAR,
            "inproceedings",
            {
                "booktitle": "Proceedings of the 58th Annual Meeting of the Association for "
                "Computational Linguistics",
                "pages": "2158--2170",
                "year": "2020",
                "doi": "10.18653/v1/2020.acl-main.195",
            },
        ),
        (
            SCHOLAR_PREPRINT,
            "misc",
            {"year": "2019", "eprint": "1910.01108", "archiveprefix": "arXiv"},
        ),
        (
            SCHOLAR_NEURIPS,
            "inproceedings",
            {
                "booktitle": "Advances in Neural Information Processing Systems",
                "volume": "33",
                "pages": "20378--20389",
                "year": "2020",
            },
        ),
        (ZOTERO, "misc", {"year": "2020", "eprint": "1910.01108", "archiveprefix": "arXiv"}),
    ],
    ids=["scholar", "scholar-preprint", "scholar-neurips", "zotero"],
)
def test_what_people_paste_becomes_what_the_survey_writes(
    text: str, kind: str, fields: dict[str, str]
) -> None:
    (record,), problems = bibtex.records(text, "standard input")
    assert problems == []
    found = bibtex.pasted(record)
    merged, _ = merge([found], "2026-11-21")
    assert merged.type == kind
    assert {n: v for n, v in merged.fields if n not in {"title", "author"}} == fields


def test_a_key_is_surname_year_and_first_word_that_carries_meaning() -> None:
    people = normalise.people(["Hinrich Schütze"])
    title = "On the BERT-of-Theseus: Compressing"
    assert normalise.key(people, "2020", title, ()) == "schutze2020bertoftheseus"
    taken = {"schutze2020bertoftheseus"}
    assert normalise.key(people, "2020", title, taken) == "schutze2020bertoftheseuscompressing"


def record_of(web: Web, typed: str) -> tuple[Record, evidence.Evidence, list[str]]:
    """Return what becomes of an identifier, and what was said on the way."""
    said: list[str] = []
    record, known = merge(gather(web, ids.parse(typed), said.append), "2026-11-21")
    assert list(evidence.check({record.key: record}, {record.key: known}, "evidence.toml")) == []
    return record, known, said


def test_a_preprint_leads_to_the_published_version(services: Services, web: Web) -> None:
    record, known, said = record_of(web, "2306.13649")
    assert exported(record) == (
        "@inproceedings{agarwal2024onpolicy,\n"
        "  title         = {On-Policy Distillation of Language Models: Learning from "
        "Self-Generated Mistakes},\n"
        "  author        = {Agarwal, Rishabh and Vieillard, Nino and Zhou, Yongchao and "
        "Stanczyk, Piotr and Garea, Sabela Ramos and Geist, Matthieu and Bachem, Olivier},\n"
        "  booktitle     = {International Conference on Learning Representations},\n"
        "  year          = {2024},\n"
        "  eprint        = {2306.13649},\n"
        "  eprinttype    = {arXiv},\n"
        "  archiveprefix = {arXiv},\n"
        "  primaryclass  = {cs.LG},\n"
        "  url           = {https://openreview.net/forum?id=3zKtaqxLhW},\n"
        "}"
    )
    assert evidence.unconfirmed(record, known) == ()
    assert known.note == "arXiv has 'Sabela Ramos' for 'Sabela Ramos Garea'."
    assert [source.url for source in known.sources] == [
        "https://openreview.net/forum?id=3zKtaqxLhW",
        "https://dblp.org/rec/conf/iclr/AgarwalVZSGGB24.html",
        "https://arxiv.org/abs/2306.13649",
    ]
    assert said == []
    assert sum("2306.13649" in target for target in services.targets()) == 1  # nobody asked twice


def test_a_published_version_leads_to_its_preprint(web: Web) -> None:
    record, known, _ = record_of(web, "2021.acl-long.334")
    assert record.field("eprint") == "2012.15701"
    assert record.field("pages") == "4334--4348"
    assert record.field("doi") == "10.18653/v1/2021.acl-long.334"
    assert record.field("url") == "https://aclanthology.org/2021.acl-long.334/"
    assert known.note == "arXiv has 'Jing Jin' for 'Jin Jin'."


def test_a_doi_gives_the_publishers_record(web: Web) -> None:
    record, known, _ = record_of(web, "https://doi.org/10.1007/978-3-031-43415-0_31")
    assert record.type == "inproceedings"
    expected = "Machine Learning and Knowledge Discovery in Databases: Research Track"
    assert record.field("booktitle") == expected  # the volume, not the series
    assert record.field("pages") == "525--542"
    assert known.sources[0].url == "https://api.crossref.org/works/10.1007/978-3-031-43415-0_31"


def test_a_doi_of_another_agency_is_negotiated(services: Services, web: Web) -> None:
    csl = {
        "type": "article-journal",
        "id": "https://doi.org/10.5281/zenodo.1",
        "author": [{"family": "Sanh", "given": "Victor"}, {"literal": "Hugging Face"}],
        "issued": {"date-parts": [[2020, 5]]},
        "container-title": "Journal of Machine Learning Research",
        "DOI": "10.5281/ZENODO.1",
        "title": "Movement Pruning",
    }
    services.say("doi.org/10.5281/zenodo.1", data(csl))
    record, known, _ = record_of(web, "10.5281/zenodo.1")
    assert record.field("author") == "Sanh, Victor and {Hugging Face}"
    assert known.sources[0].url == "https://doi.org/10.5281/zenodo.1"


def test_a_publishers_page_is_read_by_its_header(web: Web) -> None:
    record, known, _ = record_of(web, PAGE)
    assert record.key == "anagnostidis2023dynamic"
    assert record.type == "inproceedings"
    assert record.field("volume") == "36"
    assert known.titles == ((PAGE, plain(record.field("title"))),)


def test_openreview_is_read_in_both_versions_of_its_api(services: Services, web: Web) -> None:
    services.say(OPENREVIEW, data({"notes": [], "count": 0}))
    content = {
        "title": "Reformer: The Efficient Transformer",
        "authors": ["Nikita Kitaev", "Lukasz Kaiser", "Anselm Levskaya"],
        "venue": "ICLR 2020 Conference Blind Submission",
        "_bibtex": "@inproceedings{\nKitaev2020Reformer:,\ntitle={Reformer},\nauthor={Kitaev},\n"
        "booktitle={International Conference on Learning Representations},\nyear={2020}\n}",
    }
    note = {"id": "rkgNKkHtvB", "forum": "rkgNKkHtvB", "cdate": 1569439000000, "content": content}
    services.say(OPENREVIEW_1, data({"notes": [note], "count": 1}))
    record, _, _ = record_of(web, "openreview:rkgNKkHtvB")
    assert record.key == "kitaev2020reformer"
    assert record.field("booktitle") == "International Conference on Learning Representations"


def test_where_openreview_turns_programs_away_its_page_is_read(
    services: Services, web: Web
) -> None:
    services.say(OPENREVIEW, CHALLENGE)
    services.say(OPENREVIEW_1, CHALLENGE)
    services.say(
        "openreview.net/forum",
        page(
            '<meta name="citation_title" content="On-Policy Distillation of Language Models: '
            'Learning from Self-Generated Mistakes">'
            '<meta name="citation_author" content="Rishabh Agarwal">'
            '<meta name="citation_publication_date" content="2024/01/16">'
            '<meta name="citation_conference_title" content="The Twelfth International '
            'Conference on Learning Representations">'
        ),
    )
    record, _, _ = record_of(web, "3zKtaqxLhW")
    assert record.field("url") == "https://openreview.net/forum?id=3zKtaqxLhW"
    services.say("openreview.net/forum", CHALLENGE)
    with pytest.raises(WebError) as refused:
        gather(web, ids.parse("4zKtaqxLhW"), print)
    assert refused.value.fault is Fault.REFUSED
    assert "paste its BibTeX" in str(refused.value)


def test_a_submission_that_was_not_accepted_is_no_publication(services: Services, web: Web) -> None:
    content = {
        "title": {"value": "A Title"},
        "authors": {"value": ["Ann Author"]},
        "venue": {"value": "Submitted to ICLR 2024"},
    }
    note = {"id": "abcdefghiJ", "cdate": 1695000000000, "content": content}
    services.say(OPENREVIEW, data({"notes": [note]}))
    record, _, _ = record_of(web, "openreview:abcdefghiJ")
    assert (record.type, record.field("booktitle")) == ("misc", "")


def test_a_paper_of_the_same_title_by_others_is_left_out(services: Services, web: Web) -> None:
    other = "@inproceedings{DBLP:x, author={Zoe Zed}, title={T}, booktitle={B}, year={2020}}"
    services.say("dblp.org/rec/conf/iclr/AgarwalVZSGGB24.bib", Reply(other))
    record, known, _ = record_of(web, "2306.13649")
    assert record.type == "misc"
    assert [source.url for source in known.sources] == ["https://arxiv.org/abs/2306.13649"]


def test_a_retitled_paper_keeps_the_published_title_and_names_the_other(
    services: Services, web: Web
) -> None:
    feed = text("binarybert.atom")
    services.say(
        f"{ARXIV}?id_list=2012.15701",
        Reply(feed.replace("BinaryBERT: Pushing the Limit of", "On the Limits of")),
    )
    record, known, _ = record_of(web, "2021.acl-long.334")
    assert plain(record.field("title")) == "BinaryBERT: Pushing the Limit of BERT Quantization"
    assert known.retitled == ("On the Limits of BERT Quantization",)
    assert "arXiv has the title 'On the Limits of BERT Quantization'." in known.note


def test_a_second_source_that_fails_is_named_and_the_first_is_enough(
    services: Services, web: Web
) -> None:
    services.say(DBLP, page("<h1>Busy</h1>", status=503))
    record, _, said = record_of(web, "1910.01108")
    assert record.key == "sanh2019distilbert"
    assert said == ["dblp.org has a fault of its own (503); try again later"]


@pytest.mark.parametrize(
    ("typed", "start", "reply", "message"),
    [
        ("2301.00001", "x", NOTHING, "arXiv has no paper 2301.00001; check the number"),
        ("1910.01108", ONE, Reply("Rate exceeded."), "arXiv asks to come back later"),
        ("1910.01108", ONE, page("<html><p>Error"), "answered with no Atom feed"),
        (
            "1910.01108",
            ONE,
            Reply('<!DOCTYPE x [<!ENTITY a "b">]><feed xmlns="http://www.w3.org/2005/Atom"/>'),
            "answered with no Atom feed",
        ),
        ("10.1000/none", "x", NOTHING, "doi.org knows nothing at"),
        ("10.1000/x", CROSSREF, page("<html>Down"), "Crossref answered with no JSON"),
        ("10.1000/x", CROSSREF, data({"message-type": "work-list"}), "answered with no work"),
        ("10.1000/x", CROSSREF, data([1]), "answered with no work"),
        (
            "10.1000/x",
            CROSSREF,
            data({"message-type": "work", "message": {"DOI": "10.1000/x", "title": 3}}),
            "no record of a paper",
        ),
        (
            "10.1000/x",
            CROSSREF,
            answer("knowprefix-crossref.json"),
            "answered for 10.1007/978-3-031-43415-0_31 instead of 10.1000/x",
        ),
        ("2020.acl-main.1", ANTHOLOGY, page("<html>Oops"), "no BibTeX record"),
        ("3zKtaqxLhX", OPENREVIEW, data({"notes": "x"}), "OpenReview does not answer"),
        ("https://example.org/x", "example.org/", page("<p>hello"), "no title that a program"),
        (
            "https://example.org/x",
            "example.org/",
            Reply("%PDF", headers={"Content-Type": "application/pdf"}),
            "give the page that describes the paper",
        ),
    ],
)
def test_a_wrong_answer_ends_in_one_message(
    services: Services, web: Web, typed: str, start: str, reply: Reply, message: str
) -> None:
    services.say(start, reply)
    with pytest.raises(WebError) as failed:
        gather(web, ids.parse(typed), print)
    assert message in str(failed.value)
    assert "; " in str(failed.value)


@pytest.mark.parametrize(
    "body", [[], {}, {"result": {}}, {"result": {"hits": {"hit": 3}}}, {"result": {"hits": [1]}}]
)
def test_a_garbled_search_is_a_message_and_no_crash(
    services: Services, web: Web, body: object
) -> None:
    services.say(DBLP, data(body))
    _, _, said = record_of(web, "1910.01108")
    assert said == ["dblp answered with no list of publications; try again later"]


def test_a_withdrawn_paper_says_so(services: Services, web: Web) -> None:
    feed = text("distilbert.atom")
    notice = "<arxiv:comment>This paper has been withdrawn by the authors</arxiv:comment>"
    services.say(ONE, Reply(feed.replace("<summary>", f"{notice}<summary>")))
    found = gather(web, ids.parse("1910.01108"), print)
    assert found[0].withdrawn == "This paper has been withdrawn by the authors"


def test_a_repository_that_moved_is_found_under_its_new_name(services: Services, web: Web) -> None:
    services.say(
        f"{GITHUB}old/name",
        Reply(status=301, headers={"Location": "https://api.github.com/repositories/7"}),
    )
    body = {"full_name": "new/name", "html_url": "https://github.com/new/name"}
    services.say("api.github.com/repositories/7", data({**body, "stargazers_count": 12}))
    found = github.fetch(web, "old/name")
    assert (found.url, found.stars) == ("https://github.com/new/name", 12)
    moved = github.moved("https://github.com/old/name/tree/main/x", found)
    assert moved == "https://github.com/new/name/tree/main/x"


def test_an_address_at_github_that_is_no_repository_is_none() -> None:
    assert github.name_of("https://github.com/a/b.git") == "a/b"
    assert github.name_of("https://github.com/a") == ""
    assert github.name_of("https://github.com/a/../b?x") == ""
    assert github.name_of("https://gitlab.com/a/b") == ""


def test_nothing_is_found_where_dblp_knows_no_title(services: Services, web: Web) -> None:
    services.say(f"{DBLP}?q=On policy", NO_HITS)
    record, _, said = record_of(web, "2306.13649")
    assert (record.type, said) == ("misc", [])
