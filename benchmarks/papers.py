"""Papers: made-up ones, as many as asked for and the same each time."""

from __future__ import annotations

import random
from dataclasses import dataclass

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
#: A venue's full name and its short one.
VENUES = (
    ("Advances in Neural Information Processing Systems", "NeurIPS"),
    ("International Conference on Learning Representations", "ICLR"),
    ("Proceedings of the Annual Meeting of the Association for Computational Linguistics", "ACL"),
    ("Proceedings of the AAAI Conference on Artificial Intelligence", "AAAI"),
)
TAGS = """
encoder decoder weights layers fine-tuning data-free 4-bit 8-bit structured gpu
""".split()  # noqa: SIM905  # a list would fill the page
_NOTE = r"""
The {0} of a {1} {2} wastes {3}. This method learns a {4} {5} with $\mathbf{{W}}_{{{6}}}$ and
keeps the {7}, at the price of one pass over the {8} data. The authors report {6}.{9} points less
than the full model with a {1} {4} of {6} %, and $O(n \log n)$ {5} in the {2}.
"""


@dataclass(frozen=True, slots=True)
class Paper:
    """What every contestant's survey says of one paper."""

    key: str
    name: str  #: The method's short name.
    title: str
    people: tuple[tuple[str, str], ...]  #: (family, given).
    venue: str
    short: str  #: The venue's short name.
    year: int
    eprint: str
    tags: tuple[str, ...]
    added: str  #: ISO date.
    note: str  #: Three lines with two formulas.

    @property
    def url(self) -> str:
        """The published version's address."""
        return f"https://example.org/{self.key}"

    @property
    def code(self) -> str:
        """The code's address."""
        return f"https://example.org/code/{self.key}"


def papers(size: int) -> list[Paper]:
    """Return ``size`` papers; the same for the same size."""
    chance = random.Random(size)
    return [_paper(number, chance) for number in range(size)]


def _paper(number: int, chance: random.Random) -> Paper:
    venue, short = chance.choice(VENUES)
    year = chance.randint(2016, 2026)
    people = dict.fromkeys(
        (chance.choice(FAMILIES), chance.choice(GIVEN)) for _ in range(chance.randint(2, 7))
    )
    words = chance.sample(WORDS, 6), chance.sample(WORDS, 3)
    return Paper(
        key=f"author{number}word",
        name=f"{''.join(chance.sample(WORDS, 2)).title()}{chance.randint(1, 999)}",
        title=" ".join(word.title() for word in chance.sample(WORDS, 8)),
        people=tuple(people),
        venue=venue,
        short=short,
        year=year,
        eprint=f"{year % 100}{chance.randint(1, 12):02}.{10_000 + number}",
        tags=tuple(chance.sample(TAGS, 4)),
        added=f"20{chance.randint(20, 25)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
        note=_NOTE.format(*words[0], chance.randint(2, 98), *words[1]).strip(),
    )
