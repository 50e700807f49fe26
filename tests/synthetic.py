"""Synthetic: a survey of any size, the same for the same size, to weigh and to time."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Words of real titles; what they form is nonsense of the right length.
WORDS = """
accelerating adaptive attention average bandit bit block budget calibration compression
contrastive cost data deep distillation dynamic early efficient embedding entropy exit expert
factor fast feature fine forward gradient greedy hashing head inference kernel knowledge
language large layer learning linear low mask matrix memory mixture model movement multilingual
network neural outlier parallel parameter pattern precision pretrained progressive prompt
pruning quantization random rank reduction regularized retraining robust routing sample scale
score search self sequence shared skipping sparse speculative structured student subspace task
teacher tensor token training transfer transformer translation tuning unstructured update vector
weight
""".split()  # noqa: SIM905  # a list would fill the page
FAMILIES = [
    f"{start}{end}"
    for start in ("Bar", "Che", "Dov", "Esk", "Fuj", "Gar", "Hol")
    for end in ("nov", "ski", "berg", "mann", "ida", "eira", "ström", "ling", "ahashi", "ez")
]
GIVEN = """
Ada Bo Chen Dana Eva Femi Gita Hana Ivo Jun Kofi Lea Mia Noor Olu Pia Qi Ravi
""".split()  # noqa: SIM905  # a list would fill the page
VENUES = (
    ("Advances in Neural Information Processing Systems", "NeurIPS"),
    ("International Conference on Learning Representations", "ICLR"),
    ("Proceedings of the Annual Meeting of the Association for Computational Linguistics", "ACL"),
    ("Proceedings of the AAAI Conference on Artificial Intelligence", "AAAI"),
)
TAGS = """
encoder decoder weights layers fine-tuning data-free 4-bit 8-bit structured gpu
""".split()  # noqa: SIM905  # a list would fill the page
CONF = """
extensions = ["myst_parser", "surveyext"]
primary_domain = "survey"
myst_enable_extensions = ["colon_fence", "dollarmath"]
bibtex_bibfiles = ["refs.bib"]
bibtex_reference_style = "author_year"
bibtex_default_style = "survey"
bibtex_cite_id = "cite-{key}"
survey_tags = "tags.toml"
survey_venues = "venues.toml"
html_theme = "furo"
html_math_renderer = "mathml"
"""
NOTE = r"""
The {0} of a {1} {2} wastes {3}. This method learns a {4} {5} with $\mathbf{{W}}_{{{6}}}$ and
keeps the {7}, at the price of one pass over the {8} data. The authors report {6}.{9} points less
than the full model with a {1} {4} of {6} %, and $O(n \log n)$ {5} in the {2}.
"""


def write_survey(root: Path, size: int, per_page: int = 60) -> None:
    """Write a survey of ``size`` entries, ``per_page`` on each technique page."""
    chance = random.Random(size)
    keys = [f"author{number}word" for number in range(size)]
    pages = [keys[start : start + per_page] for start in range(0, size, per_page)]
    names = [f"techniques/technique-{number}" for number in range(len(pages))]
    (root / "techniques").mkdir(parents=True)
    files = {
        "conf.py": CONF,
        "tags.toml": '["Tags"]\n' + "".join(f'{tag} = "About {tag}."\n' for tag in TAGS),
        "venues.toml": "".join(
            f'[[venue]]\nmatch = "{match}"\nfamily = "{short}"\nshort = "{short} {{year}}"\n'
            for match, short in VENUES
        ),
        "refs.bib": "\n".join(_record(key, chance) for key in keys),
        "entries.md": "# All entries\n\n```{filter}\n```\n\n```{all-entries}\n```\n",
        "index.md": "# Home\n\n```{techniques}\n```\n\n```{toctree}\nentries\n"
        + "\n".join([*names, "bibliography"])
        + "\n```\n",
        "bibliography.md": "# Bibliography\n\n```{bibliography}\n:all:\n```\n",
    }
    for number, (name, page) in enumerate(zip(names, pages, strict=True)):
        entries = "\n".join(_entry(key, chance) for key in page)
        text = f"# Technique {number} {' '.join(chance.sample(WORDS, 2))}\n\n{entries}"
        files[f"{name}.md"] = text
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")


def _record(key: str, chance: random.Random) -> str:
    title = " ".join(word.title() for word in chance.sample(WORDS, 8))
    people = itertools.repeat(None, chance.randint(2, 7))
    authors = " and ".join(f"{chance.choice(FAMILIES)}, {chance.choice(GIVEN)}" for _ in people)
    year, eprint = chance.randint(2016, 2026), chance.randint(10_000, 99_999)
    return f"""@inproceedings{{{key},
  title = {{{title}}},
  author = {{{authors}}},
  booktitle = {{{chance.choice(VENUES)[0]}}},
  year = {{{year}}},
  eprint = {{{year % 100}{chance.randint(1, 12):02}.{eprint}}},
  url = {{https://example.org/{key}}},
}}
"""


def _entry(key: str, chance: random.Random) -> str:
    note = NOTE.format(*chance.sample(WORDS, 6), chance.randint(2, 98), *chance.sample(WORDS, 3))
    return f"""
:::{{entry}} {key}
:name: {chance.choice(WORDS).title()}{chance.choice(WORDS).title()}{chance.randint(1, 999)}
:code: https://example.org/code/{key}
:tags: {", ".join(chance.sample(TAGS, 4))}
:added: 20{chance.randint(20, 25)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}
{note}:::
"""
