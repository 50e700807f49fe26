"""The equations of the page Diffusion language models."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from math import factorial

import autograd.numpy as np
import numpy
from numpy.random import Generator

from equations.frame import Array, check, same

Model = dict[tuple[int, frozenset[int]], float]


def random_model(rng: Generator, length: int) -> Model:
    """Return the chance of the true token at each masked place, for each set of places that are seen."""
    chances: Model = {}
    for place in range(length):
        others = [other for other in range(length) if other != place]
        for size in range(length):
            for seen in combinations(others, size):
                chances[place, frozenset(seen)] = float(rng.uniform(0.1, 0.9))
    return chances


def masked_loss(model: Model, length: int, level: float, masked: tuple[int, ...]) -> float:
    seen = frozenset(range(length)) - {*masked}
    return float(sum(-np.log(model[place, seen]) for place in masked) / level)


def expected_loss(model: Model, length: int) -> float:
    points, weights = numpy.polynomial.legendre.leggauss(length)
    total = 0.0
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        for size in range(1, length + 1):
            for masked in combinations(range(length), size):
                chance = point**size * (1 - point) ** (length - size)
                total += weight * chance * masked_loss(model, length, point, masked)
    return float(total)


def order_chance(model: Model, order: tuple[int, ...]) -> float:
    seen: list[int] = []
    chance = 1.0
    for place in order:
        chance *= model[place, frozenset(seen)]
        seen.append(place)
    return chance


def chance_of_text(model: Model, length: int) -> float:
    orders = permutations(range(length))
    return sum(order_chance(model, order) for order in orders) / factorial(length)


@check(
    "eq-mdlm-bound",
    r"""
    -\log p(\mathbf{x}) \le \mathbb{E}_{t\sim U(0,1)}\; \mathbb{E}_{\mathcal{M}} \left[ \frac{1}{t} \sum_{i\in\mathcal{M}} -\log p(x_{i} \mid \mathbf{x}_{\setminus\mathcal{M}}) \right]
    """,
    by="bound",
    of=[masked_loss],
)
def loss_bounds_the_likelihood(rng: Generator) -> None:
    """For random predictions the expected loss, integrated exactly over levels and masks, is never below
    the negative logarithm of the text's chance; it reaches it when all orders agree.
    """
    for _ in range(20):
        model = random_model(rng, 3)
        assert expected_loss(model, 3) >= -np.log(chance_of_text(model, 3)) - 1e-12
    fair = {key: 0.3 + 0.1 * key[0] for key in random_model(rng, 4)}
    same(np.array(expected_loss(fair, 4)), -np.log(np.array(chance_of_text(fair, 4))))


def order_loss(
    model: Model, length: int, chance: Callable[[Model, tuple[int, ...]], float]
) -> float:
    losses: Array = np.array([-np.log(chance(model, o)) for o in permutations(range(length))])
    return float(np.mean(losses))


@check(
    "eq-mdlm-orders",
    r"""
    \mathbb{E}_{t}\, \mathbb{E}_{\mathcal{M}} \left[ \frac{1}{t} \sum_{i\in\mathcal{M}} -\log p(x_{i} \mid \mathbf{x}_{\setminus\mathcal{M}}) \right] = \mathbb{E}_{\sigma} \left[ \sum_{j=1}^{\ell} -\log p\!\left( x_{\sigma_{j}} \mid x_{\sigma_{1}}, \dots, x_{\sigma_{j-1}} \right) \right]
    """,
    by="identity",
    of=[order_loss],
)
def levels_of_masking_are_random_orders(rng: Generator) -> None:
    """Integrated exactly over levels and masks, the loss of random predictions is the mean over all orders
    of what writing in that order costs.
    """
    for length in (2, 3, 4):
        model = random_model(rng, length)
        same(
            np.array(expected_loss(model, length)),
            np.array(order_loss(model, length, order_chance)),
        )
