"""The equations of the page Model merging."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, same, unbiased


def arithmetic(base: Array, tuned: list[Array], scale: float) -> Array:
    return base + scale * sum(each - base for each in tuned)


@check(
    "eq-task-arithmetic",
    r"""
    \boldsymbol{\theta} = \boldsymbol{\theta}_{0} + \lambda \sum_{i=1}^{N} \bigl( \boldsymbol{\theta}_{i} - \boldsymbol{\theta}_{0} \bigr)
    """,
    by="bound",
    of=[arithmetic],
)
def one_nth_of_the_sum_is_the_average(rng: Generator) -> None:
    """With one model and scale one the sum is that model, with N models and one Nth their average."""
    base = rng.normal(size=6)
    tuned = [rng.normal(size=6) for _ in range(4)]
    same(arithmetic(base, tuned[:1], 1.0), tuned[0])
    same(arithmetic(base, tuned, 0.25), np.mean(np.array(tuned), axis=0))
    same(arithmetic(base, tuned[:1], -1.0), 2 * base - tuned[0])


def rescaled(delta: Array, mask: Array, p: float) -> Array:
    return mask * delta / (1 - p)


@check(
    "eq-dare-rescale",
    r"""
    \tilde{\boldsymbol{\delta}} = \frac{\mathbf{m} \odot \boldsymbol{\delta}}{1 - p}, \qquad \Pr(m_{j} = 1) = 1 - p
    """,
    by="bound",
    of=[rescaled],
)
def dropping_keeps_the_mean(rng: Generator) -> None:
    """The difference is unchanged on average, and a dropped entry is zero."""
    delta = rng.normal(size=5)
    for p in (0.5, 0.9):
        masks = (rng.random(size=(40000, 5)) < 1 - p).astype(float)
        samples = rescaled(delta, masks, p)
        unbiased(samples, delta)
        assert np.all(samples[masks == 0] == 0)
