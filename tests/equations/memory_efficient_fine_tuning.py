"""The equations of the page Memory-efficient fine-tuning."""

from __future__ import annotations

from collections.abc import Callable

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator, default_rng

from equations.frame import Array, check, same, unbiased


def adamw_bytes(sizes: list[int], activations: int) -> int:
    return 2 * sum(sizes) + 2 * sum(sizes) + 12 * sum(sizes) + activations


def lomo_bytes(sizes: list[int], activations: int) -> int:
    return 2 * sum(sizes) + 2 * max(sizes) + activations


def mezo_bytes(sizes: list[int], forward: int) -> int:
    return 2 * sum(sizes) + forward


@check(
    "eq-memory-bytes",
    r"""
    \begin{aligned}
    \mathrm{AdamW:} &\quad 2\lvert\boldsymbol{\theta}\rvert + 2\lvert\boldsymbol{\theta}\rvert
    + 12\lvert\boldsymbol{\theta}\rvert + M_{\mathrm{act}} \\
    \mathrm{LOMO:} &\quad 2\lvert\boldsymbol{\theta}\rvert
    + 2 \max_{l} \lvert\boldsymbol{\theta}_{l}\rvert + M_{\mathrm{act}} \\
    \mathrm{MeZO:} &\quad 2\lvert\boldsymbol{\theta}\rvert + M_{\mathrm{fwd}}
    \end{aligned}
    """,
    by="identity",
    of=[adamw_bytes, lomo_bytes, mezo_bytes],
)
def bytes_are_those_of_the_arrays(rng: Generator) -> None:
    """The counts are the bytes of arrays that are made: 16-bit weights and gradients, a 32-bit copy
    and two moments for AdamW, one layer's gradient at a time for LOMO, none for MeZO; for 6.74
    billion parameters they give the page's 100.4 and 12.6 GiB.
    """
    sizes = [int(size) for size in rng.integers(5, 50, size=4)]
    weights = [np.zeros(size, np.float16) for size in sizes]
    gradients = [np.zeros(size, np.float16) for size in sizes]
    states = [np.zeros((3, size), np.float32) for size in sizes]
    held = sum(each.nbytes for each in weights)
    every = held + sum(each.nbytes for each in gradients + states)
    assert adamw_bytes(sizes, 700) == every + 700
    assert lomo_bytes(sizes, 700) == held + max(each.nbytes for each in gradients) + 700
    assert mezo_bytes(sizes, 90) == held + 90
    same(round(adamw_bytes([6_740_000_000], 0) / 2**30, 1), 100.4)
    same(round(mezo_bytes([6_740_000_000], 0) / 2**30, 1), 12.6)


def fused_step(layers: list[Array], x: Array, target: Array, rate: float) -> list[Array]:
    states = [x]
    for weights in layers:
        states.append(np.tanh(weights @ states[-1]))
    updated = list(layers)
    slope = 2 * (states[-1] - target)
    for l in range(len(layers) - 1, -1, -1):
        inner = slope * (1 - states[l + 1] ** 2)
        slope = layers[l].T @ inner
        updated[l] = layers[l] - rate * np.outer(inner, states[l])
    return updated


@check(
    "eq-lomo-update",
    r"""
    \boldsymbol{\theta}_l \leftarrow \boldsymbol{\theta}_l - \eta\, \frac{\partial \mathcal{L}}{\partial \boldsymbol{\theta}_l},
    \qquad l = L, L-1, \dots, 1
    """,
    by="simulation",
    of=[fused_step],
)
def updating_inside_the_backward_pass_is_gradient_descent(rng: Generator) -> None:
    """Updating each layer as soon as its gradient is there, from the last to the first, gives what a
    step with all gradients kept gives, computed by automatic differentiation.
    """
    layers = [rng.normal(size=(4, 3)), rng.normal(size=(5, 4)), rng.normal(size=(2, 5))]
    x, target = rng.normal(size=3), rng.normal(size=2)

    def loss(layers: list[Array]) -> float:
        state = x
        for weights in layers:
            state = np.tanh(weights @ state)
        return np.sum((state - target) ** 2)

    slopes = grad(loss)(layers)
    made = fused_step(layers, x, target, 0.1)
    for new, old, slope in zip(made, layers, slopes, strict=True):
        same(new, old - 0.1 * slope)


def two_point_gradient(
    loss: Callable[[Array], float], theta: Array, z: Array, epsilon: float
) -> Array:
    difference = loss(theta + epsilon * z) - loss(theta - epsilon * z)
    return difference / (2 * epsilon) * z


@check(
    "eq-mezo-spsa",
    r"""
    \widehat{\nabla}\mathcal{L}(\boldsymbol{\theta};\mathcal{B}) =
    \frac{\mathcal{L}(\boldsymbol{\theta}+\epsilon\mathbf{z};\mathcal{B}) - \mathcal{L}(\boldsymbol{\theta}-\epsilon\mathbf{z};\mathcal{B})}{2\epsilon}\,\mathbf{z},
    \qquad \mathbf{z}\sim\mathcal{N}(\mathbf{0},\mathbf{I})
    """,
    by="unbiasedness",
    of=[two_point_gradient],
)
def two_forward_passes_estimate_the_gradient(rng: Generator) -> None:
    """Over 4,000 directions the estimate averages to the gradient of a quadratic loss; for any loss
    it is the slope along the direction times the direction, up to an error that falls as the
    square of epsilon.
    """
    theta, root = rng.normal(size=4), rng.normal(size=(4, 4))

    def quadratic(each: Array) -> float:
        return np.sum((each @ root) ** 2)

    draws = rng.normal(size=(4000, 4))
    estimates = np.stack([two_point_gradient(quadratic, theta, z, 0.1) for z in draws[:1500]])
    unbiased(estimates, grad(quadratic)(theta))

    def loss(each: Array) -> float:
        return np.sum(np.exp(each @ root / 3))

    z = draws[0]
    exact = (grad(loss)(theta) @ z) * z
    errors = [np.max(np.abs(two_point_gradient(loss, theta, z, e) - exact)) for e in (0.1, 0.05)]
    same(errors[0] / errors[1], 4.0, 0.2)


def zeroth_order_step(theta: Array, estimate: Array, rate: float) -> Array:
    return theta - rate * estimate


@check(
    "eq-mezo-update",
    r"""
    \boldsymbol{\theta} \leftarrow \boldsymbol{\theta} - \eta\, \widehat{\nabla}\mathcal{L}(\boldsymbol{\theta};\mathcal{B})
    """,
    by="simulation",
    of=[zeroth_order_step],
)
def a_seed_and_a_number_are_enough(rng: Generator) -> None:
    """The procedure that perturbs the weights in place, draws the direction anew from its seed three
    times and keeps only one number between the passes ends at the same weights.
    """
    theta, target = rng.normal(size=5), rng.normal(size=5)
    epsilon, rate, seed = 1e-3, 0.05, 7

    def loss(each: Array) -> float:
        return np.sum(np.cos(each - target))

    moved = theta.copy()
    losses = []
    for scale in (1, -2):
        moved += scale * epsilon * default_rng(seed).normal(size=5)
        losses.append(loss(moved))
    moved += epsilon * default_rng(seed).normal(size=5)
    number = (losses[0] - losses[1]) / (2 * epsilon)
    moved -= rate * number * default_rng(seed).normal(size=5)
    estimate = two_point_gradient(loss, theta, default_rng(seed).normal(size=5), epsilon)
    same(zeroth_order_step(theta, estimate, rate), moved)


def projected_step(g: Array, r: int, eta: float, s: float) -> Array:
    p = np.linalg.svd(g, full_matrices=False)[0][:, :r]
    return -eta * s * (p @ (p.T @ g))


@check(
    "eq-galore-projection",
    r"""
    \mathbf{G}_{r} = \mathbf{P}^{\top} \mathbf{G}, \qquad \Delta\mathbf{W} = -\eta\, s\, \mathbf{P}\, \rho(\mathbf{G}_{r})
    """,
    by="bound",
    of=[projected_step],
)
def plain_step_is_the_best_of_its_rank(rng: Generator) -> None:
    """With a plain gradient step in the subspace the update is the best approximation of the gradient
    with that rank, and with full rank the gradient itself.
    """
    g = rng.normal(size=(4, 7))
    u, values, v = np.linalg.svd(g, full_matrices=False)
    for r in (1, 2, 4):
        best = sum(values[k] * np.outer(u[:, k], v[k]) for k in range(r))
        same(projected_step(g, r, 0.1, 0.25), -0.025 * best)
