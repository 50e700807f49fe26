"""The equations of the page Prompt compression."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, distribution, same


def kept(probabilities: Array, share: float) -> Array:
    scores = -np.log(probabilities)
    place = int(share * len(scores)) - 1
    return scores > np.sort(scores)[::-1][place]


@check(
    "eq-llmlingua-threshold",
    r"""
    \text{keep } x_{t} \text{ if } s_{t} > \theta, \qquad s_{t} = -\log p(x_{t} \mid \mathbf{x}_{<t}), \qquad \theta = s_{(\lfloor \rho \ell \rfloor)}
    """,
    by="optimum",
    of=[kept],
)
def what_is_kept_is_least_expected(rng: Generator) -> None:
    """Of all choices of as many tokens, the one kept has the lowest joint probability, and it holds
    one token fewer than the share asks for.
    """
    for tokens, share in ((10, 0.5), (30, 0.33), (17, 0.8)):
        p = distribution(rng, tokens, 5)[:, 0]
        chosen = kept(p, share)
        assert chosen.sum() == int(share * tokens) - 1
        same(np.prod(p[chosen]), np.prod(np.sort(p)[: int(chosen.sum())]))


def mask(length: int, first: int, last: int) -> Array:
    i, j = np.arange(length)[:, None], np.arange(length)[None, :]
    before = (i <= last) & (j <= last)
    after = (i > last) & (j >= first)
    return before.astype(float) + after


@check(
    "eq-gist-mask",
    r"""
    M_{ij} = \mathbb{1}[\, i \le g_{2} \text{ and } j \le g_{2} \,] + \mathbb{1}[\, i > g_{2} \text{ and } j \ge g_{1} \,]
    """,
    by="simulation",
    of=[mask],
)
def the_prompt_reaches_later_tokens_only_through_the_gist(rng: Generator) -> None:
    """The mask is that of the authors' example, and removing the gist tokens cuts every path from
    the prompt to what follows.
    """
    example = [[1, 1, 1, 1, 0]] * 4 + [[0, 0, 0, 1, 1]]
    same(mask(5, 3, 3), np.array(example, dtype=float))
    for length, first, last in ((9, 3, 5), (12, 6, 7)):
        reach = mask(length, first, last)
        assert set(np.unique(reach)) == {0.0, 1.0}
        others = np.r_[0:first, last + 1 : length]
        paths = np.linalg.matrix_power(reach[np.ix_(others, others)], length)
        assert paths[first:, :first].max() == 0
        same(reach[last + 1 :, first:], np.ones((length - last - 1, length - first)))
        same(reach[: last + 1, : last + 1], np.ones((last + 1, last + 1)))
        same(reach[: last + 1, last + 1 :], np.zeros((last + 1, length - last - 1)))
