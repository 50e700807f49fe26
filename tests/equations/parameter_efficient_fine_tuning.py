"""The equations of the page Parameter-efficient fine-tuning."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, same


def lora(weights: Array, b: Array, a: Array, alpha: float, x: Array) -> Array:
    rank = a.shape[0]
    return weights @ x + alpha / rank * (b @ (a @ x))


@check(
    "eq-lora-update",
    r"""
    \mathbf{a} = \mathbf{W}\mathbf{x} + \frac{\alpha}{r}\,\mathbf{B}\mathbf{A}\mathbf{x},
    \qquad \mathbf{B}\in\mathbb{R}^{m\times r},\ \mathbf{A}\in\mathbb{R}^{r\times n},\ r \ll \min(m,n)
    """,
    by="identity",
    of=[lora],
)
def lora_can_be_merged(rng: Generator) -> None:
    """The update merges into one matrix that differs from W by rank r, a zero B leaves the layer
    as it was, and with alpha = r the factor is one.
    """
    weights, b, a = rng.normal(size=(6, 5)), rng.normal(size=(6, 2)), rng.normal(size=(2, 5))
    x, alpha = rng.normal(size=5), 8.0
    merged = np.stack([lora(weights, b, a, alpha, unit) for unit in np.eye(5)], axis=1)
    same(lora(weights, b, a, alpha, x), merged @ x)
    same(merged - weights, 4 * sum(np.outer(b[:, k], a[k]) for k in range(2)))
    assert np.linalg.matrix_rank(merged - weights) == 2
    same(lora(weights, 0 * b, a, alpha, x), weights @ x)
    same(lora(weights, b, a, 2.0, x), (weights + b @ a) @ x)
