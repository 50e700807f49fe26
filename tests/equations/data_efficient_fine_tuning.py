"""The equations of the page Data-efficient fine-tuning."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from math import comb

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import check, same


def shapley(i: int, count: int, utility: Callable[[frozenset[int]], float]) -> float:
    others = [j for j in range(count) if j != i]
    total = 0.0
    for size in range(count):
        for chosen in combinations(others, size):
            gain = utility(frozenset({*chosen, i})) - utility(frozenset(chosen))
            total += gain / comb(count - 1, size)
    return total / count


@check(
    "eq-data-shapley",
    r"""
    S_{i} = \frac{1}{N} \sum_{\mathcal{A} \subseteq \mathcal{D}\setminus\{i\}}
    \binom{N-1}{\lvert\mathcal{A}\rvert}^{-1}
    \bigl( U(\mathcal{A}\cup\{i\}) - U(\mathcal{A}) \bigr),
    \qquad
    \sum_{i=1}^{N} S_{i} = U(\mathcal{D}) - U(\varnothing)
    """,
    by="identity",
    of=[shapley],
)
def value_is_the_mean_gain_over_orders(rng: Generator) -> None:
    """An example's value is what it adds, averaged over all orders in which the examples can arrive;
    the values add up to the gain of the whole set, equals get equals, and the useless get nothing.
    """
    count = 4
    examples = rng.normal(size=(count, 3))
    examples[1], examples[2] = examples[0], 0

    def utility(chosen: frozenset[int]) -> float:
        return float(np.linalg.norm(sum((examples[j] for j in chosen), np.ones(3))) ** 1.5)

    values = [shapley(i, count, utility) for i in range(count)]
    orders = list(permutations(range(count)))
    gains = np.zeros(count)
    for order in orders:
        for place, i in enumerate(order):
            before = frozenset(order[:place])
            gains[i] += utility(before | {i}) - utility(before)
    same(values, gains / len(orders))
    same(sum(values), utility(frozenset(range(count))) - utility(frozenset()))
    same(values[0], values[1])
    same(values[2], 0.0)
