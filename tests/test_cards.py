"""What readers get of an entry: its card in each format, its short cards, links and search."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import MOVEMENT, PRUNING, TINYBERT, VENUES, correct_survey
from sphinx.util.inventory import InventoryFile

from surveyext.library import bib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Build, SmallSurvey

MORE_RECORDS = r"""
@inproceedings{dettmers2022gpt3int8,
  title = {{GPT3.int8()}: 8-bit Matrix Multiplication for Transformers at Scale},
  author = {Dettmers, Tim and Lewis, Mike and Belkada, Younes and Zettlemoyer, Luke},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {35},
  year = {2022},
  eprint = {2208.07339},
}

@inproceedings{hu2022lora,
  title = {{LoRA}: Low-Rank Adaptation of Large Language Models},
  author = {Hu, Edward J. and Shen, Yelong and Wallis, Phillip and Allen-Zhu, Zeyuan and Li, Yuanzhi
            and Wang, Shean and Wang, Lu and Chen, Weizhu},
  booktitle = {International Conference on Learning Representations},
  year = {2022},
  eprint = {2106.09685},
  url = {https://openreview.net/forum?id=nZeVKeeFYf9},
}

@misc{liu2022tuning,
  title = {$\mathcal{Y}$-Tuning: An Efficient Tuning Paradigm for Large-Scale Pre-Trained Models via
           Label Representation Learning},
  author = {Liu, Yitao and An, Chenxin and Qiu, Xipeng},
  year = {2022},
  eprint = {2202.09817},
}

@misc{schick2020size,
  title = {It's Not Just Size That Matters: Small Language Models Are Also Few-Shot Learners},
  author = {Schick, Timo and Sch{\"u}tze, Hinrich},
  year = {2020},
  eprint = {2009.07118},
}
"""
ICLR = """
[[venue]]
match = "International Conference on Learning Representations"
family = "ICLR"
short = "ICLR {year}"
"""
INT8 = "GPT3.int8(): 8-bit Matrix Multiplication for Transformers at Scale"
Y_TUNING = (
    "An Efficient Tuning Paradigm for Large-Scale Pre-Trained Models via "
    "Label Representation Learning"
)
TUNING = r"""
# Tuning & adapters

Compare {cite:t}`schick2020size`, {entry}`hu2022lora`, {entry}`liu2022tuning` and
{entry}`eight bits <dettmers2022gpt3int8>`.

:::{entry} hu2022lora
:name: LoRA
:code: https://github.com/microsoft/LoRA
:tags: structured, unstructured
:added: 2026-11-24

The update of a weight matrix is kept in two thin ones, $\Delta W = BA$.
:::

:::{entry} liu2022tuning
:tags: structured
:extends: hu2022lora, jiao2020tinybert
:added: 2026-11-23

Labels are tuned, à la carte; $a < b$ \& more.
:::

:::{entry} dettmers2022gpt3int8
:name: LLM.int8()
:project: https://timdettmers.com/2022/08/17/llm-int8-and-emergent-features/
:model: https://huggingface.co/bigscience/bloom
:reimplementation: https://github.com/example/int8
:also: pruning
:added: 2026-11-22

Outliers stay in sixteen bits.
:::

```{references}
```
"""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSurvey]:
    """Return a survey with accents, formulas, many people and every kind of link."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        survey = correct_survey(tmp_path_factory.mktemp("cards") / "survey", monkeypatch)
        survey.write("refs.bib", MOVEMENT + TINYBERT + MORE_RECORDS)
        survey.write("venues.toml", VENUES + ICLR)
        survey.write("techniques/tuning.md", TUNING)
        survey.edit(
            "index.md", "techniques/distillation\n", "techniques/distillation\ntechniques/tuning\n"
        )
        yield survey


@pytest.fixture(scope="module")
def html(rich: SmallSurvey) -> Build:
    build = rich.build("html", fresh=True)
    assert build.warnings == []
    return build


def page(build: Build, name: str) -> BeautifulSoup:
    return BeautifulSoup(build.read(f"{name}.html"), "html.parser")


def one(scope: Tag, selector: str) -> Tag:
    """Return the only element that a CSS selector finds."""
    found = scope.select(selector)
    assert len(found) == 1, (selector, found)
    return found[0]


def card(build: Build, name: str, key: str) -> Tag:
    return one(page(build, name), f"#survey-{key}")


def words(tag: Tag) -> str:
    """Return what a reader sees, on one line."""
    return " ".join(tag.get_text().split())


def links(tag: Tag) -> list[tuple[str, str]]:
    return [(words(link), str(link["href"])) for link in tag.select("a")]


def test_a_card_s_title_leads_to_the_paper_and_carries_its_permalink(html: Build) -> None:
    title = one(card(html, "techniques/pruning", "sanh2020movement"), "h3.survey-title")
    assert links(title) == [
        (
            "Movement Pruning: Adaptive Sparsity by Fine-Tuning",
            "https://proceedings.neurips.cc/paper/2020/hash/"
            "eae15aabaa768ae4a5993a8a4f4fa6e4-Abstract.html",
        ),
        ("#", "#survey-sanh2020movement"),
    ]


def test_a_card_s_heading_is_one_level_below_its_section_s(html: Build) -> None:
    assert one(card(html, "techniques/pruning", "sanh2020movement"), ".survey-title").name == "h3"
    assert one(card(html, "techniques/tuning", "hu2022lora"), ".survey-title").name == "h2"


def test_a_short_name_stands_before_a_title_that_does_not_begin_with_it(html: Build) -> None:
    title = one(card(html, "techniques/tuning", "dettmers2022gpt3int8"), ".survey-title")
    assert words(title).startswith("LLM.int8() — GPT3.int8(): 8-bit Matrix")
    title = one(card(html, "techniques/tuning", "hu2022lora"), ".survey-title")
    assert words(title).startswith("LoRA: Low-Rank Adaptation")


def test_a_formula_in_a_title_is_mathml(html: Build) -> None:
    title = one(card(html, "techniques/tuning", "liu2022tuning"), ".survey-title")
    assert len(one(title, "a.external").select("math")) == 1
    assert "$" not in words(title)


def test_few_people_stand_in_the_open(html: Build) -> None:
    people = one(card(html, "techniques/pruning", "sanh2020movement"), ".survey-people")
    assert words(people) == "Victor Sanh, Thomas Wolf, Alexander M. Rush · NeurIPS 2020"
    badge = one(people, "abbr .sd-badge")
    assert words(badge) == "NeurIPS 2020"
    assert one(people, "abbr")["title"] == "Advances in Neural Information Processing Systems"


def test_many_people_are_folded_after_the_sixth(html: Build) -> None:
    fold = one(card(html, "techniques/distillation", "jiao2020tinybert"), "details.survey-people")
    shown = "Xiaoqi Jiao, Yichun Yin, Lifeng Shang, Xin Jiang, Xiao Chen, Linlin Li"
    assert words(one(fold, "summary")) == f"{shown} and 2 more"
    assert words(one(fold, "p")) == f"{shown}, Fang Wang, Qun Liu"
    assert "open" not in fold.attrs


def test_one_more_person_is_not_worth_a_fold(survey: SmallSurvey) -> None:
    survey.edit("refs.bib", " and Liu, Qun", "")
    tinybert = card(survey.build(), "techniques/distillation", "jiao2020tinybert")
    assert tinybert.select("details.survey-people") == []
    assert "Linlin Li, Fang Wang · Findings" in words(tinybert)


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        (
            "pruning",
            "sanh2020movement",
            [
                (
                    "Paper",
                    "https://proceedings.neurips.cc/paper/2020/hash/"
                    "eae15aabaa768ae4a5993a8a4f4fa6e4-Abstract.html",
                ),
                ("PDF", "https://arxiv.org/pdf/2005.07683"),
                ("arXiv", "https://arxiv.org/abs/2005.07683"),
                ("Code", "https://github.com/huggingface/block_movement_pruning"),
            ],
        ),
        (
            "distillation",
            "jiao2020tinybert",
            [
                ("PDF", "https://aclanthology.org/2020.findings-emnlp.372.pdf"),
                ("DOI", "https://doi.org/10.18653/v1/2020.findings-emnlp.372"),
                ("Anthology", "https://aclanthology.org/2020.findings-emnlp.372/"),
            ],
        ),
        (
            "tuning",
            "hu2022lora",
            [
                ("PDF", "https://arxiv.org/pdf/2106.09685"),
                ("arXiv", "https://arxiv.org/abs/2106.09685"),
                ("OpenReview", "https://openreview.net/forum?id=nZeVKeeFYf9"),
                ("Code", "https://github.com/microsoft/LoRA"),
            ],
        ),
        (
            "tuning",
            "dettmers2022gpt3int8",
            [
                ("PDF", "https://arxiv.org/pdf/2208.07339"),
                ("arXiv", "https://arxiv.org/abs/2208.07339"),
                ("Code (reimplementation)", "https://github.com/example/int8"),
                (
                    "Project",
                    "https://timdettmers.com/2022/08/17/llm-int8-and-emergent-features/",
                ),
                ("Model", "https://huggingface.co/bigscience/bloom"),
            ],
        ),
    ],
)
def test_a_card_has_each_link_that_follows_from_its_record_and_entry(
    html: Build, name: str, key: str, expected: list[tuple[str, str]]
) -> None:
    line = one(card(html, f"techniques/{name}", key), ":scope > .survey-links")
    assert links(line) == expected


def test_a_card_s_tags_stand_on_it(html: Build) -> None:
    tags = card(html, "techniques/tuning", "hu2022lora").select(".survey-tag")
    assert [words(tag) for tag in tags] == ["structured", "unstructured"]


def test_a_note_s_formulas_are_mathml_and_need_no_script(html: Build) -> None:
    note = one(card(html, "techniques/pruning", "sanh2020movement"), ".survey-note")
    inline, displayed = note.select("math")
    assert inline.get("display") is None
    assert words(inline) == "x2"
    assert displayed["display"] == "block"
    assert len(displayed.select("mfrac")) == 2
    scripts = [
        str(tag.get("src")) for tag in page(html, "techniques/pruning").select("script[src]")
    ]
    assert [source for source in scripts if "//" in source or "mathjax" in source.lower()] == []


def test_an_equation_has_its_number_and_a_permalink_and_prose_leads_to_it(html: Build) -> None:
    pruning = page(html, "techniques/pruning")
    equation = one(pruning, "#survey-sanh2020movement #equation-eq-score")
    number = one(equation, ".eqno")
    assert words(number).startswith("(1)")
    assert [link["href"] for link in number.select("a.headerlink")] == ["#equation-eq-score"]
    prose = one(pruning, "#pruning > p")
    assert ("(1)", "#equation-eq-score") in links(prose)


def test_cite_folds_the_record_as_bibtex_that_reads_back(html: Build, rich: SmallSurvey) -> None:
    fold = one(card(html, "techniques/tuning", "liu2022tuning"), "details.survey-cite")
    assert words(one(fold, "summary")) == "Cite"
    source = one(fold, "pre").get_text()
    found, problems = bib.parse(source, "card")
    written, _ = bib.parse((rich.root / "refs.bib").read_text(encoding="utf-8"), "refs.bib")
    assert problems == []
    fields = [each for each in found["liu2022tuning"].fields if each[0] != "eprinttype"]
    assert tuple(fields) == written["liu2022tuning"].fields  # Zotero and biblatex read eprinttype
    assert found["liu2022tuning"].type == "misc"


def test_an_entry_listed_elsewhere_has_a_short_card_there_that_leads_home(html: Build) -> None:
    distillation = page(html, "techniques/distillation")
    short = one(distillation, ".survey-short")
    assert links(short) == [("Movement pruning", "pruning.html#survey-sanh2020movement")]
    assert [words(line) for line in short.select("p")] == [
        "Movement pruning",
        "Movement Pruning: Adaptive Sparsity by Fine-Tuning",
        "Sanh, Wolf and Rush · NeurIPS 2020",
    ]
    assert distillation.select("#survey-sanh2020movement, #equation-eq-score") == []


def test_a_card_names_the_pages_that_list_it_too(html: Build) -> None:
    lines = card(html, "techniques/pruning", "sanh2020movement").select(".survey-relation")
    assert ("Also under: Distillation", [("Distillation", "distillation.html")]) in [
        (words(line), links(line)) for line in lines
    ]


def test_cards_name_what_they_build_on_and_what_builds_on_them(html: Build) -> None:
    def relations(name: str, key: str) -> list[tuple[str, list[tuple[str, str]]]]:
        lines = card(html, name, key).select(".survey-relation")
        return [(words(line).partition(":")[0], links(line)) for line in lines]

    assert relations("techniques/tuning", "liu2022tuning") == [
        (
            "Builds on",
            [
                ("LoRA", "#survey-hu2022lora"),
                ("TinyBERT", "distillation.html#survey-jiao2020tinybert"),
            ],
        ),
        ("Discussed on", [("Tuning & adapters", "#tuning-adapters")]),
    ]
    builds_on, extended_by, *_ = relations("techniques/distillation", "jiao2020tinybert")
    assert builds_on == (
        "Builds on",
        [("Movement pruning", "pruning.html#survey-sanh2020movement")],
    )
    assert extended_by[0] == "Extended by"
    assert [address for _, address in extended_by[1]] == ["tuning.html#survey-liu2022tuning"]


def test_references_list_what_prose_cites_and_lead_to_cards_or_papers(html: Build) -> None:
    [pruning] = page(html, "techniques/pruning").select(".survey-references li")
    assert words(pruning) == (
        "Sanh, Wolf and Rush (2020). Movement Pruning: Adaptive Sparsity by Fine-Tuning. "
        "NeurIPS 2020."
    )
    assert [address for _, address in links(pruning)] == ["#survey-sanh2020movement"]
    [tuning] = page(html, "techniques/tuning").select(".survey-references li")
    assert words(tuning) == (
        "Schick and Schütze (2020). It's Not Just Size That Matters: Small Language Models Are "
        "Also Few-Shot Learners. arXiv 2020."
    )
    assert [address for _, address in links(tuning)] == ["https://arxiv.org/abs/2009.07118"]


def test_the_techniques_are_counted_by_their_own_entries(html: Build) -> None:
    grid, _ = page(html, "index").select(".survey-grid")
    shown = [[words(line) for line in short.select("p")] for short in grid.select(".survey-short")]
    assert shown == [
        ["Pruning", "1 entry"],
        ["Distillation", "1 entry"],
        ["Tuning & adapters", "3 entries"],
    ]
    assert [address for _, address in links(grid)] == [
        "techniques/pruning.html",
        "techniques/distillation.html",
        "techniques/tuning.html",
    ]


def test_the_newest_entries_come_by_day_and_no_more_than_asked_for(html: Build) -> None:
    _, grid = page(html, "index").select(".survey-grid")
    assert [address for _, address in links(grid)] == [
        f"techniques/tuning.html#survey-{key}"
        for key in ("hu2022lora", "liu2022tuning", "dettmers2022gpt3int8")
    ]


def test_the_entry_role_shows_name_title_or_its_own_text(html: Build) -> None:
    prose = one(page(html, "techniques/tuning"), "#tuning-adapters > p")
    roles = [link for link in prose.select("a") if str(link["href"]).startswith("#survey-")]
    lora, y_tuning, int8 = roles
    assert len(y_tuning.select("math")) == 1
    assert words(y_tuning).endswith(f"-Tuning: {Y_TUNING}")
    assert [(words(link), link["href"], link["title"]) for link in (lora, int8)] == [
        ("LoRA", "#survey-hu2022lora", "LoRA: Low-Rank Adaptation of Large Language Models"),
        (
            "eight bits",
            "#survey-dettmers2022gpt3int8",
            INT8,
        ),
    ]
    assert prose.select("code") == []  # a role is prose, with its own text too


def test_the_inventory_leads_other_sites_to_each_card(html: Build) -> None:
    content = (html.out / "objects.inv").read_bytes()
    entries = InventoryFile.loads(content, uri="https://example.org").data["survey:entry"]
    assert {key: (item.display_name, item.uri) for key, item in entries.items()} == {
        "dettmers2022gpt3int8": (
            f"LLM.int8(): {INT8}",
            "https://example.org/techniques/tuning.html#survey-dettmers2022gpt3int8",
        ),
        "hu2022lora": (
            "LoRA: Low-Rank Adaptation of Large Language Models",
            "https://example.org/techniques/tuning.html#survey-hu2022lora",
        ),
        "jiao2020tinybert": (
            "TinyBERT: Distilling BERT for Natural Language Understanding",
            "https://example.org/techniques/distillation.html#survey-jiao2020tinybert",
        ),
        "liu2022tuning": (
            rf"$\mathcal{{Y}}$-Tuning: {Y_TUNING}",
            "https://example.org/techniques/tuning.html#survey-liu2022tuning",
        ),
        "sanh2020movement": (
            "Movement Pruning: Adaptive Sparsity by Fine-Tuning",
            "https://example.org/techniques/pruning.html#survey-sanh2020movement",
        ),
    }


def search_index(build: Build) -> dict[str, Any]:
    text = build.read("searchindex.js").removeprefix("Search.setIndex(").removesuffix(")")
    index: dict[str, Any] = json.loads(text)
    return index


def found_objects(build: Build) -> dict[str, str]:
    """Return name and address of each object as Sphinx's searchtools.js puts them together."""
    index = search_index(build)
    found = {}
    for prefix, objects in index["objects"].items():
        for page_number, kind, _priority, anchor, rest in objects:
            assert index["objnames"][str(kind)][:2] == ["survey", "entry"]
            assert anchor not in {"", "-"}  # those would stand for the name
            name = f"{prefix}.{rest}" if prefix else rest
            found[name] = f"{index['docnames'][page_number]}.html#{anchor}"
    return found


def test_the_search_finds_each_card_by_name_and_title(html: Build) -> None:
    found = found_objects(html)
    assert len(found) == 5
    assert found[f"LLM.int8(): {INT8}"] == "techniques/tuning.html#survey-dettmers2022gpt3int8"
    for address in found.values():
        name, _, anchor = address.partition("#")
        assert one(page(html, name.removesuffix(".html")), f'[id="{anchor}"]')["class"][1] == (
            "survey-card"
        )


def test_the_search_finds_the_words_of_a_card_on_its_page(html: Build) -> None:
    index = search_index(html)
    tuning = index["docnames"].index("techniques/tuning")
    assert [index["terms"][word] for word in ("outlier", "sixteen", "cart")] == [tuning] * 3


def test_latex_has_label_title_people_and_equation(rich: SmallSurvey) -> None:
    build = rich.build("latex")
    assert build.warnings == []
    [path] = build.out.glob("*.tex")
    tex = path.read_text(encoding="utf-8")
    _, _, after = tex.partition(
        r"\label{\detokenize{techniques/distillation:survey-jiao2020tinybert}}"
    )
    tinybert = after.partition(r"\begin{sphinxuseclass}{survey-card}")[0]
    assert r"{TinyBERT: Distilling BERT for Natural Language Understanding}}" in tinybert
    assert (
        "Xiaoqi Jiao, Yichun Yin, Lifeng Shang, Xin Jiang, Xiao Chen, Linlin Li, Fang Wang, Qun Liu"
    ) in tinybert
    assert tex.count(r"\label{\detokenize{techniques/pruning:survey-sanh2020movement}}") == 1
    # The outline of the PDF has each card, below its section.
    assert tex.count(r"\pdfbookmark[2]{Movement pruning}{survey-sanh2020movement}") == 1
    assert r"\hyperref[\detokenize{techniques/pruning:survey-sanh2020movement}]" in tex
    assert (
        "\\begin{equation}\\label{equation:techniques/pruning:eq-score}\n"
        "\\begin{split}\\frac{\\partial \\mathcal{L}}{\\partial S_{i,j}}\n"
        "= \\frac{\\partial \\mathcal{L}}{\\partial a_i} W_{i,j} x_j\\end{split}\n"
        "\\end{equation}"
    ) in tex
    assert r"\eqref{equation:techniques/pruning:eq-score}" in tex
    assert r"\protect\(\mathcal{Y}\protect\)\sphinxhyphen{}Tuning" in tex
    assert "Schick and Schütze (2020)" in tex


def test_every_epub_page_is_xml_with_accents_and_formulas(rich: SmallSurvey) -> None:
    build = rich.build("epub", copyright="the survey's contributors", version="1")
    assert build.warnings == []
    pages = {
        path.stem: ET.fromstring(path.read_text(encoding="utf-8"))
        for path in build.out.rglob("*.xhtml")
    }
    assert pages.keys() >= {"index", "pruning", "distillation", "tuning", "bibliography", "nav"}
    xhtml = "{http://www.w3.org/1999/xhtml}"
    mathml = "{http://www.w3.org/1998/Math/MathML}"
    [tinybert] = pages["distillation"].findall(f".//{xhtml}div[@id='survey-jiao2020tinybert']")
    assert "Linlin Li, Fang Wang, Qun Liu\u00a0· Findings of EMNLP 2020" in "".join(
        tinybert.itertext()
    )
    assert tinybert.findall(f".//{xhtml}details") == []  # readers of books fold nothing
    [y_tuning] = pages["tuning"].findall(f".//{xhtml}div[@id='survey-liu2022tuning']")
    in_title, in_note = y_tuning.findall(f".//{mathml}math")
    assert "".join(in_note.itertext()) == "a<b"
    assert "".join(in_title.itertext()).startswith("\N{MATHEMATICAL SCRIPT CAPITAL Y}")
    assert "Labels are tuned, à la carte" in "".join(y_tuning.itertext())
    assert "Schütze" in "".join(pages["tuning"].itertext())
    [equation] = pages["pruning"].findall(f".//{xhtml}div[@id='equation-eq-score']")
    assert [math.get("display") for math in equation.iter(f"{mathml}math")] == ["block"]


def test_text_reads_like_a_page(rich: SmallSurvey) -> None:
    build = rich.build("text")
    assert build.warnings == []
    assert """
Unstructured
============

-[ Movement Pruning: Adaptive Sparsity by Fine-Tuning ]-

Victor Sanh, Thomas Wolf, Alexander M. Rush · NeurIPS 2020

Paper <https://proceedings.neurips.cc/paper/2020/hash/eae15aabaa768ae4
a5993a8a4f4fa6e4-Abstract.html> · PDF
<https://arxiv.org/pdf/2005.07683> · arXiv
<https://arxiv.org/abs/2005.07683> · Code
<https://github.com/huggingface/block_movement_pruning>

A note with x^2.

   \\frac{\\partial \\mathcal{L}}{\\partial S_{i,j}} = \\frac{\\partial
   \\mathcal{L}}{\\partial a_i} W_{i,j} x_j

Extended by: TinyBERT

Also under: Distillation

Discussed on: Pruning

unstructured


Also relevant
=============

LLM.int8()

GPT3.int8(): 8-bit Matrix Multiplication for Transformers at Scale

Dettmers et al. · NeurIPS 2022


References
==========

* Sanh, Wolf and Rush (2020). Movement Pruning: Adaptive Sparsity by
  Fine-Tuning. NeurIPS 2020.
""" in build.read("techniques/pruning.txt").replace("\u00a0", " ")


#: What a contributor must not be able to make a reader's browser do.
ATTACK = """Before.

<script>alert(1)</script>

In a line <script>alert(2)</script> and <img src=x onerror=alert(3)> too.

[a link](javascript:alert(4)), [another](JAVASCRIPT&colon;alert(5)), <javascript:alert(6)>,
[a page](data:text/html,alert(7)) and ![an image](javascript:alert(8)).

<div onclick=alert(9)>

Inside.

</div>

```{raw} html
<script>alert(10)</script>
```

```{eval-rst}
`A reStructuredText link <javascript:alert(11)>`__.
```

```{button-link} javascript:alert(12)
A button
```

After."""
SAFE_SCHEMES = ("http://", "https://", "mailto:")


def live_markup(soup: BeautifulSoup) -> list[str]:
    """Return what a browser would run, or load from an address that somebody slipped in."""
    found = []
    for tag in soup.find_all(True):
        addresses = [str(tag[name]) for name in ("href", "src", "action") if name in tag.attrs]
        odd = [url for url in addresses if ":" in url and not url.startswith(SAFE_SCHEMES)]
        data = tag.get("type") == "application/ld+json"
        runs = tag.name == "script" and not data and "alert" in tag.get_text()
        if (
            odd
            or runs
            or tag.name in {"iframe", "img", "object"}
            or any(name.startswith("on") for name in tag.attrs)
        ):
            found.append(str(tag))
    return found


@pytest.mark.parametrize("disabled", [[], ["html_block", "html_inline"]], ids=["html", "no html"])
def test_markup_in_a_note_is_shown_and_never_run(survey: SmallSurvey, disabled: list[str]) -> None:
    survey.edit("techniques/pruning.md", "A note with $x^2$.", ATTACK)
    build = survey.build(myst_disable_syntax=disabled)
    (refused,) = build.warnings
    assert '"raw" directive disabled' in refused
    pruning = page(build, "techniques/pruning")
    assert live_markup(pruning) == []
    shown = words(one(pruning, "#survey-sanh2020movement .survey-note"))
    for text in (
        "Before. <script>alert(1)</script> In a line <script>alert(2)</script> and "
        "<img src=x onerror=alert(3)> too.",
        "[a link](javascript:alert(4))",
        "[a page](data:text/html,alert(7))",
        "<div onclick=alert(9)> Inside. </div>",
        "A reStructuredText link.",
        "A button",
        "After.",
    ):
        assert text in shown


def test_markup_in_a_record_or_option_is_shown_and_never_run(survey: SmallSurvey) -> None:
    script, image = "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>'
    survey.edit("refs.bib", "Movement Pruning:", f"Movement {script} {image} Pruning:")
    survey.edit("refs.bib", "Processing Systems}", f"Processing Systems {script} {image}}}")
    survey.edit("refs.bib", "Wolf, Thomas", f"{{W{script}}}, Thomas")
    survey.edit("techniques/pruning.md", ":name: Movement pruning", f":name: {script} {image}")
    build = survey.build()
    assert build.warnings == []
    names = ("index", "techniques/pruning", "techniques/distillation", "bibliography")
    assert [found for name in names for found in live_markup(page(build, name))] == []
    title = f"Movement {script} {image} Pruning: Adaptive Sparsity by Fine-Tuning"
    pruning = card(build, "techniques/pruning", "sanh2020movement")
    assert title in words(one(pruning, ".survey-title"))
    assert f"Thomas W{script}" in words(pruning)
    assert str(one(pruning, "abbr")["title"]).endswith(f"Processing Systems {script} {image}")
    assert title in words(one(page(build, "techniques/distillation"), ".survey-short"))
    line = words(one(page(build, "bibliography"), "#cite-sanh2020movement"))
    assert f"Movement {script} {image} pruning" in line.replace("Pruning", "pruning")
    assert [name for name in found_objects(build) if "<" in name] == []  # the page shows it as HTML


def test_a_link_that_is_refused_is_live_nowhere(survey: SmallSurvey) -> None:
    survey.edit("refs.bib", "{https://aclanthology.org/", "{javascript:alert(1)//")
    survey.edit("techniques/pruning.md", ":code: https:", ":code: javascript:alert(2)")
    build = survey.build()
    assert [line.rpartition(" ")[2] for line in build.warnings] == ["[survey.bad-link]"] * 2
    names = ("index", "techniques/pruning", "techniques/distillation", "bibliography")
    assert [found for name in names for found in live_markup(page(build, name))] == []


FENCES = (
    ("::::", "Before.\n\n:::{tip}\nInner.\n:::\n\n```\n:::\n```\n\nAfter."),
    ("```", "Before.\n\n::::{card} Inner.\nx\n::::\n\n:::\n\n::::\n\nAfter."),
    ("````", "Before.\n\n```\n::::\nInner.\n:::\n```\n\n:::\nx\n:::\n\nAfter."),
)


@pytest.mark.parametrize(("fence", "note"), FENCES, ids=[fence for fence, _ in FENCES])
def test_fences_in_a_note_stay_in_its_card(survey: SmallSurvey, fence: str, note: str) -> None:
    text = PRUNING.replace(":::{entry}", f"{fence}{{entry}}").replace(
        "(eq-score)\n:::", f"(eq-score)\n{fence}"
    )
    survey.write("techniques/pruning.md", text.replace("A note with $x^2$.", note))
    build = survey.build()
    assert build.warnings == []
    pruning = page(build, "techniques/pruning")
    movement = one(pruning, "#unstructured > #survey-sanh2020movement")
    shown = words(one(movement, ".survey-note"))
    assert shown.startswith("Before.")
    assert "Inner." in shown
    assert "After." in shown
    assert [str(each["id"]) for each in pruning.select("#pruning > section")] == [
        "unstructured",
        "also-relevant",
        "references",
    ]
    assert [
        each.name for each in one(pruning, "#unstructured").find_all(True, recursive=False)
    ] == [
        "h2",
        "div",
        "details",  # to cite the section
    ]


def test_a_card_stands_where_its_record_is_missing(survey: SmallSurvey) -> None:
    survey.edit("techniques/distillation.md", "{entry} jiao2020tinybert", "{entry} xu2021")
    shown = words(one(page(survey.build(), "techniques/distillation"), ".survey-card"))
    assert shown == "There is no record with the key xu2021. Another note."
