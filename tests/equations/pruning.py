"""The equations of the page Pruning."""

from __future__ import annotations

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, differences, same


def keep_best(scores: Array, share: float) -> Array:
    kept = round(scores.size * share)
    mask = np.zeros(scores.size)
    mask[np.argsort(-scores.ravel())[:kept]] = 1
    return mask.reshape(scores.shape)


def masked_output(weights: Array, scores: Array, share: float, x: Array) -> Array:
    return (weights * keep_best(scores, share)) @ x


@check(
    "eq-movement-mask",
    r"""
    \mathbf{a} = (\mathbf{W} \odot \mathbf{M})\,\mathbf{x}, \qquad
    \mathbf{M} = \operatorname{Top}_v(\mathbf{S}) \in \{0,1\}^{m \times n}
    """,
    by="optimum",
    of=[keep_best, masked_output],
)
def mask_keeps_the_highest_scores(rng: Generator) -> None:
    """Of all masks that keep the share v of the weights, Top_v has the highest sum of scores; the output
    is that of the layer after the other weights are set to zero.
    """
    weights, scores, x = rng.normal(size=(2, 5)), rng.normal(size=(2, 5)), rng.normal(size=5)
    mask = keep_best(scores, 0.3)
    masks = [np.array(list(f"{code:010b}"), float).reshape(2, 5) for code in range(1 << 10)]
    rivals = [each for each in masks if each.sum() == 3]
    assert len(rivals) == 120
    same(mask, max(rivals, key=lambda each: float((each * scores).sum())))
    assert keep_best(rng.normal(size=(10, 10)), 0.6).sum() == 60
    pruned = weights.copy()
    pruned[mask == 0] = 0
    same(masked_output(weights, scores, 0.3, x), [row @ x for row in pruned])


def movement_score(upstream: Array, weights: Array, x: Array) -> Array:
    return upstream[:, None] * weights * x[None, :]


@check(
    "eq-movement-score",
    r"""
    \frac{\partial \mathcal{L}}{\partial S_{ij}}
    \approx \frac{\partial \mathcal{L}}{\partial a_i} \, \frac{\partial a_i}{\partial M_{ij}}
    = \frac{\partial \mathcal{L}}{\partial a_i} \, W_{ij} \, x_j
    """,
    by="gradient",
    of=[movement_score],
)
def score_follows_the_weight(rng: Generator) -> None:
    """The score's gradient is the derivative of the loss in a mask of real numbers, and descent
    raises the score of just those weights that a gradient step on the weight drives from zero.
    """
    weights, mask = rng.normal(size=(3, 4)), rng.integers(0, 2, size=(3, 4)).astype(float)
    x, target = rng.normal(size=4), rng.normal(size=3)

    def loss(output: Array) -> float:
        return np.sum(np.tanh(output - target) ** 2)

    upstream = grad(loss)((weights * mask) @ x)
    score = movement_score(upstream, weights, x)
    same(score, grad(lambda each: loss((weights * each) @ x))(mask))
    same(score, differences(lambda each: loss((weights * each) @ x), mask), 1e-7)
    step = -grad(lambda each: loss((each * np.ones((3, 4))) @ x))(weights * mask)
    grows = step * weights > 0
    assert np.array_equal(-score > 0, grows)
    assert 0 < grows.sum() < grows.size
