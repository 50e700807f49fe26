"""The equations of the page Open models and resources."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, distribution, same


def perplexity(chances: Array) -> float:
    return np.exp(-np.sum(np.log(chances)) / len(chances))


def per_word(by_token: float, tokens: int, words: int) -> float:
    return by_token ** (tokens / words)


@check(
    "eq-resources-perplexity",
    r"""
    \mathrm{PPL} = \exp\!\left( - \frac{1}{\ell} \sum_{t=1}^{\ell}
    \log p(y_{t} \mid \mathbf{y}_{<t}) \right),
    \qquad
    \mathrm{PPL}_{\mathrm{word}} = \mathrm{PPL}^{\,\ell/w}
    """,
    by="identity",
    of=[perplexity, per_word],
)
def per_word_the_cut_does_not_count(rng: Generator) -> None:
    """It is the inverse geometric mean of the next-token probabilities, so that a model that knows
    nothing has the size of the vocabulary; cutting the same text with the same total probability
    into more tokens lowers it, but not the figure per word.
    """
    chances = distribution(rng, 6)
    product = 1.0
    for chance in chances:
        product *= chance
    same(perplexity(chances), product ** (-1 / 6))
    same(perplexity(np.full(7, 1 / 50)), 50.0)
    finer = np.concatenate([chances[:5], [np.sqrt(chances[5])] * 2])
    assert perplexity(finer) < perplexity(chances)
    same(per_word(perplexity(finer), 7, 3), per_word(perplexity(chances), 6, 3))
    same(per_word(perplexity(chances), 6, 6), perplexity(chances))
