"""The equations of the page Long context."""

from __future__ import annotations

import autograd.numpy as np
import numpy
from numpy.random import Generator

from equations.frame import Array, check, same


def biased_scores(q: Array, k: Array, head: int, heads: int) -> Array:
    places = np.arange(len(q))
    slope = 2.0 ** (-8 * head / heads)
    return q @ k.T / np.sqrt(q.shape[1]) - slope * (places[:, None] - places)


@check(
    "eq-alibi-bias",
    r"""
    z_{ij} = \frac{\mathbf{q}_{i}^{\top} \mathbf{k}_{j}}{\sqrt{d}} - m_{h} (i - j),
    \qquad
    m_{h} = 2^{-8h/A}
    """,
    by="identity",
    of=[biased_scores],
)
def penalty_grows_with_distance(rng: Generator) -> None:
    """Score by score a key loses the slope for each step of distance; slopes are what the authors' code
    computes for a power of two heads, the last one 1/256; a shift of all positions changes nothing.
    """
    q, k = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    start = 2.0 ** -(2.0 ** -(numpy.log2(8) - 3))
    for head in range(1, 9):
        slope = start * start ** (head - 1)
        scores = biased_scores(q, k, head, 8)
        for i in range(5):
            for j in range(i + 1):
                same(scores[i, j], sum(q[i] * k[j]) / 2 - slope * (i - j))
    same(2.0**-8, start**8)


def rotated(x: Array, position: float, base: float) -> Array:
    half = len(x) // 2
    angles = position * base ** (-2 * np.arange(half) / len(x))
    even, odd = x[0::2], x[1::2]
    return np.stack(
        [
            np.cos(angles) * even - np.sin(angles) * odd,
            np.sin(angles) * even + np.cos(angles) * odd,
        ],
        axis=1,
    ).reshape(-1)


def interpolated(x: Array, position: float, base: float, ratio: float) -> Array:
    return rotated(x, position / ratio, base)


@check(
    "eq-pi-scale",
    r"""
    \mathbf{f}'(\mathbf{x}, t) = \mathbf{f}\!\left( \mathbf{x}, \frac{t}{s} \right),
    \qquad
    \mathbf{f}(\mathbf{x}, t)_{i} = \begin{pmatrix} \cos t\omega_{i} & -\sin t\omega_{i} \\ \sin t\omega_{i} & \cos t\omega_{i} \end{pmatrix} \begin{pmatrix} x_{2i} \\ x_{2i+1} \end{pmatrix},
    \quad
    \omega_{i} = \beta^{-2i/d}
    """,
    by="identity",
    of=[rotated, interpolated],
)
def interpolation_keeps_trained_distances(rng: Generator) -> None:
    """Pairs turn as complex numbers do; the product of a rotated query and key depends on their distance
    alone, and interpolated positions give the products of positions closer by the ratio.
    """
    q, k = rng.normal(size=6), rng.normal(size=6)
    turned = rotated(q, 3.0, 100.0)
    for i in range(3):
        pair = (q[2 * i] + 1j * q[2 * i + 1]) * numpy.exp(3j * 100.0 ** (-2 * i / 6))
        same(turned[2 * i : 2 * i + 2], np.array([pair.real, pair.imag]))
    near = rotated(q, 7.0, 100.0) @ rotated(k, 5.0, 100.0)
    same(rotated(q, 12.0, 100.0) @ rotated(k, 10.0, 100.0), near)
    far = interpolated(q, 28.0, 100.0, 4.0) @ interpolated(k, 20.0, 100.0, 4.0)
    same(far, near)


def blended(frequencies: Array, ratio: float, low: float, high: float) -> Array:
    ramp = np.clip((np.arange(len(frequencies)) - low) / (high - low), 0, 1)
    return (1 - ramp) * frequencies + ramp * frequencies / ratio


@check(
    "eq-yarn-mix",
    r"""
    \omega_{i}' = (1 - \gamma_{i})\, \omega_{i} + \gamma_{i}\, \frac{\omega_{i}}{s},
    \qquad
    \gamma_{i} = \operatorname{clip}\!\left( \frac{i - a}{b - a}, 0, 1 \right)
    """,
    by="identity",
    of=[blended],
)
def fast_pairs_stay_and_slow_pairs_stretch(rng: Generator) -> None:
    """Pairs up to the lower end keep their frequency, those from the upper end on are interpolated, and in
    between the factor falls in even steps; a ratio of one changes nothing.
    """
    frequencies = 10000.0 ** (-np.arange(8) / 8)
    found = blended(frequencies, 4.0, 2.0, 6.0) / frequencies
    same(found, np.array([1, 1, 1, 0.8125, 0.625, 0.4375, 0.25, 0.25]))
    same(blended(frequencies, 1.0, 2.0, 6.0), frequencies)


def temperature(ratio: float) -> float:
    return float(0.1 * np.log(ratio) + 1)


@check(
    "eq-yarn-temperature",
    r"""
    c = 0.1 \ln s + 1
    """,
    by="identity",
    of=[temperature],
)
def scaling_both_vectors_squares_the_factor(rng: Generator) -> None:
    """Without extension nothing is scaled; at 16 times the length, both vectors grow by 1.277 and their
    product by the square, which is what a lower temperature does.
    """
    assert temperature(1.0) == 1.0
    assert round(temperature(16.0), 3) == 1.277
    q, k = rng.normal(size=4), rng.normal(size=4)
    scaled = (temperature(16.0) * q) @ (temperature(16.0) * k)
    same(scaled, (1 + 0.2 * np.log(16) + 0.01 * np.log(16) ** 2) * (q @ k))
