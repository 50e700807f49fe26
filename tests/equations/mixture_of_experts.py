"""The equations of the page Mixture of experts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import autograd.numpy as np
import numpy
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, same, sigmoid, softmax


def experts_read(experts: int, chosen: int, tokens: int) -> float:
    return experts * (1 - (1 - chosen / experts) ** tokens)


@check(
    "eq-moe-touched",
    r"""
    \mathbb{E}[\text{experts read}] = E \left( 1 - \left( 1 - \frac{k}{E} \right)^{B} \right)
    """,
    by="unbiasedness",
    of=[experts_read],
)
def distinct_experts_of_a_batch(rng: Generator) -> None:
    """Tokens that draw their experts evenly read as many different ones on average; with the sizes of the
    page, one token reads 8 and 64 tokens read 222 of 256.
    """
    counts = [len({int(e) for _ in range(3) for e in rng.permutation(7)[:2]}) for _ in range(4000)]
    spread = numpy.std(counts, ddof=1) / numpy.sqrt(len(counts))
    assert abs(numpy.mean(counts) - experts_read(7, 2, 3)) <= 4 * spread
    same(experts_read(256, 8, 1), 8.0)
    assert round(experts_read(256, 8, 64)) == 222


def mixture(x: Array, router: Array, experts: Sequence[Callable[[Array], Array]], k: int) -> Array:
    scores = router @ x
    chosen = np.argsort(scores)[-k:]
    powers = np.exp(scores[chosen])
    gates = powers / np.sum(powers)
    return sum(gate * experts[place](x) for gate, place in zip(gates, chosen, strict=True))


@check(
    "eq-moe-layer",
    r"""
    \mathbf{a} = \sum_{i\in\mathcal{T}} g_{i}\, \mathcal{E}_{i}(\mathbf{x}),
    \qquad
    g_{i} = \frac{\exp z_{i}}{\sum_{j\in\mathcal{T}} \exp z_{j}},
    \qquad
    \mathbf{z} = \mathbf{W}\mathbf{x}
    """,
    by="identity",
    of=[mixture],
)
def chosen_experts_share_the_probability(rng: Generator) -> None:
    """The gates are the softmax over all experts, renormalized over the chosen ones; with all chosen, the
    layer is the full mixture.
    """
    x, router = rng.normal(size=4), rng.normal(size=(5, 4))
    maps = rng.normal(size=(5, 3, 4))
    experts = [partial(np.dot, each) for each in maps]
    probabilities = softmax(router @ x)
    kept = numpy.where(probabilities >= numpy.sort(probabilities)[-2], probabilities, 0.0)
    outputs = maps @ x
    same(mixture(x, router, experts, 2), kept @ outputs / kept.sum())
    same(mixture(x, router, experts, 5), probabilities @ outputs)


def balance(logits: Array, counts: Array, k: int) -> Array:
    tokens, experts = logits.shape
    mean = np.mean(softmax(logits), axis=0)
    return experts / (tokens * k) * np.sum(counts * mean)


@check(
    "eq-moe-balance",
    r"""
    \mathcal{L}_{\mathrm{bal}} = \frac{E}{N k} \sum_{i=1}^{E} n_{i}\, \bar{p}_{i},
    \qquad
    \bar{p}_{i} = \frac{1}{N} \sum_{t=1}^{N} p_{ti}
    """,
    by="bound",
    of=[balance],
)
def even_use_costs_one(rng: Generator) -> None:
    """Even counts or an even router cost one, whatever the other does; when counts and mean probabilities
    rise together, the loss is at least one, and a single expert for all costs their number.
    """
    logits = rng.normal(size=(8, 4))
    same(balance(logits, np.full(4, 4.0), 2), 1.0)
    same(balance(np.zeros((8, 4)), np.array([9.0, 4, 2, 1]), 2), 1.0)
    for _ in range(20):
        logits = rng.normal(size=(8, 4))
        counts = numpy.sort(rng.multinomial(16, numpy.full(4, 0.25)))
        order = numpy.argsort(softmax(logits).mean(axis=0))
        paired = numpy.zeros(4)
        paired[order] = counts
        assert balance(logits, paired, 2) >= 1 - 1e-12
    alone = np.zeros((8, 4)) + np.array([50.0, 0, 0, 0])
    same(balance(alone, np.array([8.0, 0, 0, 0]), 1), 4.0)


def balance_gradient(logits: Array, counts: Array, k: int) -> Array:
    tokens, experts = logits.shape
    p = softmax(logits)
    return experts / (tokens**2 * k) * p * (counts - (p @ counts)[:, None])


@check(
    "eq-moe-balance-gradient",
    r"""
    \frac{\partial \mathcal{L}_{\mathrm{bal}}}{\partial z_{ti}} = \frac{E}{N^{2} k}\, p_{ti} \left( n_{i} - \sum_{j=1}^{E} p_{tj} n_{j} \right)
    """,
    by="gradient",
    of=[balance_gradient],
)
def balance_pushes_popular_experts_down(rng: Generator) -> None:
    """The formula is the derivative of the loss with the counts held fixed; it vanishes for even counts and
    is positive for the most popular expert.
    """
    logits, counts = rng.normal(size=(6, 4)), np.array([7.0, 3, 2, 0])
    found = balance_gradient(logits, counts, 2)
    same(found, grad(lambda z: balance(z, counts, 2))(logits))
    assert np.all(found[:, 0] > 0) and np.all(found[:, 3] < 0)
    same(balance_gradient(logits, np.full(4, 3.0), 2), np.zeros((6, 4)))


def biased_gates(x: Array, router: Array, bias: Array, k: int) -> Array:
    scores = sigmoid(router @ x)
    chosen = np.argsort(scores + bias)[-k:]
    gates = np.zeros(len(scores))
    gates[chosen] = scores[chosen] / np.sum(scores[chosen])
    return gates


@check(
    "eq-moe-bias",
    r"""
    \mathcal{T} = \operatorname{top}_{k}(\mathbf{s} + \mathbf{b}),
    \qquad
    g_{i} = \frac{s_{i}}{\sum_{j\in\mathcal{T}} s_{j}} \text{ for } i\in\mathcal{T},
    \qquad
    \mathbf{s} = \sigma(\mathbf{W}\mathbf{x})
    """,
    by="simulation",
    of=[biased_gates],
)
def bias_chooses_but_does_not_weigh(rng: Generator) -> None:
    """A large bias brings an expert in, with the weight of its score alone; raising the bias of idle
    experts and lowering that of busy ones evens out a skewed router.
    """
    x, router = rng.normal(size=3), rng.normal(size=(5, 3))
    scores = 1 / (1 + np.exp(-router @ x))
    last = int(np.argmin(scores))
    first = int(np.argmax(scores))
    gates = biased_gates(x, router, np.eye(5)[last] * 2, 2)
    same(gates[last], scores[last] / (scores[last] + scores[first]))
    same(gates.sum(), 1.0)
    assert np.count_nonzero(gates) == 2
    skewed = np.concatenate([router, [[1.0], [0], [0], [0], [0]]], axis=1)
    bias = np.zeros(5)
    for step in range(400):
        inputs = np.concatenate([rng.normal(size=(50, 3)), np.full((50, 1), 3.0)], axis=1)
        chosen = numpy.array([biased_gates(row, skewed, bias, 2) > 0 for row in inputs])
        counts = chosen.sum(axis=0)
        if step == 0:
            before = counts.max()
        bias = bias + 0.01 * np.sign(20 - counts)
    assert counts.max() < 0.7 * before


def capacity(tokens: int, experts: int, k: int, factor: float) -> int:
    return int(np.floor(factor * tokens * k / experts))


@check(
    "eq-moe-capacity",
    r"""
    C = \left\lfloor c\, \frac{N k}{E} \right\rfloor
    """,
    by="bound",
    of=[capacity],
)
def capacity_bounds_what_is_dropped(rng: Generator) -> None:
    """At factor one the places of all experts just hold all choices when these divide evenly; a factor of
    the number of experts over the choices drops nothing, and a smaller one drops something when all agree.
    """
    assert capacity(12, 4, 2, 1.0) * 4 == 12 * 2
    assert capacity(10, 4, 2, 1.25) == 6
    for _ in range(20):
        choices = [rng.permutation(6)[:2] for _ in range(9)]
        counts = numpy.bincount(numpy.concatenate(choices), minlength=6)
        assert counts.max() <= capacity(9, 6, 2, 3.0) == 9
    assert capacity(9, 6, 2, 2.9) < 9
